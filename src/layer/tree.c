/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree is the list of the entries that are left when each layer has
 * hidden or replaced what it does. They are found by a hash of their paths,
 * since an image may make chains of links of them, to be walked once for each
 * file of a directory.
 *
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

/*
 * Real images have about 50; one with a file for each of 1000 packages has
 * some 2000. Each is compared with all when a layer hides something.
 */
#define NODES_MAX 4096
#define N_BUCKETS 1024
/* As the kernel's MAXSYMLINKS. */
#define LINKS_MAX 40
/* As the kernel's PATH_MAX. */
#define PATH_MAX_BYTES ((size_t)4096)

struct node {
	struct inventory_entry entry;
	uint32_t first_layer; /* that a directory is from */
	uint32_t layer;       /* that has it last */
	uint32_t next;        /* of its bucket, older; a number from 1 */
	bool gone;
};

struct tree {
	struct node *nodes;
	size_t n_nodes;
	uint32_t n_layers;
	uint32_t buckets[N_BUCKETS]; /* the newest node's number, or 0 */
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

/* FNV-1a; who makes paths collide is back at looking through all. */
static size_t
bucket_of(struct slice path)
{
	uint32_t hash = 2166136261;

	for (size_t i = 0; i < path.len; i++)
		hash = (hash ^ (uint8_t)path.ptr[i]) * 16777619;
	return hash % N_BUCKETS;
}

static struct node *
node_find(const struct tree *tree, struct slice path)
{
	uint32_t number = tree->buckets[bucket_of(path)];

	for (; number > 0; number = tree->nodes[number - 1].next) {
		struct node *node = &tree->nodes[number - 1];

		if (!node->gone && slice_eq(node->entry.path, path))
			return node;
	}
	return NULL;
}

/* Puts the node, for which there is room, after those that there are. */
static void
node_put(struct tree *tree, struct node node)
{
	uint32_t *bucket = &tree->buckets[bucket_of(node.entry.path)];

	node.next = *bucket;
	tree->nodes[tree->n_nodes++] = node;
	*bucket = (uint32_t)tree->n_nodes;
}

static int
node_add(
    struct tree *tree, const struct inventory_entry *entry, struct error *err)
{
	if (tree->n_nodes == NODES_MAX)
		return error_set(err, ERROR_LIMIT, "too many entries");
	if (!ARRAY_GROW(tree->nodes, tree->n_nodes))
		return error_nomem(err);
	node_put(tree,
	    (struct node){
		.entry = *entry,
		.first_layer = tree->n_layers,
		.layer = tree->n_layers,
	    });
	return 0;
}

static int
node_refuse(const struct inventory_entry *entry, struct slice at,
    const char *why, struct error *err)
{
	struct printable path = printable_of(entry->path);
	struct printable what = printable_of(at);

	return error_set(err, ERROR_UNSUPPORTED,
	    "%s: engines do not agree on it, since %s %s", path.text, what.text,
	    why);
}

/* There is a directory at path, which entry lies in or is about. */
static int
directory_need(struct tree *tree, const struct inventory_entry *entry,
    struct slice path, struct error *err)
{
	struct node *node = node_find(tree, path);
	const struct inventory_entry directory = {
		.kind = INVENTORY_DIRECTORY,
		.path = path,
	};

	if (!node)
		return node_add(tree, &directory, err);
	if (node->entry.kind != INVENTORY_DIRECTORY)
		return node_refuse(entry, path, "is no directory", err);
	node->layer = tree->n_layers;
	return 0;
}

/* A layer need not have entries for the directories that it has files in. */
static int
parents_need(
    struct tree *tree, const struct inventory_entry *entry, struct error *err)
{
	struct slice path = entry->path;

	for (size_t i = 0; i < path.len; i++)
		if (path.ptr[i] == '/' &&
		    directory_need(tree, entry, slice_first(path, i), err) < 0)
			return -1;
	return 0;
}

/* The layers below have, or had until this one, something at path. */
static bool
is_over(const struct tree *tree, struct slice path)
{
	for (size_t i = 0; i < tree->n_nodes; i++)
		if (tree->nodes[i].first_layer < tree->n_layers &&
		    slice_eq(tree->nodes[i].entry.path, path))
			return true;
	return false;
}

static int
directory_apply(
    struct tree *tree, const struct inventory_entry *entry, struct error *err)
{
	const struct node *was = node_find(tree, entry->path);

	if (!was || was->entry.kind == INVENTORY_DIRECTORY)
		return directory_need(tree, entry, entry->path, err);
	if (was->layer == tree->n_layers && is_over(tree, entry->path))
		return node_refuse(
		    entry, entry->path, "was a file in the same layer", err);
	tree_hide(tree, entry->path, HIDE_SELF, tree->n_layers);
	return node_add(tree, entry, err);
}

/*
 * What a hard link is from now on: a name of the same file, whatever becomes
 * of the other name. It stays a hard link, to something unknown, when its
 * layer does not have the file (no engine would unpack that) or the file's
 * content was not kept.
 */
static struct inventory_entry
hardlink_resolve(const struct tree *tree, const struct inventory_entry *link)
{
	const struct node *node = node_find(tree, link->link);
	struct inventory_entry ret = *link;

	if (!node || node->layer != tree->n_layers ||
	    node->entry.kind == INVENTORY_DIRECTORY)
		return ret;
	if (node->entry.kind == INVENTORY_FILE && inventory_reads(link->path) &&
	    !inventory_reads(node->entry.path))
		return ret;
	ret = node->entry;
	ret.path = link->path;
	return ret;
}

static int
file_apply(
    struct tree *tree, const struct inventory_entry *entry, struct error *err)
{
	struct inventory_entry file = *entry;

	/* An engine, too, first makes room for the new name. */
	tree_hide(tree, entry->path, HIDE_SELF | HIDE_BELOW, tree->n_layers);
	if (entry->kind == INVENTORY_HARDLINK)
		file = hardlink_resolve(tree, entry);
	return node_add(tree, &file, err);
}

static int
entry_apply(
    struct tree *tree, const struct inventory_entry *entry, struct error *err)
{
	bool of_directory = entry->kind == INVENTORY_DIRECTORY ||
	    entry->kind == INVENTORY_OPAQUE;

	if (entry->path.len > PATH_MAX_BYTES ||
	    !(inventory_wants(entry->path) ||
		(of_directory && entry->path.len == 0)))
		return error_set(err, ERROR_FORMAT, "not a layer's inventory");
	if (parents_need(tree, entry, err) < 0)
		return -1;

	switch (entry->kind) {
	case INVENTORY_WHITEOUT:
		tree_hide(tree, entry->path, HIDE_SELF | HIDE_BELOW,
		    tree->n_layers - 1);
		return 0;
	case INVENTORY_OPAQUE:
		tree_hide(tree, entry->path, HIDE_BELOW, tree->n_layers - 1);
		return directory_need(tree, entry, entry->path, err);
	case INVENTORY_DIRECTORY: return directory_apply(tree, entry, err);
	case INVENTORY_FILE:
	case INVENTORY_HARDLINK:
	case INVENTORY_SYMLINK:
	case INVENTORY_OTHER:
	case INVENTORY_KINDS: break;
	}
	return file_apply(tree, entry, err);
}

/* Forgets what is hidden for good. */
static void
tree_compact(struct tree *tree)
{
	size_t n = tree->n_nodes;

	memset(tree->buckets, 0, sizeof(tree->buckets));
	tree->n_nodes = 0;
	for (size_t i = 0; i < n; i++)
		if (!tree->nodes[i].gone)
			node_put(tree, tree->nodes[i]);
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
	tree_compact(tree);
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
static int
walk_follow(struct walk *walk, struct slice link, struct error *err)
{
	if (++walk->n_links > LINKS_MAX)
		return error_set(
		    err, ERROR_FORMAT, "symbolic links without end");
	if (link.len > PATH_MAX_BYTES ||
	    link.len + walk->rest_len > sizeof(walk->rest))
		return error_set(err, ERROR_LIMIT, "symbolic links too long");
	/* The rest is empty or begins with a slash. */
	memmove(walk->rest + link.len, walk->rest, walk->rest_len);
	if (link.len > 0)
		memcpy(walk->rest, link.ptr, link.len);
	walk->rest_len += link.len;
	if (link.len > 0 && link.ptr[0] == '/')
		walk->done_len = 0;
	else
		walk_up(walk); /* the link's own name */
	return 0;
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

/* A step onto what done names now: into a directory, or along a link. */
static int
walk_step(const struct tree *tree, struct walk *walk, struct error *err)
{
	struct slice at = walk_done(walk);
	const struct node *node = node_find(tree, at);

	if (walk->n_links > 0 && !inventory_wants(at)) {
		struct printable shown = printable_of(at);

		return error_set(err, ERROR_UNSUPPORTED,
		    "a symbolic link leads to %s, which is not read",
		    shown.text);
	}
	if (node && node->entry.kind == INVENTORY_SYMLINK)
		return walk_follow(walk, node->entry.link, err);
	if (walk->rest_len > 0 &&
	    (!node || node->entry.kind != INVENTORY_DIRECTORY))
		return error_set(err, ERROR_NOT_FOUND, "not in the image");
	return 0;
}

/* Follows path to its end, of which only the last name may be missing. */
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
		if (walk_step(tree, walk, err) < 0)
			return -1;
	}
	return 0;
}

/* The node that path leads to, or NULL. */
static int
node_at(const struct tree *tree, struct slice path, const struct node **ret,
    struct error *err)
{
	struct walk *walk = calloc(1, sizeof(*walk));

	if (!walk)
		return error_nomem(err);

	int r = walk_path(tree, path, walk, err);
	if (r >= 0)
		*ret = node_find(tree, walk_done(walk));
	free(walk);
	return r;
}

/* Whether who asked for path sees in node what a container would. */
static bool
is_known(const struct node *node, struct slice path)
{
	if (node->entry.kind == INVENTORY_HARDLINK)
		return false;
	return node->entry.kind != INVENTORY_FILE || !inventory_reads(path) ||
	    inventory_reads(node->entry.path);
}

int
tree_find(const struct tree *tree, struct slice path, struct tree_file *ret,
    struct error *err)
{
	const struct node *node;

	if (node_at(tree, path, &node, err) < 0)
		return -1;
	if (!node)
		return error_set(err, ERROR_NOT_FOUND, "not in the image");
	if (!is_known(node, path))
		return error_set(err, ERROR_UNSUPPORTED,
		    "a link leads to a file that is not read");
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

/* path lies directly in dir, which is not the root. */
static bool
is_child(struct slice path, struct slice dir)
{
	struct slice name = slice_after(path, dir.len + 1);

	return is_below(path, dir) &&
	    (name.len == 0 || !memchr(name.ptr, '/', name.len));
}

static int
children_add(const struct tree *tree, struct slice dir, struct tree_list *ret,
    struct error *err)
{
	for (size_t i = 0; i < tree->n_nodes; i++)
		if (is_child(tree->nodes[i].entry.path, dir) &&
		    child_add(tree, &tree->nodes[i], ret, err) < 0)
			return -1;
	if (ret->n_items > 1)
		qsort(ret->items, ret->n_items, sizeof(*ret->items), file_cmp);
	return 0;
}

int
tree_list_files(const struct tree *tree, struct slice path,
    struct tree_list *ret, struct error *err)
{
	const struct node *node;

	if (node_at(tree, path, &node, err) < 0)
		return err->kind == ERROR_NOT_FOUND ? 0 : -1;
	if (!node || node->entry.kind == INVENTORY_FILE ||
	    node->entry.kind == INVENTORY_OTHER)
		return 0;
	if (node->entry.kind != INVENTORY_DIRECTORY ||
	    !inventory_lists(node->entry.path))
		return error_set(err, ERROR_UNSUPPORTED,
		    "a link leads to a directory that is not read");
	return children_add(tree, node->entry.path, ret, err);
}
