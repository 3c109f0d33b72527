/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/licences.h"

#include <stdlib.h>

#include "base/memory.h"
#include "catalog/copyright.h"

void
licences_clear(struct licences *licences)
{
	buf_clear(&licences->text);
	free(licences->ends);
	licences->ends = NULL;
}
static int
licence_read(const struct tree *tree, const struct package *package,
    struct buf *out, struct error *err)
{
	CLEANUP(string_free)
	char *path = string_format(
	    "usr/share/doc/" SLICE_FMT "/copyright", SLICE_ARG(package->name));
	struct tree_file file;

	if (!path)
		return error_nomem(err);
	/* Who cannot be asked for a licence has none, as far as we know. */
	if (tree_find(tree, slice_of_string(path), &file, err) < 0)
		return err->kind == ERROR_NOMEM ? -1 : 0;
	if (file.kind == INVENTORY_FILE)
		copyright_licences(file.content, out);
	return 0;
}

int
licences_find(const struct tree *tree, struct package_list *list,
    struct licences *licences, struct error *err)
{
	size_t start;

	licences->ends = calloc(list->n_items + 1, sizeof(*licences->ends));
	if (!licences->ends)
		return error_nomem(err);
	for (size_t i = 0; i < list->n_items; i++) {
		const struct package *package = &list->items[i];

		if (package->type == PACKAGE_DEB &&
		    licence_read(tree, package, &licences->text, err) < 0)
			return -1;
		licences->ends[i] = licences->text.len;
	}
	if (buf_check(&licences->text, err) < 0)
		return -1;
	start = 0;
	for (size_t i = 0; i < list->n_items; i++) {
		size_t end = licences->ends[i];

		if (end > start)
			list->items[i].licence = slice_first(
			    slice_after(buf_slice(&licences->text), start),
			    end - start);
		start = end;
	}
	return 0;
}
