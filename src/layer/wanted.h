/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "layer/inventory.h"

/* A file whose content is kept. */
struct wanted {
	struct slice pattern; /* a path; "*" for any name, "*X" for one with
			       * that end */
	enum inventory_level level; /* from which on */
	size_t head_bytes;          /* only so much of it; 0: all */
};

/* What path is to an inventory of that level; NULL if it is not read. */
const struct wanted *wanted_find(struct slice path, enum inventory_level level);
