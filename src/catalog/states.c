/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/states.h"

#include <stdlib.h>

#include "base/memory.h"
#include "catalog/lookup.h"
#include "catalog/package_index.h"

void
state_list_clear(struct state_list *states)
{
	free(states->items);
	*states = (struct state_list){ 0 };
}

/* The versions of a log that may not be there. */
static int
wal_versions(const struct tree *tree, struct slice wal, struct tree_list *ret,
    struct error *err)
{
	struct tree_file file;
	int r = wal.len > 0 ? lookup_file(tree, wal, &file, err) : 0;

	return r > 0 ? tree_versions(tree, wal, ret, err) : r;
}

/* Adds the versions of a database, each with the log that was there then. */
static int
versions_add(const struct tree_list *mains, const struct tree_list *wals,
    struct state_list *ret, struct error *err)
{
	for (size_t i = 0, j = 0; i < mains->n_items;) {
		const struct tree_file *main = &mains->items[i];
		struct state state = { main->layer, { .main = main->content } };

		if (j < wals->n_items) {
			state.files.wal = wals->items[j].content;
			if (wals->items[j].layer > state.layer)
				state.layer = wals->items[j].layer;
			j += wals->items[j].layer == state.layer;
		}
		i += main->layer == state.layer;
		if (!ARRAY_GROW(ret->items, ret->n_items))
			return error_nomem(err);
		ret->items[ret->n_items++] = state;
	}
	return 0;
}

int
states_find(const struct tree *tree, struct slice path, struct slice wal,
    struct state_list *ret, struct error *err)
{
	CLEANUP(tree_list_clear) struct tree_list mains = { 0 };
	CLEANUP(tree_list_clear) struct tree_list wals = { 0 };

	if (tree_versions(tree, path, &mains, err) < 0 ||
	    wal_versions(tree, wal, &wals, err) < 0)
		return error_wrap(err, SLICE_FMT, SLICE_ARG(path));
	return versions_add(&mains, &wals, ret, err);
}

static bool
same_record(const struct package *a, const struct package *b)
{
	return slice_eq(a->version, b->version) && slice_eq(a->arch, b->arch) &&
	    slice_eq(a->state, b->state);
}

static bool
has_record(const struct package_list *list, const struct package_index *index,
    const struct package *package)
{
	uint32_t i = package_index_find(index, package->name);

	for (; i != PACKAGE_INDEX_NONE; i = package_index_before(index, i))
		if (same_record(&list->items[i], package))
			return true;
	return false;
}

/*
 * Those of packages that have been as they are since that state are of its
 * layer. last is the one they were known to be of before.
 */
static int
layer_lower(struct package_list *packages, const struct state *state,
    state_parse_fn *parse, uint32_t last, struct error *err)
{
	CLEANUP(package_list_free) struct package_list *below = NULL;
	CLEANUP(package_index_clear) struct package_index index = { 0 };

	if (parse(&state->files, &below, err) < 0 ||
	    package_index_fill(&index, below, err) < 0)
		return -1;
	for (size_t i = 0; i < packages->n_items; i++) {
		struct package *package = &packages->items[i];

		if (package->layer == last &&
		    has_record(below, &index, package))
			package->layer = state->layer;
	}
	return 0;
}

int
states_parse(const struct state_list *states, state_parse_fn *parse,
    struct package_list **ret, struct error *err)
{
	CLEANUP(package_list_free) struct package_list *list = NULL;
	const struct state *newest = &states->items[0];

	if (parse(&newest->files, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < list->n_items; i++)
		list->items[i].layer = newest->layer;
	for (size_t i = 1; i < states->n_items; i++) {
		uint32_t last = states->items[i - 1].layer;

		if (layer_lower(list, &states->items[i], parse, last, err) == 0)
			continue;
		if (err->kind == ERROR_NOMEM)
			return -1;
		break;
	}
	*ret = TAKE(list);
	return 0;
}
