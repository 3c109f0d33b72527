/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/relation.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(relation_list_clear) struct relation_list list = { 0 };
	struct slice text = slice_of((const char *)data, size);
	struct error err;

	if (relations_parse(text, &list, &err) < 0)
		return 0;
	for (size_t i = 0; i < list.n_items; i++) {
		const struct relation *rel = &list.items[i];

		if (!slice_is_graph(rel->name) ||
		    (rel->op == RELATION_ANY) != (rel->version.len == 0))
			abort();
		(void)relation_version_ok(rel, SLICE("1:2.3-4"));
	}
	/* A group ends inside of the list. */
	if (list.n_items > 0 && list.items[list.n_items - 1].or_next)
		abort();
	return 0;
}
