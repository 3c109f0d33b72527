/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/error.h"

/*
 * The last of a text that hostile programs print without end: printable
 * ASCII, newlines and tabs; any other byte is a '?' in it.
 */
struct tail {
	struct buf text;
	size_t max_bytes;
	bool cut; /* there was more before it */
};

static inline struct tail
tail_of(size_t max_bytes)
{
	return (struct tail){ .max_bytes = max_bytes };
}

/* c, or '?' for what a tail does not hold. */
char tail_printable(char c);

/* Adds bytes; without memory they are lost, which only costs an explanation. */
void tail_put(struct tail *tail, struct slice bytes);

/* What is kept; when there was more, from the start of a line on. */
struct slice tail_text(const struct tail *tail);

/*
 * Puts the last lines into ret, as many as have room in size (with a NUL),
 * joined with "; ", empty ones and the spaces around them left out. At least
 * the end of the last line.
 */
void tail_summary(const struct tail *tail, char *ret, size_t size);

void tail_clear(struct tail *tail);
DEFINE_CLEANUP_IN_PLACE(struct tail, tail_clear)
