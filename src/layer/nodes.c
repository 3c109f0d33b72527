/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hiding what lower layers have takes as long as there is something to hide:
 * each node that is looked at is taken away, or is of this very layer and
 * marked as clean, not to be looked below again until the next.
 */
#include "layer/nodes.h"

#include <stdlib.h>

#include "base/memory.h"

#define BUCKETS_FIRST 1024

static struct slice
node_name(const struct tree *tree, const struct node *node)
{
	return slice_after(
	    node->path, name_offset(node_at(tree, node->parent)));
}

struct slice
path_first_name(struct slice path)
{
	const char *slash =
	    path.len > 0 ? memchr(path.ptr, '/', path.len) : NULL;

	return slash ? slice_first(path, (size_t)(slash - path.ptr)) : path;
}

static size_t
bucket_of(const struct tree *tree, uint32_t parent, struct slice name)
{
	/* Of the same name in many directories, too. */
	uint64_t hash = siphash(&tree->key, name) + parent * 0x9e3779b97f4a7c15;

	return (hash ^ hash >> 32) & (tree->n_buckets - 1);
}

uint32_t
nodes_find(const struct tree *tree, uint32_t parent, struct slice name)
{
	uint32_t number = 0;

	if (tree->n_buckets > 0)
		number = tree->buckets[bucket_of(tree, parent, name)];
	while (number > 0) {
		const struct node *node = node_at(tree, number);

		if (node->parent == parent &&
		    slice_eq(node_name(tree, node), name))
			return number;
		number = node->chain;
	}
	return 0;
}

static void
bucket_put(struct tree *tree, uint32_t number)
{
	struct node *node = node_at(tree, number);
	uint32_t *bucket = &tree->buckets[bucket_of(
	    tree, node->parent, node_name(tree, node))];

	node->chain = *bucket;
	*bucket = number;
}

/* As many buckets as nodes, at least. */
static int
buckets_grow(struct tree *tree, struct error *err)
{
	size_t n = tree->n_buckets > 0 ? 2 * tree->n_buckets : BUCKETS_FIRST;
	uint32_t *buckets;

	if (tree->n_nodes < tree->n_buckets)
		return 0;
	buckets = calloc(n, sizeof(*buckets));
	if (!buckets)
		return error_nomem(err);
	free(tree->buckets);
	tree->buckets = buckets;
	tree->n_buckets = n;
	for (uint32_t i = NODE_ROOT + 1; i <= tree->n_nodes; i++)
		bucket_put(tree, i);
	return 0;
}

int
nodes_add(struct tree *tree, uint32_t parent, struct slice path, uint32_t *ret,
    struct error *err)
{
	uint32_t number = (uint32_t)tree->n_nodes + 1;

	if (tree->n_nodes == tree->max_nodes)
		return error_set(err, ERROR_LIMIT,
		    "more than %zu entries in all layers", tree->max_nodes);
	if (buckets_grow(tree, err) < 0)
		return -1;
	if (!ARRAY_GROW(tree->nodes, tree->n_nodes))
		return error_nomem(err);
	tree->nodes[tree->n_nodes++] = (struct node){
		.path = path,
		.parent = parent,
	};
	if (parent > 0)
		bucket_put(tree, number);
	*ret = number;
	return 0;
}

void
nodes_set(struct tree *tree, uint32_t number, enum node_kind kind)
{
	struct node *node = node_at(tree, number);

	node->kind = (uint8_t)kind;
	node->layer = tree->n_layers;
	node->since = tree->n_layers;
	if (!node->is_listed) {
		struct node *parent = node_at(tree, node->parent);

		node->sibling = parent->child;
		parent->child = number;
		node->is_listed = true;
	}
}

/* What of a lower layer is, or was until now, in the place of node. */
static void
note_over(const struct tree *tree, struct node *node)
{
	if (node->kind != NODE_ABSENT && node->since < tree->n_layers)
		node->over = tree->n_layers;
}

static void
node_take_away(const struct tree *tree, struct node *node)
{
	note_over(tree, node);
	node->kind = NODE_ABSENT;
	node->entry = slice_of(NULL, 0);
	node->under = 0;
}

/*
 * Takes away what is in the directory at the front of the list todo, but what
 * is of a layer above max_layer; what is to be looked into next, it puts into
 * todo. A directory that stays has then nothing of the layers below.
 */
static void
directory_hide(struct tree *tree, uint32_t *todo, uint32_t max_layer)
{
	struct node *dir = node_at(tree, *todo);
	uint32_t number = dir->child;

	*todo = dir->todo;
	dir->child = 0;
	while (number > 0) {
		struct node *node = node_at(tree, number);
		uint32_t next = node->sibling;
		bool is_clean = node->since == tree->n_layers;
		bool stays =
		    node->kind != NODE_ABSENT && node->layer > max_layer;

		if (node->child > 0 && !(stays && is_clean)) {
			node->todo = *todo;
			*todo = number;
		}
		if (stays) {
			note_over(tree, node);
			node->since = tree->n_layers;
			node->under = 0;
			node->sibling = dir->child;
			dir->child = number;
		} else {
			node_take_away(tree, node);
			node->is_listed = false;
		}
		number = next;
	}
}

static void
hide_below(struct tree *tree, uint32_t number, uint32_t max_layer)
{
	uint32_t todo = number;

	node_at(tree, number)->todo = 0;
	while (todo > 0)
		directory_hide(tree, &todo, max_layer);
}

void
nodes_opaque(struct tree *tree, uint32_t number)
{
	struct node *node = node_at(tree, number);

	if (node->since == tree->n_layers)
		return;
	hide_below(tree, number, tree->n_layers - 1);
	note_over(tree, node);
	node->since = tree->n_layers;
}

void
nodes_whiteout(struct tree *tree, uint32_t number)
{
	struct node *node = node_at(tree, number);

	if (node->kind != NODE_ABSENT && node->layer < tree->n_layers) {
		node_take_away(tree, node);
		hide_below(tree, number, tree->n_layers);
	} else if (node->kind == NODE_DIRECTORY) {
		nodes_opaque(tree, number);
	}
	node->under = 0;
}

void
nodes_empty(struct tree *tree, uint32_t number)
{
	struct node *node = node_at(tree, number);

	hide_below(tree, number, tree->n_layers);
	note_over(tree, node);
}

struct tree_file
node_file(const struct node *node)
{
	struct inventory_entry entry = { 0 };
	struct slice rest = node->entry;
	struct error ignored;
	bool is_link =
	    node->kind == NODE_SYMLINK || node->kind == NODE_HARDLINK;

	/* It was read once already, when it was put into the tree. */
	ERROR_IGNORE(inventory_next(&rest, &entry, &ignored));
	return (struct tree_file){
		.path = node->path,
		.kind = (enum inventory_kind)(node->kind - NODE_FILE),
		.link = is_link ? entry.link : slice_of(NULL, 0),
		.content = entry.content,
		.note = entry.note,
		.layer = node->layer,
	};
}
