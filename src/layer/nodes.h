/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/siphash.h"
#include "layer/tree.h"

/*
 * What a tree is made of: a node for each path that any layer has, found by
 * its directory and its name. A node stays when what was there is gone, to
 * say so. Nodes are named by their numbers, since they move as the array
 * grows; 0 is none.
 */
#define NODE_ROOT ((uint32_t)1)

enum node_kind {
	NODE_ABSENT,
	NODE_FILE,
	NODE_HARDLINK, /* to what its layer does not have: nobody knows */
	NODE_SYMLINK,
	NODE_DIRECTORY,
	NODE_OTHER,
};

struct node {
	struct slice path;
	struct slice entry; /* encoded; of a directory empty */
	uint32_t parent;
	uint32_t child;   /* the first of them */
	uint32_t sibling; /* the next child of its parent */
	uint32_t chain;   /* the next of its bucket */
	uint32_t todo;    /* the next to be looked into, while hiding */
	uint32_t under;   /* the version that a file replaced; 0: none */
	uint32_t layer;   /* that has it last */
	uint32_t since;   /* all that is in it is of this layer or later */
	uint32_t over;    /* the last layer that took away something lower */
	uint8_t kind;     /* enum node_kind */
	bool is_listed;   /* among the children of its parent */
	bool is_read;     /* its content is known */
};

/* A file as a lower layer has it. */
struct version {
	struct slice entry;
	uint32_t layer;
	uint32_t under;
	bool is_read;
};

struct tree {
	struct node *nodes;
	size_t n_nodes;
	size_t max_nodes;
	struct version *versions;
	size_t n_versions;
	uint32_t *buckets; /* the number of the newest node, or 0 */
	size_t n_buckets;  /* a power of 2 */
	struct siphash_key key;
	uint32_t n_layers;
	enum inventory_level level;       /* of all layers */
	enum inventory_level layer_level; /* of the last */
	uint32_t last_dir;                /* of the last entry; or any other */
};

static inline struct node *
node_at(const struct tree *tree, uint32_t number)
{
	return &tree->nodes[number - 1];
}

/* Where in the path of a child its name begins. */
static inline size_t
name_offset(const struct node *dir)
{
	return dir->path.len > 0 ? dir->path.len + 1 : 0;
}

/* The node of name in parent; 0: nothing ever was there. */
uint32_t nodes_find(
    const struct tree *tree, uint32_t parent, struct slice name);

/* A new node, absent, for path, whose last name is not known in parent. */
MUST_CHECK int nodes_add(struct tree *tree, uint32_t parent, struct slice path,
    uint32_t *ret, struct error *err);

/* Has the node be of this kind, from the layer being added. */
void nodes_set(struct tree *tree, uint32_t number, enum node_kind kind);

/* Takes away what of the layers below is at node and below it. */
void nodes_whiteout(struct tree *tree, uint32_t number);

/* Takes away what the layers below, or any layers, have in the directory. */
void nodes_opaque(struct tree *tree, uint32_t number);
void nodes_empty(struct tree *tree, uint32_t number);

/* The name that path begins with, up to a slash. */
struct slice path_first_name(struct slice path);

/* What node shows; links are not followed. */
struct tree_file node_file(const struct node *node);
