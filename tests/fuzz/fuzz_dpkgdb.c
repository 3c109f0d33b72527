/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/dpkgdb.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(package_list_free) struct package_list *list = NULL;
	CLEANUP(package_list_free) struct package_list *again = NULL;
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct error err;

	(void)dpkgdb_has_foreign_arch(
	    slice_of((const char *)data, size), SLICE("amd64"));
	if (dpkgdb_parse(slice_of((const char *)data, size), &list, &err) < 0)
		return 0;
	for (size_t i = 0; i < list->n_items; i++)
		if (!slice_is_graph(list->items[i].name) ||
		    !slice_is_graph(list->items[i].version) ||
		    list->items[i].state.len == 0)
			abort();

	/* What is parsed can be handed on. */
	package_list_encode(list, &bytes);
	if (package_list_decode(buf_slice(&bytes), &again, &err) < 0 ||
	    again->n_items != list->n_items)
		abort();
	return 0;
}
