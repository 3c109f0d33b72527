/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/package.h"

/* The bytes of a database: Packages, Packages.db or rpmdb.sqlite, and of the
 * last rpmdb.sqlite-wal beside it (empty when there is none). */
struct rpmdb_files {
	struct slice main;
	struct slice wal;
};

/*
 * Parses rpm's database, whose format (Berkeley DB hash, NDB, sqlite) is told
 * from its bytes, into a new *ret: the packages that rpm -qa lists, in the
 * order of the database. Public keys, which rpm keeps there too, as
 * gpg-pubkey without an architecture, are no packages and are left out.
 *
 *	version         "1:5.2.15-3.fc38"; no epoch when there is none, or 0
 *	source(_version) of SOURCERPM, "bash-5.2.15-3.fc38.src.rpm", which has
 *	                no epoch; the package's own when there is none, or it
 *	                is not of that shape
 *	arch            "x86_64", "noarch"; "(none)", as rpm prints it, when
 *	                there is none
 *	licence         of LICENSE, and maintainer of VENDOR or else PACKAGER;
 *	                a backslash and what is not printable ASCII as \xHH
 *
 * files are untrusted; the caller has bounded their sizes. What is kept is
 * copied. Free *ret with package_list_free(). On failure *ret is left alone.
 * No package is dropped because it is broken: the whole fails.
 *
 * ERROR_FORMAT: none of the three formats, or damaged; the message names the
 *     page or the header (by its number in the database).
 * ERROR_LIMIT: more packages than any distribution has, or a text longer than
 *     any is. ERROR_UNSUPPORTED: encrypted, or with checksums of Berkeley DB's
 *     own; a write-ahead log of a later sqlite. ERROR_NOMEM.
 */
MUST_CHECK int rpmdb_parse(const struct rpmdb_files *files,
    struct package_list **ret, struct error *err);

/*
 * Calls visit for each file of each package, in the order of rpmdb_parse():
 * what rpm -qal prints, so also directories and those that are %ghost and may
 * not be there. path is absolute and untrusted: any bytes but NUL, at most
 * PATH_MAX of them. It and pkg are there until visit returns; what pkg says
 * is the same for all files of one package. A visit that fails ends the walk
 * with its error. Else fails as rpmdb_parse(); ERROR_LIMIT also for more files
 * than any system has.
 */
MUST_CHECK int rpmdb_walk_files(const struct rpmdb_files *files,
    int (*visit)(void *ctx, const struct package *pkg, struct slice path,
	struct error *err),
    void *ctx, struct error *err);
