/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/* What may stand between and around the blocks of an armored text. */
enum armor_rest {
	ARMOR_REST_BLANK, /* nothing but blank lines */
	ARMOR_REST_ANY,   /* anything: it is skipped */
};

/* The line without the blanks at its end, which mail and editors leave and
 * which no signature of a text covers. */
struct slice armor_line_trim(struct slice line);

/* True for "-----BEGIN PGP label-----"; what is "BEGIN" or "END". */
bool armor_is_marker(struct slice line, const char *what, const char *label);

/* True when a line of text begins an armored block of any label. */
bool armor_is_in(struct slice text);

/*
 * Puts the bytes of all blocks "-----BEGIN PGP label-----" in text, one after
 * the other, into ret; text is untrusted.
 *
 * ERROR_FORMAT: no such block, one is cut off, is not base64, or its checksum
 *     is wrong; or a line is too long.
 * ERROR_UNTRUSTED: with ARMOR_REST_BLANK, there is other text.
 * ERROR_LIMIT, ERROR_NOMEM: it does not fit into ret.
 */
MUST_CHECK int armor_decode(struct slice text, const char *label,
    enum armor_rest rest, struct buf *ret, struct error *err)
    __attribute__((nonnull));
