/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints what is in an rpm database, for tests/system/test_rpm.py: of each
 * package a line "name version arch source source_version licence maintainer"
 * with tabs in between, or of each file of one "name version arch path".
 *
 * usage: run_rpmdb packages|files MAIN [WAL]
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/fd.h"
#include "base/memory.h"
#include "catalog/rpmdb.h"

#define FILE_BYTES_MAX ((size_t)512 * 1024 * 1024)

static int
file_print(
    void *ctx, const struct package *pkg, struct slice path, struct error *err)
{
	(void)err;
	(void)fprintf(ctx,
	    SLICE_FMT "\t" SLICE_FMT "\t" SLICE_FMT "\t" SLICE_FMT "\n",
	    SLICE_ARG(pkg->name), SLICE_ARG(pkg->version), SLICE_ARG(pkg->arch),
	    SLICE_ARG(path));
	return 0;
}

static int
packages_print(const struct rpmdb_files *files, struct error *err)
{
	CLEANUP(package_list_free) struct package_list *list = NULL;

	if (rpmdb_parse(files, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list->n_items; i++) {
		const struct package *pkg = &list->items[i];

		printf(SLICE_FMT "\t" SLICE_FMT "\t" SLICE_FMT "\t" SLICE_FMT
				 "\t" SLICE_FMT "\t" SLICE_FMT "\t" SLICE_FMT
				 "\n",
		    SLICE_ARG(pkg->name), SLICE_ARG(pkg->version),
		    SLICE_ARG(pkg->arch), SLICE_ARG(pkg->source),
		    SLICE_ARG(pkg->source_version), SLICE_ARG(pkg->licence),
		    SLICE_ARG(pkg->maintainer));
	}
	return 0;
}

static int
run(const char *verb, const struct rpmdb_files *files, struct error *err)
{
	if (strcmp(verb, "files") == 0)
		return rpmdb_walk_files(files, file_print, stdout, err);
	return packages_print(files, err);
}

int
main(int argc, char **argv)
{
	CLEANUP(buf_clear) struct buf main = buf_limited(FILE_BYTES_MAX);
	CLEANUP(buf_clear) struct buf wal = buf_limited(FILE_BYTES_MAX);
	struct error err;

	if (argc < 3 || argc > 4) {
		(void)fprintf(
		    stderr, "usage: run_rpmdb packages|files MAIN [WAL]\n");
		return 2;
	}
	if (file_read(argv[2], &main, &err) < 0 ||
	    (argc > 3 && file_read(argv[3], &wal, &err) < 0)) {
		(void)fprintf(stderr, "%s\n", err.msg);
		return 2;
	}
	struct rpmdb_files files = { buf_slice(&main), buf_slice(&wal) };
	if (run(argv[1], &files, &err) < 0) {
		(void)fprintf(stderr, "%s: %s\n",
		    error_kind_to_string(err.kind), err.msg);
		return 1;
	}
	return 0;
}
