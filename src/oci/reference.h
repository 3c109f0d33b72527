/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/slice.h"

enum transport {
	TRANSPORT_ANY, /* a bare name: whoever has it */
	TRANSPORT_DOCKER_DAEMON,
	TRANSPORT_CONTAINERS_STORAGE,
	TRANSPORT_DOCKER, /* a registry */
	TRANSPORT_OCI,
	TRANSPORT_OCI_ARCHIVE,
	TRANSPORT_DOCKER_ARCHIVE,
	TRANSPORT_DIR,
	TRANSPORT_ROOTFS, /* a tree of files that is no image */
	TRANSPORT_HOST,   /* the one that this program runs in */
};

/* "docker-daemon", "oci", "docker-archive"... */
const char *transport_to_string(enum transport transport);

/* What an image is called. A string is NULL where the name has no such part. */
struct reference {
	enum transport transport;
	char *path; /* of a directory or an archive */
	char *name; /* repository with its domain, "docker.io/library/nginx";
		     * of docker-archive only when one was chosen */
	char *tag;  /* "latest" if a name has neither tag nor digest; of oci,
		     * the org.opencontainers.image.ref.name to look for */
	bool has_digest;
	struct sha256 digest; /* of the manifest, after '@': wins over tag */
	bool has_id;
	struct sha256 id; /* of an image, then no name: of a bare name, of
			   * docker-daemon and containers-storage */
};

/*
 * Reads the name of an image as a person writes it, into a new *ret:
 *
 *	NAME[:TAG][@sha256:HEX], sha256:ID, ID		64 hex digits
 *	docker-daemon: and any of these
 *	containers-storage: and any of these, or @ID
 *	docker://NAME[:TAG][@sha256:HEX]
 *	oci:DIR[:TAG][@sha256:HEX], oci-archive:FILE[:TAG][@sha256:HEX]
 *	docker-archive:FILE[:NAME[:TAG]]
 *	dir:DIR, rootfs:DIR, host
 *
 * As in skopeo, a DIR or FILE before a tag holds no colon, and a bare name that
 * looks like a transport is one. A shorter ID reads as a NAME; who asks an
 *engine tries both. Free *ret with reference_free(). ERROR_FORMAT: not such a
 *name. ERROR_LIMIT: longer than engines and registries take. ERROR_UNSUPPORTED:
 *a digest, a store or an @index that this program does not handle, named in the
 *message. ERROR_NOMEM.
 */
MUST_CHECK int reference_parse(
    struct slice text, struct reference **ret, struct error *err);

void reference_free(struct reference *ref);
DEFINE_CLEANUP(struct reference, reference_free)

/*
 * The whole name again, with its transport, in the short form that people
 * know ("docker-daemon:nginx:1.25"; of a bare name without). To be freed; NULL
 * if out of memory.
 */
char *reference_to_string(const struct reference *ref) __attribute__((malloc));

/* A view of name, with or without tag, in that form: without what is Docker
 * Hub's default ("docker.io/library/nginx:1" is "nginx:1"). */
struct slice reference_familiar(struct slice name);

/*
 * What an engine knows an image with a name or ID by: "nginx:1.25",
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
