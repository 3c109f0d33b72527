/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/slice.h"

/* An archive of a whole repository has thousands of blobs. */
#define PLACES_MAX 100000

/* Where in an archive a blob is. All of it is a claim. */
struct place {
	uint64_t offset;
	uint64_t size_bytes; /* offset + size_bytes is no more than INT64_MAX */
	bool is_compressed;
	bool has_digest; /* its name says what it hashes to */
	struct sha256 digest;
};

/* The places of the blobs that were asked for, in an order that the role of
 * the worker gives; none when the archive must be decompressed first. */
struct places {
	struct place *items;
	size_t n_items;
	bool archive_is_compressed;
};

/* Adds a place. ERROR_LIMIT: too many, or not in any file; ERROR_NOMEM. */
MUST_CHECK int places_add(
    struct places *places, const struct place *place, struct error *err);

/* The last place of that digest: in a tar it is what counts. May be NULL. */
const struct place *places_find(
    const struct places *places, const struct sha256 *digest);

/* How a worker hands them to its parent. Fails as buf_put(). */
void places_encode(const struct places *places, struct buf *out);

/* Reads that, untrusted, into *ret, which is to be cleared, also after a
 * failure. ERROR_FORMAT, ERROR_LIMIT, ERROR_NOMEM. */
MUST_CHECK int places_decode(
    struct slice bytes, struct places *ret, struct error *err);

void places_clear(struct places *places);
DEFINE_CLEANUP_IN_PLACE(struct places, places_clear)
