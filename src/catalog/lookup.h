/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "layer/tree.h"

/*
 * Finds the regular file that path leads to: 1, or 0 and *ret undefined when
 * there is nothing. ERROR_UNSUPPORTED: there is something else; else as
 * tree_find(). The message names path.
 */
MUST_CHECK int lookup_file(const struct tree *tree, struct slice path,
    struct tree_file *ret, struct error *err);
