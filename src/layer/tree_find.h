/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "layer/nodes.h"

/*
 * How many bytes of symbolic links may still be followed. Each look-up may
 * follow 40 links of 4096 bytes; what is asked of each file of a directory
 * has one budget for them all.
 */
struct link_budget {
	uint64_t left_bytes;
};

/* 100,000 links in one directory, of 100 bytes each. */
#define LINK_BUDGET_BYTES ((uint64_t)16 << 20)

/*
 * The number of the node that path leads to, links followed, in *ret; 0 when
 * only its last name is missing. Errors as tree_find().
 */
MUST_CHECK int tree_follow(const struct tree *tree, struct slice path,
    struct link_budget *budget, uint32_t *ret, struct error *err);

/* What the node is to who asked for path: nothing when it is not known. */
MUST_CHECK int tree_show(const struct tree *tree, uint32_t number,
    struct slice path, struct tree_file *ret, struct error *err);
