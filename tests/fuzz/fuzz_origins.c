/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/origin.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(origin_list_free) struct origin_list *list = NULL;
	CLEANUP(buf_clear) struct buf again = { 0 };
	struct slice bytes = slice_of((const char *)data, size);
	struct error err;

	if (origin_list_decode(bytes, &list, &err) < 0)
		return 0;
	origins_encode(list->items, list->n_items, &again);
	if (!slice_eq(buf_slice(&again), bytes))
		abort();
	return 0;
}
