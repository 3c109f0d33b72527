/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "base/slice.h"

#define TAR_BLOCK_BYTES ((size_t)512)

/* Where the fields of a header lie: X(name, offset, length). The first ten
 * are in all dialects; those after them where the magic says so. */
#define TAR_FIELDS(X) \
	X(NAME, 0, 100) \
	X(MODE, 100, 8) \
	X(UID, 108, 8) \
	X(GID, 116, 8) \
	X(SIZE, 124, 12) \
	X(MTIME, 136, 12) \
	X(CHECKSUM, 148, 8) \
	X(TYPE, 156, 1) \
	X(LINK, 157, 100) \
	X(MAGIC, 257, 8) \
	X(DEV_MAJOR, 329, 8) \
	X(DEV_MINOR, 337, 8) \
	X(PREFIX, 345, 155) \
	X(STAR_PREFIX, 345, 131) \
	X(GNU_ATIME, 345, 12) \
	X(GNU_CTIME, 357, 12) \
	X(STAR_MAGIC, 508, 4)

#define TAR_FIELD_ENUM(name, offset, length) TAR_##name,
enum tar_field { TAR_FIELDS(TAR_FIELD_ENUM) };

struct tar_field_place {
	size_t offset;
	size_t length;
};
extern const struct tar_field_place tar_fields[];

/* The fields of one block; the slices view it, up to their first NUL. */
struct tar_header {
	char type;
	struct slice name;
	struct slice prefix; /* empty where there is none */
	struct slice link;
	uint32_t mode;
	uint64_t uid, gid, size_bytes;
	int64_t mtime_sec;
	uint32_t dev_major, dev_minor; /* of devices; else 0 */
};

/* The sum of a header's bytes, its checksum taken as spaces; the bytes as
 * unsigned, which is right, or signed, as some old tars had it. block has
 * TAR_BLOCK_BYTES. */
uint32_t tar_checksum(struct slice block);
int32_t tar_checksum_signed(struct slice block);

/*
 * Parses block, TAR_BLOCK_BYTES of untrusted bytes. ERROR_FORMAT: the
 * checksum or a field is not what it must be.
 */
MUST_CHECK int tar_header_parse(
    struct slice block, struct tar_header *ret, struct error *err);
