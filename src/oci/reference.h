/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/slice.h"

enum transport {
	TRANSPORT_DOCKER_DAEMON,
	TRANSPORT_OCI,
	TRANSPORT_DOCKER_ARCHIVE,
};

/* "docker-daemon", "oci", "docker-archive" */
const char *transport_to_string(enum transport transport);

/* What an image is called. A string is NULL where the name has no such part. */
struct reference {
	enum transport transport;
	char *path; /* directory of oci, file of docker-archive */
	char *name; /* repository with its domain, "docker.io/library/nginx";
		     * of docker-archive only when one was chosen */
	char *tag;  /* "latest" if a name has neither tag nor digest; of oci,
		     * the org.opencontainers.image.ref.name to look for */
	bool has_digest;
	struct sha256 digest; /* of the manifest, after '@': wins over tag */
	bool has_id;
	struct sha256 id; /* image ID; docker-daemon only, then no name */
};

/*
 * Reads the name of an image as a person writes it, into a new *ret:
 *
 *	[docker-daemon:]NAME[:TAG][@sha256:HEX]
 *	[docker-daemon:]sha256:ID, [docker-daemon:]ID     64 hex digits
 *	oci:DIR[:TAG][@sha256:HEX]
 *	docker-archive:FILE[:NAME[:TAG]]
 *
 * As in skopeo, DIR and FILE hold no colon, and a bare name that looks like a
 * transport is one. A shorter ID reads as a NAME; who asks an engine tries
 * both. Free *ret with reference_free(). ERROR_FORMAT: not such a name.
 * ERROR_LIMIT: longer than engines and registries take. ERROR_UNSUPPORTED: a
 * transport, a digest or an @index that this program does not handle, named
 * in the message. ERROR_NOMEM.
 */
MUST_CHECK int reference_parse(
    struct slice text, struct reference **ret, struct error *err);

void reference_free(struct reference *ref);
DEFINE_CLEANUP(struct reference, reference_free)

/*
 * The whole name again, with its transport, in the short form that people
 * know ("docker-daemon:nginx:1.25"). To be freed; NULL if out of memory.
 */
char *reference_to_string(const struct reference *ref) __attribute__((malloc));

/* A view of name, with or without tag, in that form: without what is Docker
 * Hub's default ("docker.io/library/nginx:1" is "nginx:1"). */
struct slice reference_familiar(struct slice name);

/*
 * What an engine knows a docker-daemon image by: "nginx:1.25",
 * "nginx@sha256:..." or "sha256:ID". To be freed; NULL if out of memory.
 */
char *reference_engine_name(const struct reference *ref)
    __attribute__((malloc));

/*
 * The engine's name for the nth (from 1) patched image of ref, in a new *ret:
 * "nginx:1.25-fother.1"; the tag's own "-fother.N" is replaced, not repeated.
 * ERROR_UNSUPPORTED: ref has no name or no tag; ERROR_LIMIT: the tag would be
 * too long; ERROR_NOMEM.
 */
MUST_CHECK int reference_patched(
    const struct reference *ref, uint32_t n, char **ret, struct error *err);
