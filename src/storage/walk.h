/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/stat.h>

#include "layer/inventory.h"
#include "storage/storage.h"

/* For this room: the entries of a directory, one after the other. */

struct walk_entry {
	enum inventory_kind
	    kind;          /* file, symlink, directory, whiteout, other */
	bool is_opaque;    /* a directory that hides what is below */
	struct slice path; /* empty: the root, which comes first */
	struct slice link; /* of a symlink, as written */
	int fd;            /* O_PATH: what it is */
	struct stat st;
};

struct walk;

/*
 * A new walk over what dir_fd is; with all, over every name, else over those
 * that INVENTORY_PACKAGES wants. NULL as error_errno(). Free with
 * walk_free(); dir_fd stays the caller's.
 */
struct walk *walk_new(
    int dir_fd, enum storage_form form, bool all, struct error *err);
void walk_free(struct walk *walk);
DEFINE_CLEANUP(struct walk, walk_free)

/*
 * Shows the next entry, valid until the next call: 1; 0 at the end. A
 * directory comes before what is in it. Errors as storage_inventory().
 */
MUST_CHECK int walk_next(
    struct walk *walk, struct walk_entry *ret, struct error *err);

/*
 * A descriptor to be closed that reads the file that entry is, or -1. Errors
 * as storage_inventory().
 */
int walk_open(
    const struct walk *walk, const struct walk_entry *entry, struct error *err);

/* ERROR_CONFLICT when the file is no longer what entry says. */
MUST_CHECK int walk_check(
    const struct walk_entry *entry, int fd, struct error *err);

/* Puts the entry's path before the message; -1. */
int walk_wrap(const struct walk_entry *entry, struct error *err);
