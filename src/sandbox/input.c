/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/input.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/fd.h"

/* As much as a pipe takes (spawn.c), in the chunks of a file's stream. */
#define FEED_CHUNKS 4

/*
 * No page of what may still be in the pipe is written to again. A worker may
 * only read(2), which copies; it cannot keep the page.
 */
static bool
may_hand_pages(int pipe, size_t stay_bytes)
{
	int pipe_bytes = fcntl(pipe, F_GETPIPE_SZ);

	return pipe_bytes > 0 && (size_t)pipe_bytes <= stay_bytes;
}

struct input
input_of(struct stream *stream, int fd, size_t stay_bytes)
{
	return (struct input){
		.stream = stream,
		.fd = fd,
		.hands_pages = may_hand_pages(fd, stay_bytes),
	};
}

void
input_close(struct input *input)
{
	fd_close(TAKE_FD(input->fd));
}

/* Has the stream show more, when the pipe took all that it showed. */
static int
input_fill(struct input *input, struct error *err)
{
	if (input->pending.len > 0)
		return 0;
	if (stream_next(input->stream, &input->pending, err) < 0)
		return -1;
	if (input->pending.len == 0) {
		input->at_end = true;
		input_close(input);
	}
	return 0;
}

/* As write(2). */
static ssize_t
input_write(const struct input *input)
{
	struct slice bytes = input->pending;
	struct iovec pages = { (void *)bytes.ptr, bytes.len };

	if (input->hands_pages)
		return vmsplice(input->fd, &pages, 1, SPLICE_F_NONBLOCK);
	return write(input->fd, bytes.ptr, bytes.len);
}

/* Has the pipe take what is pending; *ret: it took all, and may take more. */
static int
input_push(struct input *input, bool *ret, struct error *err)
{
	ssize_t n = input_write(input);

	*ret = false;
	if (n >= 0) {
		input->pending = slice_after(input->pending, (size_t)n);
		*ret = input->pending.len == 0;
	} else if (errno == EPIPE) {
		input_close(input);
	} else if (errno != EAGAIN && errno != EINTR) {
		return error_errno(err, "write to a worker");
	}
	return 0;
}

/* Until the pipe is full, so that poll(2) need not be asked between; but no
 * more than FEED_CHUNKS: there are others to be fed. */
int
input_feed(struct input *input, struct error *err)
{
	bool more = true;

	for (int n = 0; n < FEED_CHUNKS && more; n++) {
		if (input_fill(input, err) < 0)
			return -1;
		if (input->at_end)
			return 0;
		if (input_push(input, &more, err) < 0)
			return -1;
	}
	return 0;
}

int
input_drain(struct input *input, struct error *err)
{
	struct slice chunk;

	if (stream_next(input->stream, &chunk, err) < 0)
		return -1;
	input->at_end = chunk.len == 0;
	input->draining = !input->at_end;
	return 0;
}
