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

/* A file of the tree. The slices view its inventory. */
struct tree_file {
	struct slice path;        /* where it lies, links followed */
	enum inventory_kind kind; /* no link */
	struct slice content;
	uint32_t layer; /* that it is from, from 1 */
};

/*
 * Finds what a container would find at path, following symbolic links inside
 * the tree, as open(2) would. ERROR_NOT_FOUND: nothing there.
 * ERROR_UNSUPPORTED: a link leads to where inventories do not look, so that
 * nobody knows. ERROR_FORMAT: links go round in a circle. ERROR_LIMIT: a path
 * or a link is longer than the kernel takes. ERROR_NOMEM.
 */
MUST_CHECK int tree_find(const struct tree *tree, struct slice path,
    struct tree_file *ret, struct error *err);

/* The files of a directory, in the order of their names. */
struct tree_list {
	struct tree_file *items;
	size_t n_items;
};

void tree_list_clear(struct tree_list *list);
DEFINE_CLEANUP_IN_PLACE(struct tree_list, tree_list_clear)

/*
 * Adds the files directly in the directory at path (of those of which each
 * file is kept), links followed, named as they are in that directory; none
 * when it is not there. Directories and devices are left out. Errors as
 * tree_find(), but for ERROR_NOT_FOUND.
 */
MUST_CHECK int tree_list_files(const struct tree *tree, struct slice path,
    struct tree_list *ret, struct error *err);
