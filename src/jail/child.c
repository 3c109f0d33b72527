/* SPDX-License-Identifier: Apache-2.0 */
#include "jail/child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/time.h"

#define NAMESPACES \
	(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | \
	    CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)

#define OUTPUT_CHUNK_BYTES ((size_t)16 * 1024)

/* A kind and a message, as a child reports it: see status_write(). */
#define STATUS_MAX_BYTES ((size_t)(1 + ERROR_MSG_SIZE))

/* More than a child is ever given to keep. */
#define KEEP_FDS_MAX ((size_t)8)

struct pipes {
	int go[2];
	int status[2];
	int output[2];
};

static void
pipes_close(struct pipes *pipes)
{
	int *fds = (int *)pipes;

	for (size_t i = 0; i < sizeof(*pipes) / sizeof(int); i++)
		fd_close(fds[i]);
}
DEFINE_CLEANUP_IN_PLACE(struct pipes, pipes_close)

static int
pipes_open(struct pipes *pipes, bool has_output, struct error *err)
{
	if (pipe2(pipes->go, O_CLOEXEC) < 0 ||
	    pipe2(pipes->status, O_CLOEXEC) < 0 ||
	    (has_output && pipe2(pipes->output, O_CLOEXEC) < 0))
		return error_errno(err, "pipe");
	return 0;
}

static int
compare_ints(const void *a, const void *b)
{
	int x = *(const int *)a;
	int y = *(const int *)b;

	return (x > y) - (x < y);
}

int
child_close_fds(const int *keep_fds, size_t n_keep_fds, struct error *err)
{
	int sorted[KEEP_FDS_MAX];
	unsigned int from = 0;

	if (n_keep_fds > KEEP_FDS_MAX)
		return error_set(err, ERROR_BUG, "too many descriptors kept");
	memcpy(sorted, keep_fds, n_keep_fds * sizeof(int));
	qsort(sorted, n_keep_fds, sizeof(int), compare_ints);
	for (size_t i = 0; i < n_keep_fds; i++) {
		unsigned int keep = (unsigned int)sorted[i];

		if (keep > from && close_range(from, keep - 1, 0) < 0)
			return error_errno(err, "close_range");
		from = keep + 1;
	}
	if (close_range(from, ~0U, 0) < 0)
		return error_errno(err, "close_range");
	return 0;
}

/* Its standard output and error become the pipe, its input nothing. */
static int
wire_output(int output_fd, struct error *err)
{
	int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null_fd < 0)
		return error_errno(err, "/dev/null");
	if (dup2(null_fd, 0) < 0 || dup2(output_fd, 1) < 0 ||
	    dup2(output_fd, 2) < 0)
		return error_errno(err, "dup2");
	return 0;
}

/* In the child: waits for its ids, and becomes its namespaces' root. */
static int
become_root(const struct pipes *pipes, struct error *err)
{
	struct pollfd parent = { .fd = pipes->go[0] };
	char go;

	if (read(pipes->go[0], &go, 1) != 1)
		return error_set(err, ERROR_CANCELED, "the jail was given up");
	if (setresgid(0, 0, 0) < 0 || setgroups(0, NULL) < 0 ||
	    setresuid(0, 0, 0) < 0)
		return error_errno(err, "cannot become the jail's root");

	/* Changed ids undo this, so not before; the parent may have died in
	 * the meantime, which only the pipe tells. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return error_errno(err, "PR_SET_PDEATHSIG");
	if (poll(&parent, 1, 0) != 0)
		return error_set(err, ERROR_CANCELED, "the jail was given up");
	if (setsid() < 0)
		return error_errno(err, "setsid");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return error_errno(err, "cannot make mounts private");
	return 0;
}

static int
child_prepare(
    const struct child_job *job, const struct pipes *pipes, struct error *err)
{
	int keep[KEEP_FDS_MAX];
	size_t n = 0;

	fd_close(pipes->go[1]);
	if (become_root(pipes, err) < 0)
		return -1;
	if (job->has_output) {
		if (wire_output(pipes->output[1], err) < 0)
			return -1;
		for (int fd = 0; fd <= 2; fd++)
			keep[n++] = fd;
	}
	keep[n++] = pipes->go[0];
	keep[n++] = pipes->status[1];
	for (size_t i = 0; i < job->n_keep_fds && n < KEEP_FDS_MAX; i++)
		keep[n++] = job->keep_fds[i];
	return child_close_fds(keep, n, err);
}

/* A byte with the kind, ERROR_NONE if all went well, and the message. */
static void
status_write(int fd, const struct error *what)
{
	char status[STATUS_MAX_BYTES];
	size_t len = strnlen(what->msg, ERROR_MSG_SIZE);
	struct error err;

	status[0] = (char)what->kind;
	memcpy(status + 1, what->msg, len);
	(void)!fd_write_all(fd, slice_of(status, 1 + len), &err);
}

static void __attribute__((noreturn))
child_main(const struct child_job *job, const struct pipes *pipes)
{
	struct error err = { .kind = ERROR_NONE };

	(void)(child_prepare(job, pipes, &err) < 0 ||
	    job->run(job->ctx, &err) < 0);
	status_write(pipes->status[1], &err);
	_exit(EXIT_SUCCESS);
}

static int
write_map(int proc_fd, pid_t pid, const char *name, struct error *err)
{
	char path[64];
	char map[64];

	(void)snprintf(path, sizeof(path), "%d/%s", (int)pid, name);
	(void)snprintf(
	    map, sizeof(map), "0 %u %u\n", CHILD_BASE_ID, CHILD_N_IDS);
	CLEANUP(fd_close) int fd = openat(proc_fd, path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "cannot map ids: %s", name);
	if (fd_write_all(fd, slice_of_string(map), err) < 0)
		return error_wrap(err, "cannot map ids: %s", name);
	return 0;
}

/* What waitpid() says of it. */
static int
child_reap(struct child *child)
{
	int status = 0;

	if (child->pid > 0) {
		(void)kill(child->pid, SIGKILL);
		while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
			continue;
	}
	child->pid = -1;
	return status;
}

static void
child_kill(struct child *child)
{
	(void)child_reap(child);
	fd_close(child->pid_fd);
	fd_close(child->go_fd);
	fd_close(child->status_fd);
	fd_close(child->output_fd);
	*child = (struct child){ -1, -1, -1, -1, -1 };
}
DEFINE_CLEANUP_IN_PLACE(struct child, child_kill)

static int
release(struct child *child, int proc_fd, struct error *err)
{
	if (write_map(proc_fd, child->pid, "uid_map", err) < 0 ||
	    write_map(proc_fd, child->pid, "gid_map", err) < 0)
		return -1;
	return fd_write_all(child->go_fd, SLICE("g"), err);
}

int
child_start(struct child *ret, const struct child_job *job, int proc_fd,
    struct error *err)
{
	CLEANUP(pipes_close)
	struct pipes pipes = { { -1, -1 }, { -1, -1 }, { -1, -1 } };
	CLEANUP(child_kill) struct child child = { -1, -1, -1, -1, -1 };
	int pid_fd = -1;
	struct clone_args args = {
		.flags = NAMESPACES | CLONE_PIDFD,
		.pidfd = (uintptr_t)&pid_fd,
		.exit_signal = SIGCHLD,
	};

	if (pipes_open(&pipes, job->has_output, err) < 0)
		return -1;
	long pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0 && (errno == ENOSYS || errno == EINVAL || errno == ENOSPC))
		return error_set(err, ERROR_UNSUPPORTED,
		    "the kernel has no user namespaces for a jail");
	if (pid < 0)
		return error_errno(err, "cannot make the jail's namespaces");
	if (pid == 0)
		child_main(job, &pipes);

	child.pid = (pid_t)pid;
	child.pid_fd = pid_fd;
	child.go_fd = TAKE_FD(pipes.go[1]);
	child.status_fd = TAKE_FD(pipes.status[0]);
	child.output_fd = TAKE_FD(pipes.output[0]);
	if (release(&child, proc_fd, err) < 0)
		return -1;
	*ret = child;
	child = (struct child){ -1, -1, -1, -1, -1 };
	return 0;
}

/* Takes what is there; false at its end. */
static bool
take_output(int fd, struct tail *output)
{
	char chunk[OUTPUT_CHUNK_BYTES];
	ssize_t n = read(fd, chunk, sizeof(chunk));

	if (n > 0)
		tail_put(output, slice_of(chunk, (size_t)n));
	return n > 0 || (n < 0 && errno == EINTR);
}

/* How long poll() may wait at a time. */
#define POLL_MS 1000

static int
poll_until(struct pollfd fds[2], int64_t deadline_ms, struct error *err)
{
	int64_t left = deadline_ms - monotonic_ms();

	fds[0].revents = fds[1].revents = 0;
	if (left <= 0)
		return error_set(err, ERROR_TIMEOUT, "took longer than it may");
	if (poll(fds, 2, left < POLL_MS ? (int)left : POLL_MS) < 0 &&
	    errno != EINTR)
		return error_errno(err, "poll");
	return 0;
}

/* Until it is dead; its programs are then too, and their output is whole. */
static int
wait_dead(struct child *child, int64_t deadline_ms, struct tail *output,
    struct error *err)
{
	struct pollfd fds[] = {
		{ .fd = child->pid_fd, .events = POLLIN },
		{ .fd = child->output_fd, .events = POLLIN },
	};

	while (fds[0].fd >= 0 || fds[1].fd >= 0) {
		if (poll_until(fds, deadline_ms, err) < 0)
			return -1;
		if (fds[0].revents)
			fds[0].fd = -1;
		if (fds[1].revents && !take_output(child->output_fd, output))
			fds[1].fd = -1;
	}
	return 0;
}

/* What status_write() wrote; hostile programs may have got at it. */
static int
status_read(struct child *child, struct error *err)
{
	char status[STATUS_MAX_BYTES];
	ssize_t n = read(child->status_fd, status, sizeof(status) - 1);
	int died = child_reap(child);

	/* Nobody else could; see OOM_SCORE in area.c. */
	if (WIFSIGNALED(died) && WTERMSIG(died) == SIGKILL)
		return error_set(
		    err, ERROR_LIMIT, "the machine ran out of memory");
	if (n < 1 || (unsigned char)status[0] > ERROR_KIND_MAX)
		return error_set(err, ERROR_BUG, "the jail died");
	if (status[0] == ERROR_NONE)
		return 0;

	char msg[ERROR_MSG_SIZE];
	CLEANUP(tail_clear) struct tail tail = tail_of(ERROR_MSG_SIZE);
	tail_put(&tail, slice_of(status + 1, (size_t)n - 1));
	tail_summary(&tail, msg, sizeof(msg));
	return error_set(err, (enum error_kind)status[0], "%s", msg);
}

int
child_wait(struct child *child, int64_t deadline_ms, struct tail *output,
    struct error *err)
{
	CLEANUP(child_kill) struct child ours = *child;

	*child = (struct child){ -1, -1, -1, -1, -1 };
	if (wait_dead(&ours, deadline_ms, output, err) < 0)
		return -1;
	return status_read(&ours, err);
}

/* Until it is killed. */
static int
wait_killed(void *ctx, struct error *err)
{
	(void)ctx;
	for (;;)
		(void)pause();
	return error_set(err, ERROR_BUG, "not killed");
}

int
child_user_namespace(int *ret_fd, struct error *err)
{
	const struct child_job job = { .run = wait_killed };
	CLEANUP(child_kill) struct child child = { -1, -1, -1, -1, -1 };
	char path[64];
	CLEANUP(fd_close)
	int proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (proc_fd < 0)
		return error_errno(err, "/proc");
	if (child_start(&child, &job, proc_fd, err) < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%d/ns/user", (int)child.pid);
	int fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "/proc/%s", path);
	*ret_fd = fd;
	return 0;
}

int
child_pivot(const char *dir, struct error *err)
{
	/* A root must be a mount, and not one that is locked to its parent,
	 * as all are that were there before the user namespace. */
	if (mount(dir, dir, NULL, MS_BIND | MS_REC, NULL) < 0)
		return error_errno(err, "bind %s", dir);
	if (chdir(dir) < 0 || syscall(SYS_pivot_root, ".", ".") < 0)
		return error_errno(err, "pivot_root to %s", dir);

	/* The old root lies over the new one now. */
	if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return error_errno(err, "cannot leave the old root");
	return 0;
}
