/* SPDX-License-Identifier: Apache-2.0 */
#include "task/ask.h"

#include "base/memory.h"

void
answer_clear(struct answer *answer)
{
	for (size_t i = 0; i < ANSWER_PARTS; i++)
		buf_clear(&answer->parts[i]);
}

int
answer_frame(void *ctx, uint16_t type, struct slice body, struct error *err)
{
	struct answer *answer = ctx;

	if (type < FRAME_ROLE || type >= FRAME_ROLE + ANSWER_PARTS)
		return error_set(err, ERROR_FORMAT,
		    "a worker answered what it was not asked");

	struct buf *part = &answer->parts[type - FRAME_ROLE];
	buf_put(part, body);
	return buf_check(part, err);
}

int
ask(const struct app *app, struct worker_job *job, struct answer *ret,
    struct error *err)
{
	job->on_frame = answer_frame;
	job->ctx = ret;
	return worker_run(app->worker_path, job, err);
}

int
ask_bytes(const struct app *app, const char *role, const char *const *args,
    struct slice bytes, struct answer *ret, struct error *err)
{
	struct slice_stream input = slice_stream_of(bytes);
	struct stream *inputs[] = { &input.stream };
	struct worker_job job = {
		.role = role,
		.args = args,
		.inputs = inputs,
		.n_inputs = N_ITEMS(inputs),
	};

	return ask(app, &job, ret, err);
}

struct parts_stream {
	struct stream stream;
	struct buf *parts;
	size_t n_left;
	struct buf size; /* of the first part, when that was not shown yet */
};

static int
parts_stream_next(struct stream *self, struct slice *ret, struct error *err)
{
	struct parts_stream *in = (struct parts_stream *)self;

	*ret = slice_of(NULL, 0);
	if (in->size.len > 0) {
		in->size.len = 0;
		*ret = buf_slice(in->parts);
		/* The end of the stream is not what it would say. */
		if (ret->len > 0)
			return 0;
	}
	if (in->size.ptr) {
		buf_clear(in->parts++);
		in->n_left--;
		buf_clear(&in->size);
	}
	if (in->n_left == 0)
		return 0;
	buf_put_u32le(&in->size, (uint32_t)in->parts->len);
	*ret = buf_slice(&in->size);
	return buf_check(&in->size, err);
}

int
ask_parts(const struct app *app, const char *role, struct buf *parts,
    size_t n_parts, struct answer *ret, struct error *err)
{
	struct parts_stream input = {
		.stream = { .next = parts_stream_next },
		.parts = parts,
		.n_left = n_parts,
	};
	struct stream *inputs[] = { &input.stream };
	struct worker_job job = {
		.role = role,
		.inputs = inputs,
		.n_inputs = N_ITEMS(inputs),
	};
	int r = ask(app, &job, ret, err);

	buf_clear(&input.size);
	return r;
}
