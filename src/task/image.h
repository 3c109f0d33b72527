/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/hash.h"
#include "oci/reference.h"
#include "storage/storage.h"
#include "task/app.h"

struct image_blobs;

/* One layer: what its bytes must be, and where they are. */
struct image_layer {
	/* Of these bytes, compressed or not. Of an engine's image that was not
	 * loaded it is the layer's diff ID, and may become another. */
	struct sha256 sum;
	uint64_t size_bytes; /* 0: not known before it is loaded */
	int fd;              /* of the image, or owned; -1: not loaded */
	bool owns_fd;
	uint64_t offset;
};

/*
 * An image that was found, wherever it is from. What is known of it before
 * image_load() is enough for all that the cache answers.
 */
struct image {
	char *name; /* as the person wrote it */

	/* As it was found: a bare name has the transport that had it. */
	struct reference *ref;
	bool has_digest;      /* a manifest was seen, or an engine told */
	struct sha256 digest; /* of the manifest */
	char *base_name;      /* org.opencontainers.image.base.name of the */
	char *base_digest;    /* manifest, and .digest; printable, or NULL */
	char *engine_name;    /* docker-daemon: what the engine knows it by */

	/* The digest of its config. Where an engine keeps images in containerd,
	 * it is that of the manifest or index until the image is loaded. */
	struct sha256 id;

	/* JSON, verified to have the digest id, and what it says: before
	 * image_load() empty, and NULL, where an engine has it. */
	struct buf config;
	struct image_config *about;

	struct sha256 *diff_ids;
	struct image_layer *layers; /* n_layers each, lowest first */
	size_t n_layers;

	/* Read from an engine's storage or a directory: no digest was
	 * computed over what was read. */
	bool unverified;

	/* Its layers as directories, lowest first, where this process may
	 * read them; n is 0 where not. The only one of form STORAGE_PLAIN is
	 * a root file system, and then there are no layers. */
	struct storage_layers storage;
	struct buf stored_config;   /* from there, verified; may be empty, */
	struct buf stored_manifest; /* as this may, of which digest is */
	struct image_blobs *blobs;  /* where load has them from; owned */
	int fd;                     /* what the layers' fd may be; owned */
};

/*
 * Finds the image that name means, into a new *ret; free it with
 * image_free(). For an index it is the image of the platform that the options
 * name, else of this machine's. A bare name is looked for in the local Docker
 * engine, then in Podman's storage, then in its registry; the message says
 * what was tried. ERROR_NOT_FOUND, ERROR_FORMAT, ERROR_UNSUPPORTED,
 * ERROR_UNREACHABLE (no engine, no registry), ERROR_UNTRUSTED: bytes that do
 * not have the digest by which they were asked for; ERROR_LIMIT, ERROR_NOMEM,
 * ERROR_SYSTEM.
 */
MUST_CHECK int image_open(
    struct app *app, const char *name, struct image **ret, struct error *err);

/*
 * Makes its config available, and the bytes of those of its n_layers layers
 * that are wanted (NULL: of all): opens them, fetches them, or has an engine
 * export the image into a file without a name in the cache directory. What is
 * there already is not fetched again. The bytes were not hashed: who reads
 * them must, and compare with the layer's sum. Errors as above.
 */
MUST_CHECK int image_load(struct app *app, struct image *image,
    const bool *wanted, struct error *err);

/* True for rootfs: and host, which have neither layers nor a config. */
bool image_is_root(const struct image *image);

void image_free(struct image *image);
DEFINE_CLEANUP(struct image, image_free)
