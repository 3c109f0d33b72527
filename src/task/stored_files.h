/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "task/image.h"

/*
 * As image_storage_read(), of INVENTORY_FILES: what lies in the engine's
 * storage goes to a worker as the tar of a layer. ERROR_NOMEM only.
 */
MUST_CHECK int stored_files_read(const struct app *app, struct image *image,
    bool *wanted, struct buf *inventories, struct error *err);

/* As image_root_read(), of INVENTORY_FILES. */
MUST_CHECK int stored_files_root(const struct app *app, struct image *image,
    struct buf *out, struct error *err);
