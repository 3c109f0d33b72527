/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/slice.h"

/*
 * For this room: takes members out of a validated JSON object into a text
 * that is kept. The text has room for all strings of the JSON from the start,
 * so that views of it stay valid while more is put.
 */

/* Makes room in text for all that may be taken out of json. ERROR_NOMEM. */
MUST_CHECK int member_text_init(
    struct buf *text, struct slice json, struct error *err);

/*
 * The member `key` of object as a view of text, where what it reads is put;
 * empty when it is absent or null. ERROR_FORMAT: it is no string, or has a
 * byte outside of printable ASCII. ERROR_LIMIT: longer than 255 bytes.
 */
MUST_CHECK int member_word(struct slice object, const char *key,
    struct buf *text, struct slice *ret, struct error *err);

/* The same for a value by itself, which must not be empty. */
MUST_CHECK int value_word(
    struct slice value, struct buf *text, struct slice *ret, struct error *err);

/* ERROR_FORMAT: absent or no digest; ERROR_UNSUPPORTED: of another kind. */
MUST_CHECK int member_digest(struct slice object, const char *key,
    struct sha256 *ret, struct error *err);

/* The same for a value by itself. */
MUST_CHECK int value_digest(
    struct slice value, struct sha256 *ret, struct error *err);

/* Absent and null are empty. ERROR_FORMAT: of another type. */
MUST_CHECK int member_array(
    struct slice object, const char *key, struct slice *ret, struct error *err);
MUST_CHECK int member_object(
    struct slice object, const char *key, struct slice *ret, struct error *err);

/* For decoding: a run of bytes that is empty or printable ASCII. */
bool bytes_word(struct bytes_reader *in, struct slice *ret);
