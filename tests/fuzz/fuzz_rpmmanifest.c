/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/rpmmanifest.h"

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

	if (rpmmanifest_parse(slice_of((const char *)data, size), &list, &err) <
	    0)
		return 0;
	package_list_encode(list, &bytes);
	if (package_list_decode(buf_slice(&bytes), &again, &err) < 0 ||
	    again->n_items != list->n_items)
		abort();
	return 0;
}
