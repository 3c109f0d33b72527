/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layers as a text: 'p' or 'a' for packages or all files, then lines, each an
 * entry ("f PATH CONTENT", as in test_tree.c), an empty one between layers.
 * The tree must be what a list of all paths comes to, which is searched from
 * one end to the other and so cannot be wrong in the same way.
 */
#include "layer/tree.h"

#include <stdlib.h>

#include "base/memory.h"

#define LAYERS_MAX  4
#define ENTRIES_MAX 200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A thing as the list has it. */
struct item {
	struct inventory_entry entry;
	uint32_t first_layer, layer;
	bool gone;
};

struct model {
	struct item *items;
	size_t n_items;
	uint32_t n_layers;
	enum inventory_level level;
};

struct image {
	struct tree *tree;
	struct model models[LAYERS_MAX + 1]; /* after each layer */
	struct buf layers[LAYERS_MAX + 1];
	struct inventory_entry entries[LAYERS_MAX + 1][ENTRIES_MAX];
	size_t n_entries[LAYERS_MAX + 1];
	uint32_t n_layers;
	enum inventory_level level;
};

static void
need(bool holds)
{
	if (!holds)
		abort();
}

static bool
is_below(struct slice path, struct slice dir)
{
	if (dir.len == 0)
		return path.len > 0;
	return path.len > dir.len && path.ptr[dir.len] == '/' &&
	    slice_starts_with(path, dir);
}

static struct item *
item_find(const struct model *model, struct slice path)
{
	for (size_t i = model->n_items; i-- > 0;)
		if (!model->items[i].gone &&
		    slice_eq(model->items[i].entry.path, path))
			return &model->items[i];
	return NULL;
}

static void
item_add(struct model *model, struct inventory_entry entry)
{
	need(ARRAY_GROW(model->items, model->n_items));
	model->items[model->n_items++] = (struct item){
		.entry = entry,
		.first_layer = model->n_layers,
		.layer = model->n_layers,
	};
}

static void
hide(struct model *model, struct slice path, bool self, bool below,
    uint32_t max_layer)
{
	for (size_t i = 0; i < model->n_items; i++) {
		struct item *item = &model->items[i];

		if (item->layer <= max_layer &&
		    ((self && slice_eq(item->entry.path, path)) ||
			(below && is_below(item->entry.path, path))))
			item->gone = true;
	}
}

static bool
directory_need(struct model *model, struct slice path)
{
	struct item *item = item_find(model, path);

	if (!item) {
		item_add(model,
		    (struct inventory_entry){
			.kind = INVENTORY_DIRECTORY, .path = path });
		return true;
	}
	item->layer = model->n_layers;
	return item->entry.kind == INVENTORY_DIRECTORY;
}

static bool
parents_need(struct model *model, struct slice path)
{
	for (size_t i = 0; i < path.len; i++)
		if (path.ptr[i] == '/' &&
		    !directory_need(model, slice_first(path, i)))
			return false;
	return true;
}

static bool
is_over(const struct model *model, struct slice path)
{
	for (size_t i = 0; i < model->n_items; i++)
		if (model->items[i].first_layer < model->n_layers &&
		    slice_eq(model->items[i].entry.path, path))
			return true;
	return false;
}

static bool
directory_apply(struct model *model, struct slice path)
{
	const struct item *was = item_find(model, path);

	if (was && was->entry.kind != INVENTORY_DIRECTORY) {
		if (was->layer == model->n_layers && is_over(model, path))
			return false;
		hide(model, path, true, false, model->n_layers);
	}
	return directory_need(model, path);
}

static void
file_apply(struct model *model, struct inventory_entry entry)
{
	const struct item *other;

	hide(model, entry.path, true, true, model->n_layers);
	if (entry.kind == INVENTORY_HARDLINK) {
		other = item_find(model, entry.link);
		if (other && other->layer == model->n_layers &&
		    other->entry.kind != INVENTORY_DIRECTORY) {
			struct slice path = entry.path;

			entry = other->entry;
			entry.path = path;
		}
	}
	item_add(model, entry);
}

/* False when not all engines make the same of it. */
static bool
entry_apply(struct model *model, const struct inventory_entry *entry)
{
	uint32_t below = model->n_layers - 1;

	if (!parents_need(model, entry->path))
		return false;
	if (entry->kind == INVENTORY_WHITEOUT) {
		hide(model, entry->path, true, true, below);
		return true;
	}
	if (entry->kind == INVENTORY_OPAQUE) {
		hide(model, entry->path, false, true, below);
		return entry->path.len == 0 ||
		    directory_need(model, entry->path);
	}
	if (entry->kind == INVENTORY_DIRECTORY)
		return entry->path.len == 0 ||
		    directory_apply(model, entry->path);
	file_apply(model, *entry);
	return true;
}

/* Forgets what is gone: it matters only within its layer. */
static void
compact(struct model *model)
{
	size_t n = 0;

	for (size_t i = 0; i < model->n_items; i++)
		if (!model->items[i].gone)
			model->items[n++] = model->items[i];
	model->n_items = n;
}

static bool
entry_parse(struct slice line, struct inventory_entry *ret)
{
	static const char letters[] = "fhldcwo";
	struct slice letter = { 0 };
	const char *at;

	*ret = (struct inventory_entry){ 0 };
	(void)slice_split(&line, ' ', &letter);
	(void)slice_split(&line, ' ', &ret->path);
	if (letter.len != 1 || *letter.ptr == '\0' ||
	    !(at = strchr(letters, *letter.ptr)))
		return false;
	ret->kind = (enum inventory_kind)(at - letters);
	if (ret->kind == INVENTORY_FILE)
		ret->content = line;
	else
		ret->link = line;
	return true;
}

static void
check_failure(const struct error *err)
{
	need(err->kind == ERROR_FORMAT || err->kind == ERROR_LIMIT ||
	    err->kind == ERROR_UNSUPPORTED || err->kind == ERROR_NOT_FOUND);
	for (const char *c = err->msg; *c; c++)
		need(*c >= ' ' && *c <= '~');
}

/* Takes the next layer off text. False when it is the last that can be. */
static bool
layer_add(struct image *image, struct slice *text)
{
	uint32_t n = ++image->n_layers;
	struct model *model = &image->models[n];
	struct buf *bytes = &image->layers[n];
	struct inventory_entry *entries = image->entries[n];
	struct slice line;
	struct error err;
	size_t n_entries = 0;
	bool good = true;

	for (size_t i = 0; i < image->models[n - 1].n_items; i++) {
		need(ARRAY_GROW(model->items, model->n_items));
		model->items[model->n_items++] = image->models[n - 1].items[i];
	}
	model->n_layers = n;
	if (image->level == INVENTORY_FILES)
		inventory_put(bytes,
		    &(struct inventory_entry){ .kind = INVENTORY_COMPLETE });
	while (n_entries < ENTRIES_MAX && slice_split(text, '\n', &line) &&
	    line.len > 0) {
		if (!entry_parse(line, &entries[n_entries]))
			continue;
		inventory_put(bytes, &entries[n_entries]);
		good = good && entry_apply(model, &entries[n_entries]);
		n_entries++;
	}
	image->n_entries[n] = n_entries;
	compact(model);
	if (tree_add(image->tree, buf_slice(bytes), &err) < 0) {
		check_failure(&err);
		/* Bad paths are refused before it comes to the rules. */
		need(err.kind == ERROR_FORMAT ||
		    (!good && err.kind == ERROR_UNSUPPORTED));
		return false;
	}
	need(good);
	return true;
}

/* A walk compared with the model, item by item. */
struct visit {
	const struct image *image;
	struct slice last;
	size_t n;
};

/* Whatever layer hides at or above path, hides path. */
static bool
is_cut(const struct image *image, uint32_t layer, struct slice path)
{
	for (size_t i = 0; i < image->n_entries[layer]; i++) {
		const struct inventory_entry *entry = &image->entries[layer][i];
		bool at = slice_eq(entry->path, path);
		bool above = is_below(path, entry->path);

		if (entry->kind == INVENTORY_OPAQUE && above)
			return true;
		if (entry->kind == INVENTORY_DIRECTORY  ? at
			: entry->kind == INVENTORY_FILE ? above
							: at || above)
			return true;
	}
	return false;
}

static void
check_version(const struct image *image, const struct tree_file *version)
{
	const struct item *item =
	    item_find(&image->models[version->layer], version->path);

	need(item && item->entry.kind == INVENTORY_FILE &&
	    item->layer == version->layer &&
	    slice_eq(item->entry.content, version->content));
}

static void
check_versions(const struct image *image, const struct tree_file *file)
{
	CLEANUP(tree_list_clear) struct tree_list list = { 0 };
	const struct item *under;
	uint32_t layer;
	struct error err;

	if (tree_versions(image->tree, file->path, &list, &err) < 0) {
		check_failure(&err);
		return;
	}
	need(list.n_items > 0 && list.items[0].layer == file->layer);
	for (size_t i = 0; i < list.n_items; i++) {
		layer = list.items[i].layer;
		check_version(image, &list.items[i]);
		under = item_find(&image->models[layer - 1], file->path);
		if (i + 1 < list.n_items)
			need(under && under->layer == list.items[i + 1].layer);
		else
			need(!under || under->entry.kind != INVENTORY_FILE ||
			    is_cut(image, layer, file->path) ||
			    image->level == INVENTORY_PACKAGES);
	}
}

static int
visit_check(void *ctx, const struct tree_file *file, struct error *err)
{
	struct visit *visit = ctx;
	const struct image *image = visit->image;
	const struct item *item =
	    item_find(&image->models[image->n_layers], file->path);
	struct tree_file found;
	bool at_end =
	    file->kind != INVENTORY_SYMLINK && file->kind != INVENTORY_HARDLINK;

	need(visit->n == 0 || slice_cmp(visit->last, file->path) < 0);
	need(item && item->entry.kind == file->kind &&
	    item->layer == file->layer);
	need(slice_eq(item->entry.content, file->content));
	need(at_end || slice_eq(item->entry.link, file->link));
	/* What is no link is found where it is seen. */
	if (at_end && tree_find(image->tree, file->path, &found, err) == 0)
		need(slice_eq(found.path, file->path) &&
		    found.kind == file->kind &&
		    slice_eq(found.content, file->content));
	else if (at_end)
		need(err->kind == ERROR_UNSUPPORTED);
	if (file->kind == INVENTORY_FILE)
		check_versions(image, file);
	visit->last = file->path;
	visit->n++;
	return 0;
}

static void
check_sorted(const struct tree_list *list, enum inventory_kind kind)
{
	const struct tree_file *items = list->items;

	for (size_t i = 0; i < list->n_items; i++)
		need(items[i].kind == kind &&
		    (i == 0 ||
			slice_cmp(items[i - 1].path, items[i].path) < 0));
}

static void
check_list(const struct image *image, struct slice path)
{
	CLEANUP(tree_list_clear) struct tree_list files = { 0 };
	CLEANUP(tree_list_clear) struct tree_list dirs = { 0 };
	struct error err;

	if (tree_list_files(image->tree, path, &files, &err) == 0)
		check_sorted(&files, INVENTORY_FILE);
	else
		check_failure(&err);
	if (tree_list_directories(image->tree, path, &dirs, &err) == 0)
		check_sorted(&dirs, INVENTORY_DIRECTORY);
	else
		check_failure(&err);
}

/* To find what was resolved is to find what was asked for. */
static void
check_resolve(const struct image *image, struct slice path)
{
	CLEANUP(buf_clear) struct buf where = { 0 };
	CLEANUP(buf_clear) struct buf again = { 0 };
	struct tree_file one, other;
	struct error err;

	if (tree_resolve(image->tree, path, &where, &err) < 0) {
		check_failure(&err);
		need(tree_find(image->tree, path, &one, &err) < 0);
		return;
	}
	if (tree_resolve(image->tree, buf_slice(&where), &again, &err) == 0)
		need(slice_eq(buf_slice(&where), buf_slice(&again)));
	if (tree_find(image->tree, path, &one, &err) == 0 &&
	    tree_find(image->tree, buf_slice(&where), &other, &err) == 0)
		need(slice_eq(one.path, other.path));
}

static void
image_check(const struct image *image)
{
	struct visit visit = { .image = image };
	struct error err;

	need(tree_walk(image->tree, visit_check, &visit, &err) == 0);
	need(visit.n == image->models[image->n_layers].n_items);
	for (uint32_t n = 1; n <= image->n_layers; n++)
		for (size_t i = 0; i < image->n_entries[n]; i++) {
			const struct inventory_entry *entry =
			    &image->entries[n][i];

			check_list(image, entry->path);
			check_resolve(image, entry->path);
			check_resolve(image, entry->link);
		}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of((const char *)data, size);
	struct image *image = calloc(1, sizeof(*image));
	bool good = true;

	need(image && (image->tree = tree_new()));
	image->level = slice_starts_with(text, SLICE("a")) ? INVENTORY_FILES
							   : INVENTORY_PACKAGES;
	text = slice_after(text, 2);
	while (good && text.len > 0 && image->n_layers < LAYERS_MAX)
		good = layer_add(image, &text);
	if (good && image->n_layers > 0)
		image_check(image);
	for (uint32_t i = 0; i <= LAYERS_MAX; i++) {
		free(image->models[i].items);
		buf_clear(&image->layers[i]);
	}
	tree_free(image->tree);
	free(image);
	return 0;
}
