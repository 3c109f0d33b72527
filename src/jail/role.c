/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outer process of a jail: the host's root, and so it reads nothing of
 * what is hostile. It makes the area and one child after the other, each
 * with all that it needs and no more:
 *
 *	unpack   reads the layers           sees AREA_BASE
 *	dpkg     reads the debs             sees AREA_ROOT, /dev, /proc
 *	capture  writes the layer           sees both, read-only
 *
 * It is killed when its parent dies, as they are when it does; then the mount
 * namespace goes, and with it the area.
 */
#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "jail/area.h"
#include "jail/capture.h"
#include "jail/child.h"
#include "jail/dpkg.h"
#include "jail/emit.h"
#include "jail/jail.h"
#include "jail/tail.h"
#include "jail/unpack.h"
#include "sandbox/confine.h"
#include "sandbox/frame.h"
#include "sandbox/role.h"

#define INPUT_FD CONFINE_FIRST_FD
/* The directories of an engine's layers follow it. */
#define DIRECTORY_FD (INPUT_FD + 1)

/* What of dpkg's words goes into an error, besides what it was that failed. */
#define SUMMARY_SIZE ((size_t)360)

struct settings {
	uint64_t epoch;
	uint64_t time_limit_sec;
	uint64_t memory_bytes;
	uint64_t n_directories;
};

struct run {
	struct settings settings;
	int64_t deadline_ms;
	int64_t start_sec;
	struct tail output;
	struct area area;
};

/* As jail.c writes them. */
static int
settings_parse(int argc, char **argv, struct settings *ret, struct error *err)
{
	if (argc == 4 &&
	    slice_to_u64(slice_of_string(argv[0]), INT64_MAX, &ret->epoch) &&
	    slice_to_u64(
		slice_of_string(argv[1]), UINT32_MAX, &ret->time_limit_sec) &&
	    slice_to_u64(
		slice_of_string(argv[2]), INT64_MAX, &ret->memory_bytes) &&
	    slice_to_u64(
		slice_of_string(argv[3]), JAIL_LAYERS_MAX, &ret->n_directories))
		return 0;
	return error_set(err, ERROR_BUG, "jail EPOCH SECONDS BYTES N");
}

static struct timespec
clock_now(clockid_t clock)
{
	struct timespec now = { 0 };

	(void)clock_gettime(clock, &now);
	return now;
}

static int
run_child(struct run *run, const struct child_job *job, struct error *err)
{
	struct child child;

	if (child_start(&child, job, run->area.proc_fd, err) < 0)
		return -1;
	return child_wait(&child, run->deadline_ms, &run->output, err);
}

/* In the words of strerror(), or of unpack.c. */
static bool
says_full(struct slice text)
{
	const struct slice words = SLICE("o space left");

	return text.len > 0 && memmem(text.ptr, text.len, words.ptr, words.len);
}

/* The limit is named where it is known. */
static int
name_memory(const struct run *run, struct error *err)
{
	err->kind = ERROR_LIMIT;
	return error_wrap(err, "needs more than %llu MB",
	    (unsigned long long)(run->settings.memory_bytes >> 20));
}

static int
run_unpack(struct run *run, struct error *err)
{
	const int keep[] = { INPUT_FD };
	struct unpack_job unpack = { INPUT_FD, run->settings.memory_bytes };
	const struct child_job job = { unpack_run, &unpack, keep, 1, false };

	if (run_child(run, &job, err) == 0)
		return 0;
	(void)error_wrap(err, "unpacking the image");
	return says_full(slice_of_string(err->msg)) ? name_memory(run, err)
						    : -1;
}

/* Adds dpkg's own last words to the error. */
static int
explain(const struct run *run, struct error *err)
{
	char summary[SUMMARY_SIZE];
	struct error what = *err;

	tail_summary(&run->output, summary, sizeof(summary));
	if (summary[0] == '\0')
		return -1;
	what.msg[ERROR_MSG_SIZE - SUMMARY_SIZE - 3] = '\0';
	return error_set(err, what.kind, "%s: %s", what.msg, summary);
}

static int
run_dpkg(struct run *run, struct error *err)
{
	const int keep[] = { INPUT_FD };
	struct dpkg_job dpkg = { INPUT_FD, (int64_t)run->settings.epoch,
		run->settings.memory_bytes };
	const struct child_job job = { dpkg_run, &dpkg, keep, 1, true };

	if (area_overlay(&run->area, err) < 0)
		return -1;
	if (run_child(run, &job, err) == 0)
		return 0;
	bool full = says_full(slice_of_string(err->msg)) ||
	    (err->kind == ERROR_FORMAT && says_full(tail_text(&run->output)));
	(void)explain(run, err);
	return full ? name_memory(run, err) : -1;
}

static int
run_capture(struct run *run, struct error *err)
{
	const int keep[] = { ROLE_ANSWER_FD };
	struct capture_job capture = { ROLE_ANSWER_FD,
		(int64_t)run->settings.epoch, run->start_sec };
	const struct child_job job = { capture_run, &capture, keep, 1, false };

	return run_child(run, &job, err);
}

static int
run_all(struct run *run, struct error *err)
{
	if (run_unpack(run, err) < 0 || run_dpkg(run, err) < 0)
		return -1;
	if (run_capture(run, err) < 0)
		return error_wrap(err, "taking what changed");
	return 0;
}

int
jail_role_run(int argc, char **argv, struct error *err)
{
	CLEANUP(tail_clear) struct tail output = tail_of(JAIL_LOG_MAX_BYTES);
	struct run run = { .start_sec = clock_now(CLOCK_REALTIME).tv_sec };
	struct timespec now = clock_now(CLOCK_MONOTONIC);
	struct error unheard;

	if (settings_parse(argc, argv, &run.settings, err) < 0 ||
	    confine_fds(1 + run.settings.n_directories, err) < 0)
		return -1;
	run.area = (struct area){
		.memory_bytes = run.settings.memory_bytes,
		.first_directory_fd = DIRECTORY_FD,
		.n_directories = (size_t)run.settings.n_directories,
	};
	if (area_enter(&run.area, err) < 0)
		return -1;
	run.deadline_ms =
	    ((int64_t)now.tv_sec + (int64_t)run.settings.time_limit_sec) *
		1000 +
	    now.tv_nsec / 1000000;
	run.output = output;
	int r = run_all(&run, err);
	output = run.output;
	if (output.text.len > 0 &&
	    frame_write_all(ROLE_ANSWER_FD, JAIL_FRAME_LOG, tail_text(&output),
		&unheard) < 0)
		return -1; /* and nobody to hear of it */
	if (r < 0 && err->kind == ERROR_TIMEOUT)
		return error_wrap(err, "not done after %llu s",
		    (unsigned long long)run.settings.time_limit_sec);
	return r;
}
