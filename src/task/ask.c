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
