/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/package_index.h"

#include <stdlib.h>

void
package_index_clear(struct package_index *index)
{
	names_clear(&index->names);
	free(index->before);
	index->before = NULL;
}

int
package_index_fill(struct package_index *index, const struct package_list *list,
    struct error *err)
{
	index->before = calloc(list->n_items + 1, sizeof(*index->before));
	if (!index->before)
		return error_nomem(err);
	for (size_t i = 0; i < list->n_items; i++) {
		uint32_t *number = names_at(&index->names, list->items[i].name);

		if (!number)
			return error_nomem(err);
		index->before[i] = *number;
		*number = (uint32_t)i;
	}
	return 0;
}

uint32_t
package_index_find(const struct package_index *index, struct slice name)
{
	return names_find(&index->names, name);
}

uint32_t
package_index_before(const struct package_index *index, uint32_t number)
{
	return index->before[number];
}
