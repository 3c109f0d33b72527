/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "base/reader.h"

/*
 * What file of var/lib/dpkg/info lists which package's files: true when name
 * is "PACKAGE.list" or "PACKAGE:ARCH.list", the second for packages of which
 * several architectures can be there; *ret_arch is empty for the first.
 */
bool dpkg_list_name(
    struct slice name, struct slice *ret_package, struct slice *ret_arch);

/* The next path of a list in *in, without the slash before it; any bytes but
 * newlines. False at the end. The root itself is left out. */
bool dpkg_list_next(struct reader *in, struct slice *ret);

/* The next path of a .md5sums in *in: "sum  path". Lines that are none are
 * passed over, as dpkg does. */
bool dpkg_md5sums_next(struct reader *in, struct slice *ret);

/* One diversion: what others than package have at from lies at to. */
struct dpkg_diversion {
	struct slice from; /* without the slash before it */
	struct slice to;
	struct slice package; /* ":" when the administrator made it */
};

struct dpkg_diversions {
	struct dpkg_diversion *items; /* in the order of from */
	size_t n_items;
};

void dpkg_diversions_clear(struct dpkg_diversions *diversions);
DEFINE_CLEANUP_IN_PLACE(struct dpkg_diversions, dpkg_diversions_clear)

/*
 * Parses text, the whole of a var/lib/dpkg/diversions, into *ret (of zeroes,
 * to be cleared also on failure), which goes on to view it. ERROR_FORMAT: not
 * three lines for each, or a path that does not begin with a slash, or is
 * diverted twice; ERROR_LIMIT: more than any system has; ERROR_NOMEM.
 */
MUST_CHECK int dpkg_diversions_parse(
    struct slice text, struct dpkg_diversions *ret, struct error *err);

/* Where package's file at path really lies. */
struct slice dpkg_divert(const struct dpkg_diversions *diversions,
    struct slice package, struct slice path);
