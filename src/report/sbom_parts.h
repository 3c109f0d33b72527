/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "report/licence.h"
#include "report/sbom.h"

/* For this room: what the two formats have in common. */

/* "6b8e1b6a-..." and a NUL. */
#define UUID_SIZE 37

/*
 * A UUID that stands for content: of version 8 (RFC 9562, 5.8), made from a
 * SHA-256 as version 5 is from a SHA-1 (its appendix B.2).
 */
void sbom_uuid(struct slice content, char ret[UUID_SIZE]);

/* Who a package is from. */
struct supplier {
	struct slice name;
	struct slice email; /* empty: none, or not one */
	bool is_person;
};

/* Takes "Name <user@host>" apart; what is no address is a name. False when
 * nothing is left. */
bool supplier_of(struct slice maintainer, struct supplier *ret);

/* licence_read() of its licence, as its kind of packages writes them. */
enum licence_kind sbom_licence(const struct package *package, struct buf *out);

/* The package URL of the image; false when it has none. */
bool sbom_image_purl(const struct sbom *sbom, struct buf *out);

/* "sha256:HEX" of what it is known by best: manifest, config, or nothing. */
void sbom_version(const struct sbom *sbom, struct buf *out);

MUST_CHECK int cyclonedx_write(
    const struct sbom *sbom, struct buf *out, struct error *err);
MUST_CHECK int spdx_write(
    const struct sbom *sbom, struct buf *out, struct error *err);
