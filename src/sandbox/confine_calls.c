/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system calls that are left to a confined process, as a program for the
 * kernel's packet filter (seccomp(2), Documentation/userspace-api/
 * seccomp_filter.rst). It reads struct seccomp_data, { nr, arch, ip, args },
 * and its answer is the verdict:
 *
 *	foreign architecture         kill: numbers mean something else there
 *	on the list                  allow
 *	on the list, if its          allow or kill
 *	    arguments are so
 *	open, openat, sysinfo        EACCES: libc has fallbacks for that
 *	anything else                kill the process, SIGSYS
 *
 * Written by hand, not by libseccomp: it is this one page, it is loaded in
 * microseconds, and there is nothing to link.
 *
 * Left out: an argument that is a pointer cannot be looked at. newfstatat(fd,
 * "", ..., AT_EMPTY_PATH), by which glibc does fstat(3), is told from a call
 * with a path only by its flag, so whoever has taken the process over can
 * learn what stat(2) says of a path. He cannot open it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/memory.h"
#include "sandbox/confine.h"
#include "sandbox/sanitized.h"

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && defined(__AARCH64EL__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "which AUDIT_ARCH is this?"
#endif

/* Arguments have 64 bits and the filter sees 32: here, the lower ones. */
#define ARGUMENT(n) \
	((unsigned int)offsetof(struct seccomp_data, args) + 8 * (n))

#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define VERDICT(v)   BPF_STMT(BPF_RET | BPF_K, (v))

#define ALLOW  VERDICT(SECCOMP_RET_ALLOW)
#define KILL   VERDICT(SECCOMP_RET_KILL_PROCESS)
#define REFUSE VERDICT(SECCOMP_RET_ERRNO | EACCES)

/* Skips the next n instructions unless the value loaded is this. */
#define UNLESS_EQUAL(value, n) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (n))
#define IF_ANY_BIT(bits, n) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (bits), (n), 0)

#define ALLOW_CALL(name)  UNLESS_EQUAL(SYS_##name, 1), ALLOW
#define REFUSE_CALL(name) UNLESS_EQUAL(SYS_##name, 1), REFUSE

static const struct sock_filter filter[] = {
	LOAD(offsetof(struct seccomp_data, arch)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
	KILL,
	/* The x32 calls of x86-64 have a bit that no number below has. */
	LOAD(offsetof(struct seccomp_data, nr)),

	/* Inputs, and the answer. */
	ALLOW_CALL(read),
	ALLOW_CALL(pread64),
	ALLOW_CALL(write),
	ALLOW_CALL(close),
	ALLOW_CALL(lseek),
	ALLOW_CALL(fstat),
	/* Memory. */
	ALLOW_CALL(munmap),
	ALLOW_CALL(mremap),
	ALLOW_CALL(madvise),
	ALLOW_CALL(brk),
	/* What libc does by the way. */
	ALLOW_CALL(futex),
	ALLOW_CALL(getrandom),
	ALLOW_CALL(clock_gettime),
	ALLOW_CALL(rt_sigreturn),
	ALLOW_CALL(exit),
	ALLOW_CALL(exit_group),

#ifdef SANDBOX_SANITIZED
	ALLOW_CALL(clock_nanosleep),
	ALLOW_CALL(getpid),
	ALLOW_CALL(getrlimit),
	ALLOW_CALL(gettid),
	ALLOW_CALL(ioctl),
	ALLOW_CALL(mprotect),
	ALLOW_CALL(prctl),
	ALLOW_CALL(prlimit64),
	ALLOW_CALL(readlinkat),
	ALLOW_CALL(rt_sigaction),
	ALLOW_CALL(rt_sigprocmask),
	ALLOW_CALL(sched_getaffinity),
	ALLOW_CALL(sched_yield),
	ALLOW_CALL(sigaltstack),
	ALLOW_CALL(tgkill),
#ifdef SYS_readlink
	ALLOW_CALL(readlink),
#endif
#endif

	REFUSE_CALL(openat),
#ifdef SYS_open
	REFUSE_CALL(open),
#endif

	/* qsort(3) asks how much memory there is, should confine()'s
	 * preparation not have spared it that. */
	REFUSE_CALL(sysinfo),

	/* Memory to run code from is not to be had. */
	UNLESS_EQUAL(SYS_mmap, 4),
	LOAD(ARGUMENT(2)),
	IF_ANY_BIT(PROT_EXEC, 1),
	ALLOW,
	KILL,

	UNLESS_EQUAL(SYS_newfstatat, 4),
	LOAD(ARGUMENT(3)),
	UNLESS_EQUAL(AT_EMPTY_PATH, 1),
	ALLOW,
	KILL,

	KILL,
};

int
confine_calls(struct error *err)
{
	const struct sock_fprog program = {
		.len = N_ITEMS(filter),
		/* Only read; the kernel's struct does not say so. */
		.filter = (struct sock_filter *)filter,
	};

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		return error_errno(err, "seccomp");
	return 0;
}
