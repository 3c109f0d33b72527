/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Engines unpack in two ways: each layer by itself, for overlayfs to put
 * together, or one over the other. What would come out differently is
 * refused: an entry below what is no directory, which one way replaces and
 * the other follows; and a file that the same layer turns into a directory,
 * which one way shows again what the file had hidden.
 */
#include "layer/tree.h"

#include <stdlib.h>

#include "archive/printable.h"
#include "base/memory.h"
#include "layer/nodes.h"

/* As the kernel's PATH_MAX. */
#define PATH_MAX_BYTES ((size_t)4096)

/* Two million entries, and the directories that have none of their own. With
 * 72 bytes each they leave a worker room for their inventories. */
#define NODES_MAX ((size_t)3000000)

struct tree *
tree_new(void)
{
	CLEANUP(tree_free) struct tree *tree = calloc(1, sizeof(*tree));
	struct error ignored;
	uint32_t root;

	if (!tree)
		return NULL;
	tree->key = siphash_key_of(tree);
	tree->level = INVENTORY_FILES;
	tree->max_nodes = NODES_MAX;
	if (nodes_add(tree, 0, SLICE(""), &root, &ignored) < 0)
		return NULL;
	/* It has no parent whose child it could be. */
	node_at(tree, root)->kind = NODE_DIRECTORY;
	node_at(tree, root)->is_listed = true;
	node_at(tree, root)->parent = root;
	return TAKE(tree);
}

void
tree_free(struct tree *tree)
{
	if (!tree)
		return;
	free(tree->nodes);
	free(tree->versions);
	free(tree->buckets);
	free(tree);
}

/* An entry being applied, and where it lies in its inventory. */
struct change {
	struct inventory_entry entry;
	struct slice bytes;
};

static int
change_refuse(const struct change *change, struct slice at, const char *why,
    struct error *err)
{
	struct printable path = printable_of(change->entry.path);
	struct printable shown = printable_of(at);

	return error_set(err, ERROR_UNSUPPORTED, "%.60s: %.60s %s", path.text,
	    shown.text, why);
}

/* Has a directory be at the node, of this layer too. */
static int
directory_need(struct tree *tree, const struct change *change, uint32_t number,
    struct error *err)
{
	struct node *node = node_at(tree, number);

	if (node->kind == NODE_ABSENT)
		nodes_set(tree, number, NODE_DIRECTORY);
	else if (node->kind != NODE_DIRECTORY)
		return change_refuse(
		    change, node->path, "is no directory", err);
	node->layer = tree->n_layers;
	return 0;
}

/*
 * The directory that the entry is in. Most follow one that was in the same. A
 * layer need not have entries for the directories that it has files in.
 */
static int
parent_need(struct tree *tree, const struct change *change, uint32_t *ret,
    struct error *err)
{
	struct slice path = change->entry.path;
	const char *slash =
	    path.len > 0 ? memrchr(path.ptr, '/', path.len) : NULL;
	size_t dir_len = slash ? (size_t)(slash - path.ptr) : 0;
	const struct node *last = node_at(tree, tree->last_dir);
	size_t at = 0;

	if (last->kind == NODE_DIRECTORY && last->layer == tree->n_layers &&
	    slice_eq(last->path, slice_first(path, dir_len))) {
		*ret = tree->last_dir;
		return 0;
	}
	*ret = NODE_ROOT;
	while (at < dir_len) {
		struct slice name = path_first_name(slice_after(path, at));
		uint32_t number = nodes_find(tree, *ret, name);

		at += name.len;
		if (number == 0 &&
		    nodes_add(tree, *ret, slice_first(path, at), &number, err) <
			0)
			return -1;
		if (directory_need(tree, change, number, err) < 0)
			return -1;
		*ret = number;
		at++;
	}
	tree->last_dir = *ret;
	return 0;
}

static int
directory_apply(struct tree *tree, const struct change *change, uint32_t number,
    struct error *err)
{
	struct node *node = node_at(tree, number);

	if (node->kind == NODE_ABSENT || node->kind == NODE_DIRECTORY)
		return directory_need(tree, change, number, err);
	if (node->layer == tree->n_layers && node->over == tree->n_layers)
		return change_refuse(
		    change, node->path, "was a file in the same layer", err);
	nodes_empty(tree, number);
	node->entry = slice_of(NULL, 0);
	node->under = 0;
	nodes_set(tree, number, NODE_DIRECTORY);
	return 0;
}

/* The node at path, none of whose directories is a link; or NULL. */
static const struct node *
node_find(const struct tree *tree, struct slice path)
{
	uint32_t number = NODE_ROOT;
	size_t at = 0;

	/* "a/" is no other name of "a". */
	if (slice_ends_with(path, SLICE("/")))
		return NULL;
	while (number > 0 && at < path.len) {
		struct slice name = path_first_name(slice_after(path, at));

		number = nodes_find(tree, number, name);
		at += name.len + 1;
	}
	return number > 0 ? node_at(tree, number) : NULL;
}

/*
 * What a hard link is from now on: a name of the same file, whatever becomes
 * of the other name. It stays a hard link, to something unknown, when its
 * layer does not have the file (no engine would unpack that).
 */
static void
hardlink_resolve(
    const struct tree *tree, const struct change *change, struct node *node)
{
	const struct node *other = node_find(tree, change->entry.link);

	if (!other || other->kind == NODE_ABSENT ||
	    other->kind == NODE_DIRECTORY || other->layer != tree->n_layers)
		return;
	node->kind = other->kind;
	node->entry = other->entry;
	node->is_read = other->is_read;
}

/* Keeps what the file was in the layers below; 0 when it was none there. */
static int
version_keep(struct tree *tree, const struct node *node, uint32_t *ret,
    struct error *err)
{
	*ret = node->layer == tree->n_layers ? node->under : 0;
	if (node->kind != NODE_FILE || node->layer == tree->n_layers)
		return 0;
	if (!ARRAY_GROW(tree->versions, tree->n_versions))
		return error_nomem(err);
	tree->versions[tree->n_versions++] = (struct version){
		.entry = node->entry,
		.layer = node->layer,
		.under = node->under,
		.is_read = node->is_read,
	};
	*ret = (uint32_t)tree->n_versions;
	return 0;
}

static enum node_kind
node_kind_of(enum inventory_kind kind)
{
	return (enum node_kind)(kind + NODE_FILE);
}

static int
file_apply(struct tree *tree, const struct change *change, uint32_t number,
    struct error *err)
{
	struct node *node = node_at(tree, number);
	uint32_t under;

	if (version_keep(tree, node, &under, err) < 0)
		return -1;
	/* An engine, too, first makes room for the new name. */
	nodes_empty(tree, number);
	node->kind = NODE_ABSENT;
	node->entry = change->bytes;
	node->under = under;
	node->is_read = change->entry.kind == INVENTORY_FILE &&
	    inventory_reads(change->entry.path, tree->layer_level);
	nodes_set(tree, number, node_kind_of(change->entry.kind));
	if (change->entry.kind == INVENTORY_HARDLINK)
		hardlink_resolve(tree, change, node);
	return 0;
}

/* Of names, not ".", "..", or none at all, with a slash between each. */
static bool
is_clean(struct slice path)
{
	struct slice name;

	if (path.len > 0 && path.ptr[path.len - 1] == '/')
		return false;
	while (slice_split(&path, '/', &name))
		if (name.len == 0 || slice_eq(name, SLICE(".")) ||
		    slice_eq(name, SLICE("..")))
			return false;
	return true;
}

static bool
may_be(const struct tree *tree, const struct inventory_entry *entry)
{
	bool of_directory = entry->kind == INVENTORY_DIRECTORY ||
	    entry->kind == INVENTORY_OPAQUE;

	if (entry->path.len > PATH_MAX_BYTES || !is_clean(entry->path))
		return false;
	if (entry->path.len == 0)
		return of_directory;
	return tree->layer_level == INVENTORY_FILES ||
	    inventory_wants(entry->path);
}

static int
number_apply(struct tree *tree, const struct change *change, uint32_t number,
    struct error *err)
{
	switch (change->entry.kind) {
	case INVENTORY_OPAQUE:
		nodes_opaque(tree, number);
		return directory_need(tree, change, number, err);
	case INVENTORY_DIRECTORY:
		return directory_apply(tree, change, number, err);
	case INVENTORY_FILE:
	case INVENTORY_HARDLINK:
	case INVENTORY_SYMLINK:
	case INVENTORY_OTHER:
	case INVENTORY_WHITEOUT:
	case INVENTORY_COMPLETE:
	case INVENTORY_KINDS: break;
	}
	return file_apply(tree, change, number, err);
}

static int
change_apply(struct tree *tree, const struct change *change, struct error *err)
{
	struct slice path = change->entry.path;
	struct slice name;
	uint32_t parent, number;

	if (!may_be(tree, &change->entry))
		return error_set(err, ERROR_FORMAT, "not a layer's inventory");
	if (path.len == 0)
		return number_apply(tree, change, NODE_ROOT, err);
	if (parent_need(tree, change, &parent, err) < 0)
		return -1;
	name = slice_after(path, name_offset(node_at(tree, parent)));
	number = nodes_find(tree, parent, name);
	if (change->entry.kind == INVENTORY_WHITEOUT) {
		if (number > 0)
			nodes_whiteout(tree, number);
		return 0;
	}
	if (number == 0 && nodes_add(tree, parent, path, &number, err) < 0)
		return -1;
	return number_apply(tree, change, number, err);
}

/* How much of the layer there is, which the first entry may say. */
static int
level_read(struct tree *tree, struct slice *inventory, struct error *err)
{
	struct inventory_entry entry;
	struct slice rest = *inventory;
	int r = inventory_next(&rest, &entry, err);

	if (r < 0)
		return -1;
	tree->layer_level = INVENTORY_PACKAGES;
	if (r > 0 && entry.kind == INVENTORY_COMPLETE) {
		tree->layer_level = INVENTORY_FILES;
		*inventory = rest;
	}
	if (tree->layer_level < tree->level)
		tree->level = tree->layer_level;
	return 0;
}

static void
layer_begin(struct tree *tree)
{
	struct node *root = node_at(tree, NODE_ROOT);

	tree->n_layers++;
	tree->last_dir = NODE_ROOT;
	root->layer = tree->n_layers;
	if (root->since == 0)
		root->since = tree->n_layers;
}

int
tree_add(struct tree *tree, struct slice inventory, struct error *err)
{
	struct slice rest = inventory;
	struct change change;
	int r;

	layer_begin(tree);
	if (level_read(tree, &rest, err) < 0)
		return -1;
	for (;;) {
		struct slice before = rest;

		r = inventory_next(&rest, &change.entry, err);
		if (r <= 0)
			return r;
		change.bytes = slice_first(before, before.len - rest.len);
		if (change.entry.kind == INVENTORY_COMPLETE)
			return error_set(
			    err, ERROR_FORMAT, "not a layer's inventory");
		if (change_apply(tree, &change, err) < 0)
			return -1;
	}
}
