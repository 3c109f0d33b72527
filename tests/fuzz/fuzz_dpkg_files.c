/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/dpkg_files.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
walk(struct slice text, bool (*next)(struct reader *in, struct slice *ret))
{
	struct reader in = reader_of(text);
	struct slice path;

	while (next(&in, &path))
		if (path.len == 0 || memchr(path.ptr, '\n', path.len))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(dpkg_diversions_clear) struct dpkg_diversions found = { 0 };
	struct slice text = slice_of((const char *)data, size);
	struct slice package;
	struct slice arch;
	struct error err;

	walk(text, dpkg_list_next);
	walk(text, dpkg_md5sums_next);
	if (dpkg_list_name(text, &package, &arch) && package.len == 0)
		abort();
	if (dpkg_diversions_parse(text, &found, &err) < 0)
		return 0;
	/* What diverts finds its own. */
	for (size_t i = 0; i < found.n_items; i++)
		if (!slice_eq(dpkg_divert(&found, found.items[i].package,
				  found.items[i].from),
			found.items[i].from) ||
		    !slice_eq(
			dpkg_divert(&found, SLICE("\n"), found.items[i].from),
			found.items[i].to))
			abort();
	return 0;
}
