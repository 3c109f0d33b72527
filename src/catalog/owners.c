/* SPDX-License-Identifier: Apache-2.0 */
/* Two sized strings for each, one after the other. */
#include "catalog/owners.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "base/memory.h"

void
file_owner_encode(const struct file_owner *of, struct buf *out)
{
	buf_put_sized(out, of->path);
	buf_put_sized(out, of->owner);
}

int
owner_list_decode(
    struct slice bytes, struct owner_list **ret, struct error *err)
{
	CLEANUP(owner_list_free)
	struct owner_list *list = calloc(1, sizeof(*list));

	if (!list || !(list->text = slice_copy(bytes)))
		return error_nomem(err);

	struct bytes_reader in =
	    bytes_reader_of(slice_of(list->text, bytes.len));
	while (in.rest.len > 0) {
		struct file_owner of;

		if (!bytes_sized(&in, &of.path) ||
		    !bytes_sized(&in, &of.owner) || of.path.len == 0)
			return error_set(
			    err, ERROR_FORMAT, "not a list of files");
		if (!ARRAY_GROW(list->items, list->n_items))
			return error_nomem(err);
		list->items[list->n_items++] = of;
	}
	*ret = TAKE(list);
	return 0;
}

void
owner_list_free(struct owner_list *list)
{
	if (!list)
		return;
	free(list->items);
	free(list->text);
	free(list);
}
