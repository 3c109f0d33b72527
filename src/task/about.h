/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "task/image.h"

/* What an image says of itself. A string is NULL where it does not. */
struct about {
	char *platform;     /* "linux/arm/v7" */
	char *architecture; /* "arm" */
	bool has_created;
	int64_t created;
};

/*
 * Fills *ret, which was zeroes: from the config, or where only an engine has
 * that, from what the engine says of it, so that nothing is exported for a
 * date. Of what was found in an engine's storage, config, about and the base
 * are taken into image. ERROR_FORMAT, and as image_open().
 */
MUST_CHECK int about_load(
    struct app *app, struct image *image, struct about *ret, struct error *err);

/* True when its ID is known: a directory has no config. */
bool about_has_id(const struct image *image);

void about_clear(struct about *about);
DEFINE_CLEANUP_IN_PLACE(struct about, about_clear)
