/* SPDX-License-Identifier: Apache-2.0 */
#include "base/seek.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Small, since what skips reads little more than headers; large enough that
 * reading all of a file costs no more than with STREAM_CHUNK_BYTES. */
#define CHUNK_BYTES ((size_t)64 * 1024)

static int
seek_stream_next(struct stream *self, struct slice *ret, struct error *err)
{
	struct seek_stream *in = (struct seek_stream *)self;
	uint64_t left = in->end - in->offset;
	size_t wanted = left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES;
	ssize_t n;

	if (wanted == 0) {
		*ret = slice_of(NULL, 0);
		return 0;
	}
	do
		n = pread(in->fd, in->buffer, wanted, (off_t)in->offset);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_errno(err, "pread");
	if (n == 0)
		return error_set(err, ERROR_FORMAT, "the file was cut off");
	in->offset += (size_t)n;
	*ret = slice_of(in->buffer, (size_t)n);
	return 0;
}

int
seek_stream_init(struct seek_stream *in, int fd, uint64_t offset,
    uint64_t n_bytes, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_errno(err, "fstat");
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_UNSUPPORTED, "not a regular file");

	uint64_t size = (uint64_t)st.st_size;
	if (offset > size || (n_bytes != UINT64_MAX && n_bytes > size - offset))
		return error_set(err, ERROR_FORMAT,
		    "the file ends before what is looked for in it");

	char *buffer = malloc(CHUNK_BYTES);
	if (!buffer)
		return error_nomem(err);
	*in = (struct seek_stream){
		.stream = { .next = seek_stream_next },
		.fd = fd,
		.offset = offset,
		.end = n_bytes == UINT64_MAX ? size : offset + n_bytes,
		.buffer = buffer,
	};
	return 0;
}

int
seek_stream_skip(struct stream *stream, uint64_t n_bytes, struct error *err)
{
	struct seek_stream *in = (struct seek_stream *)stream;

	if (n_bytes > in->end - in->offset)
		return error_set(err, ERROR_FORMAT, "cut off");
	in->offset += n_bytes;
	return 0;
}

void
seek_stream_clear(struct seek_stream *in)
{
	free(in->buffer);
	in->buffer = NULL;
}
