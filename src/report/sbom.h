/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/hash.h"
#include "model/package.h"

/* That the first of two packages, by their numbers, needs the second. */
struct sbom_edge {
	uint32_t from, to;
};

/*
 * What a software bill of materials is written of: one image. It depends on
 * nothing else, no clock either, so the same gives the same bytes. A text is
 * empty where nothing is known.
 */
struct sbom {
	char *text; /* that the slices view; owned when it was decoded */

	struct slice name;       /* for people */
	struct slice repository; /* where it is from one, "docker.io/library/
				  * debian", and its tag */
	struct slice tag;
	struct slice arch;    /* "amd64" */
	struct slice created; /* "2026-10-01T00:00:00Z" */
	struct slice base_name;
	struct slice base_digest;
	struct slice os_id; /* "debian", as all that follow of os-release */
	struct slice os_version;
	struct slice os_codename;
	struct slice os_pretty;

	bool has_digest;
	struct sha256 digest; /* of the manifest */
	bool has_id;
	struct sha256 id; /* of the config */
	bool unverified;  /* read from an engine's storage */

	struct sha256 *diff_ids; /* lowest first; owned when decoded */
	size_t n_layers;
	struct package_list *packages; /* owned when decoded */

	/* What sbom_prepare() makes: a package URL for each package, and what
	 * tells it from others of the same. */
	char **purls;
	char **refs;

	struct sbom_edge *edges; /* owned; sorted */
	size_t n_edges;
	bool has_edges; /* which were looked for: none is an answer too */
};

/* Puts it, without what sbom_prepare() makes and the edges, into out for
 * sbom_decode(). Fails as buf_put(). */
void sbom_encode(const struct sbom *sbom, struct buf *out);

/*
 * Reads that, untrusted, into a new *ret, to be freed with sbom_free().
 * ERROR_FORMAT, ERROR_LIMIT, ERROR_NOMEM.
 */
MUST_CHECK int sbom_decode(
    struct slice bytes, struct sbom **ret, struct error *err);

/* Sorts the packages by type, name, version and arch, and makes their URLs.
 * Once, before edges are added and it is written. ERROR_NOMEM. */
MUST_CHECK int sbom_prepare(struct sbom *sbom, struct error *err);

void sbom_free(struct sbom *sbom);
DEFINE_CLEANUP(struct sbom, sbom_free)

enum sbom_format {
	SBOM_CYCLONEDX, /* 1.6, JSON */
	SBOM_SPDX,      /* 2.3, JSON */
};

/* "cyclonedx", "spdx" */
const char *sbom_format_to_string(enum sbom_format format);
bool sbom_format_from_string(struct slice text, enum sbom_format *ret);

/*
 * Puts the document, one line of JSON, into out. What is of the image, any
 * bytes, is escaped as JSON wants it. ERROR_NOMEM, or ERROR_LIMIT when out
 * has one.
 */
MUST_CHECK int sbom_write(const struct sbom *sbom, enum sbom_format format,
    struct buf *out, struct error *err);
