/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "base/slice.h"

/* What decompress.c asks of each compression's library. */
struct codec {
	/*
	 * Takes what it can off the front of *in and writes as much as it can
	 * to room, whose bytes are the decoder's to overwrite; *ret is how
	 * much. at_end: *in is empty and nothing will follow. Fails as
	 * decompress_stream() says.
	 */
	int (*step)(struct codec *self, struct slice *in, bool at_end,
	    struct slice room, size_t *ret, struct error *err);

	/* True where the input may end: after a whole member or frame. */
	bool may_end;

	void (*free)(struct codec *self);
};

/* What a decoder may take for its window, in zstd and xz. All that Debian,
 * Docker and BuildKit write needs 8 MiB, xz -9 needs 65 MiB, and zstd's own
 * tool refuses more than 128 MiB unless told otherwise. */
#define CODEC_MEMORY_MAX ((size_t)128 * 1024 * 1024)
#define CODEC_WINDOW_LOG 27

/* A new decoder, to be freed by its own free; NULL with ERROR_NOMEM. */
struct codec *gzip_codec_new(struct error *err);
struct codec *zstd_codec_new(struct error *err);
struct codec *xz_codec_new(struct error *err);
