/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A first byte of 't', or 'T' for all its files: the rest is a layer's tar,
 * whose inventory must be one that the tree takes. Else it is a number, how
 * many inventories follow, each a u32le length and its bytes; the last goes to
 * the end.
 */
#include "layer/tree.h"

#include <stdlib.h>

#include "../pieces.h"
#include "base/bytes.h"
#include "base/memory.h"

#define LAYERS_MAX 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Those that the image role asks for. */
static const struct slice files[] = {
	SLICE("var/lib/dpkg/status"),
	SLICE("var/lib/dpkg/arch"),
	SLICE("etc/os-release"),
	SLICE("usr/lib/os-release"),
	SLICE("etc/apt/preferences"),
	SLICE("etc/apt/sources.list"),
	SLICE("lib/apk/db/installed"),
	SLICE("usr/lib/apk/db/installed"),
	SLICE("var/lib/rpm"),
	SLICE("usr/lib/sysimage/rpm"),
};

static const struct slice directories[] = {
	SLICE("var/lib/dpkg/status.d"),
	SLICE("etc/apt/preferences.d"),
	SLICE("etc/apt/sources.list.d"),
};

static void
check_failure(const struct error *err, bool may_be_missing)
{
	if (err->kind != ERROR_FORMAT && err->kind != ERROR_LIMIT &&
	    err->kind != ERROR_UNSUPPORTED &&
	    !(may_be_missing && err->kind == ERROR_NOT_FOUND))
		abort();
	for (const char *c = err->msg; *c; c++)
		if (*c < ' ' || *c > '~')
			abort();
}

static bool
is_within(struct slice part, struct slice whole)
{
	return part.len == 0 ||
	    (part.ptr >= whole.ptr &&
		part.ptr + part.len <= whole.ptr + whole.len);
}

static void
check_file(const struct tree_file *file, struct slice input, bool is_read)
{
	if (!is_within(file->path, input) || !is_within(file->content, input) ||
	    file->layer < 1 || file->layer > LAYERS_MAX ||
	    !inventory_wants(file->path))
		abort();
	if (file->kind != INVENTORY_FILE && file->kind != INVENTORY_DIRECTORY &&
	    file->kind != INVENTORY_OTHER)
		abort();
	/* A file whose content was asked for is one whose content is known. */
	if (is_read && file->kind == INVENTORY_FILE &&
	    !inventory_reads(file->path, INVENTORY_PACKAGES))
		abort();
}

static void
check_list(const struct tree *tree, struct slice path, struct slice input)
{
	CLEANUP(tree_list_clear) struct tree_list list = { 0 };
	struct tree_file again;
	struct error err;

	if (tree_list_files(tree, path, &list, &err) < 0) {
		check_failure(&err, false);
		return;
	}
	for (size_t i = 0; i < list.n_items; i++) {
		const struct tree_file *file = &list.items[i];

		check_file(file, input, true);
		if (file->kind != INVENTORY_FILE)
			abort();
		if (i > 0 && slice_cmp(list.items[i - 1].path, file->path) >= 0)
			abort();
		if (tree_find(tree, file->path, &again, &err) < 0 ||
		    !slice_eq(again.content, file->content))
			abort();
	}
}

static void
ask(const struct tree *tree, struct slice input)
{
	struct tree_file file;
	struct error err;

	for (size_t i = 0; i < N_ITEMS(files); i++)
		if (tree_find(tree, files[i], &file, &err) == 0)
			check_file(&file, input,
			    inventory_reads(files[i], INVENTORY_PACKAGES));
		else
			check_failure(&err, true);
	for (size_t i = 0; i < N_ITEMS(directories); i++)
		check_list(tree, directories[i], input);
}

static void
run_inventories(struct slice input)
{
	CLEANUP(tree_free) struct tree *tree = tree_new();
	struct bytes_reader in = bytes_reader_of(input);
	struct slice inventory;
	struct error err;
	uint8_t n;

	if (!tree)
		abort();
	if (!bytes_u8(&in, &n))
		return;
	for (n %= LAYERS_MAX; n > 0; n--) {
		if (!bytes_sized(&in, &inventory))
			break;
		if (tree_add(tree, inventory, &err) < 0) {
			check_failure(&err, false);
			return;
		}
	}
	if (tree_add(tree, in.rest, &err) < 0)
		check_failure(&err, false);
	else
		ask(tree, input);
}

/* What was put comes back, entry by entry. */
static void
check_round_trip(struct slice inventory, enum inventory_level level)
{
	CLEANUP(buf_clear) struct buf again = { 0 };
	struct slice rest = inventory;
	struct inventory_entry entry;
	struct error err;
	int r;

	while ((r = inventory_next(&rest, &entry, &err)) > 0) {
		if (level == INVENTORY_PACKAGES && entry.path.len > 0 &&
		    !inventory_wants(entry.path))
			abort();
		if (entry.content.len > 0 &&
		    !inventory_reads(entry.path, level))
			abort();
		if (entry.note.len > 0 &&
		    (level == INVENTORY_PACKAGES ||
			entry.kind != INVENTORY_FILE))
			abort();
		inventory_put(&again, &entry);
	}
	if (r < 0 || !slice_eq(buf_slice(&again), inventory))
		abort();
}

static void
run_layer(struct slice layer, enum inventory_level level)
{
	CLEANUP(buf_clear) struct buf inventory = { 0 };
	CLEANUP(tree_free) struct tree *tree = tree_new();
	CLEANUP(pieces_clear) struct pieces source = pieces_of(layer, 1000);
	struct error err;
	CLEANUP(tar_reader_free)
	struct tar_reader *tar = tar_reader_new(&source.stream, NULL, &err);

	if (!tree || !tar)
		abort();
	if (inventory_read(tar, level, &inventory, &err) < 0) {
		check_failure(&err, false);
		return;
	}
	check_round_trip(buf_slice(&inventory), level);
	if (tree_add(tree, buf_slice(&inventory), &err) < 0) {
		if (err.kind == ERROR_FORMAT)
			abort(); /* it is what inventory_put() wrote */
		check_failure(&err, false);
	} else if (level == INVENTORY_PACKAGES) {
		ask(tree, buf_slice(&inventory));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = slice_of((const char *)data, size);

	if (slice_starts_with(input, SLICE("t")))
		run_layer(slice_after(input, 1), INVENTORY_PACKAGES);
	else if (slice_starts_with(input, SLICE("T")))
		run_layer(slice_after(input, 1), INVENTORY_FILES);
	else
		run_inventories(input);
	return 0;
}
