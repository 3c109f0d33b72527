/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts worker processes, by posix_spawn(3): it does not copy the page
 * tables of a large parent as fork(2) does. What role.c is given:
 *
 *	argv  PATH KIND PARENT N_FDS MEMORY CPU ROLE [ARGUMENT...]
 *	env   nothing
 *	fds   0 /dev/null, 1 the answer, 2 /dev/null, 3... inputs, then fds
 */
#include "sandbox/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/memory.h"
#include "sandbox/confine.h"
#include "sandbox/sanitized.h"

#define N_SETTINGS 6 /* PATH KIND PARENT N_FDS MEMORY CPU */

/* More than one layer each of the largest images (127), and than is handed
 * to any role; the kernel gives a process 1024 at first. */
#define FDS_MAX 500

/*
 * Larger than the 64 KiB that a pipe has at first: the parent and the worker
 * wake each other a quarter as often. More brings no more.
 */
#define PIPE_BYTES (256 * 1024)

static size_t
n_fds(const struct worker_job *job)
{
	return job->n_inputs + job->n_fds;
}

/*
 * Moves fd out of the way of the numbers that the worker's descriptors will
 * have, so that giving it one cannot overwrite another.
 */
static int
move_up(int fd, const struct worker_job *job, struct error *err)
{
	int up = fcntl(fd, F_DUPFD_CLOEXEC, CONFINE_FIRST_FD + (int)n_fds(job));

	return up < 0 ? error_errno(err, "descriptor %d", fd) : up;
}

static int
pipe_open(const struct worker_job *job, bool worker_reads,
    struct spawn_end *ret, struct error *err)
{
	int both[2];

	if (pipe2(both, O_CLOEXEC) < 0)
		return error_errno(err, "pipe");

	CLEANUP(fd_close) int worker = both[worker_reads ? 0 : 1];
	ret->parent = both[worker_reads ? 1 : 0];
	ret->worker = move_up(worker, job, err);
	if (ret->worker < 0)
		return -1;
	if (fcntl(ret->parent, F_SETFL, O_NONBLOCK) < 0)
		return error_errno(err, "pipe");
	/* Refused when a user's pipes have taken much: smaller is fine. */
	(void)fcntl(ret->parent, F_SETPIPE_SZ, PIPE_BYTES);
	return 0;
}

static int
ends_open(const struct worker_job *job, struct spawned *proc, struct error *err)
{
	size_t n = 1 + n_fds(job);

	if (n > FDS_MAX)
		return error_set(
		    err, ERROR_LIMIT, "%zu descriptors for one worker", n);
	proc->ends = calloc(n, sizeof(*proc->ends));
	if (!proc->ends)
		return error_nomem(err);
	for (size_t i = 0; i < n; i++)
		proc->ends[i] = (struct spawn_end){ -1, -1 };
	proc->n_ends = n;

	struct spawn_end *inputs = proc->ends + SPAWN_FIRST_INPUT;
	struct spawn_end *fds = inputs + job->n_inputs;
	if (pipe_open(job, false, &proc->ends[SPAWN_ANSWER], err) < 0)
		return -1;
	for (size_t i = 0; i < job->n_inputs; i++)
		if (pipe_open(job, true, &inputs[i], err) < 0)
			return -1;
	for (size_t i = 0; i < job->n_fds; i++)
		if ((fds[i].worker = move_up(job->fds[i], job, err)) < 0)
			return -1;
	return 0;
}

static void
worker_ends_close(struct spawned *proc)
{
	for (size_t i = 0; i < proc->n_ends; i++)
		fd_close(TAKE_FD(proc->ends[i].worker));
}

void
spawned_clear(struct spawned *proc)
{
	worker_ends_close(proc);
	for (size_t i = 0; i < proc->n_ends; i++)
		fd_close(proc->ends[i].parent);
	free(proc->ends);
	fd_close(proc->pidfd);
	*proc = (struct spawned){ .pid = -1, .pidfd = -1 };
}

/* What posix_spawn(3)'s functions return is an errno, or 0. */
static int
actions_fill(posix_spawn_file_actions_t *actions, const struct spawned *proc,
    int diagnostics_fd)
{
	int r;

	/* First: no other descriptor has been overwritten yet. */
	if (diagnostics_fd > 0)
		r = posix_spawn_file_actions_adddup2(
		    actions, diagnostics_fd, STDERR_FILENO);
	else
		r = posix_spawn_file_actions_addopen(
		    actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (r == 0)
		r = posix_spawn_file_actions_addopen(
		    actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	for (size_t i = 0; i < proc->n_ends && r == 0; i++) {
		int number = i == SPAWN_ANSWER
		    ? STDOUT_FILENO
		    : CONFINE_FIRST_FD + (int)(i - SPAWN_FIRST_INPUT);

		r = posix_spawn_file_actions_adddup2(
		    actions, proc->ends[i].worker, number);
	}
	if (r == 0)
		r = posix_spawn_file_actions_addclosefrom_np(
		    actions, CONFINE_FIRST_FD + (int)proc->n_ends - 1);
	return r;
}

static int
attributes_fill(posix_spawnattr_t *attributes)
{
	sigset_t all;
	sigset_t none;
	int r;

	(void)sigfillset(&all);
	(void)sigemptyset(&none);
	r = posix_spawnattr_setsigdefault(attributes, &all);
	if (r == 0)
		r = posix_spawnattr_setsigmask(attributes, &none);
	/* Of its own: a ^C at the terminal is the parent's to handle. */
	if (r == 0)
		r = posix_spawnattr_setpgroup(attributes, 0);
	if (r == 0)
		r = posix_spawnattr_setflags(attributes,
		    POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
			POSIX_SPAWN_SETPGROUP);
	return r;
}

/* argv, with room for the numbers in it. */
struct arguments {
	char numbers[N_SETTINGS][24];
	const char **argv;
};

static void
arguments_clear(struct arguments *arguments)
{
	free(arguments->argv);
}
DEFINE_CLEANUP_IN_PLACE(struct arguments, arguments_clear)

static int
arguments_fill(const char *path, const struct worker_job *job,
    const struct worker_limits *limits, struct arguments *ret,
    struct error *err)
{
	const uint64_t numbers[] = { (uint64_t)getpid(), n_fds(job),
		limits->memory_bytes, limits->cpu_sec };
	size_t n_args = 0;
	size_t n = 0;

	while (job->args && job->args[n_args])
		n_args++;
	ret->argv = calloc(N_SETTINGS + 1 + n_args + 1, sizeof(*ret->argv));
	if (!ret->argv)
		return error_nomem(err);
	ret->argv[n++] = path;
	ret->argv[n++] = job->kind == WORKER_JAIL ? "jail" : "pure";
	for (size_t i = 0; i < N_ITEMS(numbers); i++) {
		(void)snprintf(ret->numbers[i], sizeof(ret->numbers[i]), "%llu",
		    (unsigned long long)numbers[i]);
		ret->argv[n++] = ret->numbers[i];
	}
	ret->argv[n++] = job->role;
	for (size_t i = 0; i < n_args; i++)
		ret->argv[n++] = job->args[i];
	return 0;
}

/* Returns an errno, or 0. */
static int
start(const struct spawned *proc, const char **argv, int diagnostics_fd,
    pid_t *ret)
{
	static char *const no_environment[] = { NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int r;

	if ((r = posix_spawn_file_actions_init(&actions)) != 0)
		return r;
	if ((r = posix_spawnattr_init(&attributes)) == 0) {
		r = actions_fill(&actions, proc, diagnostics_fd);
		if (r == 0)
			r = attributes_fill(&attributes);
		/* Its prototype dates from before const. */
		if (r == 0)
			r = posix_spawn(ret, argv[0], &actions, &attributes,
			    (char *const *)argv, no_environment);
		(void)posix_spawnattr_destroy(&attributes);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	return r;
}

static int
diagnostics_of(const struct worker_job *job)
{
#ifdef SANDBOX_SANITIZED
	if (job->diagnostics_fd == 0)
		return STDERR_FILENO;
#endif
	return job->diagnostics_fd;
}

int
spawn(const char *path, const struct worker_job *job,
    const struct worker_limits *limits, struct spawned *ret, struct error *err)
{
	CLEANUP(spawned_clear)
	struct spawned proc = { .pid = -1, .pidfd = -1 };
	CLEANUP(arguments_clear) struct arguments arguments = { 0 };

	if (arguments_fill(path, job, limits, &arguments, err) < 0 ||
	    ends_open(job, &proc, err) < 0)
		return -1;
	errno = start(&proc, arguments.argv, diagnostics_of(job), &proc.pid);
	if (errno != 0)
		return error_errno(err, "%s", path);
	worker_ends_close(&proc);

	/* Its number cannot be anyone else's before it was waited for. */
	proc.pidfd = pidfd_open(proc.pid, 0);
	if (proc.pidfd < 0) {
		(void)error_errno(err, "pidfd_open");
		(void)kill(proc.pid, SIGKILL);
		(void)waitpid(proc.pid, NULL, 0);
		return -1;
	}
	*ret = proc;
	proc = (struct spawned){ .pid = -1, .pidfd = -1 };
	return 0;
}
