/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/hash.h"
#include "fetch/fetch.h"
#include "oci/reference.h"

/* A client of registries (OCI distribution 1.1): pulls, and keeps what came
 * in the cache. It does one thing at a time. */
struct registry;

enum registry_verify {
	REGISTRY_VERIFY_REMOTE, /* not where the registry is this machine */
	REGISTRY_VERIFY_ALWAYS,
	REGISTRY_VERIFY_NEVER, /* and plain http is fine too */
};

struct registry_options {
	enum registry_verify verify;
	const char *auth_file; /* NULL: where podman and docker look */

	/* Where HOST[:PORT]/ with certificates may be; the last is NULL. NULL:
	 * where podman and docker look. */
	const char *const *certs_dirs;

	/* A printable line for people: a pause, a registry's warning. */
	void (*say)(void *ctx, const char *line);
	/* So many bytes more of blobs are to come. May be NULL. */
	void (*expect)(void *ctx, uint64_t n_bytes);
	void *ctx;

	uint32_t stall_sec; /* 0: 30 */
	uint32_t pause_ms;  /* the longest between two tries; 0: 60 s */
	uint32_t helper_ms; /* for a credential helper; 0: 60 s */
};

/*
 * A new client over fetch's connections and cache; fetch and what options
 * point to must outlive it. Nothing is asked yet. ERROR_NOMEM.
 */
MUST_CHECK int registry_open(const struct fetch *fetch,
    const struct registry_options *options, struct registry **ret,
    struct error *err);
void registry_free(struct registry *registry);
DEFINE_CLEANUP(struct registry, registry_free)

/*
 * Puts the bytes of the manifest or index that ref (which has a name) means
 * into ret, and their SHA-256 into *ret_digest: that after '@', else what the
 * tag is now; offline, what it was when it was seen last. From the cache
 * where it has them. The bytes are untrusted; that they have the digest is
 * all that is known.
 *
 * ERROR_NOT_FOUND: no such image, or (offline) not in the cache;
 * ERROR_DENIED: the registry, or a redirect or token server that must not be
 * followed; ERROR_UNTRUSTED: other bytes than were asked for, or promised, or
 * a certificate; ERROR_LIMIT: longer than a manifest is, or too many tries
 * asked for; ERROR_UNREACHABLE, ERROR_TIMEOUT: after all tries; ERROR_FORMAT:
 * no registry; credentials_find(); ERROR_CANCELED, ERROR_SYSTEM, ERROR_NOMEM.
 */
MUST_CHECK int registry_manifest(struct registry *registry,
    const struct reference *ref, struct buf *ret, struct sha256 *ret_digest,
    struct error *err);

/* The same of one by its digest in the repository of that name. */
MUST_CHECK int registry_manifest_of(struct registry *registry, const char *name,
    const struct sha256 *digest, struct buf *ret, struct error *err);

struct registry_blob {
	struct sha256 digest;
	uint64_t size_bytes;
	int fd; /* -1 before; of the caller after */
};

/*
 * Opens blobs of the repository of that name, each at its start: from the
 * cache, else from the registry, four at a time. What came of one is kept,
 * and gone on with, in this run or a later one. All have their digest and
 * size. On failure none is open. Errors as registry_manifest().
 */
MUST_CHECK int registry_blobs(struct registry *registry, const char *name,
    struct registry_blob *blobs, size_t n_blobs, struct error *err);
