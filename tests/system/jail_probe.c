/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Run in the jail by a package's script: tries what no script may do there,
 * and prints a line for each thing that worked. test_jail.py builds it
 * statically, so that it runs in any image.
 *
 *	probe            tries all
 *	probe setcap F   gives F a capability, as setcap(8) does
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static int n_allowed;

/* Failing for another reason may be failing too late. */
static void
expect(const char *what, long r, int number)
{
	if (r < 0 && errno == number)
		return;
	printf("ALLOWED: %s: %s\n", what, r < 0 ? strerror(errno) : "");
	n_allowed++;
}

static void
expect_denied(const char *what, long r)
{
	expect(what, r, EPERM);
}

static void
expect_unseen(const char *what, long r)
{
	if (r < 0 && errno == EACCES)
		return;
	expect(what, r, ENOENT);
}

static void
try_mounts(void)
{
	(void)mkdir("/mnt/x", 0755);
	expect_denied("mount tmpfs", mount("x", "/mnt", "tmpfs", 0, NULL));
	expect_denied("mount proc", mount("x", "/mnt", "proc", 0, NULL));
	expect_denied("bind", mount("/etc", "/mnt", NULL, MS_BIND, NULL));
	expect_denied(
	    "remount", mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL));
	expect_denied("umount /proc", umount2("/proc", MNT_DETACH));
	expect_denied("umount /dev/null", umount2("/dev/null", MNT_DETACH));
	expect_denied("pivot_root", syscall(SYS_pivot_root, ".", "."));
	expect_denied("fsopen", syscall(SYS_fsopen, "tmpfs", 0));
	expect_denied("open_tree", syscall(SYS_open_tree, AT_FDCWD, "/", 1));
	expect_denied(
	    "mknod block", mknod("/mnt/b", S_IFBLK | 0600, makedev(254, 0)));
	expect_denied(
	    "mknod mem", mknod("/mnt/c", S_IFCHR | 0600, makedev(1, 1)));
	expect_denied("open_by_handle_at",
	    syscall(SYS_open_by_handle_at, AT_FDCWD, NULL, 0));
}

static void
try_namespaces(void)
{
	static const unsigned long flags[] = { CLONE_NEWUSER, CLONE_NEWNS,
		CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS,
		CLONE_NEWCGROUP };
	struct clone_args args = { .flags = CLONE_NEWUSER,
		.exit_signal = SIGCHLD };

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		expect_denied("unshare", unshare((int)flags[i]));
		long pid = syscall(
		    SYS_clone, flags[i] | SIGCHLD, NULL, NULL, NULL, NULL);
		if (pid == 0)
			_exit(0);
		expect_denied("clone", pid);
	}
	long pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		_exit(0);
	expect("clone3", pid, ENOSYS);
	expect_denied(
	    "setns", setns(open("/proc/1/ns/mnt", O_RDONLY), CLONE_NEWNS));
	expect_denied("sethostname", sethostname("x", 1));
}

static void
try_processes(void)
{
	static const char *const files[] = { "/proc/1/mem", "/proc/1/environ",
		"/proc/1/maps", "/proc/sysrq-trigger", "/proc/kcore",
		"/proc/kallsyms", "/proc/sys/kernel/core_pattern",
		"/sys/kernel", "/dev/mem", "/dev/kmsg", "/dev/vda", "/dev/sda",
		NULL };

	expect_denied("ptrace 1", ptrace(PTRACE_ATTACH, 1, NULL, NULL));
	expect_denied("traceme", ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	for (size_t i = 0; files[i]; i++)
		expect_unseen(files[i], open(files[i], O_RDONLY));
	expect_unseen("root of 1", open("/proc/1/root/etc", O_RDONLY));
	expect_unseen("fds of 1", open("/proc/1/fd/3", O_RDONLY));
}

static void
try_kernel(void)
{
	struct timeval now = { .tv_sec = 1000000000 };

	expect_denied("bpf", syscall(SYS_bpf, 0, NULL, 0));
	expect_denied(
	    "perf_event_open", syscall(SYS_perf_event_open, NULL, 0, 0, 0, 0));
	expect_denied("userfaultfd", syscall(SYS_userfaultfd, 0));
	expect_denied("io_uring", syscall(SYS_io_uring_setup, 1, NULL));
	expect_denied("keyctl", syscall(SYS_keyctl, 0, -3, 1));
	expect_denied("add_key", syscall(SYS_add_key, "user", "x", "y", 1, -3));
	expect_denied("init_module", syscall(SYS_init_module, "", 0, ""));
	expect_denied("kexec", syscall(SYS_kexec_load, 0, 0, NULL, 0));
	expect_denied("swapon", syscall(SYS_swapon, "/etc/passwd", 0));
	expect_denied("acct", syscall(SYS_acct, "/etc/passwd"));
	expect_denied("syslog", syscall(SYS_syslog, 3, NULL, 0));
	expect_denied("settimeofday", settimeofday(&now, NULL));
	expect_denied("iopl", syscall(SYS_iopl, 3));
}

static void
try_network(void)
{
	static const int families[] = { AF_INET, AF_INET6, AF_PACKET, AF_VSOCK,
		AF_ALG, AF_BLUETOOTH, AF_TIPC, AF_KEY };

	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++)
		expect_denied("socket", socket(families[i], SOCK_DGRAM, 0));
	expect_denied("raw", socket(AF_INET, SOCK_RAW, 1));
	expect_denied("netfilter", socket(AF_NETLINK, SOCK_RAW, 12));
	expect_denied("hidden family",
	    syscall(SYS_socket, (1UL << 32) | AF_INET, SOCK_DGRAM, 0));
	if (socket(AF_UNIX, SOCK_STREAM, 0) < 0)
		printf("DENIED: AF_UNIX\n");
}

/* The way out of a chroot: its root above the working directory. */
static void
try_chroot(const char *marker)
{
	(void)mkdir("/mnt/jail", 0755);
	int up = open("/", O_RDONLY | O_DIRECTORY);
	if (chroot("/mnt/jail") < 0 || fchdir(up) < 0)
		return;
	for (int i = 0; i < 64; i++)
		(void)!chdir("..");
	expect_unseen("host files by chroot", access(marker + 1, F_OK));
	(void)!chroot(".");
	expect_unseen("host files", access(marker, F_OK));
}

static int
set_capability(const char *path)
{
	/* Version 2, effective: cap_net_bind_service. */
	static const unsigned char value[20] = { 1, 0, 0, 2, 0, 4 };

	if (setxattr(path, "security.capability", value, sizeof(value), 0) == 0)
		return 0;
	perror("setxattr");
	return 1;
}

int
main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "setcap"))
		return set_capability(argv[2]);
	try_mounts();
	try_namespaces();
	try_processes();
	try_kernel();
	try_network();
	try_chroot(argc > 1 ? argv[1] : "/etc/hostname-of-nobody");
	printf("probe: %d allowed\n", n_allowed);
	return n_allowed != 0;
}
