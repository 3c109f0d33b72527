/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "storage/storage.h"

/* Which image of Podman's is meant: the first of these that there is. */
struct storage_wanted {
	const char *names[3];        /* "localhost/app:1"; up to NULL */
	const char *id;              /* or its beginning; NULL: no ID */
	const char *end;             /* "/app:1" of one name only; or NULL */
	const struct sha256 *digest; /* that its manifest must have, or NULL */
};

/* An image as Podman has it. */
struct storage_image {
	struct sha256 id;
	bool has_digest;
	struct sha256 digest; /* of its manifest, verified */
	struct sha256 *diff_ids;
	char **directories;  /* of the layers, "overlay/ID/diff" */
	size_t n_layers;     /* lowest first */
	struct buf config;   /* verified to have the digest id */
	struct buf manifest; /* verified to have digest; empty without one */
};

void storage_image_clear(struct storage_image *image);
DEFINE_CLEANUP_IN_PLACE(struct storage_image, storage_image_clear)

/*
 * Where this user's Podman keeps its images: graphroot of storage.conf (that
 * of CONTAINERS_STORAGE_CONF, of the user, else of the machine), or what Podman
 * has without one; to be freed. ERROR_LIMIT, ERROR_DENIED, ERROR_SYSTEM: a
 * configuration cannot be read. ERROR_NOMEM.
 */
MUST_CHECK int storage_podman_root(char **ret, struct error *err);

/*
 * Finds the image in the storage at root; clear *ret with
 * storage_image_clear(). ERROR_NOT_FOUND: no such storage, or no such image in
 * it (then *ret_absent is set); ERROR_CONFLICT: several have that name or
 * beginning of an ID; ERROR_UNTRUSTED: config or manifest do not have their
 * digests; ERROR_UNSUPPORTED: it is a list of images; ERROR_FORMAT,
 * ERROR_LIMIT: not as Podman keeps them; ERROR_DENIED, ERROR_SYSTEM,
 * ERROR_NOMEM.
 */
MUST_CHECK int storage_podman_find(const char *root,
    const struct storage_wanted *wanted, struct storage_image *ret,
    bool *ret_absent, struct error *err);

/* Opens its layers, as storage_docker_open(). */
MUST_CHECK int storage_podman_open(const char *root,
    const struct storage_image *image, struct storage_layers *ret,
    struct error *err);
