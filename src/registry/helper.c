/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The credential helpers' protocol (docker-credential-helpers): the program
 * gets the command "get" as its argument and the server on standard input,
 *
 *	https://index.docker.io/v1/
 *
 * and prints {"ServerURL":"...","Username":"...","Secret":"..."}; or, with
 * another exit status, why not. Left out: store, erase and list.
 */
#include "registry/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/memory.h"
#include "base/time.h"

/* Tokens of clouds have up to 12 KiB. */
#define ANSWER_BYTES_MAX ((size_t)64 * 1024)

/* How every helper says that it has nothing (its exit status is 1). */
#define NOT_FOUND_WORDS SLICE("credentials not found in native keychain")

struct running {
	pid_t pid; /* of a process group too; -1: none */
	int input, output;
};

static void
running_clear(struct running *running)
{
	fd_close(running->input);
	fd_close(running->output);
	if (running->pid <= 0)
		return;
	(void)kill(-running->pid, SIGKILL);
	(void)waitpid(running->pid, NULL, 0);
}
DEFINE_CLEANUP_IN_PLACE(struct running, running_clear)

/* Nothing that could lead out of PATH. */
static bool
is_name(struct slice name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '.')
			return false;
	}
	return name.len > 0 && name.len <= 64;
}

/* Returns an errno, or 0. */
static int
spawn_with(const char *program, int input, int output, pid_t *ret)
{
	char *const argv[] = { (char *)program, (char *)"get", NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t all, none;
	int r;

	(void)sigfillset(&all);
	(void)sigemptyset(&none);
	if ((r = posix_spawn_file_actions_init(&actions)) != 0)
		return r;
	if ((r = posix_spawnattr_init(&attributes)) == 0) {
		/* What it complains of may hold anything. */
		(void)(r ||
		    (r = posix_spawn_file_actions_adddup2(
			 &actions, input, 0)) ||
		    (r = posix_spawn_file_actions_adddup2(
			 &actions, output, 1)) ||
		    (r = posix_spawn_file_actions_addopen(
			 &actions, 2, "/dev/null", O_WRONLY, 0)) ||
		    (r = posix_spawn_file_actions_addclosefrom_np(
			 &actions, 3)) ||
		    (r = posix_spawnattr_setsigdefault(&attributes, &all)) ||
		    (r = posix_spawnattr_setsigmask(&attributes, &none)) ||
		    (r = posix_spawnattr_setpgroup(&attributes, 0)) ||
		    (r = posix_spawnattr_setflags(&attributes,
			 POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
			     POSIX_SPAWN_SETPGROUP)));
		if (r == 0)
			r = posix_spawnp(
			    ret, program, &actions, &attributes, argv, environ);
		(void)posix_spawnattr_destroy(&attributes);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	return r;
}

/* A socket, so that writing to who does not read is no signal. */
static int
pair_open(int *ret_ours, int *ret_its, struct error *err)
{
	int both[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both) < 0)
		return error_errno(err, "socketpair");
	*ret_ours = both[0];
	*ret_its = both[1];
	return 0;
}

static int
start(const char *program, struct slice server, struct running *ret,
    struct error *err)
{
	CLEANUP(fd_close) int its_input = -1;
	CLEANUP(fd_close) int its_output = -1;

	if (pair_open(&ret->input, &its_input, err) < 0 ||
	    pair_open(&ret->output, &its_output, err) < 0)
		return -1;
	errno = spawn_with(program, its_input, its_output, &ret->pid);
	if (errno != 0) {
		ret->pid = -1;
		return error_errno(err, "%s", program);
	}
	/* Shorter than a socket holds; who has gone already will be heard. */
	(void)!send(ret->input, server.ptr, server.len, MSG_NOSIGNAL);
	(void)shutdown(ret->input, SHUT_WR);
	return 0;
}

/* 1 when there is something to read, or the end; 0 when it was too long. */
static int
wait_readable(int fd, int64_t deadline_ms, struct error *err)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	int r;

	do
		r = poll(&poll_fd, 1, monotonic_left_ms(deadline_ms));
	while (r < 0 && errno == EINTR && monotonic_left_ms(deadline_ms) > 0);
	if (r < 0)
		return error_errno(err, "poll");
	return r > 0;
}

static int
read_answer(int fd, int64_t deadline_ms, struct buf *ret, struct error *err)
{
	for (;;) {
		int r = wait_readable(fd, deadline_ms, err);

		if (r < 0)
			return -1;
		if (r == 0)
			return error_set(err, ERROR_TIMEOUT, "does not answer");

		char *room = buf_reserve(ret, 4096);
		if (!room)
			return buf_check(ret, err);
		ssize_t n = read(fd, room, 4096);
		if (n < 0 && errno != ECONNRESET)
			return error_errno(err, "read");
		if (n <= 0)
			return 0;
		ret->len += (size_t)n;
	}
}

/* Waits for its end: it has closed its output, so that takes no time; who
 * lingers is ended. */
static bool
has_succeeded(struct running *running, int64_t deadline_ms)
{
	int status = 0;

	while (waitpid(running->pid, &status, WNOHANG) == 0) {
		if (monotonic_left_ms(deadline_ms) == 0)
			return false;
		(void)usleep(1000);
	}
	running->pid = -1;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int
ask(const char *program, struct slice server, uint32_t timeout_ms,
    struct credential *ret, struct error *err)
{
	CLEANUP(running_clear) struct running running = { -1, -1, -1 };
	CLEANUP(buf_clear) struct buf answer = buf_limited(ANSWER_BYTES_MAX);
	int64_t deadline_ms = monotonic_ms() + timeout_ms;

	if (start(program, server, &running, err) < 0)
		return -1;

	int r = read_answer(running.output, deadline_ms, &answer, err);
	struct slice text = slice_trim(buf_slice(&answer));
	if (r == 0 && !has_succeeded(&running, deadline_ms)) {
		if (!slice_starts_with(text, NOT_FOUND_WORDS))
			r = error_set(err, ERROR_DENIED, "it failed");
	} else if (r == 0 && auth_helper_parse(text, ret, err) < 0) {
		r = error_set(
		    err, ERROR_FORMAT, "its answer is not a credential");
	}
	if (answer.ptr)
		explicit_bzero(answer.ptr, answer.len);
	return r;
}

int
helper_ask(const char *name, struct slice server, uint32_t timeout_ms,
    struct credential *ret, struct error *err)
{
	if (!is_name(slice_of_string(name)))
		return error_set(
		    err, ERROR_FORMAT, "not the name of a credential helper");

	CLEANUP(string_free)
	char *program = string_format("docker-credential-%s", name);
	if (!program)
		return error_nomem(err);
	if (ask(program, server, timeout_ms, ret, err) < 0)
		return error_wrap(err, "%s", program);
	return 0;
}
