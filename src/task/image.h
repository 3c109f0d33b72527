/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/hash.h"
#include "oci/reference.h"
#include "task/app.h"

/* Where the bytes of a layer are, and what they must be. */
struct image_layer {
	int fd; /* of the image, or owned where owns_fd */
	bool owns_fd;
	uint64_t offset;
	uint64_t size_bytes;
	struct sha256 sum; /* of these bytes, compressed or not */
};

/*
 * An image that was found, wherever it is from. Its layers and its config
 * are there only after image_load(), since most questions are answered from
 * the cache.
 */
struct image {
	char *name; /* as the person wrote it */
	struct reference *ref;
	bool has_digest;      /* a manifest was seen, or an engine told */
	struct sha256 digest; /* of the manifest */
	char *base_name;      /* org.opencontainers.image.base.name of the */
	char *base_digest;    /* manifest, and .digest; printable, or NULL */
	char *engine_name;    /* docker-daemon: what the engine knows it by */
	struct sha256 id;     /* the digest of its config */
	struct sha256 *diff_ids;
	size_t n_layers;
	bool is_loaded;

	/* Read from an engine's storage or a directory: no digest was
	 * computed over what was read. */
	bool unverified;
	struct buf config;          /* JSON, verified to have the digest id */
	struct image_layer *layers; /* n_layers, lowest first */
	int fd;                     /* what the layers' fd may be */
};

/*
 * Finds the image that name means, into a new *ret; free it with
 * image_free(). ERROR_NOT_FOUND, ERROR_FORMAT, ERROR_UNSUPPORTED,
 * ERROR_UNREACHABLE (no engine), ERROR_UNTRUSTED: bytes that do not have the
 * digest by which they were asked for; ERROR_LIMIT, ERROR_NOMEM,
 * ERROR_SYSTEM.
 */
MUST_CHECK int image_open(
    struct app *app, const char *name, struct image **ret, struct error *err);

/*
 * Makes its layers and its config available: for an engine's image this
 * exports it, into a file without a name in the cache directory. Errors as
 * above.
 */
MUST_CHECK int image_load(
    struct app *app, struct image *image, struct error *err);

void image_free(struct image *image);
DEFINE_CLEANUP(struct image, image_free)
