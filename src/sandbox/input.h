/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "base/stream.h"

/* What a worker reads, on its way from a stream into a pipe. */
struct input {
	struct stream *stream;
	int fd;               /* of the pipe; -1: nothing is written any more */
	bool hands_pages;     /* to the pipe; else it copies */
	bool at_end;          /* of the stream */
	bool draining;        /* its worker needs no more; pulled to its end */
	struct slice pending; /* of the chunk shown last: not written yet */
};

/*
 * Takes over fd, the end of a pipe that does not block. stay_bytes is for how
 * much longer than it must a chunk of the stream stays: worker.h.
 */
struct input input_of(struct stream *stream, int fd, size_t stay_bytes);

/*
 * Has the pipe take some more of the stream; closes it at the stream's end,
 * or when nobody reads any more. ERROR_SYSTEM, and what the stream fails with.
 */
MUST_CHECK int input_feed(struct input *input, struct error *err);

/* Pulls the next chunk for nobody. Fails as the stream. */
MUST_CHECK int input_drain(struct input *input, struct error *err);

/* Closes the pipe, if it is open. */
void input_close(struct input *input);
