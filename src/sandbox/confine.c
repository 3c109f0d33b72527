/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process can give up on Linux, in the order in which it must: first
 * what takes system calls to do, last the system calls.
 *
 *	descriptors      close_range(2)
 *	privileges       capabilities, no_new_privs, dumpable
 *	resources        setrlimit(2)
 *	paths, sockets   landlock(7), with no rule
 *	system calls     seccomp(2): confine_calls.c
 *
 * Each covers for a hole in another: what seccomp cannot see (where a pointer
 * points) Landlock does, and a system call that Landlock does not know of
 * seccomp refuses.
 */
#include "sandbox/confine.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/memory.h"
#include "sandbox/sanitized.h"

int
confine_die_with_parent(pid_t parent, struct error *err)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return error_errno(err, "PR_SET_PDEATHSIG");
	/* It may have died before we asked to be told. */
	if (getppid() != parent)
		return error_set(err, ERROR_CANCELED, "the parent is gone");
	return 0;
}

int
confine_fds(size_t n_fds, struct error *err)
{
	unsigned int first = CONFINE_FIRST_FD + (unsigned int)n_fds;

	if (close_range(first, ~0U, 0) < 0)
		return error_errno(err, "close_range");
	return 0;
}

int
confine_privileges(struct error *err)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	const struct __user_cap_data_struct none[2] = { 0 };

	if (syscall(SYS_capset, &header, none) < 0)
		return error_errno(err, "capset");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_errno(err, "PR_SET_NO_NEW_PRIVS");
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return error_errno(err, "PR_SET_DUMPABLE");
	return 0;
}

struct limit {
	enum __rlimit_resource resource;
	const char *name;
	uint64_t value;
	uint64_t margin; /* of the hard limit over the soft one */
};

static int
limits_set(const struct limit *limits, size_t n, struct error *err)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t soft = limits[i].value;
		uint64_t hard = soft + limits[i].margin;
		struct rlimit both;

		if (getrlimit(limits[i].resource, &both) < 0)
			return error_errno(err, "%s", limits[i].name);
		/* One that we were started with cannot be raised. */
		both.rlim_max = hard < both.rlim_max ? hard : both.rlim_max;
		both.rlim_cur = soft < both.rlim_max ? soft : both.rlim_max;
		if (setrlimit(limits[i].resource, &both) < 0)
			return error_errno(err, "%s", limits[i].name);
	}
	return 0;
}

static int
resources(const struct confine_limits *limits, struct error *err)
{
	const struct limit list[] = {
		{ RLIMIT_CORE, "RLIMIT_CORE", 0, 0 },
		{ RLIMIT_FSIZE, "RLIMIT_FSIZE", 0, 0 },
		{ RLIMIT_NPROC, "RLIMIT_NPROC", 0, 0 },
		{ RLIMIT_MEMLOCK, "RLIMIT_MEMLOCK", 0, 0 },
		{ RLIMIT_MSGQUEUE, "RLIMIT_MSGQUEUE", 0, 0 },
		/* The soft one sends SIGXCPU, by which the parent can tell
		 * it from other deaths; the hard one is for who ignores it. */
		{ RLIMIT_CPU, "RLIMIT_CPU", limits->cpu_sec, 1 },
#ifndef SANDBOX_SANITIZED
		{ RLIMIT_AS, "RLIMIT_AS", limits->memory_bytes, 0 },
#endif
	};

	return limits_set(list, N_ITEMS(list), err);
}

/*
 * Landlock as of its ABI 6, Linux 6.12. Written out here, since the header of
 * Debian 12 ends with ABI 2; the numbers are in the kernel's
 * Documentation/userspace-api/landlock.rst.
 */
struct landlock {
	uint64_t paths;   /* LANDLOCK_ACCESS_FS_* */
	uint64_t network; /* LANDLOCK_ACCESS_NET_* */
	uint64_t scopes;  /* LANDLOCK_SCOPE_* */
};

#define BITS(n) (((uint64_t)1 << (n)) - 1)

/* All that a kernel can take away; it refuses a bit that it does not know. */
static struct landlock
landlock_of_abi(long abi)
{
	/* 13 rights at first; then REFER, TRUNCATE, and, in 5, IOCTL_DEV. */
	static const unsigned char n_paths[] = { 0, 13, 14, 15, 15, 16 };
	size_t i = (size_t)abi < N_ITEMS(n_paths) ? (size_t)abi : 5;

	return (struct landlock){
		.paths = BITS(n_paths[i]),
		.network = abi >= 4 ? BITS(2) : 0, /* BIND_TCP CONNECT_TCP */
		.scopes = abi >= 6 ? BITS(2) : 0,  /* UNIX_SOCKET SIGNAL */
	};
}

int
confine_paths(struct error *err)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	/* Not built in, or not switched on: seccomp has to do alone. */
	if (abi < 0 && (errno == ENOSYS || errno == EOPNOTSUPP))
		return 0;
	if (abi < 0)
		return error_errno(err, "landlock");

	struct landlock all = landlock_of_abi(abi);
	int fd =
	    (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
	if (fd < 0)
		return error_errno(err, "landlock");
	long r = syscall(SYS_landlock_restrict_self, fd, 0);
	if (r < 0)
		(void)error_errno(err, "landlock");
	(void)close(fd);
	return r < 0 ? -1 : 0;
}

static int
compare_nothing(const void *a, const void *b)
{
	(void)a;
	(void)b;
	return 0;
}

/*
 * glibc's qsort() asks at its first sort of more than 1 KiB how much memory
 * there is, to choose between two ways of sorting of which one is stable, and
 * takes what was on the stack for the answer when it gets none.
 */
static void
prepare_qsort(void)
{
	char bytes[2048] = { 0 };

	qsort(bytes, sizeof(bytes), 1, compare_nothing);
}

int
confine(const struct confine_limits *limits, struct error *err)
{
	const struct limit no_more_fds = {
		.resource = RLIMIT_NOFILE,
		.name = "RLIMIT_NOFILE",
		.value = CONFINE_FIRST_FD + limits->n_fds,
	};

	prepare_qsort();
	if (confine_fds(limits->n_fds, err) < 0 ||
	    confine_privileges(err) < 0 || resources(limits, err) < 0 ||
	    confine_paths(err) < 0)
		return -1;
	/* After Landlock, which needs one descriptor more for a moment. */
	if (limits_set(&no_more_fds, 1, err) < 0)
		return -1;
	return confine_calls(err);
}
