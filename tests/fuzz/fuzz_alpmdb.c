/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/alpmdb.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(package_list_free) struct package_list *list = NULL;
	CLEANUP(package_list_free) struct package_list *again = NULL;
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct slice text = slice_of((const char *)data, size);
	struct alpmdb_files files = alpmdb_files_of(text);
	struct slice path;
	struct error err;

	while (alpmdb_files_next(&files, &path))
		if (path.len == 0 || path.ptr[path.len - 1] == '/')
			abort();
	if (alpmdb_parse(SLICE("zlib-1:1.3.1-2"), text, &list, &err) < 0)
		return 0;
	package_list_encode(list, &bytes);
	if (package_list_decode(buf_slice(&bytes), &again, &err) < 0 ||
	    again->n_items != 1 ||
	    !slice_eq(again->items[0].name, SLICE("zlib")))
		abort();
	return 0;
}
