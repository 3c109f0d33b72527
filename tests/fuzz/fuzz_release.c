/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/release.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct release *release)
{
	struct release_index index;
	struct error err;

	for (size_t i = 0; i < release->n_files; i++)
		if (release_find_file(release, release->files[i].path) !=
			&release->files[i] ||
		    *release->files[i].path.ptr == 0x2f)
			abort();
	if (release_find_index(release, SLICE("updates/main"), SLICE("amd64"),
		&index, &err) == 0 &&
	    !slice_starts_with(index.file->path, SLICE("main/")) &&
	    !slice_starts_with(index.file->path, SLICE("updates/main/")))
		abort();
	(void)!release_check_fresh(release, 1795000000, &err);
	(void)!release_check_suite(release, SLICE("bookworm/updates"), &err);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(release_free) struct release *release = NULL;
	CLEANUP(release_free) struct release *decoded = NULL;
	CLEANUP(release_free) struct release *again = NULL;
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct slice text = slice_of((const char *)data, size);
	struct error err;

	if (release_decode(text, &decoded, &err) == 0)
		check(decoded);
	if (release_parse(text, &release, &err) < 0)
		return 0;
	check(release);
	release_encode(release, &bytes);
	if (release_decode(buf_slice(&bytes), &again, &err) < 0 ||
	    again->n_files != release->n_files)
		abort();
	release_keep_indexes(again, SLICE("main"), SLICE("amd64"));
	check(again);
	return 0;
}
