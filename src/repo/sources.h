/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * One suite of one archive of binary packages. Each slice is printable ASCII
 * and views the text of the list that it is in.
 */
struct source {
	struct slice uri;        /* http or https, without a '/' at the end */
	struct slice suite;      /* "bookworm-security" */
	struct slice components; /* one or more, one space between two */
	struct slice archs;      /* the same; empty: the native one */
	struct slice signed_by;  /* paths or fingerprints, one space between
				  * two, as the image says; may be empty */
	struct slice file;       /* that it stands in */
	uint32_t line;
};

/*
 * What could not be taken from a file as it stands there:
 * ERROR_FORMAT: broken; apt would stop here. Its sources are not in the list.
 * ERROR_UNSUPPORTED: means something to apt, and we do not do that. Its
 *     source is not in the list.
 * ERROR_UNTRUSTED: asks for less trust (trusted=yes, allow-insecure...). That
 *     is ignored; the source is in the list.
 */
struct source_problem {
	enum error_kind kind;
	struct slice file;
	uint32_t line;
	struct slice msg; /* printable ASCII */
};

/* A list of zeroes is empty. */
struct source_list {
	struct source *items;
	size_t n_items;
	struct source_problem *problems;
	size_t n_problems;
	char **texts; /* that the slices view */
	size_t n_texts;
};

/*
 * Adds to *into the sources that text names: the whole of a file of apt's,
 * one-line style when file_name ends in ".list", deb822 when in ".sources".
 * file_name and text are untrusted and copied. What is broken is added to
 * the problems, and the rest is used.
 *
 * ERROR_UNSUPPORTED: file_name ends in neither. ERROR_LIMIT: more text,
 * sources or problems than any system has. ERROR_NOMEM. *into may then have
 * a part of the file.
 */
MUST_CHECK int sources_parse(struct slice file_name, struct slice text,
    struct source_list *into, struct error *err);

/* Puts the list into out as sources_decode() reads it. Fails as buf_put(). */
void sources_encode(const struct source_list *list, struct buf *out);

/*
 * Reads what sources_encode() wrote into *into, which must be empty. bytes
 * come from a worker and are untrusted; they are copied. ERROR_FORMAT: not
 * that form, or a slice is not what struct source promises. ERROR_LIMIT,
 * ERROR_NOMEM. On failure *into stays empty.
 */
MUST_CHECK int sources_decode(
    struct slice bytes, struct source_list *into, struct error *err);

/* Frees what is in it; it is empty afterwards. */
void source_list_clear(struct source_list *list);
DEFINE_CLEANUP_IN_PLACE(struct source_list, source_list_clear)

/*
 * True when text, a file of apt's preferences, has a line that pins: any
 * field Pin that is not in a comment. text is untrusted.
 */
bool preferences_has_pins(struct slice text);
