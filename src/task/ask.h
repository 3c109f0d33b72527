/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "sandbox/answer.h"
#include "sandbox/worker.h"
#include "task/app.h"

/* The parts of a worker's answer, put together. */
struct answer {
	struct buf parts[ANSWER_PARTS];
};

void answer_clear(struct answer *answer);
DEFINE_CLEANUP_IN_PLACE(struct answer, answer_clear)

/* The on_frame of a job whose ctx is a struct answer. */
int answer_frame(
    void *ctx, uint16_t type, struct slice body, struct error *err);

/*
 * Has a worker do one job, whose on_frame and ctx are set here, and puts what
 * it answers, a claim, into *ret, which was zeroes. Errors as workers_run().
 */
MUST_CHECK int ask(const struct app *app, struct worker_job *job,
    struct answer *ret, struct error *err);

/* The same for a role that reads these bytes and nothing else. */
MUST_CHECK int ask_bytes(const struct app *app, const char *role,
    const char *const *args, struct slice bytes, struct answer *ret,
    struct error *err);

/*
 * As ask(), for a job that reads n_parts, each behind its size as
 * buf_put_sized() has it, which are set here too. What the worker has is freed
 * here at once, so that it is not held twice; after a failure some of it is
 * gone, too.
 */
MUST_CHECK int ask_parts(const struct app *app, struct worker_job *job,
    struct buf *parts, size_t n_parts, struct answer *ret, struct error *err);
