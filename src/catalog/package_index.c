/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/package_index.h"

#include <stdlib.h>

#include "base/cleanup.h"

/* Of one name: kernels kept, architectures. All of one name are looked at for
 * each, which would not end for a list of nothing else. */
#define SAME_NAME_MAX 1000

void
package_index_clear(struct package_index *index)
{
	names_clear(&index->names);
	free(index->before);
	index->before = NULL;
}

static void
counts_free(uint32_t *counts)
{
	free(counts);
}
DEFINE_CLEANUP(uint32_t, counts_free)

int
package_index_fill(struct package_index *index, const struct package_list *list,
    struct error *err)
{
	CLEANUP(counts_free)
	uint32_t *n_same = calloc(list->n_items + 1, sizeof(*n_same));

	index->before = calloc(list->n_items + 1, sizeof(*index->before));
	if (!n_same || !index->before)
		return error_nomem(err);
	for (size_t i = 0; i < list->n_items; i++) {
		uint32_t *number = names_at(&index->names, list->items[i].name);

		if (!number)
			return error_nomem(err);
		n_same[i] = *number == NAMES_NONE ? 1 : n_same[*number] + 1;
		if (n_same[i] > SAME_NAME_MAX)
			return error_set(err, ERROR_LIMIT,
			    "more than %d packages of one name", SAME_NAME_MAX);
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
