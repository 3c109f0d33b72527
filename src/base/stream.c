/* SPDX-License-Identifier: Apache-2.0 */
#include "base/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

int
stream_read_all(struct stream *stream, struct buf *ret, struct error *err)
{
	struct slice chunk;

	do {
		if (stream_next(stream, &chunk, err) < 0)
			return -1;
		buf_put(ret, chunk);
	} while (chunk.len > 0 && !ret->failed);
	return buf_check(ret, err);
}

int
stream_drain(struct stream *stream, struct error *err)
{
	struct slice chunk;

	do {
		if (stream_next(stream, &chunk, err) < 0)
			return -1;
	} while (chunk.len > 0);
	return 0;
}

static int
fd_stream_next(struct stream *self, struct slice *ret, struct error *err)
{
	struct fd_stream *in = (struct fd_stream *)self;
	size_t want = STREAM_CHUNK_BYTES;
	ssize_t n;

	if (in->left < want)
		want = (size_t)in->left;
	do {
		n = want > 0 ? read(in->fd, in->buffer, want) : 0;
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_errno(err, "read");
	if (n == 0 && in->left > 0 && in->left != UINT64_MAX)
		return error_set(err, ERROR_FORMAT, "ends %llu bytes too early",
		    (unsigned long long)in->left);
	if (in->left != UINT64_MAX)
		in->left -= (uint64_t)n;
	*ret = slice_of(in->buffer, (size_t)n);
	return 0;
}

int
fd_stream_init_part(
    struct fd_stream *in, int fd, uint64_t n_bytes, struct error *err)
{
	char *buffer = malloc(STREAM_CHUNK_BYTES);

	if (!buffer)
		return error_nomem(err);
	*in = (struct fd_stream){
		.stream = { .next = fd_stream_next },
		.fd = fd,
		.left = n_bytes,
		.buffer = buffer,
	};
	return 0;
}

int
fd_stream_init(struct fd_stream *in, int fd, struct error *err)
{
	return fd_stream_init_part(in, fd, UINT64_MAX, err);
}

void
fd_stream_clear(struct fd_stream *in)
{
	free(in->buffer);
	in->buffer = NULL;
}

static int
slice_stream_next(struct stream *self, struct slice *ret, struct error *err)
{
	struct slice_stream *in = (struct slice_stream *)self;

	(void)err;
	*ret = in->rest;
	in->rest = slice_after(in->rest, in->rest.len);
	return 0;
}

struct slice_stream
slice_stream_of(struct slice bytes)
{
	return (struct slice_stream){
		.stream = { .next = slice_stream_next },
		.rest = bytes,
	};
}
