/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/reader.h"
#include "model/package.h"

/*
 * Parses desc, the whole of a var/lib/pacman/local/DIR/desc, into a new *ret
 * of one package. dir is the name of that directory, NAME-VERSION-RELEASE,
 * by which pacman itself knows the package. Its source is its base (its own
 * name where it has none); several licences are joined by " AND "; relations
 * are as written, one a line.
 *
 * Both are untrusted and copied; the caller has bounded the size. Free *ret
 * with package_list_free(). ERROR_FORMAT: name or version are missing or not
 * those in dir, or a field we keep cannot be shown.
 */
MUST_CHECK int alpmdb_parse(struct slice dir, struct slice desc,
    struct package_list **ret, struct error *err);

/* A walk over the files that a package owns. */
struct alpmdb_files {
	struct reader in;
	bool in_list;
};

/* Over text, the whole of a var/lib/pacman/local/DIR/files. */
struct alpmdb_files alpmdb_files_of(struct slice text);

/* The next path, without directories; any bytes but newlines. False at the
 * end. */
bool alpmdb_files_next(struct alpmdb_files *files, struct slice *ret);
