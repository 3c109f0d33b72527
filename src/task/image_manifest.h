/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "task/image.h"

enum image_blob_kind {
	IMAGE_BLOB_MANIFEST, /* or an index */
	IMAGE_BLOB_CONFIG,
};

/* A small blob of an image, which other bytes named. */
struct image_blob {
	enum image_blob_kind kind;
	struct sha256 digest;
	uint64_t size_bytes; /* as those bytes claim; 0: they do not say */
};

/*
 * Where the blobs of one image come from: a directory, an archive, a registry.
 * Who opens an image allocates one, with what it needs after it, as the
 * image's blobs; image_free() has it freed.
 */
struct image_blobs {
	/*
	 * Puts the blob into ret, whose limit holds. It need not be verified:
	 * who called hashes it. NULL where there are layers only.
	 */
	int (*read)(struct app *app, struct image *image,
	    const struct image_blob *blob, struct buf *ret, struct error *err);

	/*
	 * For image_load(), with all its promises: called only when something
	 * that is wanted (never NULL here) is not there.
	 */
	int (*load)(struct app *app, struct image *image, const bool *wanted,
	    struct error *err);

	void (*free)(struct image_blobs *blobs);

	/* Where image_blob_read() notes each blob that it has verified, sized;
	 * NULL: nowhere. Not owned. */
	struct buf *record;
};

/*
 * The way from the bytes that a name led to, untrusted JSON of an index or a
 * manifest, to one image. Workers read it; of an index the image of the wanted
 * platform is chosen, with a ref_name (else empty) of those that carry that
 * name. Each blob on the way is read through image->blobs, and verified here.
 * Fills in image: digest, base_name and base_digest, id, config, about,
 * diff_ids, and layers that are not loaded. Errors as image_open().
 */
MUST_CHECK int image_manifest_take(struct app *app, struct image *image,
    struct slice json, struct slice ref_name, struct error *err);

/*
 * Fills in base_name and base_digest, from the image's manifest. ERROR_FORMAT,
 * and as a worker fails.
 */
MUST_CHECK int image_base_take(const struct app *app, struct image *image,
    struct slice json, struct error *err);

/*
 * Reads the blob through image->blobs into ret, whose limit holds, and
 * verifies it. ERROR_UNTRUSTED: it is not of that digest or size.
 */
MUST_CHECK int image_blob_read(struct app *app, struct image *image,
    const struct image_blob *blob, struct buf *ret, struct error *err);

/*
 * Of the index that json is, the digest that ref_name leads to, if there is
 * exactly one. Errors as image_manifest_take().
 */
MUST_CHECK int image_tag_find(const struct app *app, struct slice json,
    struct slice ref_name, struct sha256 *ret, struct error *err);

/* For a name with a tag and a digest, of which the digest wins: tells the
 * person when the tag means another image by now. */
void image_say_if_moved(const struct app *app, const struct image *image,
    const struct sha256 *tagged);
