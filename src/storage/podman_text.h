/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "storage/podman.h"

/* For this room: the texts that Podman keeps, read without touching files. */

/* What images.json says of an image. */
struct podman_record {
	struct sha256 id;
	bool has_digest;
	struct sha256 digest; /* of its manifest, as is claimed */
	struct slice layer;   /* the highest one's ID; views the JSON */
};

/*
 * Finds the wanted image in json, a validated list of them. ERROR_NOT_FOUND,
 * ERROR_CONFLICT, ERROR_UNSUPPORTED, as storage_podman_find(); ERROR_FORMAT.
 */
MUST_CHECK int podman_image_find(struct slice json,
    const struct storage_wanted *wanted, struct podman_record *ret,
    struct error *err);

/*
 * Fills in the layers of an image whose highest one is top, from json, a
 * validated list of layers. ERROR_NOT_FOUND: one is not there; ERROR_LIMIT:
 * more than the storage takes, or they lead in a circle; ERROR_UNSUPPORTED: one
 * has no digest; ERROR_NOMEM. Clear *ret with storage_image_clear() also then.
 */
MUST_CHECK int podman_layers_find(struct slice json, struct slice top,
    struct storage_image *ret, struct error *err);

/* The value of key in the table [storage] of a storage.conf; empty: none. */
struct slice podman_config_value(struct slice text, struct slice key);
