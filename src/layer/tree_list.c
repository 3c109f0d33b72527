/* SPDX-License-Identifier: Apache-2.0 */
#include "layer/tree_find.h"

#include <stdlib.h>

#include "base/memory.h"

void
tree_list_clear(struct tree_list *list)
{
	free(list->items);
	*list = (struct tree_list){ 0 };
}

static int
list_add(
    struct tree_list *list, const struct tree_file *file, struct error *err)
{
	if (!ARRAY_GROW(list->items, list->n_items))
		return error_nomem(err);
	list->items[list->n_items++] = *file;
	return 0;
}

int
tree_versions(const struct tree *tree, struct slice path, struct tree_list *ret,
    struct error *err)
{
	struct link_budget budget = { LINK_BUDGET_BYTES };
	struct tree_file file;
	struct node node;
	uint32_t number;

	if (tree_follow(tree, path, &budget, &number, err) < 0 ||
	    tree_show(tree, number, path, &file, err) < 0 ||
	    list_add(ret, &file, err) < 0)
		return -1;
	node = *node_at(tree, number);
	while (node.kind == NODE_FILE && node.under > 0) {
		const struct version *version = &tree->versions[node.under - 1];

		node.entry = version->entry;
		node.layer = version->layer;
		node.under = version->under;
		/* A name that it had from elsewhere: nobody knows. */
		if (!version->is_read && inventory_reads(path, tree->level))
			break;
		file = node_file(&node);
		if (list_add(ret, &file, err) < 0)
			return -1;
	}
	return 0;
}

/* What is to be listed of a directory. */
struct listing {
	const struct tree *tree;
	enum inventory_kind kind;
	struct link_budget budget;
	struct tree_list *list;
};

/* The path of child is shown as it is named in dir, not where it leads. */
static int
child_add(struct listing *to, uint32_t number, struct error *err)
{
	const struct node *child = node_at(to->tree, number);
	struct tree_file file;

	if (child->kind == NODE_ABSENT)
		return 0;
	if (child->kind == NODE_SYMLINK &&
	    tree_follow(to->tree, child->path, &to->budget, &number, err) < 0)
		/* A link to nothing is a file that is not there. */
		return err->kind == ERROR_NOT_FOUND ? 0 : -1;
	if (number == 0)
		return 0;
	if (tree_show(to->tree, number, child->path, &file, err) < 0)
		return -1;
	if (file.kind != to->kind)
		return 0;
	file.path = child->path;
	return list_add(to->list, &file, err);
}

static int
file_cmp(const void *a, const void *b)
{
	const struct tree_file *one = a, *other = b;

	return slice_cmp(one->path, other->path);
}

static int
children_add(struct listing *to, const struct node *dir, struct error *err)
{
	struct tree_list *list = to->list;
	size_t n_before = list->n_items;
	uint32_t number = dir->child;

	for (; number > 0; number = node_at(to->tree, number)->sibling)
		if (child_add(to, number, err) < 0)
			return -1;
	if (list->n_items > n_before + 1)
		qsort(list->items + n_before, list->n_items - n_before,
		    sizeof(*list->items), file_cmp);
	return 0;
}

static int
list(struct listing *to, struct slice path, struct error *err)
{
	const struct tree *tree = to->tree;
	const struct node *node;
	uint32_t number;

	if (tree_follow(tree, path, &to->budget, &number, err) < 0)
		return err->kind == ERROR_NOT_FOUND ? 0 : -1;
	if (number == 0)
		return 0;
	node = node_at(tree, number);
	if (node->kind == NODE_FILE || node->kind == NODE_OTHER)
		return 0;
	if (node->kind != NODE_DIRECTORY ||
	    (tree->level != INVENTORY_FILES && !inventory_lists(node->path)))
		return error_set(err, ERROR_UNSUPPORTED,
		    "a link leads to a directory that is not read");
	return children_add(to, node, err);
}

int
tree_list_files(const struct tree *tree, struct slice path,
    struct tree_list *ret, struct error *err)
{
	struct listing to = {
		.tree = tree,
		.kind = INVENTORY_FILE,
		.budget = { LINK_BUDGET_BYTES },
		.list = ret,
	};

	return list(&to, path, err);
}

int
tree_list_directories(const struct tree *tree, struct slice path,
    struct tree_list *ret, struct error *err)
{
	struct listing to = {
		.tree = tree,
		.kind = INVENTORY_DIRECTORY,
		.budget = { LINK_BUDGET_BYTES },
		.list = ret,
	};

	return list(&to, path, err);
}

static int
node_cmp(const void *a, const void *b)
{
	const struct node *const *one = a, *const *other = b;

	return slice_cmp((*one)->path, (*other)->path);
}

int
tree_walk(const struct tree *tree,
    int (*visit)(void *ctx, const struct tree_file *file, struct error *err),
    void *ctx, struct error *err)
{
	const struct node **seen = calloc(tree->n_nodes, sizeof(const void *));
	size_t n_seen = 0;
	int r = 0;

	if (!seen)
		return error_nomem(err);
	for (uint32_t i = NODE_ROOT + 1; i <= tree->n_nodes; i++)
		if (node_at(tree, i)->kind != NODE_ABSENT)
			seen[n_seen++] = node_at(tree, i);
	qsort(seen, n_seen, sizeof(const void *), node_cmp);
	for (size_t i = 0; i < n_seen && r == 0; i++) {
		struct tree_file file = node_file(seen[i]);

		r = visit(ctx, &file, err);
	}
	free(seen);
	return r;
}
