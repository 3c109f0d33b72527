/* SPDX-License-Identifier: Apache-2.0 */
/* What is left to ask when a database was deleted, or never was there: all
 * files of one package say the same, most of them in the same bytes. */
#include <stdlib.h>

#include "base/memory.h"
#include "base/names.h"
#include "catalog/databases.h"
#include "catalog/elfnote.h"

struct notes {
	struct names seen; /* the bytes of notes, and their number below */
	struct package_list **lists;
	size_t n_lists;
};

static void
notes_clear(struct notes *notes)
{
	names_clear(&notes->seen);
	for (size_t i = 0; i < notes->n_lists; i++)
		package_list_free(notes->lists[i]);
	free(notes->lists);
}
DEFINE_CLEANUP_IN_PLACE(struct notes, notes_clear)

/* Notes that say nothing have no list, and a number that none has. */
#define NOTE_EMPTY (NAMES_NONE - 1)

static int
note_add(struct notes *notes, const struct tree_file *file, uint32_t *number,
    struct error *err)
{
	struct package_list *list = NULL;

	*number = NOTE_EMPTY;
	int r = elfnote_parse(file->note, &list, err);
	if (r <= 0)
		return r < 0 && err->kind == ERROR_NOMEM ? -1 : 0;
	if (!ARRAY_GROW(notes->lists, notes->n_lists)) {
		package_list_free(list);
		return error_nomem(err);
	}
	*number = (uint32_t)notes->n_lists;
	notes->lists[notes->n_lists++] = list;
	return 0;
}

static int
note_visit(void *ctx, const struct tree_file *file, struct error *err)
{
	struct notes *notes = ctx;

	if (file->note.len == 0)
		return 0;

	uint32_t *number = names_at(&notes->seen, file->note);
	if (!number)
		return error_nomem(err);
	if (*number == NAMES_NONE && note_add(notes, file, number, err) < 0)
		return -1;
	if (*number == NOTE_EMPTY)
		return 0;

	/* The last layer that wrote a file of it. */
	struct package *package = &notes->lists[*number]->items[0];
	if (package->layer < file->layer)
		package->layer = file->layer;
	return 0;
}

static int
package_cmp(const void *a, const void *b)
{
	const struct package *one = a;
	const struct package *other = b;
	int r = slice_cmp(one->name, other->name);

	if (r == 0)
		r = slice_cmp(one->version, other->version);
	if (r == 0)
		r = slice_cmp(one->arch, other->arch);
	if (r == 0)
		r = (int)one->type - (int)other->type;
	return r;
}

/* Notes that differ in what we do not look at are of one package. */
static void
list_unite(struct package_list *list)
{
	size_t n = 0;

	if (list->n_items > 0)
		qsort(list->items, list->n_items, sizeof(*list->items),
		    package_cmp);
	for (size_t i = 0; i < list->n_items; i++) {
		const struct package *package = &list->items[i];

		if (n == 0 || package_cmp(&list->items[n - 1], package) != 0)
			list->items[n++] = *package;
		else if (list->items[n - 1].layer < package->layer)
			list->items[n - 1].layer = package->layer;
	}
	list->n_items = n;
}

int
databases_add_notes(
    const struct tree *tree, struct databases *ret, struct error *err)
{
	CLEANUP(notes_clear) struct notes notes = { 0 };
	struct package_list *list = NULL;

	if (tree_walk(tree, note_visit, &notes, err) < 0)
		return -1;
	if (notes.n_lists == 0)
		return 0;
	if (package_list_join((const struct package_list *const *)notes.lists,
		notes.n_lists, &list, err) < 0)
		return -1;
	list_unite(list);
	if (!ARRAY_GROW(ret->items, ret->n_items)) {
		package_list_free(list);
		return error_nomem(err);
	}
	ret->items[ret->n_items++] =
	    (struct database){ .kind = DATABASE_NOTES, .packages = list };
	return 0;
}
