/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "task/pending.h"

/* What a patch of an image will be, before any of it is made. */
struct patch {
	struct pending *pending;
	int64_t epoch; /* no file of it is younger */
	size_t n_updates;
	char key[SHA256_HEX_SIZE]; /* of all that decides its bytes */
};

/*
 * Plans the patch of image: all its updates that need no other package to
 * come or go, into a new *ret; free it with patch_free(). n_updates may be 0.
 * Nothing is planned while something is unknown: a source that failed is the
 * error (ERROR_UNTRUSTED, ERROR_UNREACHABLE...); else as pending_load().
 */
MUST_CHECK int patch_plan(struct app *app, struct image *image,
    struct patch **ret, struct error *err);

void patch_free(struct patch *patch);
DEFINE_CLEANUP(struct patch, patch_free)

/*
 * The image that this very patch gave before, if the engine has it still;
 * ERROR_NOT_FOUND when not. What was made is remembered by us: no label of an
 * image makes it one.
 */
MUST_CHECK int patch_find(struct app *app, const struct patch *patch,
    struct sha256 *ret_id, struct error *err);

/* What an engine calls an image: "nginx" and "1.25-fother.1". */
struct patch_name {
	const char *repository;
	const char *tag;
};

/*
 * Makes the patched image in the engine, or finds that it is there since it
 * was made before, and gives it the name; its ID goes to *ret_id. The image
 * has one layer more, which holds what the image's own dpkg changed in the
 * jail, and is published only when its packages are the old ones with exactly
 * the planned updates.
 *
 * ERROR_UNTRUSTED: a package is not the one that was signed, or the result
 * is not what was planned. ERROR_CONFLICT: dpkg failed, or left something
 * unconfigured. ERROR_DENIED: not root. Else as fetch_blob(), jail_dpkg(),
 * engine_load_image().
 */
MUST_CHECK int patch_make(struct app *app, struct image *image,
    const struct patch *patch, const struct patch_name *name,
    struct sha256 *ret_id, struct error *err);
