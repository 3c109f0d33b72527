/* SPDX-License-Identifier: Apache-2.0 */
#include "base/seek.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Small, since what skips reads little more than headers; large enough that
 * reading all of a file costs no more than with STREAM_CHUNK_BYTES. */
#define CHUNK_BYTES ((size_t)64 * 1024)

/* One chunk lies before what must stay and one after. */
#define RING_BYTES (SEEK_STREAM_STAY_BYTES + 2 * CHUNK_BYTES)

/*
 * Of pages of its own, not of the heap: who still has them, in a pipe, has
 * them as they were also after they are given back.
 */
static int
ring_need(struct seek_stream *in, struct error *err)
{
	void *ring;

	if (in->ring)
		return 0;
	ring = mmap(NULL, RING_BYTES, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (ring == MAP_FAILED)
		return error_nomem(err);
	in->ring = ring;
	in->at = 0;
	return 0;
}

/* The place of the next chunk is after the pages of one of n bytes. */
static void
ring_advance(struct seek_stream *in, size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	in->at += (n + page - 1) / page * page;
	if (in->at > RING_BYTES - CHUNK_BYTES)
		in->at = 0;
}

static int
seek_stream_next(struct stream *self, struct slice *ret, struct error *err)
{
	struct seek_stream *in = (struct seek_stream *)self;
	uint64_t left = in->end - in->offset;
	size_t wanted = left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES;
	ssize_t n;

	if (wanted == 0) {
		seek_stream_clear(in);
		*ret = slice_of(NULL, 0);
		return 0;
	}
	if (ring_need(in, err) < 0)
		return -1;
	do
		n = pread(in->fd, in->ring + in->at, wanted, (off_t)in->offset);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_errno(err, "pread");
	if (n == 0)
		return error_set(err, ERROR_FORMAT, "the file was cut off");
	in->offset += (size_t)n;
	*ret = slice_of(in->ring + in->at, (size_t)n);
	ring_advance(in, (size_t)n);
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

	*in = (struct seek_stream){
		.stream = { .next = seek_stream_next },
		.fd = fd,
		.offset = offset,
		.end = n_bytes == UINT64_MAX ? size : offset + n_bytes,
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
	if (in->ring)
		(void)munmap(in->ring, RING_BYTES);
	in->ring = NULL;
}
