/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree is the list of the entries that are left when each layer has
 * hidden or replaced what it does. There are few of them (inventory.h), so
 * that looking through all is quicker than any index; the limit keeps the
 * worst image at some tens of milliseconds.
 */
#include "layer/tree.h"

#include <stdlib.h>

#include "base/memory.h"

/* Real images have about 50, and 20 for each layer more. */
#define NODES_MAX 20000
/* As the kernel's MAXSYMLINKS. */
#define LINKS_MAX 40
/* As the kernel's PATH_MAX. */
#define PATH_MAX_BYTES ((size_t)4096)

struct node {
	struct inventory_entry entry;
	uint32_t layer;
	bool gone;
};

struct tree {
	struct node *nodes;
	size_t n_nodes;
	uint32_t n_layers;
};

struct tree *
tree_new(void)
{
	return calloc(1, sizeof(struct tree));
}

void
tree_free(struct tree *tree)
{
	if (!tree)
		return;
	free(tree->nodes);
	free(tree);
}

static bool
is_below(struct slice path, struct slice dir)
{
	if (dir.len == 0)
		return path.len > 0;
	return path.len > dir.len && path.ptr[dir.len] == '/' &&
	    slice_starts_with(path, dir);
}

enum hide {
	HIDE_SELF = 1,
	HIDE_BELOW = 2,
};

/* Takes away what of the layers up to max_layer is at, or below, path. */
static void
tree_hide(
    struct tree *tree, struct slice path, unsigned what, uint32_t max_layer)
{
	for (size_t i = 0; i < tree->n_nodes; i++) {
		struct node *node = &tree->nodes[i];

		if (node->layer > max_layer)
			continue;
		if ((what & HIDE_SELF) && slice_eq(node->entry.path, path))
			node->gone = true;
		if ((what & HIDE_BELOW) && is_below(node->entry.path, path))
			node->gone = true;
	}
}

static const struct node *
node_find(const struct tree *tree, struct slice path)
{
	for (size_t i = tree->n_nodes; i-- > 0;)
		if (!tree->nodes[i].gone &&
		    slice_eq(tree->nodes[i].entry.path, path))
			return &tree->nodes[i];
	return NULL;
}

static int
node_add(
    struct tree *tree, const struct inventory_entry *entry, struct error *err)
{
	if (tree->n_nodes == NODES_MAX)
		return error_set(err, ERROR_LIMIT, "too many entries");
	if (!ARRAY_GROW(tree->nodes, tree->n_nodes))
		return error_nomem(err);
	tree->nodes[tree->n_nodes++] = (struct node){
		.entry = *entry,
		.layer = tree->n_layers,
	};
	return 0;
}

static int
entry_apply(
    struct tree *tree, const struct inventory_entry *entry, struct error *err)
{
	const struct node *was;

	switch (entry->kind) {
	case INVENTORY_WHITEOUT:
		tree_hide(tree, entry->path, HIDE_SELF | HIDE_BELOW,
		    tree->n_layers - 1);
		return 0;
	case INVENTORY_OPAQUE:
		tree_hide(tree, entry->path, HIDE_BELOW, tree->n_layers - 1);
		return 0;
	case INVENTORY_DIRECTORY:
		was = node_find(tree, entry->path);
		if (was && was->entry.kind == INVENTORY_DIRECTORY)
			return 0;
		tree_hide(tree, entry->path, HIDE_SELF, tree->n_layers);
		return node_add(tree, entry, err);
	case INVENTORY_FILE:
	case INVENTORY_HARDLINK:
	case INVENTORY_SYMLINK:
	case INVENTORY_OTHER:
	case INVENTORY_KINDS: break;
	}
	tree_hide(tree, entry->path, HIDE_SELF | HIDE_BELOW, tree->n_layers);
	return node_add(tree, entry, err);
}

int
tree_add(struct tree *tree, struct slice inventory, struct error *err)
{
	struct inventory_entry entry;
	int r;

	tree->n_layers++;
	while ((r = inventory_next(&inventory, &entry, err)) > 0)
		if (entry_apply(tree, &entry, err) < 0)
			return -1;
	return r;
}

/* A path being walked: what is done of it, and what is still to come. */
struct walk {
	char done[PATH_MAX_BYTES];
	size_t done_len;
	char rest[2 * PATH_MAX_BYTES];
	size_t rest_len;
	unsigned n_links;
};

static void
walk_up(struct walk *walk)
{
	while (walk->done_len > 0 && walk->done[--walk->done_len] != '/')
		;
}

static bool
walk_enter(struct walk *walk, struct slice name)
{
	size_t slash = walk->done_len > 0 ? 1 : 0;

	if (walk->done_len + slash + name.len > sizeof(walk->done))
		return false;
	if (slash)
		walk->done[walk->done_len++] = '/';
	memcpy(walk->done + walk->done_len, name.ptr, name.len);
	walk->done_len += name.len;
	return true;
}

/* Goes on with what link says, and then with the rest. */
static bool
walk_follow(struct walk *walk, struct slice link)
{
	if (link.len + 1 + walk->rest_len > sizeof(walk->rest) ||
	    ++walk->n_links > LINKS_MAX)
		return false;
	memmove(walk->rest + link.len + 1, walk->rest, walk->rest_len);
	memcpy(walk->rest, link.ptr, link.len);
	walk->rest[link.len] = '/';
	walk->rest_len += link.len + 1;
	if (link.len > 0 && link.ptr[0] == '/')
		walk->done_len = 0;
	else
		walk_up(walk); /* the link's own name */
	return true;
}

static struct slice
walk_done(const struct walk *walk)
{
	return slice_of(walk->done, walk->done_len);
}

/* The next component off rest; empty when it is done. */
static struct slice
walk_next(struct walk *walk, char *name)
{
	size_t skip = 0, len = 0;

	while (skip < walk->rest_len && walk->rest[skip] == '/')
		skip++;
	while (skip + len < walk->rest_len && walk->rest[skip + len] != '/')
		len++;
	memcpy(name, walk->rest + skip, len);
	walk->rest_len -= skip + len;
	memmove(walk->rest, walk->rest + skip + len, walk->rest_len);
	return slice_of(name, len);
}

static int
step_check(const struct walk *walk, struct error *err)
{
	struct slice at = walk_done(walk);

	if (walk->n_links > 0 && at.len > 0 && !inventory_wants(at))
		return error_set(err, ERROR_UNSUPPORTED,
		    "a symbolic link leads to " SLICE_FMT ", which is not read",
		    SLICE_ARG(slice_first(at, 128)));
	return 0;
}

/* Follows path to its end, which need not be there. */
static int
walk_path(const struct tree *tree, struct slice path, struct walk *walk,
    struct error *err)
{
	char name[2 * PATH_MAX_BYTES];
	struct slice part;

	if (path.len > PATH_MAX_BYTES)
		return error_set(err, ERROR_LIMIT, "path too long");
	memcpy(walk->rest, path.ptr, path.len);
	walk->rest_len = path.len;
	while ((part = walk_next(walk, name)).len > 0) {
		if (slice_eq(part, SLICE(".")))
			continue;
		if (slice_eq(part, SLICE(".."))) {
			walk_up(walk);
			continue;
		}
		if (!walk_enter(walk, part))
			return error_set(err, ERROR_LIMIT, "path too long");
		if (step_check(walk, err) < 0)
			return -1;

		const struct node *node = node_find(tree, walk_done(walk));
		if (node && node->entry.kind == INVENTORY_SYMLINK &&
		    !walk_follow(walk, node->entry.link))
			return error_set(err, ERROR_FORMAT,
			    "symbolic links without end at " SLICE_FMT,
			    SLICE_ARG(slice_first(path, 128)));
	}
	return 0;
}

/* The node that a hard link stands for: it was written as that path. */
static int
hardlink_find(
    const struct tree *tree, const struct node **node, struct error *err)
{
	for (int i = 0; i < LINKS_MAX && *node &&
	     (*node)->entry.kind == INVENTORY_HARDLINK;
	     i++) {
		struct slice link = (*node)->entry.link;

		while (link.len > 0 && (link.ptr[0] == '/'))
			link = slice_after(link, 1);
		if (slice_starts_with(link, SLICE("./")))
			link = slice_after(link, 2);
		if (!inventory_reads(link))
			return error_set(err, ERROR_UNSUPPORTED,
			    "a hard link to a file that is not read");
		*node = node_find(tree, link);
	}
	return 0;
}

int
tree_find(const struct tree *tree, struct slice path, struct tree_file *ret,
    struct error *err)
{
	struct walk *walk = calloc(1, sizeof(*walk));
	const struct node *node = NULL;

	if (!walk)
		return error_nomem(err);

	int r = walk_path(tree, path, walk, err);
	if (r == 0)
		node = node_find(tree, walk_done(walk));
	free(walk);
	if (r < 0 || hardlink_find(tree, &node, err) < 0)
		return -1;
	if (!node || node->entry.kind == INVENTORY_HARDLINK)
		return error_set(err, ERROR_NOT_FOUND, "not in the image");
	*ret = (struct tree_file){
		.path = node->entry.path,
		.kind = node->entry.kind,
		.content = node->entry.content,
		.layer = node->layer,
	};
	return 0;
}

void
tree_list_clear(struct tree_list *list)
{
	free(list->items);
	*list = (struct tree_list){ 0 };
}

static int
file_cmp(const void *a, const void *b)
{
	const struct tree_file *one = a, *other = b;

	return slice_cmp(one->path, other->path);
}

/* The path of child is shown as it is named in dir, not where it leads. */
static int
child_add(const struct tree *tree, const struct node *child,
    struct tree_list *ret, struct error *err)
{
	struct tree_file file;

	if (tree_find(tree, child->entry.path, &file, err) < 0)
		/* A link to nothing is a file that is not there. */
		return err->kind == ERROR_NOT_FOUND ? 0 : -1;
	if (file.kind != INVENTORY_FILE)
		return 0;
	if (!ARRAY_GROW(ret->items, ret->n_items))
		return error_nomem(err);
	file.path = child->entry.path;
	ret->items[ret->n_items++] = file;
	return 0;
}

int
tree_list_files(const struct tree *tree, struct slice path,
    struct tree_list *ret, struct error *err)
{
	struct walk *walk = calloc(1, sizeof(*walk));
	int r = 0;

	if (!walk)
		return error_nomem(err);
	if (walk_path(tree, path, walk, err) < 0) {
		free(walk);
		return -1;
	}

	struct slice dir = walk_done(walk);
	for (size_t i = 0; i < tree->n_nodes && r == 0; i++) {
		const struct node *node = &tree->nodes[i];
		struct slice name = slice_after(node->entry.path, dir.len + 1);

		if (!node->gone && is_below(node->entry.path, dir) &&
		    !memchr(name.ptr, '/', name.len))
			r = child_add(tree, node, ret, err);
	}
	free(walk);
	if (ret->n_items > 1)
		qsort(ret->items, ret->n_items, sizeof(*ret->items), file_cmp);
	return r;
}
