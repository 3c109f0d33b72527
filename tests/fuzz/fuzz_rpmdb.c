/* SPDX-License-Identifier: Apache-2.0 */
/* The input is the u32le length of the database, it, and its log. */
#include "catalog/rpmdb.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
file_check(
    void *ctx, const struct package *pkg, struct slice path, struct error *err)
{
	(void)ctx;
	(void)err;
	if (!slice_is_graph(pkg->name) || !slice_is_graph(pkg->version) ||
	    path.len == 0 || path.len > PATH_MAX || path.ptr[0] != '/' ||
	    memchr(path.ptr, '\0', path.len))
		abort();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(package_list_free) struct package_list *list = NULL;
	CLEANUP(package_list_free) struct package_list *again = NULL;
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct bytes_reader in =
	    bytes_reader_of(slice_of((const char *)data, size));
	struct rpmdb_files files;
	struct error err;

	if (!bytes_sized(&in, &files.main))
		return 0;
	files.wal = in.rest;
	/* It reads no less than the packages. */
	if (rpmdb_walk_files(&files, file_check, NULL, &err) == 0 &&
	    rpmdb_parse(&files, &list, &err) < 0)
		abort();
	if (!list && rpmdb_parse(&files, &list, &err) < 0)
		return 0;

	/* What is parsed can be handed on. */
	package_list_encode(list, &bytes);
	if (package_list_decode(buf_slice(&bytes), &again, &err) < 0 ||
	    again->n_items != list->n_items)
		abort();
	return 0;
}
