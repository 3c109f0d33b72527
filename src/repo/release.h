/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/slice.h"

/* One line of the SHA256 section. */
struct release_file {
	struct slice path; /* under the directory of the Release; no ".." */
	uint64_t size_bytes;
	struct sha256 sha256;
};

/*
 * What a Release file says. Slices are printable ASCII, perhaps with spaces,
 * view text, and are empty where the file does not say.
 */
struct release {
	char *text;
	struct slice origin;
	struct slice label;
	struct slice suite;
	struct slice codename;
	struct slice version;
	struct slice components; /* words, as written */
	struct slice archs;      /* the same */
	int64_t date;            /* seconds since 1970 */
	int64_t valid_until;     /* the same; 0: for ever */
	bool by_hash;            /* Acquire-By-Hash: yes */
	bool not_automatic;
	bool but_automatic_upgrades;
	struct release_file *files; /* sorted by path */
	size_t n_files;
};

/*
 * Parses text, which must be what a good signature covers, into a new *ret.
 * text is untrusted and copied. Free *ret with release_free().
 *
 * ERROR_FORMAT: not one stanza, a line of the SHA256 section, a date or a
 *     path is broken, or a field we keep is not printable.
 * ERROR_UNTRUSTED: there is no SHA256 section, or no Date.
 * ERROR_LIMIT: more files or text than any archive has.
 */
MUST_CHECK int release_parse(
    struct slice text, struct release **ret, struct error *err);

/* The line for path, or NULL. */
const struct release_file *release_find_file(
    const struct release *release, struct slice path);

enum release_compression {
	RELEASE_XZ,
	RELEASE_GZIP,
	RELEASE_PLAIN,
};

/* The file that lists the packages of a component for an architecture. */
struct release_index {
	const struct release_file *file; /* in the release */
	enum release_compression compression;
	const struct release_file *plain; /* what it unpacks to; may be NULL */
};

/*
 * Finds the index of component and arch: xz, else gzip, else plain, which is
 * apt's order (the plain one is often listed but not served). A component
 * "updates/main" is also found under "main". ERROR_NOT_FOUND: none is listed.
 */
MUST_CHECK int release_find_index(const struct release *release,
    struct slice component, struct slice arch, struct release_index *ret,
    struct error *err);

/* Puts the path that file has by its hash: "main/.../by-hash/SHA256/1f...". */
void release_put_by_hash(const struct release_file *file, struct buf *out);

/*
 * Drops all files but the indexes of the components (words with spaces
 * between) for arch and for "all": what a worker hands its parent.
 */
void release_keep_indexes(
    struct release *release, struct slice components, struct slice arch);

/*
 * 0 when the release holds at now. ERROR_UNTRUSTED: its Valid-Until has
 * passed, or its Date is more than ten seconds ahead, as apt has it; the
 * message has the dates.
 */
MUST_CHECK int release_check_fresh(
    const struct release *release, int64_t now, struct error *err);

/*
 * 0 when the release is of the suite that was asked for: its Suite or its
 * Codename is that, or that without its last "/..." ("buster/updates").
 * ERROR_UNTRUSTED when it is of another one: somebody answers with an old
 * but well signed suite.
 */
MUST_CHECK int release_check_suite(
    const struct release *release, struct slice suite, struct error *err);

/* Puts it into out as release_decode() reads it. Fails as buf_put(). */
void release_encode(const struct release *release, struct buf *out);

/*
 * Reads what release_encode() wrote into a new *ret. bytes come from a worker
 * and are untrusted; they are copied. ERROR_FORMAT: not that form, or a slice
 * is not what struct release promises. ERROR_LIMIT, ERROR_NOMEM.
 */
MUST_CHECK int release_decode(
    struct slice bytes, struct release **ret, struct error *err);

void release_free(struct release *release);
DEFINE_CLEANUP(struct release, release_free)
