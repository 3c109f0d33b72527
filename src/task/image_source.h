/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "task/image.h"

/*
 * For this room: the places that images come from. An _open() finds the image
 * that image->ref means, fills in what is known of it without reading layers,
 * and sets image->blobs where image_load() has to do the rest. All fail as
 * image_open().
 */
MUST_CHECK int image_archive_open(
    struct app *app, struct image *image, struct error *err);
MUST_CHECK int image_daemon_open(
    struct app *app, struct image *image, struct error *err);
MUST_CHECK int image_directory_open(
    struct app *app, struct image *image, struct error *err);
MUST_CHECK int image_layout_open(
    struct app *app, struct image *image, struct error *err);
MUST_CHECK int image_oci_archive_open(
    struct app *app, struct image *image, struct error *err);
MUST_CHECK int image_podman_open(
    struct app *app, struct image *image, struct error *err);
MUST_CHECK int image_registry_open(
    struct app *app, struct image *image, struct error *err);
MUST_CHECK int image_root_open(
    struct app *app, struct image *image, struct error *err);

/*
 * The engine that has the image: Docker's, or Podman's, whose API has the same
 * calls. Errors as app_engine() and app_podman().
 */
MUST_CHECK int image_engine(struct app *app, const struct image *image,
    struct engine **ret, struct error *err);

/* Has image_load() have the engine of image->ref's transport export it. */
MUST_CHECK int image_daemon_blobs(struct image *image, struct error *err);

/* What the person wrote, without a transport. */
struct slice image_name_bare(const struct image *image);

/*
 * Opens the layers of a Docker engine's image where the engine has them, if
 * this process may and --verify does not forbid it. inspect is what the engine
 * says of the image.
 */
void image_storage_open(
    const struct app *app, struct image *image, struct slice inspect);

/* Where a platform was asked for, and the config is there: takes it. Errors
 * as image_take_config(); ERROR_NOT_FOUND: the image is for another. */
MUST_CHECK int image_storage_check(
    const struct app *app, struct image *image, struct error *err);

/*
 * Takes the config from there, which was verified. ERROR_NOT_FOUND: it is not
 * there; else as image_take_config().
 */
MUST_CHECK int image_storage_config(
    const struct app *app, struct image *image, struct error *err);

/*
 * Takes the image that ref means from the layout whose index.json is json and
 * whose blobs are image->blobs: that of its digest, else of its tag, else the
 * only one for the wanted platform.
 */
MUST_CHECK int image_layout_take(
    struct app *app, struct image *image, struct slice json, struct error *err);

/*
 * Takes config and layers of the image that carries tag (the only one when it
 * is empty) from the docker-archive that image->fd is. An image->id that is
 * known must be its, else ERROR_UNTRUSTED.
 */
MUST_CHECK int image_archive_take(
    struct app *app, struct image *image, const char *tag, struct error *err);

/*
 * Takes the image whose manifest, or index, has this digest from the
 * oci-archive that image->fd is; image->blobs are then the archive's. The
 * image has no config yet. What was read on the way to it is put into record.
 */
MUST_CHECK int image_oci_archive_take(struct app *app, struct image *image,
    const struct sha256 *digest, struct buf *record, struct error *err);

/*
 * Has a worker read image->config, whose digest was verified: what it says
 * becomes about, and its diff IDs the image's, or they must be those that it
 * has already.
 */
MUST_CHECK int image_take_config(
    const struct app *app, struct image *image, struct error *err);

/* Whether this is the platform that --platform asks for, if it does, and one
 * of Linux at all. ERROR_NOT_FOUND, ERROR_UNSUPPORTED. */
MUST_CHECK int image_check_platform(
    const struct app *app, const struct platform *is, struct error *err);

/* Gives image n_layers layers that are not loaded, and whose sums are their
 * diff IDs. ERROR_NOMEM. */
MUST_CHECK int image_layers_init(struct image *image, struct error *err);
