/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * The paths that a layer may have, and which of them it will: pure, so that
 * the order and the rules can be tested without a file system.
 */
enum change_kind {
	CHANGE_NONE,     /* in the layer only where it must be: see below */
	CHANGE_ENTRY,    /* new or not as it was */
	CHANGE_WHITEOUT, /* removed: path is where the whiteout goes */
};

struct change {
	char *path; /* no slash before it */
	enum change_kind kind;

	/* Of what is not a directory and has more than one name, its inode;
	 * else 0. */
	ino_t inode;
	ino_t old_inode; /* what its name stood for in the layers below, or 0 */

	/* Result: what this is a further name of, or NULL. */
	const char *link;
	bool wanted; /* result: it is in the layer */
};

struct changes {
	struct change *items;
	size_t n_items;
};

/* Adds one; path is copied. ERROR_NOMEM; ERROR_LIMIT: too many. */
MUST_CHECK int changes_add(struct changes *changes, const char *path,
    enum change_kind kind, struct error *err);

/* Says of the one added last that it has more names than one: see inode. */
void changes_set_inode(struct changes *changes, ino_t inode, ino_t old_inode);

/*
 * Brings them in the order of the bytes of their paths, and says which are
 * wanted: what changed and the directories that it is in. Of names of one
 * file, either all are or none; the first is the file, the others are links.
 * They may all be left out only if none changed and they were one file
 * before. ERROR_NOMEM.
 */
MUST_CHECK int changes_settle(struct changes *changes, struct error *err);

void changes_clear(struct changes *changes);
DEFINE_CLEANUP_IN_PLACE(struct changes, changes_clear)
