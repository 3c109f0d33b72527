/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/slice.h"

enum package_type {
	PACKAGE_DEB,
	PACKAGE_APK,
	PACKAGE_RPM,
	PACKAGE_ALPM,
};

/* "deb", "apk", "rpm", "alpm" */
const char *package_type_to_string(enum package_type type);

/*
 * A package as its database or index describes it. The slices view the text
 * of the list that it is in; relations are as written ("libc6 (>= 2.36), a |
 * b"), empty where there are none.
 */
struct package {
	enum package_type type;
	struct slice name;
	struct slice version;
	struct slice arch;           /* empty where none is given */
	struct slice source;         /* its own name where none is given */
	struct slice source_version; /* its own version where none is given */
	struct slice multi_arch;     /* "same", "foreign", "allowed" or empty */
	struct slice state;          /* dpkg's: "installed", "unpacked"...;
				      * empty in an index */
	struct slice pre_depends;
	struct slice depends;
	struct slice recommends;
	struct slice provides;
	struct slice breaks;
	struct slice conflicts;
	struct slice licence;    /* as its database or its own files say; a
				  * line of printable ASCII, or empty */
	struct slice maintainer; /* or vendor or packager; likewise */
	bool essential;
	bool held;      /* dpkg's selection is "hold" */
	bool automatic; /* only there because others need it */
	uint32_t layer; /* that wrote its record, from 1; 0: not known */

	/* Of a package in an index; empty, 0, zeroes for an installed one. */
	struct slice filename; /* under the repository's URI */
	uint64_t size_bytes;
	struct sha256 sha256;
	uint32_t origin; /* number of the index that it is from, from 0 */
};

/* Packages, and the text that their slices view. */
struct package_list {
	char *text;
	struct package *items;
	size_t n_items;
};

/*
 * Puts the packages into out in a form of our own, which package_list_decode
 * reads back: how a worker hands them to its parent. Fails as buf_put().
 */
void package_list_encode(const struct package_list *list, struct buf *out);

/*
 * Reads what package_list_encode() wrote into a new *ret. bytes come from a
 * worker and are untrusted; they are copied. Free *ret with
 * package_list_free(). ERROR_FORMAT: not that form, or a name or version
 * that is empty or has a byte outside printable ASCII. ERROR_LIMIT: more
 * packages than a distribution has. ERROR_NOMEM.
 */
MUST_CHECK int package_list_decode(
    struct slice bytes, struct package_list **ret, struct error *err);

/*
 * Copies the packages of n lists, in that order, into one new *ret, whose
 * origins stay as they are. ERROR_LIMIT as package_list_decode(), ERROR_NOMEM.
 */
MUST_CHECK int package_list_join(const struct package_list *const *lists,
    size_t n, struct package_list **ret, struct error *err);

void package_list_free(struct package_list *list);
DEFINE_CLEANUP(struct package_list, package_list_free)
