/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "catalog/rpmdb.h"
#include "layer/tree.h"

/* A database as one of the layers left it. All but rpm's are one file, which
 * is files.main. */
struct state {
	uint32_t layer; /* from 1 */
	struct rpmdb_files files;
};

/* From the newest on. */
struct state_list {
	struct state *items;
	size_t n_items;
};

void state_list_clear(struct state_list *states);
DEFINE_CLEANUP_IN_PLACE(struct state_list, state_list_clear)

/*
 * Adds the states of the database at path, which is there, and of the log at
 * wal (empty: it has none), which may be of other layers than it. Errors as
 * tree_versions().
 */
MUST_CHECK int states_find(const struct tree *tree, struct slice path,
    struct slice wal, struct state_list *ret, struct error *err);

typedef int state_parse_fn(const struct rpmdb_files *files,
    struct package_list **ret, struct error *err);

/*
 * Parses the newest state into a new *ret, to be freed with
 * package_list_free(), and sets of each package the layer since which its
 * record has been as it is. A state below that cannot be read tells no more
 * than that. Fails as parse on the newest, and with ERROR_NOMEM.
 */
MUST_CHECK int states_parse(const struct state_list *states,
    state_parse_fn *parse, struct package_list **ret, struct error *err);
