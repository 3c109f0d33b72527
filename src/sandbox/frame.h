/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * What a worker answers: frames, one after the other. The worker writes them
 * with frame_write(); its parent, to whom they are hostile, feeds what comes
 * to a frame_reader.
 */
enum frame_type {
	FRAME_END,   /* the last one of an answer that is whole; empty body */
	FRAME_ERROR, /* the last one of an answer that failed: a struct error */
	FRAME_ROLE,  /* this and all higher ones: the role's own */
};

#define FRAME_HEADER_BYTES ((size_t)6)

/* A worker has to hold a frame's body, and its parent has to hold it again. */
#define FRAME_BODY_MAX_BYTES ((size_t)16 << 20)

/*
 * Writes one frame. ERROR_LIMIT if body is larger than FRAME_BODY_MAX_BYTES,
 * ERROR_SYSTEM when write(2) fails (EPIPE: the parent listens no more).
 */
MUST_CHECK int frame_write(
    int fd, uint16_t type, struct slice body, struct error *err);

/*
 * Writes body as several frames of this type, each as large as may be; an
 * empty body is one empty frame. ERROR_SYSTEM.
 */
MUST_CHECK int frame_write_all(
    int fd, uint16_t type, struct slice body, struct error *err);

/* Writes what as the FRAME_ERROR; its message is made printable ASCII. */
MUST_CHECK int frame_write_error(
    int fd, const struct error *what, struct error *err);

/*
 * Where frames go: put() is called with each frame of a role's own type as
 * soon as all of it is there; body is valid during the call. What it got is
 * worth nothing before the whole answer ended well. When it returns -1, the
 * answer is refused with that error.
 */
struct frame_sink {
	int (*put)(
	    void *ctx, uint16_t type, struct slice body, struct error *err);
	void *ctx;
};

enum frame_reader_state {
	FRAME_READER_OPEN,
	FRAME_READER_ENDED,  /* FRAME_END was seen */
	FRAME_READER_FAILED, /* FRAME_ERROR was seen: see failure */
};

/* Takes an untrusted answer apart, as its bytes come. */
struct frame_reader {
	enum frame_reader_state state;
	struct frame_sink sink;
	uint64_t max_bytes;
	uint64_t n_bytes;
	struct buf partial; /* the frame that is not whole yet */
	struct error failure;
};

/* max_bytes is the most that a whole answer may have, headers counted. */
struct frame_reader frame_reader_of(struct frame_sink sink, uint64_t max_bytes);

/*
 * Takes the next bytes of the answer, however they were cut. After a failure
 * it may not be given more. ERROR_LIMIT: a frame or the answer is too large;
 * ERROR_FORMAT: a frame after the last one, an END with a body, an ERROR
 * which is none; ERROR_NOMEM; else what the sink
 * returned.
 */
MUST_CHECK int frame_reader_put(
    struct frame_reader *in, struct slice bytes, struct error *err);

/*
 * 0 if the answer ended with FRAME_END. Else -1 and the error that the worker
 * told, its kind and its message as they came (printable ASCII, but claims);
 * or ERROR_FORMAT "answer cut off" when there was neither.
 */
MUST_CHECK int frame_reader_end(
    const struct frame_reader *in, struct error *err);

void frame_reader_clear(struct frame_reader *in);
DEFINE_CLEANUP_IN_PLACE(struct frame_reader, frame_reader_clear)
