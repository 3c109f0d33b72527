/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/slice.h"

/*
 * Writes JSON into a buf, compact, commas and escapes by itself. What a
 * caller cannot get wrong is not checked, what it can is an assert: each
 * value in an object after a key, each begin with its end, no deeper than
 * JSON_DEPTH_MAX. Memory and limit are for buf_check() at the end.
 */
struct json_writer {
	struct buf *out; /* not owned */
	uint64_t filled; /* bit n: something stands at depth n already */
	unsigned int depth;
	bool keyed; /* a key was written, its value was not */
};

struct json_writer json_writer_of(struct buf *out);

void json_write_object(struct json_writer *w);
void json_write_object_end(struct json_writer *w);
void json_write_array(struct json_writer *w);
void json_write_array_end(struct json_writer *w);

/* A key, which need not be literal; a value has to follow. */
void json_write_key(struct json_writer *w, const char *key);
void json_write_key_slice(struct json_writer *w, struct slice key);

/*
 * A string. Quotes, backslashes, 0x7f and control characters are escaped;
 * each byte that is not part of valid UTF-8 becomes U+FFFD, as engines do.
 */
void json_write_string(struct json_writer *w, struct slice text);
void json_write_u64(struct json_writer *w, uint64_t value);
void json_write_i64(struct json_writer *w, int64_t value);
void json_write_bool(struct json_writer *w, bool value);
void json_write_null(struct json_writer *w);

/* A value that is JSON already, byte for byte. */
void json_write_raw(struct json_writer *w, struct slice value);

/* A key and its value at once. */
void json_write_member(
    struct json_writer *w, const char *key, struct slice text);
void json_write_member_u64(
    struct json_writer *w, const char *key, uint64_t value);
void json_write_member_bool(struct json_writer *w, const char *key, bool value);
void json_write_member_raw(
    struct json_writer *w, const char *key, struct slice value);
