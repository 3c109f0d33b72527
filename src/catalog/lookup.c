/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/lookup.h"

int
lookup_file(const struct tree *tree, struct slice path, struct tree_file *ret,
    struct error *err)
{
	if (tree_find(tree, path, ret, err) < 0) {
		if (err->kind == ERROR_NOT_FOUND)
			return 0;
		return error_wrap(err, SLICE_FMT, SLICE_ARG(path));
	}
	if (ret->kind != INVENTORY_FILE)
		return error_set(err, ERROR_UNSUPPORTED,
		    SLICE_FMT ": not a regular file", SLICE_ARG(path));
	return 1;
}
