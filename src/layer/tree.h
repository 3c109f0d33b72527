/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "layer/inventory.h"

/* The layers of an image as the one tree that its containers see. */
struct tree;

/* NULL if out of memory. Free it with tree_free(). */
struct tree *tree_new(void) __attribute__((malloc));
void tree_free(struct tree *tree);
DEFINE_CLEANUP(struct tree, tree_free)

/*
 * Puts the next layer, from the lowest on, over what is there. inventory is
 * untrusted and must outlive the tree. ERROR_FORMAT: it is none;
 * ERROR_UNSUPPORTED: not every engine makes the same of it (tree.c says of
 * what); ERROR_LIMIT: too many entries in all; ERROR_NOMEM. After a failure
 * only tree_free() may follow.
 */
MUST_CHECK int tree_add(
    struct tree *tree, struct slice inventory, struct error *err);

/* What lies at a path of the tree. The slices view its inventory. */
struct tree_file {
	struct slice path;        /* where it lies, links followed */
	enum inventory_kind kind; /* of the first five */
	struct slice link;        /* of a link that was not followed */
	struct slice content;
	struct slice note; /* of its package; empty mostly */
	uint32_t layer;    /* that it is from, from 1 */
};

/*
 * Finds what a container would find at path, following symbolic links inside
 * the tree, as open(2) would; so it is no link. ERROR_NOT_FOUND: nothing
 * there. ERROR_UNSUPPORTED: a link leads to where inventories do not look, so
 * that nobody knows. ERROR_FORMAT: links go round in a circle. ERROR_LIMIT: a
 * path or a link is longer than the kernel takes. ERROR_NOMEM.
 */
MUST_CHECK int tree_find(const struct tree *tree, struct slice path,
    struct tree_file *ret, struct error *err);

/*
 * Puts into ret, which is emptied first, path with the symbolic links of the
 * directories above it followed, and its last name as it is, a link or not
 * and there or not: in a usr-merged system bin/sh is usr/bin/sh. A path that
 * ends in a slash, "." or ".." is followed to its end, as by lstat(2). Errors
 * as tree_find(); ERROR_NOT_FOUND: the directory is not there.
 */
MUST_CHECK int tree_resolve(const struct tree *tree, struct slice path,
    struct buf *ret, struct error *err);

struct tree_list {
	struct tree_file *items;
	size_t n_items;
};

void tree_list_clear(struct tree_list *list);
DEFINE_CLEANUP_IN_PLACE(struct tree_list, tree_list_clear)

/*
 * Adds the file that path leads to as each layer left it, the newest first,
 * down to where a layer took it away or had something else in its place. At
 * least one; of what is no regular file only what tree_find() finds. Errors
 * as that.
 */
MUST_CHECK int tree_versions(const struct tree *tree, struct slice path,
    struct tree_list *ret, struct error *err);

/*
 * Adds the files directly in the directory at path (of INVENTORY_PACKAGES: one
 * of those of which each entry is kept), links followed, named as they are in
 * that directory, in the order of their names; none when it is not there.
 * Directories and devices are left out. Errors as tree_find(), but for
 * ERROR_NOT_FOUND.
 */
MUST_CHECK int tree_list_files(const struct tree *tree, struct slice path,
    struct tree_list *ret, struct error *err);

/* The same of the directories directly in it. */
MUST_CHECK int tree_list_directories(const struct tree *tree, struct slice path,
    struct tree_list *ret, struct error *err);

/*
 * Calls visit for each thing that a container sees, but the root, in the C
 * locale's order of their paths; links are not followed. What visit fails
 * with, it returns; ERROR_NOMEM.
 */
MUST_CHECK int tree_walk(const struct tree *tree,
    int (*visit)(void *ctx, const struct tree_file *file, struct error *err),
    void *ctx, struct error *err);
