/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/reader.h"
#include "model/package.h"

/*
 * Parses text, the whole of a lib/apk/db/installed, into a new *ret: the
 * packages in the order of the file. The source of one is its origin (its own
 * name where it has none), in the version that it has itself; relations are
 * as written, names separated by blanks.
 *
 * text is untrusted; the caller has bounded its size. It is copied. Free *ret
 * with package_list_free(). On failure *ret is left alone, and the message
 * begins with the number of the line. No package is dropped because it is
 * broken: the whole fails.
 *
 * ERROR_FORMAT: a line is not "K:value", a field we keep has a byte that
 *     cannot be shown, a package lacks its name, version or checksum, or a
 *     file comes before its directory, or a name after files.
 * ERROR_LIMIT: there are more packages than any distribution has.
 */
MUST_CHECK int apkdb_parse(
    struct slice text, struct package_list **ret, struct error *err);

/* A walk over the files that packages own. One of apkdb_files_of(). */
struct apkdb_files {
	struct reader in;
	struct slice package;
	struct slice dir;
	bool has_dir;
};

/* Over text, which has been through apkdb_parse() and must outlive it. */
struct apkdb_files apkdb_files_of(struct slice text);

/*
 * The next file: the name of its package, its directory (no slash at either
 * end; empty for the root) and its name, all of them any bytes but newlines.
 * False at the end.
 */
bool apkdb_files_next(struct apkdb_files *files, struct slice *ret_package,
    struct slice *ret_dir, struct slice *ret_name);
