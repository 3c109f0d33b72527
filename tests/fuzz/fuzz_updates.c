/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The input is two texts with a line "==" between: a dpkg status, and a
 * Packages of two suites' packages. What comes out must hold what the header
 * promises; and the input is decoded as a list of updates, too.
 */
#include "repo/updates.h"

#include <stdint.h>
#include <stdlib.h>

#include "catalog/dpkgdb.h"
#include "repo/index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct origin origins[] = {
	{ .suite = SLICE("stable"), .priority = ORIGIN_NORMAL },
	{ .suite = SLICE("stable-security"),
	    .security = true,
	    .priority = ORIGIN_NORMAL },
};

static void
check(const struct updates_input *input, struct slice raw)
{
	CLEANUP(update_list_free) struct update_list *list = NULL;
	CLEANUP(update_list_free) struct update_list *again = NULL;
	CLEANUP(update_list_free) struct update_list *wild = NULL;
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct error err;

	(void)!update_list_decode(raw, input, &wild, &err);
	if (updates_compute(input, &list, &err) < 0)
		return;
	/* The decoder checks all that a list must be. */
	update_list_encode(list, &bytes);
	if (update_list_decode(buf_slice(&bytes), input, &again, &err) < 0 ||
	    again->n_stages != list->n_stages)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(package_list_free) struct package_list *installed = NULL;
	CLEANUP(package_list_free) struct package_list *candidates = NULL;
	CLEANUP(names_clear) struct names names = { 0 };
	struct slice text = slice_of((const char *)data, size);
	const char *mark = size > 0 ? memmem(data, size, "\n==\n", 4) : NULL;
	struct error err;

	if (!mark)
		return 0;
	size_t len = (size_t)(mark - text.ptr) + 1;
	if (dpkgdb_parse(slice_first(text, len), &installed, &err) < 0)
		return 0;
	for (size_t i = 0; i < installed->n_items; i++)
		if (!names_at(&names, installed->items[i].name))
			abort();

	struct slice_stream in = slice_stream_of(slice_after(text, len + 3));
	if (index_read(&in.stream, &names, 0, &candidates, &err) < 0)
		return 0;
	for (size_t i = 0; i < candidates->n_items; i++)
		candidates->items[i].origin = i & 1;

	struct updates_input input = {
		.installed = installed,
		.candidates = candidates,
		.origins = origins,
		.n_origins = 2,
		.native_arch = SLICE("amd64"),
		.recommends = true,
	};
	check(&input, slice_after(text, len + 3));
	return 0;
}
