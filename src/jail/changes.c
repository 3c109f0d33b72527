/* SPDX-License-Identifier: Apache-2.0 */
#include "jail/changes.h"

#include <stdlib.h>

#include "base/memory.h"

/* As many files as the jail's file system can have (area.c). */
#define CHANGES_MAX ((size_t)2000000)

int
changes_add(struct changes *changes, const char *path, enum change_kind kind,
    struct error *err)
{
	if (changes->n_items == CHANGES_MAX)
		return error_set(err, ERROR_LIMIT, "too many changed files");

	char *copy = strdup(path);
	if (!copy || !ARRAY_GROW(changes->items, changes->n_items)) {
		free(copy);
		return error_nomem(err);
	}
	changes->items[changes->n_items++] = (struct change){
		.path = copy,
		.kind = kind,
	};
	return 0;
}

void
changes_set_inode(struct changes *changes, ino_t inode, ino_t old_inode)
{
	if (changes->n_items == 0)
		return;

	struct change *last = &changes->items[changes->n_items - 1];
	last->inode = inode;
	last->old_inode = old_inode;
}

static int
compare_paths(const void *a, const void *b)
{
	return strcmp(
	    ((const struct change *)a)->path, ((const struct change *)b)->path);
}

static int
compare_inodes(const void *a, const void *b)
{
	const struct change *x = *(struct change *const *)a;
	const struct change *y = *(struct change *const *)b;

	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	return strcmp(x->path, y->path);
}

/* The n names of one file, in order. */
static void
settle_links(struct change **names, size_t n)
{
	bool changed = false;

	for (size_t i = 0; i < n; i++)
		if (names[i]->kind != CHANGE_NONE ||
		    names[i]->old_inode != names[0]->old_inode)
			changed = true;
	for (size_t i = 0; changed && i < n; i++) {
		names[i]->kind = CHANGE_ENTRY;
		if (i > 0)
			names[i]->link = names[0]->path;
	}
}

static int
settle_all_links(struct changes *changes, struct error *err)
{
	size_t n = 0;
	struct change **linked =
	    calloc(changes->n_items + 1, sizeof(struct change *));

	if (!linked)
		return error_nomem(err);
	for (size_t i = 0; i < changes->n_items; i++)
		if (changes->items[i].inode != 0)
			linked[n++] = &changes->items[i];
	qsort(linked, n, sizeof(struct change *), compare_inodes);
	for (size_t from = 0; from < n;) {
		size_t to = from + 1;

		while (to < n && linked[to]->inode == linked[from]->inode)
			to++;
		settle_links(linked + from, to - from);
		from = to;
	}
	free(linked);
	return 0;
}

/* Up from a wanted path; where one is wanted already, so are those above. */
static int
want_parents(struct changes *changes, const char *path, struct error *err)
{
	CLEANUP(string_free) char *parent = strdup(path);
	char *slash;

	if (!parent)
		return error_nomem(err);
	while ((slash = strrchr(parent, '/'))) {
		*slash = '\0';

		struct change key = { .path = parent };
		struct change *found = bsearch(&key, changes->items,
		    changes->n_items, sizeof(key), compare_paths);
		if (found && found->wanted)
			break;
		if (found)
			found->wanted = true;
	}
	return 0;
}

int
changes_settle(struct changes *changes, struct error *err)
{
	if (changes->n_items == 0)
		return 0;
	qsort(changes->items, changes->n_items, sizeof(*changes->items),
	    compare_paths);
	if (settle_all_links(changes, err) < 0)
		return -1;
	for (size_t i = 0; i < changes->n_items; i++) {
		if (changes->items[i].kind == CHANGE_NONE)
			continue;
		changes->items[i].wanted = true;
		if (want_parents(changes, changes->items[i].path, err) < 0)
			return -1;
	}
	return 0;
}

void
changes_clear(struct changes *changes)
{
	for (size_t i = 0; i < changes->n_items; i++)
		free(changes->items[i].path);
	free(changes->items);
	*changes = (struct changes){ 0 };
}
