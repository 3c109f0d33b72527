/* SPDX-License-Identifier: Apache-2.0 */
#include "layer/tree_find.h"

#include "archive/printable.h"
#include "base/memory.h"

/* As the kernel's MAXSYMLINKS. */
#define LINKS_MAX 40
/* As the kernel's PATH_MAX. */
#define PATH_MAX_BYTES ((size_t)4096)
/* What a link counts in a budget besides its text. */
#define LINK_COST_BYTES ((size_t)64)

/* A path being walked: the directory reached, and what is still to come. */
struct walk {
	const struct tree *tree;
	struct link_budget *budget;
	uint32_t at; /* 0: where nothing is; then the walk is at its end */
	unsigned n_links;
	size_t begin; /* of what is to come, in text; it goes to its end */
	char text[2 * PATH_MAX_BYTES];
};

static struct slice
walk_rest(const struct walk *walk)
{
	return slice_of(
	    walk->text + walk->begin, sizeof(walk->text) - walk->begin);
}

/* Puts bytes before what is to come; false when they are too long. */
static bool
walk_put(struct walk *walk, struct slice bytes)
{
	if (bytes.len > PATH_MAX_BYTES || bytes.len > walk->begin)
		return false;
	walk->begin -= bytes.len;
	if (bytes.len > 0)
		memcpy(walk->text + walk->begin, bytes.ptr, bytes.len);
	return true;
}

/* The next name of what is to come; empty when that is done. */
static struct slice
walk_next(struct walk *walk)
{
	struct slice rest = walk_rest(walk);
	struct slice name;

	while (rest.len > 0 && *rest.ptr == '/')
		rest = slice_after(rest, 1);
	name = path_first_name(rest);
	walk->begin = sizeof(walk->text) - (rest.len - name.len);
	return name;
}

/* Goes on with what link says, and then with the rest. */
static int
walk_link(struct walk *walk, struct slice link, struct error *err)
{
	if (++walk->n_links > LINKS_MAX)
		return error_set(
		    err, ERROR_FORMAT, "symbolic links without end");
	/* The rest is empty or begins with a slash. */
	if (!walk_put(walk, link) ||
	    link.len + LINK_COST_BYTES > walk->budget->left_bytes)
		return error_set(err, ERROR_LIMIT, "symbolic links too long");
	walk->budget->left_bytes -= link.len + LINK_COST_BYTES;
	if (link.len > 0 && *link.ptr == '/')
		walk->at = NODE_ROOT;
	return 0;
}

/* After a link it may be that nobody looked where it leads. */
static int
check_looked(const struct walk *walk, struct slice name, struct error *err)
{
	struct slice dir = node_at(walk->tree, walk->at)->path;
	char path[PATH_MAX_BYTES + 1];
	size_t len = 0;

	if (walk->n_links == 0 || walk->tree->level == INVENTORY_FILES)
		return 0;
	if (dir.len > 0) {
		memcpy(path, dir.ptr, dir.len);
		path[dir.len] = '/';
		len = dir.len + 1;
	}
	memcpy(path + len, name.ptr, name.len);
	if (inventory_wants(slice_of(path, len + name.len)))
		return 0;

	struct printable shown = printable_of(slice_of(path, len + name.len));
	return error_set(err, ERROR_UNSUPPORTED,
	    "a symbolic link leads to %s, which is not read", shown.text);
}

/* A step onto name: into a directory, along a link, or to the end. */
static int
walk_step(struct walk *walk, struct slice name, struct error *err)
{
	const struct tree *tree = walk->tree;
	const struct node *dir = node_at(tree, walk->at);
	const struct node *node;
	uint32_t number;
	bool is_last = walk->begin == sizeof(walk->text);

	if (name_offset(dir) + name.len > PATH_MAX_BYTES)
		return error_set(err, ERROR_LIMIT, "path too long");
	if (check_looked(walk, name, err) < 0)
		return -1;
	number = nodes_find(tree, walk->at, name);
	node = number > 0 ? node_at(tree, number) : NULL;
	if (!node || node->kind == NODE_ABSENT) {
		walk->at = 0;
		number = 0;
	} else if (node->kind == NODE_SYMLINK) {
		return walk_link(walk, node_file(node).link, err);
	}
	walk->at = number;
	if (!is_last && (number == 0 || node->kind != NODE_DIRECTORY))
		return error_set(err, ERROR_NOT_FOUND, "not in the image");
	return 0;
}

int
tree_follow(const struct tree *tree, struct slice path,
    struct link_budget *budget, uint32_t *ret, struct error *err)
{
	struct walk walk = { .tree = tree, .budget = budget, .at = NODE_ROOT };
	struct slice name;

	walk.begin = sizeof(walk.text);
	if (!walk_put(&walk, path))
		return error_set(err, ERROR_LIMIT, "path too long");
	while ((name = walk_next(&walk)).len > 0) {
		if (slice_eq(name, SLICE(".")))
			continue;
		if (slice_eq(name, SLICE("..")))
			walk.at = node_at(tree, walk.at)->parent;
		else if (walk_step(&walk, name, err) < 0)
			return -1;
	}
	*ret = tree->n_layers > 0 ? walk.at : 0;
	return 0;
}

int
tree_show(const struct tree *tree, uint32_t number, struct slice path,
    struct tree_file *ret, struct error *err)
{
	const struct node *node;

	if (number == 0)
		return error_set(err, ERROR_NOT_FOUND, "not in the image");
	node = node_at(tree, number);
	if (node->kind == NODE_HARDLINK)
		return error_set(err, ERROR_UNSUPPORTED,
		    "a hard link to what its layer does not have");
	if (node->kind == NODE_FILE && !node->is_read &&
	    inventory_reads(path, tree->level))
		return error_set(err, ERROR_UNSUPPORTED,
		    "a link leads to a file that is not read");
	*ret = node_file(node);
	return 0;
}

int
tree_find(const struct tree *tree, struct slice path, struct tree_file *ret,
    struct error *err)
{
	struct link_budget budget = { LINK_BUDGET_BYTES };
	uint32_t number;

	if (tree_follow(tree, path, &budget, &number, err) < 0)
		return -1;
	return tree_show(tree, number, path, ret, err);
}

/* True when the last name of path is to be followed, too. */
static bool
is_followed(struct slice name)
{
	return name.len == 0 || slice_eq(name, SLICE(".")) ||
	    slice_eq(name, SLICE(".."));
}

int
tree_resolve(const struct tree *tree, struct slice path, struct buf *ret,
    struct error *err)
{
	struct link_budget budget = { LINK_BUDGET_BYTES };
	const char *slash =
	    path.len > 0 ? memrchr(path.ptr, '/', path.len) : NULL;
	size_t at = slash ? (size_t)(slash - path.ptr) + 1 : 0;
	struct slice name = slice_after(path, at);
	struct slice dir = slice_first(path, at);
	const struct node *node;
	uint32_t number;

	if (is_followed(name)) {
		name = slice_of(NULL, 0);
		dir = path;
	}
	if (tree_follow(tree, dir, &budget, &number, err) < 0)
		return -1;
	node = number > 0 ? node_at(tree, number) : NULL;
	if (!node || (name.len > 0 && node->kind != NODE_DIRECTORY))
		return error_set(err, ERROR_NOT_FOUND, "not in the image");
	if (name_offset(node) + name.len > PATH_MAX_BYTES)
		return error_set(err, ERROR_LIMIT, "path too long");
	ret->len = 0;
	buf_put(ret, node->path);
	if (node->path.len > 0 && name.len > 0)
		buf_put(ret, SLICE("/"));
	buf_put(ret, name);
	return buf_check(ret, err);
}
