/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "catalog/os_release.h"
#include "catalog/owners.h"
#include "model/package.h"
#include "repo/sources.h"
#include "task/image.h"

/* What an image has, as workers said it; none of it was run. */
struct inventory {
	struct os_release *os; /* NULL: the image does not say */
	struct package_list *packages;
	struct source_list sources;
	struct slice native_arch;  /* of the packages; in packages' text */
	struct owner_list *owners; /* of inventory_load_files(); else empty */

	/* A printable line each, or NULL. */
	char *unknown; /* why it is not known which packages it has */
	char *note;    /* which databases they are of, when that is not plain */
	char *hold;    /* why its updates cannot be worked out */
};

/*
 * Reads the inventory of image into a new *ret; free it with
 * inventory_free(). Layers come from the cache where they were read before;
 * the image is loaded where they were not. ERROR_UNTRUSTED: a layer does not
 * have the digest that it must have; ERROR_UNSUPPORTED: a database that this
 * program cannot read; ERROR_FORMAT, ERROR_LIMIT, and as image_load(). The
 * message names the layer. That there is no database is no error: where its
 * programs do not tell either, unknown says so.
 */
MUST_CHECK int inventory_load(struct app *app, struct image *image,
    struct inventory **ret, struct error *err);

/*
 * The same with all that takes a look at every file: owners, and licences of
 * dpkg's packages.
 */
MUST_CHECK int inventory_load_files(struct app *app, struct image *image,
    struct inventory **ret, struct error *err);

/*
 * The same of image with one layer more: bytes of this file, of which the
 * caller knows the SHA-256. Its programs are not looked at.
 */
MUST_CHECK int inventory_load_with(struct app *app, struct image *image,
    const struct image_layer *top, struct inventory **ret, struct error *err);

void inventory_free(struct inventory *inventory);
DEFINE_CLEANUP(struct inventory, inventory_free)
