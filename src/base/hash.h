/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/stream.h"

#define SHA256_BYTES    ((size_t)32)
#define SHA256_HEX_SIZE (2 * SHA256_BYTES + 1) /* with the NUL */

struct sha256 {
	uint8_t bytes[SHA256_BYTES];
};

struct hash; /* a SHA-256 under way */

/* NULL if out of memory. Free it with hash_free(). */
struct hash *hash_new(void) __attribute__((malloc));
void hash_free(struct hash *hash);
DEFINE_CLEANUP(struct hash, hash_free)

void hash_put(struct hash *hash, struct slice bytes);

/* What was put so far, hashed; the hash can be put to no more. */
struct sha256 hash_end(struct hash *hash);

/* Of bytes in memory. */
struct sha256 sha256_of(struct slice bytes);

bool sha256_eq(const struct sha256 *a, const struct sha256 *b);

/* 64 lower-case hex digits and a NUL. */
void sha256_to_string(const struct sha256 *sum, char ret[SHA256_HEX_SIZE]);

/* From exactly 64 hex digits; false, and *ret as it was, when it is not. */
bool sha256_from_string(struct slice hex, struct sha256 *ret);

/* The 32 bytes, put, and taken off again as by bytes_take(). */
void buf_put_sha256(struct buf *out, const struct sha256 *sum);
bool bytes_sha256(struct bytes_reader *in, struct sha256 *ret);

/* Hashes and counts what passes; shows the chunks of its source unchanged. */
struct hash_stream {
	struct stream stream;
	struct stream *source; /* not owned */
	struct hash *hash;
	uint64_t n_bytes;
};

MUST_CHECK int hash_stream_init(
    struct hash_stream *out, struct stream *source, struct error *err);

/* Of all that has passed; once, and then only hash_stream_clear(). */
struct sha256 hash_stream_end(struct hash_stream *out);
void hash_stream_clear(struct hash_stream *out);
DEFINE_CLEANUP_IN_PLACE(struct hash_stream, hash_stream_clear)
