/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "base/slice.h"

/* The tags of a header that we keep. */
enum rpm_tag {
	RPM_NAME,
	RPM_VERSION,
	RPM_RELEASE,
	RPM_EPOCH,
	RPM_INSTALL_TIME,
	RPM_VENDOR,
	RPM_LICENCE,
	RPM_PACKAGER,
	RPM_ARCH,
	RPM_OLD_FILE_NAMES,
	RPM_SOURCE_RPM,
	RPM_DIR_INDEXES,
	RPM_BASE_NAMES,
	RPM_DIR_NAMES,
	RPM_MODULARITY_LABEL,
	N_RPM_TAGS,
};

/* The value of a tag: count numbers of four bytes, or count strings with a
 * NUL after each. A count of 0: the header does not have the tag. */
struct rpm_value {
	uint32_t count;
	struct slice data;
};

struct rpm_header {
	struct rpm_value values[N_RPM_TAGS];
};

/*
 * Parses blob, a header as rpm stores it in its database (without the magic
 * that it has in a package), into *ret, which views it. blob is untrusted;
 * every entry's type, count and place are checked as rpm checks them, also of
 * tags that are not kept. ERROR_FORMAT, and *ret as it was, when one is wrong
 * or a tag is there twice: the message names the tag.
 */
MUST_CHECK int rpm_header_parse(
    struct slice blob, struct rpm_header *ret, struct error *err);

/* The first string of a tag; empty when there is none. Any bytes but NUL. */
struct slice rpm_header_string(
    const struct rpm_header *header, enum rpm_tag tag);

/* The first number of a tag; 0 when there is none. */
uint32_t rpm_header_number(const struct rpm_header *header, enum rpm_tag tag);

/* Takes the next string, or number, off *values; false at the end. */
bool rpm_value_string(struct rpm_value *values, struct slice *ret);
bool rpm_value_number(struct rpm_value *values, uint32_t *ret);
