/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "task/patch.h"

/*
 * Makes the layer that patch adds to image: writes it to top->fd, an empty
 * file, sets top's sum and size, and puts the image's config, which has the
 * digest image->id, into config, an empty buf. Errors as image_load(),
 * fetch_blob() and jail_dpkg().
 */
MUST_CHECK int patch_layer_make(struct app *app, struct image *image,
    const struct patch *patch, struct image_layer *top, struct buf *config,
    struct error *err);
