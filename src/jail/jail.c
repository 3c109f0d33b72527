/* SPDX-License-Identifier: Apache-2.0 */
#include "jail/jail.h"

#include <stdio.h>

#include "base/fd.h"
#include "base/memory.h"
#include "jail/emit.h"
#include "jail/records.h"
#include "jail/tail.h"
#include "sandbox/frame.h"
#include "sandbox/worker.h"

/* The jail ends itself in time; this is for when it does not. */
#define WALL_GRACE_MS ((uint64_t)30 * 1000)

/* More than any machine has, and no sum of it overflows. */
#define MEMORY_MAX_BYTES ((uint64_t)1 << 50)

/* A header for each of the files that the jail can have (area.c). */
#define HEADERS_BYTES ((uint64_t)1 << 30)

#define NUMBER_SIZE 24

/* Where what comes from the jail goes. */
struct answer {
	int layer_fd;
	struct hash *hash;
	uint64_t n_bytes;
	struct buf *log;
};

/* More than JAIL_LOG_MAX_BYTES is dropped: only a false jail says more. */
static int
take_log(struct buf *log, struct slice text, struct error *err)
{
	if (log->len >= JAIL_LOG_MAX_BYTES)
		return 0;
	text = slice_first(text, JAIL_LOG_MAX_BYTES - log->len);

	char *room = buf_reserve(log, text.len);
	if (!room)
		return buf_check(log, err);
	for (size_t i = 0; i < text.len; i++)
		room[i] = tail_printable(text.ptr[i]);
	log->len += text.len;
	return 0;
}

static int
take_frame(void *ctx, uint16_t type, struct slice body, struct error *err)
{
	struct answer *answer = ctx;

	if (type == JAIL_FRAME_LOG)
		return take_log(answer->log, body, err);
	if (type != JAIL_FRAME_TAR)
		return error_set(err, ERROR_FORMAT, "not an answer of a jail");
	if (fd_write_all(answer->layer_fd, body, err) < 0)
		return error_wrap(err, "the layer");
	hash_put(answer->hash, body);
	answer->n_bytes += body.len;
	return 0;
}

static int
spec_check(const struct jail_spec *spec, struct error *err)
{
	size_t n = spec->n_layers + spec->n_directories;

	if (n == 0 || n > JAIL_LAYERS_MAX)
		return error_set(err, ERROR_LIMIT,
		    "an image of %zu layers cannot be unpacked", n);
	if (spec->n_layers > 0 && spec->n_directories > 0)
		return error_set(err, ERROR_BUG, "layers of two kinds");
	if (spec->n_debs > JAIL_DEBS_MAX)
		return error_set(err, ERROR_LIMIT, "%zu are too many packages",
		    spec->n_debs);
	if (spec->epoch < 0 || spec->time_limit_sec == 0 ||
	    spec->memory_bytes == 0 || spec->memory_bytes > MEMORY_MAX_BYTES)
		return error_set(err, ERROR_BUG, "a jail without its limits");
	return 0;
}

int
jail_dpkg(const struct jail_spec *spec, int layer_fd,
    struct sha256 *ret_diff_id, uint64_t *ret_bytes, struct buf *ret_log,
    struct error *err)
{
	CLEANUP(hash_free) struct hash *hash = hash_new();
	struct answer answer = { layer_fd, hash, 0, ret_log };
	struct record_writer records = record_writer_of(spec);
	struct stream *const inputs[] = { &records.stream };
	char numbers[4][NUMBER_SIZE];
	const char *const args[] = { numbers[0], numbers[1], numbers[2],
		numbers[3], NULL };

	if (!hash)
		return error_nomem(err);
	if (spec_check(spec, err) < 0)
		return -1;
	(void)snprintf(numbers[0], NUMBER_SIZE, "%lld", (long long)spec->epoch);
	(void)snprintf(numbers[1], NUMBER_SIZE, "%u", spec->time_limit_sec);
	(void)snprintf(numbers[2], NUMBER_SIZE, "%llu",
	    (unsigned long long)spec->memory_bytes);
	(void)snprintf(numbers[3], NUMBER_SIZE, "%zu", spec->n_directories);

	struct worker_job job = {
		.role = "jail",
		.args = args,
		.kind = WORKER_JAIL,
		.limits = {
			.answer_bytes = spec->memory_bytes * 2 + HEADERS_BYTES,
			.wall_ms = (uint64_t)spec->time_limit_sec * 1000 +
			    WALL_GRACE_MS,
		},
		.inputs = inputs,
		.n_inputs = 1,
		.fds = spec->directory_fds,
		.n_fds = spec->n_directories,
		.on_frame = take_frame,
		.ctx = &answer,
	};
	if (worker_run(spec->worker_path, &job, err) < 0)
		return -1;
	*ret_diff_id = hash_end(hash);
	*ret_bytes = answer.n_bytes;
	return 0;
}
