/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "report/table.h"
#include "task/image.h"

/*
 * Reads the inventories of those layers of image that are wanted from the
 * engine's storage into inventories, n_layers empty bufs; they are wanted no
 * longer, and image is unverified. What cannot be read there stays wanted, all
 * of it. ERROR_NOMEM only.
 */
MUST_CHECK int image_storage_read(const struct app *app, struct image *image,
    bool *wanted, struct buf *inventories, struct error *err);

/*
 * The same of a root file system, into out. ERROR_CONFLICT: it is being
 * changed all the time; else as storage_inventory().
 */
MUST_CHECK int image_root_read(
    struct image *image, struct buf *out, struct error *err);

/* Says that an answer about name rests on the engine's storage, if so, and
 * tells it in the report. ERROR_NOMEM. */
MUST_CHECK int image_storage_say(const struct app *app,
    const struct image *image, const char *name, struct report *report,
    struct error *err);
