/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/worker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/seek.h"
#include "sandbox/frame.h"
#include "sandbox/sanitized.h"
#include "unit.h"

static const char *probe; /* the path of tests/unit/worker_probe.c's program */

/* What a job's frames held, each type by itself; and how to react. */
struct seen {
	struct buf bodies[4]; /* of FRAME_ROLE, FRAME_ROLE + 1, ... */
	bool refuse;
};

static int
see(void *ctx, uint16_t type, struct slice body, struct error *err)
{
	struct seen *seen = ctx;

	if (seen->refuse)
		return error_set(err, ERROR_CONFLICT, "not this");
	if (type >= FRAME_ROLE && type < FRAME_ROLE + 4)
		buf_put(&seen->bodies[type - FRAME_ROLE], body);
	return 0;
}

static void
seen_clear(struct seen *seen)
{
	for (size_t i = 0; i < N_ITEMS(seen->bodies); i++)
		buf_clear(&seen->bodies[i]);
}
DEFINE_CLEANUP_IN_PLACE(struct seen, seen_clear)

static void
assert_seen(const struct seen *seen, size_t i, const char *text)
{
	struct slice body = buf_slice(&seen->bodies[i]);

	if (!slice_eq(body, slice_of_string(text)))
		fail_msg(
		    "\"" SLICE_FMT "\" is not \"%s\"", SLICE_ARG(body), text);
}

static void
run(struct worker_job *job)
{
	struct error err;

	if (workers_run(probe, job, 1, 1, &err) < 0)
		fail_msg("%s", err.msg);
}

static void
assert_fails(struct worker_job *job, enum error_kind kind, const char *msg)
{
	run(job);
	assert_int_equal(job->status, -1);
	assert_string_equal(job->err.msg, msg);
	assert_int_equal(job->err.kind, kind);
}

/* The role, which nothing is given to, comes to this end. */
static void
assert_role_fails(
    const char *role, const char *arg, enum error_kind kind, const char *msg)
{
	const char *const args[] = { arg, NULL };
	CLEANUP(seen_clear) struct seen seen = { 0 };
	struct worker_job job = {
		.role = role, .args = args, .on_frame = see, .ctx = &seen
	};

	assert_fails(&job, kind, msg);
}

static void
assert_ok(struct worker_job *job)
{
	run(job);
	if (job->status < 0)
		fail_msg("%s", job->err.msg);
}

/* Descriptors open in this process. */
static size_t
n_open(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	(void)closedir(dir);
	return n;
}

static size_t n_open_before;

static int
note_what_is_open(void **state)
{
	(void)state;
	n_open_before = n_open();
	return 0;
}

/* After each test, whatever became of its workers. */
static int
nothing_is_left(void **state)
{
	(void)state;
	bool child = waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD;

	return child || n_open() != n_open_before ? -1 : 0;
}

/* A stream of n bytes in pieces, all made of its seed. */
struct counting_stream {
	struct stream stream;
	size_t left;
	size_t fails_at; /* fails when this much is left; SIZE_MAX: never */
	char chunk[7777];
};

static int
counting_next(struct stream *self, struct slice *ret, struct error *err)
{
	struct counting_stream *in = (struct counting_stream *)self;
	size_t n = in->left < sizeof(in->chunk) ? in->left : sizeof(in->chunk);

	if (in->left <= in->fails_at && in->fails_at != SIZE_MAX)
		return error_set(err, ERROR_UNREACHABLE, "the cable is out");
	for (size_t i = 0; i < n; i++)
		in->chunk[i] = (char)((in->left - i) * 31 >> 3);
	in->left -= n;
	*ret = slice_of(in->chunk, n);
	return 0;
}

static struct counting_stream
counting_stream_of(size_t n)
{
	return (struct counting_stream){
		.stream = { .next = counting_next },
		.left = n,
		.fails_at = SIZE_MAX,
	};
}

static void
echoes_inputs_of_any_size_side_by_side(void **state)
{
	(void)state;
	static const size_t sizes[] = { 0, 1, 65536, 3000001 };
	const char *const args[] = { "4", NULL };
	CLEANUP(seen_clear) struct seen seen = { 0 };
	struct counting_stream streams[4];
	struct hash_stream taps[4];
	struct stream *inputs[4];
	struct error err;

	for (size_t i = 0; i < 4; i++) {
		streams[i] = counting_stream_of(sizes[i]);
		assert_int_equal(
		    hash_stream_init(&taps[i], &streams[i].stream, &err), 0);
		inputs[i] = &taps[i].stream;
	}
	struct worker_job job = { .role = "echo",
		.args = args,
		.inputs = inputs,
		.n_inputs = 4,
		.on_frame = see,
		.ctx = &seen };
	assert_ok(&job);
	for (size_t i = 0; i < 4; i++) {
		struct sha256 sent = hash_stream_end(&taps[i]);
		struct sha256 got = sha256_of(buf_slice(&seen.bodies[i]));

		assert_int_equal(seen.bodies[i].len, sizes[i]);
		assert_int_equal(taps[i].n_bytes, sizes[i]);
		assert_true(sha256_eq(&sent, &got));
		hash_stream_clear(&taps[i]);
	}
}

static void
each_way_to_die_is_told_apart(void **state)
{
	(void)state;
#ifdef SANDBOX_SANITIZED
	assert_role_fails(
	    "crash", NULL, ERROR_BUG, "crashed the parser (exit status 1)");
#else
	assert_role_fails(
	    "crash", NULL, ERROR_BUG, "crashed the parser (signal 11)");
	assert_role_fails(
	    "eat", NULL, ERROR_LIMIT, "ran out of its memory (768 MiB)");
#endif
	assert_role_fails("raw", "", ERROR_BUG, "answer cut off");
	assert_role_fails("raw", "\1", ERROR_BUG, "answer cut off");
	assert_role_fails("raw", "\xff\xff\xff\xff\x02\x01", ERROR_LIMIT,
	    "a frame of 4294967295 bytes is larger than 16777216");
	assert_role_fails(
	    "no such role", NULL, ERROR_BUG, "no such role: no such role");
	assert_role_fails(
	    "fail", "\xc3", ERROR_UNTRUSTED, "not signed by ?[2J?");
}

static void
an_exit_status_is_a_crash_though_it_answered(void **state)
{
	(void)state;
	const char *const args[] = { "", "3", NULL };
	struct worker_job job = { .role = "raw", .args = args };

	assert_fails(&job, ERROR_BUG, "crashed the parser (exit status 3)");
}

static void
memory_is_held_to_the_job_s_limit(void **state)
{
	(void)state;
#ifdef SANDBOX_SANITIZED
	skip(); /* its shadow memory is larger than any limit */
#endif
	struct worker_job job = { .role = "eat",
		.limits = { .memory_bytes = (uint64_t)64 << 20 } };

	assert_fails(&job, ERROR_LIMIT, "ran out of its memory (64 MiB)");
}

static void
time_is_held_to_the_job_s_limits(void **state)
{
	(void)state;
	struct worker_job spin = { .role = "spin",
		.limits = { .cpu_sec = 1, .wall_ms = 20000 } };
	struct worker_job wall = { .role = "spin",
		.limits = { .wall_ms = 300 } };
	CLEANUP(seen_clear) struct seen seen = { 0 };
	struct worker_job hang = { .role = "hang",
		.limits = { .wall_ms = 300 },
		.on_frame = see,
		.ctx = &seen };

	assert_fails(
	    &spin, ERROR_TIMEOUT, "took longer than 1 s of processor time");
	assert_fails(&wall, ERROR_TIMEOUT, "took longer than 0.3 s");
	assert_fails(&hang, ERROR_TIMEOUT, "took longer than 0.3 s");
}

static void
answers_are_held_to_the_job_s_limit(void **state)
{
	(void)state;
	CLEANUP(seen_clear) struct seen seen = { 0 };
	struct worker_job job = { .role = "flood",
		.limits = { .answer_bytes = 100000 },
		.on_frame = see,
		.ctx = &seen };

	assert_fails(&job, ERROR_LIMIT, "an answer larger than 100000 bytes");
	assert_true(seen.bodies[0].len <= 100000);
}

static void
a_frame_may_be_refused(void **state)
{
	(void)state;
	struct seen seen = { .refuse = true };
	struct worker_job job = {
		.role = "flood", .on_frame = see, .ctx = &seen
	};
	struct worker_job nobody = { .role = "flood" };

	assert_fails(&job, ERROR_CONFLICT, "not this");
	assert_fails(&nobody, ERROR_FORMAT, "a frame that nobody asked for");
}

static void
an_input_s_error_is_the_job_s(void **state)
{
	(void)state;
	CLEANUP(seen_clear) struct seen seen = { 0 };
	struct counting_stream stream = counting_stream_of(500000);
	struct stream *inputs[] = { &stream.stream };
	struct worker_job job = { .role = "echo",
		.inputs = inputs,
		.n_inputs = 1,
		.on_frame = see,
		.ctx = &seen };

	stream.fails_at = 200000;
	assert_fails(&job, ERROR_UNREACHABLE, "the cable is out");
}

static void
a_worker_may_stop_reading(void **state)
{
	(void)state;
	static const char *const roles[] = { "ignore", "close-input" };

	for (size_t i = 0; i < N_ITEMS(roles); i++) {
		struct counting_stream stream = counting_stream_of(5000000);
		struct stream *inputs[] = { &stream.stream };
		struct worker_job job = {
			.role = roles[i], .inputs = inputs, .n_inputs = 1
		};

		assert_ok(&job);
		assert_true(stream.left > 4000000);
	}
}

/* Its pages are used again for what comes later; the worker reads slowly, as
 * it writes all of it back. */
static void
pages_arrive_as_they_were_handed_over(void **state)
{
	static const size_t sizes[] = { 1, 65537, 400000, 20000001 };
	const char *const args[] = { "1", NULL };

	(void)state;
	for (size_t i = 0; i < N_ITEMS(sizes); i++) {
		CLEANUP(fd_close) int fd = memfd_create("input", MFD_CLOEXEC);
		struct counting_stream bytes = counting_stream_of(sizes[i]);
		CLEANUP(buf_clear) struct buf sent = { 0 };
		CLEANUP(seen_clear) struct seen seen = { 0 };
		CLEANUP(seek_stream_clear) struct seek_stream file = { 0 };
		struct stream *inputs[] = { &file.stream };
		struct worker_job job = { .role = "echo",
			.args = args,
			.inputs = inputs,
			.n_inputs = 1,
			.inputs_stay_bytes = SEEK_STREAM_STAY_BYTES,
			.on_frame = see,
			.ctx = &seen };
		struct error err;

		assert_int_equal(
		    stream_read_all(&bytes.stream, &sent, &err), 0);
		assert_int_equal(fd_write_all(fd, buf_slice(&sent), &err), 0);
		assert_int_equal(
		    seek_stream_init(&file, fd, 0, UINT64_MAX, &err), 0);
		assert_ok(&job);
		assert_true(
		    slice_eq(buf_slice(&seen.bodies[0]), buf_slice(&sent)));
	}
}

static void
pages_may_be_left_unread(void **state)
{
	static const char *const roles[] = { "ignore", "close-input" };
	CLEANUP(fd_close) int fd = memfd_create("input", MFD_CLOEXEC);

	(void)state;
	assert_int_equal(ftruncate(fd, 5000000), 0);
	for (size_t i = 0; i < N_ITEMS(roles); i++) {
		CLEANUP(seek_stream_clear) struct seek_stream file = { 0 };
		struct stream *inputs[] = { &file.stream };
		struct worker_job job = { .role = roles[i],
			.inputs = inputs,
			.n_inputs = 1,
			.inputs_stay_bytes = SEEK_STREAM_STAY_BYTES,
			.drain_inputs = true };
		struct error err;

		assert_int_equal(
		    seek_stream_init(&file, fd, 0, UINT64_MAX, &err), 0);
		assert_ok(&job);
		assert_int_equal(file.offset, 5000000);
	}
}

static void
drains_inputs_when_asked_to(void **state)
{
	(void)state;
	static const char *const roles[] = { "ignore", "close-input" };

	for (size_t i = 0; i < N_ITEMS(roles); i++) {
		struct counting_stream stream = counting_stream_of(5000000);
		struct stream *inputs[] = { &stream.stream };
		struct worker_job job = { .role = roles[i],
			.inputs = inputs,
			.n_inputs = 1,
			.drain_inputs = true };

		assert_ok(&job);
		assert_int_equal(stream.left, 0);

		/* An error on the way is not less of one. */
		stream = counting_stream_of(5000000);
		stream.fails_at = 1000;
		assert_fails(&job, ERROR_UNREACHABLE, "the cable is out");
	}
}

static void
does_not_drain_for_a_worker_that_failed(void **state)
{
	(void)state;
	const char *const args[] = { "reasons", NULL };
	struct counting_stream stream = counting_stream_of(5000000);
	struct stream *inputs[] = { &stream.stream };
	struct worker_job job = { .role = "fail",
		.args = args,
		.inputs = inputs,
		.n_inputs = 1,
		.drain_inputs = true };

	run(&job);
	assert_int_equal(job.err.kind, ERROR_UNTRUSTED);
	assert_true(stream.left > 4000000);
}

static void
fifty_jobs_two_at_a_time_each_come_to_their_own_end(void **state)
{
	(void)state;
	enum { N = 50 };
	const char *const args[] = { "someone", NULL };
	struct counting_stream streams[N];
	struct stream *inputs[N];
	struct seen seen[N] = { 0 };
	struct worker_job jobs[N] = { 0 };
	struct error err;

	for (size_t i = 0; i < N; i++) {
		streams[i] = counting_stream_of(i * 10007);
		inputs[i] = &streams[i].stream;
		jobs[i] = (struct worker_job){ .role = "echo",
			.inputs = &inputs[i],
			.n_inputs = 1,
			.on_frame = see,
			.ctx = &seen[i] };
		if (i % 5 == 3)
			jobs[i].role = "crash";
		if (i % 5 == 4) {
			jobs[i].role = "fail";
			jobs[i].args = args;
		}
	}
	assert_int_equal(workers_run(probe, jobs, N, 2, &err), 0);
	for (size_t i = 0; i < N; i++) {
		assert_int_equal(jobs[i].status, i % 5 < 3 ? 0 : -1);
		if (i % 5 < 3)
			assert_int_equal(seen[i].bodies[0].len, i * 10007);
		if (i % 5 == 3)
			assert_int_equal(jobs[i].err.kind, ERROR_BUG);
		if (i % 5 == 4)
			assert_int_equal(jobs[i].err.kind, ERROR_UNTRUSTED);
		seen_clear(&seen[i]);
	}
}

static void
a_worker_that_cannot_be_started_is_its_job_s_error(void **state)
{
	(void)state;
	struct worker_job jobs[] = { { .role = "ignore" },
		{ .role = "ignore" } };
	struct error err;

	assert_int_equal(
	    workers_run("/nowhere/fother-worker", jobs, 2, 1, &err), 0);
	for (size_t i = 0; i < N_ITEMS(jobs); i++) {
		assert_int_equal(jobs[i].status, -1);
		assert_int_equal(jobs[i].err.kind, ERROR_NOT_FOUND);
	}
	assert_int_equal(workers_run(probe, NULL, 0, 0, &err), 0);
	assert_int_equal(worker_run("/nowhere/x", &jobs[0], &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
}

static void
signals_of_the_caller_do_not_matter_and_stay(void **state)
{
	(void)state;
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction before_child;
	struct sigaction before_pipe;
	struct sigaction now;
	struct counting_stream stream = counting_stream_of(5000000);
	struct stream *inputs[] = { &stream.stream };
	const char *const args[] = { "", "3", NULL };
	struct worker_job crash = { .role = "raw", .args = args };
	struct worker_job job = {
		.role = "close-input", .inputs = inputs, .n_inputs = 1
	};

	(void)sigaction(SIGCHLD, &ignore, &before_child);
	(void)sigaction(SIGPIPE, NULL, &before_pipe);
	assert_ok(&job);
	assert_fails(&crash, ERROR_BUG, "crashed the parser (exit status 3)");
	(void)sigaction(SIGCHLD, NULL, &now);
	assert_true(now.sa_handler == SIG_IGN);
	(void)sigaction(SIGPIPE, NULL, &now);
	assert_true(now.sa_handler == before_pipe.sa_handler);
	(void)sigaction(SIGCHLD, &before_child, NULL);
}

static void
has_the_descriptors_it_was_given_and_no_environment(void **state)
{
	(void)state;
	CLEANUP(seen_clear) struct seen seen = { 0 };
	CLEANUP(fd_close) int inherited = open("/dev/null", O_RDONLY);
	CLEANUP(fd_close) int high = fcntl(inherited, F_DUPFD, 400);
	struct slice_stream text = slice_stream_of(SLICE("text"));
	struct stream *inputs[] = { &text.stream };
	const int fds[] = { inherited, 0 };
	struct worker_job job = { .role = "fds",
		.inputs = inputs,
		.n_inputs = 1,
		.fds = fds,
		.n_fds = 2,
		.on_frame = see,
		.ctx = &seen };

	assert_true(high >= 400);
	assert_ok(&job);
	assert_seen(&seen, 0, "0 1 2 3 4 5 env 0");

	/* Also one that does not see to it itself. */
	text = slice_stream_of(SLICE("text"));
	job.role = "fds-unconfined";
	job.kind = WORKER_JAIL;
	seen_clear(&seen);
	assert_ok(&job);
	assert_seen(&seen, 0, "0 1 2 3 4 5 env 0");
}

static void
reads_a_file_it_was_given_but_cannot_write_it(void **state)
{
	(void)state;
	CLEANUP(seen_clear) struct seen seen = { 0 };
	CLEANUP(fd_close) int file = memfd_create("file", MFD_CLOEXEC);
	struct error err;
	struct worker_job cat = { .role = "echo",
		.fds = &file,
		.n_fds = 1,
		.on_frame = see,
		.ctx = &seen };
	struct worker_job vandal = {
		.role = "write", .fds = &file, .n_fds = 1
	};

	assert_int_equal(fd_write_all(file, SLICE("content"), &err), 0);
	assert_int_equal(lseek(file, 0, SEEK_SET), 0);
	assert_ok(&cat);
	assert_seen(&seen, 0, "content");
	assert_fails(&vandal, ERROR_BUG, "crashed the parser (signal 25)");
}

static void
diagnostics_go_where_the_job_says(void **state)
{
	(void)state;
	CLEANUP(fd_close) int file = memfd_create("file", MFD_CLOEXEC);
	const char *const args[] = { "/", NULL };
	struct worker_job job = { .role = "open-unconfined",
		.kind = WORKER_JAIL,
		.args = args,
		.diagnostics_fd = file };

	assert_ok(&job);
}

static void
a_jail_is_not_to_be_had_by_asking_for_a_parser(void **state)
{
	(void)state;
	struct worker_job pure = { .role = "open-unconfined" };
	struct worker_job jail = { .role = "open", .kind = WORKER_JAIL };

	assert_fails(&pure, ERROR_BUG, "open-unconfined: no such role");
	assert_fails(&jail, ERROR_BUG, "open: no such role");
}

static void
opens_nothing(void **state)
{
	(void)state;
	static const char *const paths[] = { "/", "/etc/passwd", "/dev/null",
		"/proc/self/mem", "." };

	for (size_t i = 0; i < N_ITEMS(paths); i++)
		assert_role_fails(
		    "open", paths[i], ERROR_DENIED, "open: Permission denied");
}

static void
libraries_work_inside(void **state)
{
	(void)state;
	CLEANUP(seen_clear) struct seen seen = { 0 };
	struct slice_stream text = slice_stream_of(SLICE("abc"));
	struct stream *inputs[] = { &text.stream };
	struct worker_job job = { .role = "hash",
		.inputs = inputs,
		.n_inputs = 1,
		.on_frame = see,
		.ctx = &seen };

	assert_ok(&job);
	assert_seen(&seen, 0,
	    "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
}

/* What becomes of a system call: "called", "refused" or "killed". */
static const char *
fate(long number, const char *const *more, char *ret, size_t size)
{
	CLEANUP(seen_clear) struct seen seen = { 0 };
	char digits[24];
	const char *args[8] = { digits };
	struct worker_job job = {
		.role = "call", .args = args, .on_frame = see, .ctx = &seen
	};

	for (size_t i = 0; more && more[i]; i++)
		args[1 + i] = more[i];
	(void)snprintf(digits, sizeof(digits), "%ld", number);
	run(&job);
	if (job.status < 0)
		(void)snprintf(ret, size, "%.40s",
		    strstr(job.err.msg, "(signal 31") ? "killed" : job.err.msg);
	else
		(void)snprintf(ret, size, SLICE_FMT,
		    SLICE_ARG(buf_slice(&seen.bodies[0])));
	return ret;
}

static void
assert_fate(long number, const char *const *args, const char *expected)
{
	char actual[64];

	if (strcmp(fate(number, args, actual, sizeof(actual)), expected) != 0)
		fail_msg(
		    "system call %ld: %s, not %s", number, actual, expected);
}

/* In every build, also those with sanitizers. */
static void
is_killed_for_what_reaches_outside(void **state)
{
	(void)state;
	static const long calls[] = { SYS_socket, SYS_socketpair, SYS_connect,
		SYS_bind, SYS_sendto, SYS_sendmsg, SYS_clone, SYS_clone3,
		SYS_execve, SYS_execveat, SYS_kill, SYS_ptrace,
		SYS_process_vm_readv, SYS_process_vm_writev, SYS_openat2,
		SYS_open_tree, SYS_open_by_handle_at, SYS_mkdirat, SYS_unlinkat,
		SYS_renameat2, SYS_linkat, SYS_symlinkat, SYS_mknodat,
		SYS_fchmodat, SYS_fchownat, SYS_ftruncate, SYS_pwrite64,
		SYS_writev, SYS_sendfile, SYS_splice, SYS_mount, SYS_umount2,
		SYS_move_mount, SYS_fsopen, SYS_pivot_root, SYS_chroot,
		SYS_setns, SYS_unshare, SYS_bpf, SYS_perf_event_open,
		SYS_io_uring_setup, SYS_io_uring_enter, SYS_userfaultfd,
		SYS_memfd_create, SYS_keyctl, SYS_add_key, SYS_init_module,
		SYS_finit_module, SYS_kexec_load, SYS_reboot, SYS_setuid,
		SYS_setresuid, SYS_capset, SYS_setrlimit, SYS_seccomp,
		SYS_shmget, SYS_msgget, SYS_mq_open, SYS_dup3, SYS_fcntl,
		SYS_pipe2, SYS_statx, SYS_getdents64, SYS_uname,
		SYS_personality, SYS_pidfd_getfd, SYS_pidfd_open,
		SYS_landlock_create_ruleset };

	for (size_t i = 0; i < N_ITEMS(calls); i++)
		assert_fate(calls[i], NULL, "killed");
}

#define SYSTEM_CALL_MAX 480 /* Linux 6.18 ends at 470 */

static bool
is_in(long number, const long *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == number)
			return true;
	return false;
}

static void
is_left_exactly_these_system_calls(void **state)
{
	(void)state;
#ifdef SANDBOX_SANITIZED
	skip(); /* the list is wider there */
#endif
	static const long left[] = { SYS_read, SYS_pread64, SYS_write,
		SYS_close, SYS_lseek, SYS_fstat, SYS_mmap, SYS_munmap,
		SYS_mremap, SYS_madvise, SYS_brk, SYS_futex, SYS_getrandom,
		SYS_clock_gettime };
	static const long refused[] = { SYS_openat, SYS_sysinfo,
#ifdef SYS_open
		SYS_open
#endif
	};
	/* The first do not come back, and every other test uses them. 335
	 * and 336 are the kernel's own, from where it has put a probe: newer
	 * ones ask no filter, and answer all others with SIGILL. */
	static const long not_asked[] = {
		SYS_exit, SYS_exit_group, SYS_rt_sigreturn,
#ifdef __x86_64__
		335, 336
#endif
	};

	for (long i = 0; i < SYSTEM_CALL_MAX; i++) {
		const char *expected = "killed";

		if (is_in(i, not_asked, N_ITEMS(not_asked)))
			continue;
		if (is_in(i, left, N_ITEMS(left)))
			expected = "called";
		if (is_in(i, refused, N_ITEMS(refused)))
			expected = "refused";
		assert_fate(i, NULL, expected);
	}
}

static void
is_left_some_system_calls_with_these_arguments(void **state)
{
	(void)state;
	/* (address, length, protection, flags, fd, offset) */
	static const char *const rw[] = { "0", "4096", "3", "34", "0", NULL };
	static const char *const rwx[] = { "0", "4096", "7", "34", "0", NULL };
	static const char *const rx[] = { "0", "4096", "5", "34", "0", NULL };
	/* (dirfd, path, buffer, flags) */
	static const char *const empty[] = { "1", "0", "0", "4096", NULL };
	static const char *const path[] = { "1", "0", "0", "0", NULL };
	static const char *const link[] = { "1", "0", "0", "4352", NULL };

	assert_fate(SYS_mmap, rw, "called");
	assert_fate(SYS_mmap, rwx, "killed");
	assert_fate(SYS_mmap, rx, "killed");
	assert_fate(SYS_newfstatat, empty, "called");
	assert_fate(SYS_newfstatat, path, "killed");
	assert_fate(SYS_newfstatat, link, "killed");
}

static void
other_ways_into_the_kernel_are_closed(void **state)
{
	(void)state;
#ifdef __x86_64__
	const long x32 = 0x40000000;
	struct worker_job job = { .role = "call-32" };

	assert_fate(x32 | SYS_read, NULL, "killed");
	assert_fate(x32 | SYS_getpid, NULL, "killed");
	/* A kernel without 32-bit programs makes it a fault. */
	run(&job);
	assert_int_equal(job.status, -1);
	assert_int_equal(job.err.kind, ERROR_BUG);
#endif
}

static void
landlock_alone_would_hold_too(void **state)
{
	(void)state;
	CLEANUP(seen_clear) struct seen seen = { 0 };
	struct worker_job job = { .role = "landlock",
		.kind = WORKER_JAIL,
		.on_frame = see,
		.ctx = &seen };
	/* LANDLOCK_CREATE_RULESET_VERSION */
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);

	assert_ok(&job);
	if (abi < 6)
		skip(); /* an older kernel's knows less, or there is none */
	assert_seen(&seen, 0, "open 13 make 13 exec 13 connect 13 signal 1");
}

static void
status_of(const char *pid, struct buf *ret)
{
	CLEANUP(string_free)
	char *path = string_format("/proc/%s/status", pid);
	struct error err;

	assert_non_null(path);
	if (file_read(path, ret, &err) < 0)
		fail_msg("%s", err.msg);
}

static bool
has_line(const struct buf *text, const char *line)
{
	struct slice rest = buf_slice(text);
	struct slice one;

	while (slice_split(&rest, '\n', &one))
		if (slice_eq(one, slice_of_string(line)))
			return true;
	return false;
}

static pid_t
pid_of(struct slice digits)
{
	uint64_t pid = 0;

	assert_true(slice_to_u64(digits, INT32_MAX, &pid) && pid > 1);
	return (pid_t)pid;
}

/* Looks at the worker whose process id has come, while it hangs. */
static int
look(void *ctx, uint16_t type, struct slice body, struct error *err)
{
	CLEANUP(buf_clear) struct buf status = { 0 };
	char *pid = ctx;

	(void)type;
	(void)snprintf(pid, 24, SLICE_FMT, SLICE_ARG(body));
	status_of(pid, &status);
	assert_true(has_line(&status, "NoNewPrivs:\t1"));
	assert_true(has_line(&status, "Seccomp:\t2"));
	assert_true(has_line(&status, "CapEff:\t0000000000000000"));
	assert_true(has_line(&status, "CapPrm:\t0000000000000000"));
	assert_true(has_line(&status, "CapInh:\t0000000000000000"));
	return error_set(err, ERROR_CANCELED, "seen enough");
}

static void
has_no_privileges_left_and_is_gone_when_refused(void **state)
{
	(void)state;
	char pid[24] = "";
	struct worker_job job = {
		.role = "hang", .on_frame = look, .ctx = pid
	};

	assert_fails(&job, ERROR_CANCELED, "seen enough");
	assert_int_equal(kill(pid_of(slice_of_string(pid)), 0), -1);
	assert_int_equal(errno, ESRCH);
}

static void
what_a_worker_leaves_behind_is_killed(void **state)
{
	(void)state;
	CLEANUP(seen_clear) struct seen seen = { 0 };
	struct worker_job job = { .role = "leave-child",
		.kind = WORKER_JAIL,
		.limits = { .wall_ms = 20000 },
		.on_frame = see,
		.ctx = &seen };

	/* So that its end is told to us. */
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	assert_ok(&job);
	pid_t child = pid_of(buf_slice(&seen.bodies[0]));
	int how;
	assert_int_equal(waitpid(child, &how, 0), child);
	assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
}

static int
pass_on(void *ctx, uint16_t type, struct slice body, struct error *err)
{
	const int *fd = ctx;

	(void)type;
	return fd_write_all(*fd, body, err);
}

static void
a_worker_dies_with_its_parent(void **state)
{
	(void)state;
	char pid[24] = "";
	int ends[2];
	int how;

	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid_t parent = fork();
	if (parent == 0) {
		struct worker_job job = {
			.role = "hang", .on_frame = pass_on, .ctx = &ends[1]
		};
		struct error err;

		_exit(workers_run(probe, &job, 1, 1, &err) < 0);
	}
	assert_true(read(ends[0], pid, sizeof(pid) - 1) > 0);
	assert_int_equal(kill(parent, SIGKILL), 0);
	assert_int_equal(waitpid(parent, &how, 0), parent);

	pid_t worker = pid_of(slice_of_string(pid));
	assert_true(worker > 1);
	assert_int_equal(waitpid(worker, &how, 0), worker);
	assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);
	(void)close(ends[0]);
	(void)close(ends[1]);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
}

static void
is_found_neither_beside_nor_installed(void **state)
{
	(void)state;
	char path[PATH_MAX];
	struct error err;

	if (worker_path_find(path, sizeof(path), &err) < 0)
		assert_int_equal(err.kind, ERROR_NOT_FOUND);
}

static void
is_found_beside_the_executable(void **state)
{
	(void)state;
	char dir[] = "/tmp/fother-test.XXXXXX";
	assert_non_null(mkdtemp(dir));
	CLEANUP(string_free) char *copy = string_format("%s/fother", dir);
	CLEANUP(string_free)
	char *worker = string_format("%s/fother-worker", dir);
	CLEANUP(string_free)
	char *command = string_format("cp /proc/%d/exe %s && : >%s && "
				      "chmod 755 %s && %s --find %s",
	    (int)getpid(), copy, worker, worker, copy, worker);

	const char *const argv[] = { "sh", "-c", command, NULL };
	pid_t shell;
	int how;

	assert_int_equal(posix_spawn(&shell, "/bin/sh", NULL, NULL,
			     (char *const *)argv, environ),
	    0);
	assert_int_equal(waitpid(shell, &how, 0), shell);
	(void)unlink(copy);
	(void)unlink(worker);
	(void)rmdir(dir);
	assert_int_equal(how, 0);
}

/* Run as "test_worker --find PATH" by the test above. */
static int
find(const char *expected)
{
	char path[PATH_MAX];
	struct error err;

	if (worker_path_find(path, sizeof(path), &err) < 0 ||
	    strcmp(path, expected) != 0)
		return EXIT_FAILURE;
	if (worker_path_find(path, strlen(expected), &err) == 0 ||
	    err.kind != ERROR_LIMIT)
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown( \
	    name, note_what_is_open, nothing_is_left)

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(echoes_inputs_of_any_size_side_by_side),
		TEST(each_way_to_die_is_told_apart),
		TEST(an_exit_status_is_a_crash_though_it_answered),
		TEST(memory_is_held_to_the_job_s_limit),
		TEST(time_is_held_to_the_job_s_limits),
		TEST(answers_are_held_to_the_job_s_limit),
		TEST(a_frame_may_be_refused),
		TEST(an_input_s_error_is_the_job_s),
		TEST(a_worker_may_stop_reading),
		TEST(pages_arrive_as_they_were_handed_over),
		TEST(pages_may_be_left_unread),
		TEST(drains_inputs_when_asked_to),
		TEST(does_not_drain_for_a_worker_that_failed),
		TEST(fifty_jobs_two_at_a_time_each_come_to_their_own_end),
		TEST(a_worker_that_cannot_be_started_is_its_job_s_error),
		TEST(signals_of_the_caller_do_not_matter_and_stay),
		TEST(has_the_descriptors_it_was_given_and_no_environment),
		TEST(reads_a_file_it_was_given_but_cannot_write_it),
		TEST(diagnostics_go_where_the_job_says),
		TEST(a_jail_is_not_to_be_had_by_asking_for_a_parser),
		TEST(opens_nothing),
		TEST(libraries_work_inside),
		TEST(is_killed_for_what_reaches_outside),
		TEST(is_left_exactly_these_system_calls),
		TEST(is_left_some_system_calls_with_these_arguments),
		TEST(other_ways_into_the_kernel_are_closed),
		TEST(landlock_alone_would_hold_too),
		TEST(has_no_privileges_left_and_is_gone_when_refused),
		TEST(what_a_worker_leaves_behind_is_killed),
		TEST(a_worker_dies_with_its_parent),
		TEST(is_found_neither_beside_nor_installed),
		TEST(is_found_beside_the_executable),
	};

	if (argc == 3 && !strcmp(argv[1], "--find"))
		return find(argv[2]);
	if (argc != 2) {
		(void)fputs("usage: test_worker worker_probe\n", stderr);
		return EXIT_FAILURE;
	}
	probe = argv[1];
	return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}
