/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * A source of bytes that is pulled: a file, a pipe, or a filter over another
 * stream. Nothing is copied: each call shows the next chunk where it lies.
 * A filter's struct has a struct stream as its first member.
 */
struct stream {
	/*
	 * Shows the next chunk, of 1 or more bytes, in *ret; it is valid until
	 * the next call. An empty *ret is the end, also at every later call.
	 */
	int (*next)(struct stream *self, struct slice *ret, struct error *err);
};

MUST_CHECK static inline int
stream_next(struct stream *stream, struct slice *ret, struct error *err)
{
	return stream->next(stream, ret, err);
}

/* Puts what comes until the end into ret, whose limit holds. Fails as stream
 * does, and with ERROR_LIMIT and ERROR_NOMEM. */
MUST_CHECK int stream_read_all(
    struct stream *stream, struct buf *ret, struct error *err);

/* Reads on to the end and drops what comes. */
MUST_CHECK int stream_drain(struct stream *stream, struct error *err);

/* How large the chunks of a stream over a descriptor are at the most. */
#define STREAM_CHUNK_BYTES ((size_t)256 * 1024)

/* A stream over a descriptor, which stays the caller's. */
struct fd_stream {
	struct stream stream;
	int fd;
	uint64_t left; /* bytes still to show; UINT64_MAX: up to the end */
	char *buffer;
};

/*
 * Shows what fd holds, from its offset to its end. ERROR_NOMEM. Then, at
 * next: ERROR_SYSTEM when read(2) fails. Clear with fd_stream_clear().
 */
MUST_CHECK int fd_stream_init(struct fd_stream *in, int fd, struct error *err);

/* Shows n_bytes of it and then ends; fewer there is ERROR_FORMAT. */
MUST_CHECK int fd_stream_init_part(
    struct fd_stream *in, int fd, uint64_t n_bytes, struct error *err);

void fd_stream_clear(struct fd_stream *in);

static inline void
fd_stream_clear_at(struct fd_stream *in)
{
	fd_stream_clear(in);
}

/* A stream over bytes in memory, which stay the caller's: one chunk. */
struct slice_stream {
	struct stream stream;
	struct slice rest;
};

struct slice_stream slice_stream_of(struct slice bytes);
