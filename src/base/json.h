/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * JSON as bytes: a value is the slice of the text that it stands in, so that
 * whatever is not looked at (unknown keys, the digits of a number, the order
 * and the spaces) can be kept as it is.
 *
 * A text from outside is checked once, whole, with json_validate(); after
 * that it is itself a value, and everything below works on it without errors
 * other than "is not that type". On text that was not validated they are
 * safe, and their answers mean nothing.
 */
#define JSON_DEPTH_MAX 32

/*
 * Checks that text is one JSON value (RFC 8259) and nothing else. Also
 * refused, because two readers would not agree on what it says: text that is
 * not UTF-8, an object with the same key twice (compared unescaped), half a
 * surrogate pair, and NUL, also as \u0000, so that strings are C strings too.
 * ERROR_FORMAT with the byte and the line; ERROR_LIMIT: nested deeper than
 * JSON_DEPTH_MAX; ERROR_NOMEM: it needs 16 bytes a key of one open object.
 */
MUST_CHECK int json_validate(struct slice text, struct error *err);

enum json_type {
	JSON_NONE, /* empty: what is not there */
	JSON_NULL,
	JSON_BOOL,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

/* What a value is, told from its first byte. */
enum json_type json_type(struct slice value);

/* "none", "null", "bool", "number"... for messages. */
const char *json_type_to_string(enum json_type type);

/* Walks over the members of an object or the items of an array, once. */
struct json_iter {
	struct slice rest;
	char close; /* of what is walked: '}' or ']'; 0: of neither */
};

struct json_iter json_iter_of(struct slice value);

/*
 * The next member: its key with the quotes and escapes that it has (see
 * json_string_eq() and json_string()) and its value. False at the end, and at
 * once when the iter is not over an object.
 */
bool json_object_next(
    struct json_iter *iter, struct slice *ret_key, struct slice *ret_value);

/* The next item; false at the end, and at once if it is not an array. */
bool json_array_next(struct json_iter *iter, struct slice *ret);

/* How many members or items; 0 for other values. */
size_t json_count(struct slice value);

/*
 * The value of the member with this (unescaped) key; false, and *ret as it
 * was, when there is none or object is no object. A null is found, as null.
 */
bool json_find(struct slice object, const char *key, struct slice *ret);

/* The same for a key that need not be a C string. */
bool json_find_key(struct slice object, struct slice key, struct slice *ret);

/* json_find_path(inspect, JSON_PATH("HostConfig", "NetworkMode"), &mode) */
#define JSON_PATH(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* json_find() for each key in turn; false as soon as one is not there. */
bool json_find_path(
    struct slice object, const char *const *keys, struct slice *ret);

/* True if value is a string that reads text when it is unescaped. */
bool json_string_eq(struct slice value, struct slice text);

/* The order of two strings (or keys) as they read unescaped, as memcmp(3). */
int json_string_cmp(struct slice a, struct slice b);

/*
 * Puts what a string (or a key) reads unescaped into out, whose limit and
 * failure are for buf_check(). ERROR_FORMAT: it is no string; *out is as it
 * was.
 */
MUST_CHECK int json_string(
    struct slice value, struct buf *out, struct error *err);

/* The same as a C string in *ret, to be freed. ERROR_FORMAT, ERROR_NOMEM. */
MUST_CHECK int json_string_copy(
    struct slice value, char **ret, struct error *err);

/*
 * False, and *ret as it was, when value is not true or false; or when it is
 * not a number that is written without fraction or exponent and fits.
 */
bool json_bool(struct slice value, bool *ret);
bool json_u64(struct slice value, uint64_t *ret);
bool json_i64(struct slice value, int64_t *ret);
