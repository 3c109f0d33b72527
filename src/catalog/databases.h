/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "catalog/states.h"

enum database_kind {
	DATABASE_DPKG,
	DATABASE_STATUS_D,
	DATABASE_APK,
	DATABASE_RPM,
	DATABASE_RPM_MANIFEST,
	DATABASE_PACMAN,
	DATABASE_NOTES, /* no database: what ELF files say of themselves */
};

/* "dpkg", "apk", "rpm", "rpm manifest", "pacman"... */
const char *database_kind_to_string(enum database_kind kind);

struct database {
	enum database_kind kind;
	struct slice path; /* of its file or directory */
	struct package_list *packages;
	struct rpmdb_files files; /* of apk and rpm: what it is now */
};

struct databases {
	struct database *items;
	size_t n_items;
};

void databases_clear(struct databases *databases);
DEFINE_CLEANUP_IN_PLACE(struct databases, databases_clear)

/*
 * Reads every database of packages that tree has into *ret, of zeroes, which
 * is to be cleared also on failure, and views tree. A file to which two paths
 * lead is one database, and of rpm's formats in one directory only the one
 * counts that rpm itself would open. Each package has the layer that last
 * wrote its record.
 *
 * Fails as the parsers, with the path in front: no database is left out
 * because it is broken.
 */
MUST_CHECK int databases_read(
    const struct tree *tree, struct databases *ret, struct error *err);

/*
 * Adds what the notes of ELF files in tree say, of INVENTORY_FILES, each
 * package once; nothing when there is no note. A note that is broken is
 * passed over: anybody can write one. ERROR_NOMEM.
 */
MUST_CHECK int databases_add_notes(
    const struct tree *tree, struct databases *ret, struct error *err);
