/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/apkdb.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each file is one of a package that is there. */
static void
walk(struct slice text)
{
	struct apkdb_files files = apkdb_files_of(text);
	struct slice package;
	struct slice dir;
	struct slice name;

	while (apkdb_files_next(&files, &package, &dir, &name))
		if (!slice_is_graph(package))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(package_list_free) struct package_list *list = NULL;
	CLEANUP(package_list_free) struct package_list *again = NULL;
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct slice text = slice_of((const char *)data, size);
	struct error err;

	if (apkdb_parse(text, &list, &err) < 0)
		return 0;
	walk(text);
	/* What is parsed can be handed on. */
	package_list_encode(list, &bytes);
	if (package_list_decode(buf_slice(&bytes), &again, &err) < 0 ||
	    again->n_items != list->n_items)
		abort();
	return 0;
}
