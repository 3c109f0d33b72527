/* SPDX-License-Identifier: Apache-2.0 */
#include "model/package.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(package_list_free) struct package_list *list = NULL;
	CLEANUP(buf_clear) struct buf again = { 0 };
	struct slice bytes = slice_of((const char *)data, size);
	struct error err;

	if (package_list_decode(bytes, &list, &err) < 0)
		return 0;
	for (size_t i = 0; i < list->n_items; i++)
		if (!slice_is_graph(list->items[i].name) ||
		    !slice_is_graph(list->items[i].version) ||
		    !slice_is_print(list->items[i].arch))
			abort();

	/* There is one way to write a list. */
	package_list_encode(list, &again);
	if (!slice_eq(buf_slice(&again), bytes))
		abort();
	return 0;
}
