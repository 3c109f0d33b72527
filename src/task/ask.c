/* SPDX-License-Identifier: Apache-2.0 */
#include "task/ask.h"

#include <sys/mman.h>
#include <unistd.h>

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

/* What is shown at once, and held by both the parent and the worker. */
#define SHOW_BYTES ((size_t)1 << 20)

struct parts_stream {
	struct stream stream;
	struct buf *parts; /* those that were not shown to their end */
	size_t n_left;
	struct buf size; /* of the first; empty: it comes next */
	size_t n_shown;  /* of the first */
};

/* What a large part has before n is not read any more: its pages go, and its
 * rest stays where it is. */
static void
pages_give_back(const struct buf *part, size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t lead = (page - (uintptr_t)part->ptr % page) % page;

	if (n >= lead + page)
		(void)madvise(
		    part->ptr + lead, (n - lead) / page * page, MADV_DONTNEED);
}

static int
parts_stream_next(struct stream *self, struct slice *ret, struct error *err)
{
	struct parts_stream *in = (struct parts_stream *)self;

	for (; in->n_left > 0; in->parts++, in->n_left--) {
		if (in->size.len == 0) {
			buf_put_u32le(&in->size, (uint32_t)in->parts->len);
			*ret = buf_slice(&in->size);
			return buf_check(&in->size, err);
		}
		pages_give_back(in->parts, in->n_shown);
		*ret = slice_first(
		    slice_after(buf_slice(in->parts), in->n_shown), SHOW_BYTES);
		in->n_shown += ret->len;
		if (ret->len > 0)
			return 0;
		buf_clear(in->parts);
		in->size.len = 0;
		in->n_shown = 0;
	}
	*ret = slice_of(NULL, 0);
	return 0;
}

int
ask_parts(const struct app *app, struct worker_job *job, struct buf *parts,
    size_t n_parts, struct answer *ret, struct error *err)
{
	struct parts_stream input = {
		.stream = { .next = parts_stream_next },
		.parts = parts,
		.n_left = n_parts,
	};
	struct stream *inputs[] = { &input.stream };

	job->inputs = inputs;
	job->n_inputs = N_ITEMS(inputs);
	int r = ask(app, job, ret, err);

	buf_clear(&input.size);
	return r;
}
