/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/cleanup.h"
#include "base/stream.h"

enum compression {
	COMPRESSION_NONE,
	COMPRESSION_GZIP,
	COMPRESSION_ZSTD,
	COMPRESSION_XZ,
};
#define COMPRESSION_MAX COMPRESSION_XZ

/* "none", "gzip", "zstd", "xz"; "unknown" for no compression. */
const char *compression_to_string(enum compression kind);

/* How much an input may become. */
struct decompress_limits {
	uint64_t max_bytes; /* out in all; 0: no limit */
	uint32_t max_ratio; /* out : in, of all so far; 0: no limit */
};

/* For layers of images and for packages; the reasons are in decompress.c. */
extern const struct decompress_limits decompress_limits_default;

struct decompress;

/*
 * Makes a new *ret that shows what source holds, decompressed; which
 * compression that is, its first bytes say, which are read here.
 *
 * source is untrusted and stays the caller's, who may use it no more until
 * decompress_free(). limits may be NULL: the default. Fails as source does,
 * with ERROR_NOMEM, or, for bzip2, with ERROR_UNSUPPORTED.
 */
MUST_CHECK int decompress_new(struct stream *source,
    const struct decompress_limits *limits, struct decompress **ret,
    struct error *err);

/*
 * The decompressed bytes, as a stream that decompress_free() ends. Where
 * there is no compression, it shows the source's chunks as they lie; else
 * chunks of 256 KiB. Having shown its end, it has read source to its end too.
 *
 * At next, besides the source's own errors: ERROR_FORMAT: corrupt, cut off,
 * or followed by bytes that are neither padding nor compressed. ERROR_LIMIT:
 * over the limits, or needs more memory than we give. ERROR_UNSUPPORTED: a
 * method or check that the library does not have. ERROR_NOMEM. After an error
 * it fails the same way for ever.
 */
struct stream *decompress_stream(struct decompress *d);

enum compression decompress_kind(const struct decompress *d);

/* NULL is fine. */
void decompress_free(struct decompress *d);
DEFINE_CLEANUP(struct decompress, decompress_free)
