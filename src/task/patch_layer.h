/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "task/patch.h"

/*
 * Makes the layer that patch adds to image: writes it to top->fd, an empty
 * file, and sets top's sum and size. Errors as image_load(), fetch_blob() and
 * jail_dpkg().
 */
MUST_CHECK int patch_layer_make(struct app *app, struct image *image,
    const struct patch *patch, struct image_layer *top, struct error *err);
