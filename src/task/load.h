/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "task/image.h"

struct engine;

/* An image to be loaded into an engine: an old one and a layer on top. */
struct load_spec {
	const struct image *image;     /* loaded */
	const struct image_layer *top; /* plain tar; its sum is its diff ID */
	struct slice config;           /* of the new image */
	const char *name;              /* "nginx:1.25-fother.1" */

	/* Else the engine must have them, and they are not sent again. */
	bool with_lower_layers;
};

/*
 * Has the engine load it, as `docker load` would. Errors as
 * engine_load_image(); ERROR_UNTRUSTED: a layer's bytes changed meanwhile.
 */
MUST_CHECK int load_image(
    struct engine *engine, const struct load_spec *spec, struct error *err);
