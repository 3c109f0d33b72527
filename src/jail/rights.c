/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a jailed process may not do, by three means that each would do for
 * most of it: the namespaces (child.c) leave it nothing to do it to, the
 * capabilities here no right to, the filter here no system call for it.
 *
 * The filter denies and does not list what is allowed: maintainer scripts are
 * any programs at all. It is for what a root of a user namespace is allowed,
 * and where the kernel's holes have been: mounts, more namespaces, tracing,
 * bpf, io_uring, keys, sockets of rare families.
 */
#include "jail/rights.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/memory.h"

/* Processes at a time; a dpkg run has a dozen, one that compiles some more. */
#define PROCESSES_MAX 1024

/* Enough for any; programs that close all they could have stay quick. */
#define FILES_MAX 4096

#define BIT(capability) (1ULL << (capability))

/*
 * What dpkg, adduser, install, chroot, tar... need. Of docker's defaults, it
 * has none for devices, the network, the audit log, other capabilities.
 */
#define CAPABILITIES \
	(BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FOWNER) | \
	    BIT(CAP_FSETID) | BIT(CAP_KILL) | BIT(CAP_SETGID) | \
	    BIT(CAP_SETUID) | BIT(CAP_SETFCAP) | BIT(CAP_SYS_CHROOT))

static const char *const denied_calls[] = {
	/* mounts */
	"mount",
	"umount",
	"umount2",
	"pivot_root",
	"fsopen",
	"fsconfig",
	"fsmount",
	"fspick",
	"move_mount",
	"open_tree",
	"mount_setattr",
	"open_by_handle_at",
	"quotactl",
	"quotactl_fd",
	"swapon",
	"swapoff",
	/* namespaces; see also deny_new_namespaces() */
	"unshare",
	"setns",
	/* other processes */
	"ptrace",
	"process_vm_readv",
	"process_vm_writev",
	"pidfd_getfd",
	"kcmp",
	"move_pages",
	"migrate_pages",
	/* parts of the kernel that are large and not needed */
	"bpf",
	"perf_event_open",
	"userfaultfd",
	"io_uring_setup",
	"io_uring_enter",
	"io_uring_register",
	"keyctl",
	"add_key",
	"request_key",
	"fanotify_init",
	"memfd_secret",
	"modify_ldt",
	"vm86",
	"vm86old",
	"uselib",
	"lookup_dcookie",
	"nfsservctl",
	"_sysctl",
	"sysfs",
	/* the machine */
	"kexec_load",
	"kexec_file_load",
	"init_module",
	"finit_module",
	"delete_module",
	"reboot",
	"acct",
	"syslog",
	"vhangup",
	"iopl",
	"ioperm",
	"settimeofday",
	"stime",
	"clock_settime",
	"clock_settime64",
	"clock_adjtime",
	"clock_adjtime64",
	"adjtimex",
};

#define DENY SCMP_ACT_ERRNO(EPERM)

static int
drop_capabilities(struct error *err)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { 0 };

	for (unsigned long i = 0; i < 64; i++) {
		if (CAPABILITIES & BIT(i))
			continue;
		/* EINVAL: it is beyond this kernel's last. */
		if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0 && errno != EINVAL)
			return error_errno(err, "PR_CAPBSET_DROP");
	}
	data[0].effective = data[0].permitted = (uint32_t)CAPABILITIES;
	data[1].effective = data[1].permitted = (uint32_t)(CAPABILITIES >> 32);
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ||
	    syscall(SYS_capset, &head, data) < 0)
		return error_errno(err, "cannot drop capabilities");
	return 0;
}

static int
limit_resources(uint64_t memory_bytes, struct error *err)
{
	const struct {
		__rlimit_resource_t resource;
		rlim_t max;
	} limits[] = {
		{ RLIMIT_CORE, 0 },
		{ RLIMIT_NPROC, PROCESSES_MAX },
		{ RLIMIT_NOFILE, FILES_MAX },
		{ RLIMIT_FSIZE, memory_bytes },
	};

	for (size_t i = 0; i < N_ITEMS(limits); i++) {
		struct rlimit limit;

		if (getrlimit(limits[i].resource, &limit) < 0)
			return error_errno(err, "getrlimit");
		if (limit.rlim_max > limits[i].max)
			limit.rlim_max = limits[i].max;
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(limits[i].resource, &limit) < 0)
			return error_errno(err, "setrlimit");
	}
	return 0;
}

/* An amd64 kernel also runs i386's programs, an arm64 one armhf's; images of
 * those are patched too. A call of any other kind kills. */
static int
add_architectures(scmp_filter_ctx filter)
{
	switch (seccomp_arch_native()) {
	case SCMP_ARCH_X86_64: return seccomp_arch_add(filter, SCMP_ARCH_X86);
	case SCMP_ARCH_AARCH64: return seccomp_arch_add(filter, SCMP_ARCH_ARM);
	default: return 0;
	}
}

static int
deny_calls(scmp_filter_ctx filter)
{
	for (size_t i = 0; i < N_ITEMS(denied_calls); i++) {
		int call = seccomp_syscall_resolve_name(denied_calls[i]);

		if (call == __NR_SCMP_ERROR)
			continue; /* newer than this libseccomp */
		int r = seccomp_rule_add(filter, DENY, call, 0);
		/* EDOM: not a call of this architecture. */
		if (r < 0 && r != -EDOM)
			return r;
	}
	return 0;
}

static int
deny_new_namespaces(scmp_filter_ctx filter)
{
	static const uint64_t flags[] = { CLONE_NEWUSER, CLONE_NEWNS,
		CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS,
		CLONE_NEWCGROUP };

	for (size_t i = 0; i < N_ITEMS(flags); i++) {
		int r = seccomp_rule_add(filter, DENY, SCMP_SYS(clone), 1,
		    SCMP_A0(SCMP_CMP_MASKED_EQ, flags[i], flags[i]));
		if (r < 0)
			return r;
	}
	/* Its flags are in memory, where a filter sees nothing; a libc that
	 * is told that the call does not exist takes clone(). */
	return seccomp_rule_add(
	    filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

static struct scmp_arg_cmp
compare(unsigned int argument, enum scmp_compare how, uint64_t value)
{
	return (struct scmp_arg_cmp){ argument, how, value, 0 };
}

/* All but AF_UNIX, and NETLINK_ROUTE, which getaddrinfo() and ip ask what
 * the (empty) network is like. */
static int
deny_sockets(scmp_filter_ctx filter)
{
	const int call = SCMP_SYS(socket);
	int r = seccomp_rule_add(
	    filter, DENY, call, 1, compare(0, SCMP_CMP_LT, AF_UNIX));

	for (uint64_t family = AF_UNIX + 1; r >= 0 && family < AF_NETLINK;
	     family++)
		r = seccomp_rule_add(
		    filter, DENY, call, 1, compare(0, SCMP_CMP_EQ, family));
	if (r >= 0)
		r = seccomp_rule_add(
		    filter, DENY, call, 1, compare(0, SCMP_CMP_GT, AF_NETLINK));
	if (r >= 0)
		r = seccomp_rule_add(filter, DENY, call, 2,
		    compare(0, SCMP_CMP_EQ, AF_NETLINK),
		    compare(2, SCMP_CMP_NE, 0));
	return r;
}

static void
filter_free(void *filter)
{
	if (filter)
		seccomp_release(filter);
}
DEFINE_CLEANUP(void, filter_free)

static int
load_filter(struct error *err)
{
	CLEANUP(filter_free) void *filter = seccomp_init(SCMP_ACT_ALLOW);

	if (!filter)
		return error_nomem(err);
	int r = add_architectures(filter);
	if (r >= 0)
		r = deny_calls(filter);
	if (r >= 0)
		r = deny_new_namespaces(filter);
	if (r >= 0)
		r = deny_sockets(filter);
	if (r >= 0)
		r = seccomp_load(filter);
	if (r >= 0)
		return 0;
	errno = -r;
	return error_errno(err, "cannot load a seccomp filter");
}

int
rights_drop(uint64_t memory_bytes, struct error *err)
{
	if (limit_resources(memory_bytes, err) < 0 ||
	    drop_capabilities(err) < 0)
		return -1;

	/* Not dumpable: nobody in the jail, its root too, gets at the memory
	 * or the descriptors of this process. An exec makes it so again. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_errno(err, "prctl");
	return load_filter(err);
}
