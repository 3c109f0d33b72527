/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/hash.h"
#include "base/slice.h"
#include "model/package.h"

/* The system that packages are of, as its os-release says. */
struct purl_system {
	struct slice id;      /* "debian" */
	struct slice version; /* VERSION_ID, "12"; may be empty */
	struct slice codename;
};

/*
 * Puts the package URL of an installed package, "pkg:deb/debian/openssl@
 * 3.0.17-1?arch=amd64&distro=debian-12", in its canonical form. What it was
 * built from, where that has another name or version, is the qualifier
 * upstream. Whether there was room, buf_check() tells.
 */
void purl_put(const struct package *package, const struct purl_system *system,
    struct buf *out);

/* An image as a registry has it. */
struct purl_image {
	struct slice repository; /* "docker.io/library/debian" */
	struct slice tag;        /* may be empty */
	struct slice arch;       /* may be empty */
	const struct sha256 *digest;
};

/* The same for an image: "pkg:oci/debian@sha256:...?repository_url=...". */
void purl_put_image(const struct purl_image *image, struct buf *out);
