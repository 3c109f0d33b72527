/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "base/slice.h"

enum gzip_header_place {
	GZIP_HEADER_FIXED,
	GZIP_HEADER_EXTRA_LEN,
	GZIP_HEADER_EXTRA,
	GZIP_HEADER_NAME,
	GZIP_HEADER_COMMENT,
	GZIP_HEADER_CRC,
	GZIP_HEADER_DONE,
};

/* A gzip member's header under way, RFC 1952 section 2.3; of zeroes: at its
 * beginning. */
struct gzip_header {
	enum gzip_header_place place;
	uint32_t n_taken; /* bytes, in this place */
	uint32_t n_extra;
	uint32_t crc; /* of all before GZIP_HEADER_CRC */
	uint8_t flags;
};

/*
 * Takes what is the header's off the front of *in, an untrusted part of it,
 * until place is GZIP_HEADER_DONE. ERROR_FORMAT: the magic, flags that must
 * not be set, or its CRC. ERROR_UNSUPPORTED: another method than deflate.
 */
MUST_CHECK int gzip_header_put(
    struct gzip_header *header, struct slice *in, struct error *err);
