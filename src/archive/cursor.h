/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/stream.h"

/*
 * A place in a stream, for the readers of this directory: takes headers off
 * it, shows content where it lies, and passes over the rest.
 */
struct cursor {
	struct stream *source;
	int (*skip)(struct stream *source, uint64_t n_bytes,
	    struct error *err); /* NULL: by reading */
	struct slice rest;      /* of the source's chunk */
	uint64_t offset;        /* of rest, in the source */
};

/*
 * Takes up to n bytes: *ret shows them where they lie, or in room (of n
 * bytes) when they lie in several chunks, until the next call. Fewer than n:
 * the source has ended. Fails as the source does.
 */
MUST_CHECK int cursor_take(struct cursor *at, size_t n, char *room,
    struct slice *ret, struct error *err);

/* Takes what there is at once, of 1 to max bytes; empty at the end. */
MUST_CHECK int cursor_show(
    struct cursor *at, uint64_t max, struct slice *ret, struct error *err);

/*
 * Passes over n bytes and sets *ret_missing to how many of them there were
 * not. With a skip function what is missing may be its error instead.
 */
MUST_CHECK int cursor_skip(
    struct cursor *at, uint64_t n, uint64_t *ret_missing, struct error *err);
