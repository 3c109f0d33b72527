/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/cleanup.h"
#include "base/stream.h"

/*
 * A stream over a part of a regular file, by pread(2): it leaves the
 * descriptor's offset alone, so that many can share one, and it can pass over
 * bytes without reading them.
 */
struct seek_stream {
	struct stream stream;
	int fd;          /* not owned */
	uint64_t offset; /* of what is shown next */
	uint64_t end;
	char *ring; /* NULL: nothing was shown yet, or all */
	size_t at;  /* of the next chunk in it */
};

/*
 * A chunk stays as it is until so many bytes more, in whole pages, were shown
 * after it: longer than a stream must let it, for who hands pages to a pipe.
 */
#define SEEK_STREAM_STAY_BYTES ((size_t)256 * 1024)

/*
 * Makes *in show the n_bytes at offset of fd; UINT64_MAX: up to its end. What
 * the file does not have is ERROR_FORMAT, now or, when it shrinks, at next.
 * ERROR_UNSUPPORTED: not a regular file. ERROR_SYSTEM, ERROR_NOMEM. Clear it
 * with seek_stream_clear(); fd stays the caller's.
 */
MUST_CHECK int seek_stream_init(struct seek_stream *in, int fd, uint64_t offset,
    uint64_t n_bytes, struct error *err);

/* Passes over n_bytes; ERROR_FORMAT when there are fewer. stream must be that
 * of a struct seek_stream. For tar_reader_set_skip(). */
MUST_CHECK int seek_stream_skip(
    struct stream *stream, uint64_t n_bytes, struct error *err);

void seek_stream_clear(struct seek_stream *in);
DEFINE_CLEANUP_IN_PLACE(struct seek_stream, seek_stream_clear)
