/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker program whose roles do what no worker may, for test_worker.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/stream.h"
#include "sandbox/confine.h"
#include "sandbox/frame.h"
#include "sandbox/role.h"

#define MESSAGE (FRAME_ROLE)

static pid_t own_pid; /* cannot be asked for once confined */

static int
prepare(struct error *err)
{
	own_pid = getpid();
	return confine_prepare_crypto(err);
}

static uint64_t
number(const char *digits)
{
	uint64_t n = 0;

	if (!slice_to_u64(slice_of_string(digits), UINT64_MAX, &n))
		_exit(9);
	return n;
}

static int
tell(const char *text, struct error *err)
{
	return frame_write(ROLE_ANSWER_FD, MESSAGE, slice_of_string(text), err);
}

static int
echo_one(int fd, uint16_t type, struct error *err)
{
	CLEANUP(fd_stream_clear) struct fd_stream in;
	struct slice chunk;

	if (fd_stream_init(&in, fd, err) < 0)
		return -1;
	do {
		if (stream_next(&in.stream, &chunk, err) < 0 ||
		    frame_write(ROLE_ANSWER_FD, type, chunk, err) < 0)
			return -1;
	} while (chunk.len > 0);
	return 0;
}

/* echo N: answers each of N inputs, in frames of a type of its own. */
static int
echo(int argc, char **argv, struct error *err)
{
	uint64_t n = argc > 0 ? number(argv[0]) : 1;

	for (uint64_t i = 0; i < n; i++)
		if (echo_one(CONFINE_FIRST_FD + (int)i,
			(uint16_t)(FRAME_ROLE + i), err) < 0)
			return -1;
	return 0;
}

static const char read_only[] = "read only";

static int
crash(int argc, char **argv, struct error *err)
{
	(void)argc;
	(void)argv;
	(void)err;
	*(volatile char *)read_only = 1;
	return 0;
}

static int
spin(int argc, char **argv, struct error *err)
{
	const volatile bool forever = true;

	(void)argc;
	(void)argv;
	(void)err;
	while (forever)
		continue;
	return 0;
}

/* Tells its process id, and sleeps. */
static int
hang(int argc, char **argv, struct error *err)
{
	char text[24];
	unsigned int word = 0;

	(void)argc;
	(void)argv;
	(void)snprintf(text, sizeof(text), "%d", (int)own_pid);
	if (tell(text, err) < 0)
		return -1;
	for (;;)
		(void)syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
}

static int
eat(int argc, char **argv, struct error *err)
{
	const size_t n = (size_t)1 << 20;

	(void)argc;
	(void)argv;
	for (;;) {
		char *p = malloc(n);

		if (!p)
			return error_nomem(err);
		memset(p, 1, n);
		__asm__ volatile("" : : "r"(p) : "memory");
	}
}

static int
open_file(int argc, char **argv, struct error *err)
{
	CLEANUP(fd_close)
	int fd = open(argc > 0 ? argv[0] : "/", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? error_errno(err, "open") : 0;
}

/* call NR [ARG...]: says "called" if it lives to tell. */
static int
call(int argc, char **argv, struct error *err)
{
	long args[7] = { 0 };

	for (int i = 0; i < argc && i < 7; i++)
		args[i] = (long)number(argv[i]);
	errno = 0;
	(void)syscall(
	    args[0], args[1], args[2], args[3], args[4], args[5], args[6]);
	return tell(errno == EACCES ? "refused" : "called", err);
}

/* The 32-bit way in, where 20 is getpid() and not writev(). */
static int
call_32(int argc, char **argv, struct error *err)
{
	(void)argc;
	(void)argv;
#ifdef __x86_64__
	long r = 20;

	__asm__ volatile("int $0x80" : "+a"(r) : : "memory");
#else
	_exit(9);
#endif
	return tell("called", err);
}

static int
write_fd(int argc, char **argv, struct error *err)
{
	(void)argc;
	(void)argv;
	return fd_write_all(CONFINE_FIRST_FD, SLICE("x"), err);
}

static int
list_fds(int argc, char **argv, struct error *err)
{
	CLEANUP(buf_clear) struct buf list = { 0 };
	struct stat st;

	(void)argc;
	(void)argv;
	for (int fd = 0; fd < 1024; fd++)
		if (fstat(fd, &st) == 0)
			buf_put_format(&list, "%d ", fd);
	buf_put_format(&list, "env %d", environ && environ[0]);
	if (buf_check(&list, err) < 0)
		return -1;
	return frame_write(ROLE_ANSWER_FD, MESSAGE, buf_slice(&list), err);
}

/* raw BYTES [STATUS]: answers with these, and ends there. */
static int
raw(int argc, char **argv, struct error *err)
{
	if (fd_write_all(ROLE_ANSWER_FD, slice_of_string(argv[0]), err) < 0)
		return -1;
	_exit(argc > 1 ? (int)number(argv[1]) : 0);
}

static int
flood(int argc, char **argv, struct error *err)
{
	(void)argc;
	(void)argv;
	for (;;)
		if (tell("more, and more, and more", err) < 0)
			return -1;
}

static int
fail(int argc, char **argv, struct error *err)
{
	(void)argc;
	return error_set(
	    err, ERROR_UNTRUSTED, "not signed by \x1b[2J%s", argv[0]);
}

static int
ignore(int argc, char **argv, struct error *err)
{
	(void)argc;
	(void)argv;
	(void)err;
	return 0;
}

/* Closes its input, and ends well a while after. */
static int
close_input(int argc, char **argv, struct error *err)
{
	const struct timespec while_ = { .tv_nsec = 50000000 };
	unsigned int word = 0;

	(void)argc;
	(void)argv;
	(void)err;
	(void)close(CONFINE_FIRST_FD);
	(void)syscall(SYS_futex, &word, FUTEX_WAIT, 0, &while_, NULL, 0);
	return 0;
}

/* Hashes its input in here, by a library that was got ready before. */
static int
hash_input(int argc, char **argv, struct error *err)
{
	CLEANUP(buf_clear) struct buf input = { 0 };
	char hex[SHA256_HEX_SIZE];

	(void)argc;
	(void)argv;
	if (fd_read_all(CONFINE_FIRST_FD, &input, err) < 0)
		return -1;
	struct sha256 sum = sha256_of(buf_slice(&input));
	sha256_to_string(&sum, hex);
	return tell(hex, err);
}

/* Leaves a child behind that holds the answer's pipe. */
static int
leave_child(int argc, char **argv, struct error *err)
{
	char text[24];
	pid_t child = fork();

	(void)argc;
	(void)argv;
	if (child == 0)
		for (;;)
			(void)pause();
	(void)snprintf(text, sizeof(text), "%d", (int)child);
	return tell(text, err);
}

/* What Landlock alone, without seccomp, leaves. */
static int
landlock(int argc, char **argv, struct error *err)
{
	static char *const none[] = { NULL };
	const struct sockaddr_in port = {
		.sin_family = AF_INET,
		.sin_port = 0x0900,
		.sin_addr.s_addr = 0x0100007f,
	};
	CLEANUP(buf_clear) struct buf list = { 0 };
	CLEANUP(fd_close) int net = socket(AF_INET, SOCK_STREAM, 0);

	(void)argc;
	(void)argv;
	if (confine_privileges(err) < 0 || confine_paths(err) < 0)
		return -1;
	CLEANUP(fd_close) int file = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	buf_put_format(&list, "open %d ", file < 0 ? errno : 0);
	CLEANUP(fd_close) int made = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	buf_put_format(&list, "make %d ", made < 0 ? errno : 0);
	(void)execve("/bin/true", none, none);
	buf_put_format(&list, "exec %d ", errno);
	int r = connect(net, (const void *)&port, sizeof(port));
	buf_put_format(&list, "connect %d ", r < 0 ? errno : 0);
	r = kill(getppid(), 0);
	buf_put_format(&list, "signal %d", r < 0 ? errno : 0);
	return frame_write(ROLE_ANSWER_FD, MESSAGE, buf_slice(&list), err);
}

static const struct role roles[] = {
	{ "echo", WORKER_PURE, prepare, echo },
	{ "crash", WORKER_PURE, NULL, crash },
	{ "spin", WORKER_PURE, NULL, spin },
	{ "hang", WORKER_PURE, prepare, hang },
	{ "eat", WORKER_PURE, NULL, eat },
	{ "open", WORKER_PURE, NULL, open_file },
	{ "call", WORKER_PURE, NULL, call },
	{ "call-32", WORKER_PURE, NULL, call_32 },
	{ "write", WORKER_PURE, NULL, write_fd },
	{ "fds", WORKER_PURE, NULL, list_fds },
	{ "fds-unconfined", WORKER_JAIL, NULL, list_fds },
	{ "raw", WORKER_PURE, NULL, raw },
	{ "flood", WORKER_PURE, NULL, flood },
	{ "fail", WORKER_PURE, NULL, fail },
	{ "ignore", WORKER_PURE, NULL, ignore },
	{ "close-input", WORKER_PURE, NULL, close_input },
	{ "hash", WORKER_PURE, confine_prepare_crypto, hash_input },
	{ "leave-child", WORKER_JAIL, NULL, leave_child },
	{ "landlock", WORKER_JAIL, NULL, landlock },
	{ "open-unconfined", WORKER_JAIL, NULL, open_file },
	{ 0 },
};

int
main(int argc, char **argv)
{
	role_main(argc, argv, roles);
}
