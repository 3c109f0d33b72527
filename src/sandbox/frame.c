/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An answer is frames, one after the other, each:
 *
 *	u32le  length of the body, at most 16 MiB
 *	u16le  type
 *	body
 *
 * and the last one is of type 0 (END, no body) or 1 (ERROR). An ERROR's body
 * is a u8, the error's kind, and its message. So an answer of one frame of
 * the role's own type 2, "hi", is:
 *
 *	02 00 00 00  02 00  68 69
 *	00 00 00 00  00 00
 *
 * The format is ours alone: both sides come from one build, so there is
 * neither a version nor a checksum.
 */
#include "sandbox/frame.h"

#include "base/bytes.h"
#include "base/fd.h"

/*
 * Up to here a frame is put together and written at once. A larger one pays
 * a second system call, which costs less than the copy would.
 */
#define WRITE_TOGETHER_BYTES ((size_t)8 * 1024)

static void
header_encode(char ret[FRAME_HEADER_BYTES], uint16_t type, size_t n_body)
{
	for (size_t i = 0; i < 4; i++)
		ret[i] = (char)(n_body >> 8 * i & 0xff);
	ret[4] = (char)(type & 0xff);
	ret[5] = (char)(type >> 8);
}

int
frame_write(int fd, uint16_t type, struct slice body, struct error *err)
{
	char bytes[WRITE_TOGETHER_BYTES];
	size_t together = body.len;

	if (body.len > FRAME_BODY_MAX_BYTES)
		return error_set(err, ERROR_LIMIT,
		    "a frame of %zu bytes is larger than %zu", body.len,
		    FRAME_BODY_MAX_BYTES);
	if (together > sizeof(bytes) - FRAME_HEADER_BYTES)
		together = 0;
	header_encode(bytes, type, body.len);
	if (together > 0)
		memcpy(bytes + FRAME_HEADER_BYTES, body.ptr, together);
	if (fd_write_all(
		fd, slice_of(bytes, FRAME_HEADER_BYTES + together), err) < 0)
		return -1;
	return fd_write_all(fd, slice_after(body, together), err);
}

int
frame_write_all(int fd, uint16_t type, struct slice body, struct error *err)
{
	do {
		struct slice part = slice_first(body, FRAME_BODY_MAX_BYTES);

		if (frame_write(fd, type, part, err) < 0)
			return -1;
		body = slice_after(body, part.len);
	} while (body.len > 0);
	return 0;
}

static bool
is_printable(char c)
{
	return c >= ' ' && c <= '~';
}

int
frame_write_error(int fd, const struct error *what, struct error *err)
{
	char bytes[1 + sizeof(what->msg)];
	size_t n = strnlen(what->msg, sizeof(what->msg) - 1);

	bytes[0] = (char)what->kind;
	for (size_t i = 0; i < n; i++)
		bytes[1 + i] =
		    (char)(is_printable(what->msg[i]) ? what->msg[i] : '?');
	return frame_write(fd, FRAME_ERROR, slice_of(bytes, 1 + n), err);
}

static int
failure_decode(struct slice body, struct error *ret, struct error *err)
{
	struct bytes_reader in = bytes_reader_of(body);
	struct error failure = { 0 };
	uint8_t kind;

	if (!bytes_u8(&in, &kind) || kind == ERROR_NONE ||
	    kind > ERROR_KIND_MAX || in.rest.len >= sizeof(failure.msg))
		return error_set(err, ERROR_FORMAT, "an ERROR that is none");
	failure.kind = (enum error_kind)kind;
	for (size_t i = 0; i < in.rest.len; i++) {
		if (!is_printable(in.rest.ptr[i]))
			return error_set(err, ERROR_FORMAT,
			    "an ERROR that cannot be printed");
		failure.msg[i] = in.rest.ptr[i];
	}
	*ret = failure;
	return 0;
}

struct frame_reader
frame_reader_of(struct frame_sink sink, uint64_t max_bytes)
{
	return (struct frame_reader){
		.sink = sink,
		.max_bytes = max_bytes,
		.partial =
		    buf_limited(FRAME_HEADER_BYTES + FRAME_BODY_MAX_BYTES),
	};
}

void
frame_reader_clear(struct frame_reader *in)
{
	buf_clear(&in->partial);
}

/*
 * The size of the frame that bytes begin with, its header counted; of the
 * header alone as long as that is not whole.
 */
static int
frame_size(struct slice bytes, size_t *ret, struct error *err)
{
	struct bytes_reader in = bytes_reader_of(bytes);
	uint32_t n_body = 0;
	uint16_t type;

	if (!bytes_u32le(&in, &n_body) || !bytes_u16le(&in, &type)) {
		*ret = FRAME_HEADER_BYTES;
		return 0;
	}
	if (n_body > FRAME_BODY_MAX_BYTES)
		return error_set(err, ERROR_LIMIT,
		    "a frame of %u bytes is larger than %zu", n_body,
		    FRAME_BODY_MAX_BYTES);
	*ret = FRAME_HEADER_BYTES + n_body;
	return 0;
}

static int
deliver(struct frame_reader *in, struct slice frame, struct error *err)
{
	struct bytes_reader header = bytes_reader_of(slice_after(frame, 4));
	struct slice body = slice_after(frame, FRAME_HEADER_BYTES);
	uint16_t type = FRAME_END;

	(void)bytes_u16le(
	    &header, &type); /* frame_size() saw that it is there */
	if (in->state != FRAME_READER_OPEN)
		return error_set(
		    err, ERROR_FORMAT, "a frame after the last one");
	if (type >= FRAME_ROLE && !in->sink.put)
		return error_set(
		    err, ERROR_FORMAT, "a frame that nobody asked for");
	if (type >= FRAME_ROLE)
		return in->sink.put(in->sink.ctx, type, body, err);
	if (type == FRAME_ERROR) {
		in->state = FRAME_READER_FAILED;
		return failure_decode(body, &in->failure, err);
	}
	if (body.len > 0)
		return error_set(err, ERROR_FORMAT, "an END with a body");
	in->state = FRAME_READER_ENDED;
	return 0;
}

/*
 * Takes of *bytes what the frame in in->partial lacks to be whole, or to have
 * its header, and delivers it when it is.
 */
static int
complete(struct frame_reader *in, struct slice *bytes, struct error *err)
{
	size_t size = 0;

	if (frame_size(buf_slice(&in->partial), &size, err) < 0)
		return -1;
	struct slice lacking = slice_first(*bytes, size - in->partial.len);

	buf_put(&in->partial, lacking);
	if (buf_check(&in->partial, err) < 0)
		return -1;
	*bytes = slice_after(*bytes, lacking.len);

	/* Once the header is there, the size may be more than it seemed. */
	if (frame_size(buf_slice(&in->partial), &size, err) < 0)
		return -1;
	if (in->partial.len < size)
		return 0;
	int r = deliver(in, buf_slice(&in->partial), err);
	buf_drop(&in->partial, in->partial.len);
	return r;
}

/* At the begin of a frame. Most are whole where they lie: no copy. */
static int
begin(struct frame_reader *in, struct slice *bytes, struct error *err)
{
	struct slice frame;
	size_t size = 0;

	if (frame_size(*bytes, &size, err) < 0)
		return -1;
	if (size > bytes->len)
		return complete(in, bytes, err);
	frame = slice_first(*bytes, size);
	*bytes = slice_after(*bytes, size);
	return deliver(in, frame, err);
}

int
frame_reader_put(struct frame_reader *in, struct slice bytes, struct error *err)
{
	if (bytes.len > in->max_bytes - in->n_bytes)
		return error_set(err, ERROR_LIMIT,
		    "an answer larger than %llu bytes",
		    (unsigned long long)in->max_bytes);
	in->n_bytes += bytes.len;
	while (bytes.len > 0) {
		int r = in->partial.len > 0 ? complete(in, &bytes, err)
					    : begin(in, &bytes, err);
		if (r < 0)
			return -1;
	}
	return 0;
}

int
frame_reader_end(const struct frame_reader *in, struct error *err)
{
	if (in->state == FRAME_READER_OPEN || in->partial.len > 0)
		return error_set(err, ERROR_FORMAT, "answer cut off");
	if (in->state == FRAME_READER_FAILED) {
		*err = in->failure;
		return -1;
	}
	return 0;
}
