/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "base/hash.h"
#include "fetch/fetch.h"

/*
 * blobs/HEX of the cache, whole files named by their SHA-256; and partial/HEX,
 * what came of one so far, which a later run goes on with. Nothing gets its
 * name in blobs/ before it was hashed whole.
 */

/*
 * Opens the blob of this size and hash, at its start; the caller closes
 * *ret_fd. All of it is read and hashed. ERROR_NOT_FOUND: it is not there, or
 * is damaged; ERROR_DENIED, ERROR_SYSTEM, ERROR_NOMEM.
 */
MUST_CHECK int blob_open(const struct fetch *fetch, const struct sha256 *sum,
    uint64_t size_bytes, int *ret_fd, struct error *err);

/* The same for one of unknown size, in memory; ret's limit holds:
 * ERROR_LIMIT. */
MUST_CHECK int blob_read(const struct fetch *fetch, const struct sha256 *sum,
    struct buf *ret, struct error *err);

/* Keeps bytes in memory as a blob. ERROR_SYSTEM, ERROR_DENIED, ERROR_NOMEM. */
MUST_CHECK int blob_save(
    const struct fetch *fetch, struct slice bytes, struct error *err);

/* A blob that is coming. */
struct blob_part {
	struct sha256 sum;
	uint64_t size_bytes;
	uint64_t n_bytes; /* of it that are there */
	int fd;
	struct hash *hash; /* of those */
	char *path;        /* of the partial file; NULL: it has no name */
	char *path_whole;
};

/*
 * Begins, or goes on with, a blob: n_bytes tells what an earlier run left,
 * never all of it. While another process is at the same blob, this one has a
 * file without a name. Clear with blob_part_clear(), which leaves what came
 * for another time. ERROR_SYSTEM, ERROR_DENIED, ERROR_NOMEM.
 */
MUST_CHECK int blob_part_open(const struct fetch *fetch,
    const struct sha256 *sum, uint64_t size_bytes, struct blob_part *ret,
    struct error *err);

/* The same from its first byte on, and nothing stays for another time. */
MUST_CHECK int blob_part_open_unnamed(const struct fetch *fetch,
    const struct sha256 *sum, uint64_t size_bytes, struct blob_part *ret,
    struct error *err);

/* Adds untrusted bytes. ERROR_UNTRUSTED: more than the blob has, and none of
 * them was taken; ERROR_SYSTEM: a full disk, for example. */
MUST_CHECK int blob_part_put(
    struct blob_part *part, struct slice bytes, struct error *err);

/* Drops all that came. ERROR_SYSTEM, ERROR_NOMEM. */
MUST_CHECK int blob_part_restart(struct blob_part *part, struct error *err);

/*
 * Gives it its name in blobs/ and the caller its descriptor, at its start.
 * ERROR_UNTRUSTED: it is another file than was promised; then all that came
 * is dropped, and it can be put to again. ERROR_SYSTEM, ERROR_NOMEM.
 */
MUST_CHECK int blob_part_end(
    struct blob_part *part, int *ret_fd, struct error *err);

void blob_part_clear(struct blob_part *part);
DEFINE_CLEANUP_IN_PLACE(struct blob_part, blob_part_clear)
