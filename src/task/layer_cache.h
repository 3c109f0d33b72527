/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "fetch/fetch.h"
#include "layer/inventory.h"

/*
 * The inventories of layers that were read before, found by what a layer's
 * bytes hash to, which who saves has verified.
 *
 * One that several blobs have, such as a gzip and a zstd of one tar, is kept
 * once. It is not found by a diff ID that was only claimed: what a worker says
 * of one blob is never believed of another.
 */

/*
 * The diff ID of the layer whose bytes have this sum, and its inventory in
 * ret, an empty buf. ERROR_NOT_FOUND: it was never read, or is damaged;
 * ERROR_DENIED, ERROR_NOMEM.
 */
MUST_CHECK int layer_cache_load(const struct fetch *cache,
    const struct sha256 *sum, enum inventory_level level,
    struct sha256 *ret_diff_id, struct buf *ret, struct error *err);

struct layer_record {
	struct sha256 sum; /* of its bytes, verified */
	struct sha256 diff_id;
	enum inventory_level level;
	struct slice inventory;
};

/* Keeps it. When it cannot be kept, it will be read again. */
void layer_cache_save(
    const struct fetch *cache, const struct layer_record *record);
