/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One loop serves all workers. Each has a slot, and in it
 *
 *	inputs   each shows a chunk of its stream until its pipe took it all
 *	answer   its bytes go to a frame_reader
 *	pidfd    tells that the process has ended
 *
 * and a job is over when its process has ended, what is still in its answer's
 * pipe was read, and the inputs that must be drained are. The end of the
 * process counts, not the end of the answer: a process that it has left
 * behind may hold the pipe open.
 */
#include "sandbox/worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/memory.h"
#include "base/time.h"
#include "sandbox/frame.h"
#include "sandbox/input.h"
#include "sandbox/spawn.h"

/*
 * Memory: a zstd window is up to 128 MiB, an xz dictionary of Packages.xz
 * 64 MiB, the packages database of a large image some 100 MiB with what is
 * built from it; more than this is a bomb. A host of 2 GiB can run two.
 */
#define MEMORY_BYTES ((uint64_t)768 << 20)

/* Processor time: a layer of 10 GiB inflates in some 20 s of this. */
#define CPU_SEC ((uint64_t)120)

/*
 * Answers: 500 000 entries of a large layer with 200 bytes each are 100 MB.
 * A jail answers with what it captured, the bytes of a layer.
 */
#define ANSWER_BYTES      ((uint64_t)256 << 20)
#define JAIL_ANSWER_BYTES ((uint64_t)8 << 30)

/* Time: the slowest input is an archive on a slow disk or network. A jail
 * runs a package manager, whose scripts may build an initrd or a cache. */
#define WALL_MS      ((uint64_t)10 * 60 * 1000)
#define JAIL_WALL_MS ((uint64_t)30 * 60 * 1000)

/* More side by side would only share processors, and add up memory. */
#define PARALLEL_MAX ((size_t)16)

#define READ_BYTES ((size_t)256 * 1024)

struct slot {
	struct worker_job *job; /* NULL: free */
	struct worker_limits limits;
	struct spawned proc;
	struct input *inputs;
	struct frame_reader answer;
	int answer_fd; /* -1: all of it was read */
	int64_t deadline_ms;
	bool ended; /* and waited for */
	int how;    /* it ended: what waitpid(2) says */
};

struct loop {
	const char *worker_path;
	struct worker_job *jobs;
	size_t n_jobs;
	size_t n_started;
	struct slot *slots;
	size_t n_slots;
	struct pollfd *polls; /* n_polls for each slot */
	size_t n_polls;
	char *buffer;
};

/* In a slot's share of the polls; the inputs come after. */
enum { POLL_END, POLL_ANSWER, POLL_INPUTS };

static uint64_t
or_default(uint64_t value, uint64_t usual)
{
	return value > 0 ? value : usual;
}

static struct worker_limits
limits_of(const struct worker_job *job)
{
	bool jail = job->kind == WORKER_JAIL;
	const struct worker_limits *given = &job->limits;

	return (struct worker_limits){
		.memory_bytes = or_default(given->memory_bytes, MEMORY_BYTES),
		.cpu_sec = or_default(given->cpu_sec, CPU_SEC),
		.answer_bytes = or_default(given->answer_bytes,
		    jail ? JAIL_ANSWER_BYTES : ANSWER_BYTES),
		.wall_ms =
		    or_default(given->wall_ms, jail ? JAIL_WALL_MS : WALL_MS),
	};
}

/*
 * Kills the slot's process, if it still runs, and those that it left in its
 * group, and waits for it. The number is its own until then.
 */
static void
slot_reap(struct slot *slot)
{
	if (slot->ended)
		return;
	(void)kill(-slot->proc.pid, SIGKILL);
	(void)kill(slot->proc.pid, SIGKILL);
	while (waitpid(slot->proc.pid, &slot->how, 0) < 0 && errno == EINTR)
		continue;
	slot->ended = true;
}

/* Ends what the slot runs, and frees what it holds. */
static void
slot_clear(struct slot *slot)
{
	if (!slot->job)
		return;
	slot_reap(slot);
	spawned_clear(&slot->proc);
	frame_reader_clear(&slot->answer);
	for (size_t i = 0; i < slot->job->n_inputs; i++)
		input_close(&slot->inputs[i]);
	free(slot->inputs);
	*slot = (struct slot){ 0 };
}

static int
slot_start(struct slot *slot, const char *worker_path, struct worker_job *job,
    struct error *err)
{
	struct worker_limits limits = limits_of(job);
	struct input *inputs = calloc(job->n_inputs + 1, sizeof(*inputs));
	struct spawned proc;

	if (!inputs)
		return error_nomem(err);
	if (spawn(worker_path, job, &limits, &proc, err) < 0) {
		free(inputs);
		return -1;
	}
	for (size_t i = 0; i < job->n_inputs; i++)
		inputs[i] = input_of(job->inputs[i],
		    TAKE_FD(proc.ends[SPAWN_FIRST_INPUT + i].parent),
		    job->inputs_stay_bytes);
	*slot = (struct slot){
		.job = job,
		.limits = limits,
		.proc = proc,
		.inputs = inputs,
		.answer = frame_reader_of(
		    (struct frame_sink){ job->on_frame, job->ctx },
		    limits.answer_bytes),
		.answer_fd = proc.ends[SPAWN_ANSWER].parent,
		.deadline_ms = monotonic_ms() + (int64_t)limits.wall_ms,
	};
	return 0;
}

/* Reads what there is of the answer, at most once the buffer full; *ret says
 * whether there was something. */
static int
answer_read(struct slot *slot, char *buffer, bool *ret, struct error *err)
{
	ssize_t n = read(slot->answer_fd, buffer, READ_BYTES);

	*ret = n > 0;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n < 0)
		return error_errno(err, "read from a worker");
	if (n == 0) {
		slot->answer_fd = -1;
		return 0;
	}
	return frame_reader_put(
	    &slot->answer, slice_of(buffer, (size_t)n), err);
}

/* What a process that ended so has to say for itself. */
static int
how_it_ended(const struct slot *slot, struct error *err)
{
	int number = WTERMSIG(slot->how);

	if (WIFEXITED(slot->how) && WEXITSTATUS(slot->how) == 0)
		return 0;
	if (WIFEXITED(slot->how))
		return error_set(err, ERROR_BUG,
		    "crashed the parser (exit status %d)",
		    WEXITSTATUS(slot->how));
	if (number == SIGXCPU)
		return error_set(err, ERROR_TIMEOUT,
		    "took longer than %llu s of processor time",
		    (unsigned long long)slot->limits.cpu_sec);
	if (number == SIGKILL)
		return error_set(
		    err, ERROR_SYSTEM, "killed by the system (signal 9)");
	return error_set(err, ERROR_BUG, "crashed the parser (signal %d%s)",
	    number, number == SIGSYS ? ": a forbidden system call" : "");
}

static int
result(const struct slot *slot, struct error *err)
{
	if (how_it_ended(slot, err) < 0)
		return -1;
	if (frame_reader_end(&slot->answer, err) == 0)
		return 0;
	/* Not a bad input's doing: only a worker gone wrong stops half way. */
	if (slot->answer.state == FRAME_READER_OPEN)
		err->kind = ERROR_BUG;
	if (slot->job->kind == WORKER_PURE && err->kind == ERROR_NOMEM)
		return error_set(err, ERROR_LIMIT,
		    "ran out of its memory (%llu MiB)",
		    (unsigned long long)slot->limits.memory_bytes >> 20);
	return -1;
}

/* The process has ended: reads what it left, and judges it. */
static int
slot_end(struct slot *slot, char *buffer, struct error *err)
{
	bool more = true;

	slot_reap(slot);
	while (more && slot->answer_fd >= 0)
		if (answer_read(slot, buffer, &more, err) < 0)
			return -1;
	if (result(slot, err) < 0)
		return -1;
	for (size_t i = 0; i < slot->job->n_inputs; i++) {
		struct input *input = &slot->inputs[i];

		input_close(input);
		input->draining = slot->job->drain_inputs && !input->at_end;
	}
	return 0;
}

static bool
is_draining(const struct slot *slot)
{
	for (size_t i = 0; slot->job && i < slot->job->n_inputs; i++)
		if (slot->inputs[i].draining)
			return true;
	return false;
}

static int
slot_serve_inputs(
    struct slot *slot, const struct pollfd *polls, struct error *err)
{
	for (size_t i = 0; i < slot->job->n_inputs; i++) {
		struct input *input = &slot->inputs[i];

		if (input->draining) {
			if (input_drain(input, err) < 0)
				return -1;
		} else if (input->fd >= 0 && polls[i].revents != 0 &&
		    input_feed(input, err) < 0) {
			return -1;
		}
	}
	return 0;
}

/* Does for the slot what poll(2) found can be done. */
static int
slot_serve(struct slot *slot, const struct pollfd *polls, char *buffer,
    struct error *err)
{
	bool any;

	if (slot->answer_fd >= 0 && polls[POLL_ANSWER].revents != 0 &&
	    answer_read(slot, buffer, &any, err) < 0)
		return -1;
	if (slot_serve_inputs(slot, polls + POLL_INPUTS, err) < 0)
		return -1;
	if (!slot->ended && polls[POLL_END].revents != 0)
		return slot_end(slot, buffer, err);
	if (!slot->ended && monotonic_ms() >= slot->deadline_ms)
		return error_set(err, ERROR_TIMEOUT,
		    "took longer than %llu.%llu s",
		    (unsigned long long)slot->limits.wall_ms / 1000,
		    (unsigned long long)slot->limits.wall_ms / 100 % 10);
	return 0;
}

/* What the slot waits for. poll(2) passes over negative descriptors. */
static void
slot_polls(const struct slot *slot, struct pollfd *ret, size_t n_ret)
{
	for (size_t i = 0; i < n_ret; i++)
		ret[i] = (struct pollfd){ .fd = -1 };
	if (!slot->job)
		return;
	ret[POLL_END] = (struct pollfd){
		.fd = slot->ended ? -1 : slot->proc.pidfd,
		.events = POLLIN,
	};
	ret[POLL_ANSWER] = (struct pollfd){
		.fd = slot->answer_fd,
		.events = POLLIN,
	};
	for (size_t i = 0; i < slot->job->n_inputs; i++)
		ret[POLL_INPUTS + i] = (struct pollfd){
			.fd = slot->inputs[i].fd,
			.events = POLLOUT,
		};
}

/* Until the first deadline; not at all when something is to be drained. */
static int
patience_ms(const struct loop *loop)
{
	int64_t first = INT64_MAX;
	int64_t now = monotonic_ms();

	for (size_t i = 0; i < loop->n_slots; i++) {
		const struct slot *slot = &loop->slots[i];

		if (!slot->job)
			continue;
		if (is_draining(slot))
			return 0;
		if (slot->deadline_ms < first)
			first = slot->deadline_ms;
	}
	if (first <= now)
		return 0;
	return first - now < INT32_MAX ? (int)(first - now) : INT32_MAX;
}

static int
loop_poll(struct loop *loop, struct error *err)
{
	for (size_t i = 0; i < loop->n_slots; i++)
		slot_polls(&loop->slots[i], loop->polls + i * loop->n_polls,
		    loop->n_polls);
	int n =
	    poll(loop->polls, loop->n_slots * loop->n_polls, patience_ms(loop));
	if (n < 0 && errno != EINTR)
		return error_errno(err, "poll");
	/* Interrupted, poll() has told nothing. */
	for (size_t i = 0; n < 0 && i < loop->n_slots * loop->n_polls; i++)
		loop->polls[i].revents = 0;
	return 0;
}

static void
loop_serve(struct loop *loop)
{
	for (size_t i = 0; i < loop->n_slots; i++) {
		struct slot *slot = &loop->slots[i];
		struct worker_job *job = slot->job;

		if (!job)
			continue;
		int r = slot_serve(slot, loop->polls + i * loop->n_polls,
		    loop->buffer, &job->err);
		if (r == 0 && (!slot->ended || is_draining(slot)))
			continue;
		job->status = r;
		slot_clear(slot);
	}
}

/* Fills free slots with jobs; whether any slot is taken then. */
static bool
loop_start(struct loop *loop)
{
	bool any = false;

	for (size_t i = 0; i < loop->n_slots; i++) {
		struct slot *slot = &loop->slots[i];

		/* A job that cannot be started is over, and the next comes. */
		while (!slot->job && loop->n_started < loop->n_jobs) {
			struct worker_job *job = &loop->jobs[loop->n_started++];

			(void)slot_start(
			    slot, loop->worker_path, job, &job->err);
		}
		any = any || slot->job;
	}
	return any;
}

static int
loop_init(struct loop *loop, size_t max_parallel, struct error *err)
{
	if (max_parallel == 0) {
		long n = sysconf(_SC_NPROCESSORS_ONLN);

		max_parallel = n > 1 ? (size_t)n : 1;
	}
	if (max_parallel > PARALLEL_MAX)
		max_parallel = PARALLEL_MAX;
	loop->n_slots =
	    max_parallel < loop->n_jobs ? max_parallel : loop->n_jobs;
	loop->n_polls = POLL_INPUTS;
	for (size_t i = 0; i < loop->n_jobs; i++)
		if (loop->n_polls < POLL_INPUTS + loop->jobs[i].n_inputs)
			loop->n_polls = POLL_INPUTS + loop->jobs[i].n_inputs;
	loop->slots = calloc(loop->n_slots, sizeof(*loop->slots));
	loop->polls =
	    calloc(loop->n_slots * loop->n_polls, sizeof(*loop->polls));
	loop->buffer = malloc(READ_BYTES);
	if (!loop->slots || !loop->polls || !loop->buffer)
		return error_nomem(err);
	return 0;
}

static void
loop_clear(struct loop *loop)
{
	for (size_t i = 0; loop->slots && i < loop->n_slots; i++)
		slot_clear(&loop->slots[i]);
	free(loop->slots);
	free(loop->polls);
	free(loop->buffer);
}
DEFINE_CLEANUP_IN_PLACE(struct loop, loop_clear)

/*
 * A worker that stops reading must not kill us, and ends must be told to us,
 * also when we were started by someone who ignores them.
 */
struct signals {
	struct sigaction pipe;
	struct sigaction child;
};

static struct signals
signals_set(void)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	const struct sigaction usual = { .sa_handler = SIG_DFL };
	struct signals before = { 0 };

	(void)sigaction(SIGPIPE, &ignore, &before.pipe);
	(void)sigaction(SIGCHLD, NULL, &before.child);
	if (before.child.sa_handler == SIG_IGN ||
	    (before.child.sa_flags & SA_NOCLDWAIT))
		(void)sigaction(SIGCHLD, &usual, NULL);
	return before;
}

static void
signals_restore(const struct signals *before)
{
	(void)sigaction(SIGPIPE, &before->pipe, NULL);
	(void)sigaction(SIGCHLD, &before->child, NULL);
}

static int
loop_run(struct loop *loop, struct error *err)
{
	struct signals before = signals_set();
	int r = 0;

	while (r == 0 && loop_start(loop)) {
		r = loop_poll(loop, err);
		if (r == 0)
			loop_serve(loop);
	}
	/* Before the signals are as they were: this waits for processes. */
	for (size_t i = 0; i < loop->n_slots; i++)
		slot_clear(&loop->slots[i]);
	signals_restore(&before);
	return r;
}

int
workers_run(const char *worker_path, struct worker_job *jobs, size_t n_jobs,
    size_t max_parallel, struct error *err)
{
	CLEANUP(loop_clear)
	struct loop loop = {
		.worker_path = worker_path,
		.jobs = jobs,
		.n_jobs = n_jobs,
	};

	for (size_t i = 0; i < n_jobs; i++) {
		jobs[i].status = -1;
		(void)error_set(&jobs[i].err, ERROR_CANCELED, "not run");
	}
	if (n_jobs == 0)
		return 0;
	if (loop_init(&loop, max_parallel, err) < 0)
		return -1;
	return loop_run(&loop, err);
}

int
worker_run(const char *worker_path, struct worker_job *job, struct error *err)
{
	if (workers_run(worker_path, job, 1, 1, err) < 0)
		return -1;
	if (job->status < 0)
		*err = job->err;
	return job->status;
}
