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
MUST_CHECK int image_layout_open(
    struct app *app, struct image *image, struct error *err);

/*
 * Takes config and layers of the image that carries tag (the only one when it
 * is empty) from the docker-archive that image->fd is. An image->id that is
 * known must be its, else ERROR_UNTRUSTED.
 */
MUST_CHECK int image_archive_take(
    struct app *app, struct image *image, const char *tag, struct error *err);

/*
 * Has a worker read image->config, whose digest was verified: what it says
 * becomes about, and its diff IDs the image's, or they must be those that it
 * has already.
 */
MUST_CHECK int image_take_config(
    const struct app *app, struct image *image, struct error *err);

/* Gives image n_layers layers that are not loaded, and whose sums are their
 * diff IDs. ERROR_NOMEM. */
MUST_CHECK int image_layers_init(struct image *image, struct error *err);
