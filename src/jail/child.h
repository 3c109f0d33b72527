/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "base/error.h"
#include "base/slice.h"
#include "jail/tail.h"

/*
 * Children of the jail's outer process: each is root in namespaces of its
 * own (user, mount, process, network, IPC, host name, cgroup), and the first
 * process of its process namespace, so that killing it kills all it started.
 */

/*
 * The host's ids that stand for 0..CHILD_N_IDS-1 in the jail. Of the ranges
 * in systemd's list of uids and gids, this is one that nothing hands out
 * (0x70000000 to 0x7ffdffff, "unused"): above all containers' and users',
 * below 2^31, where some programs turn ids negative. Host ids outside of it,
 * 0 above all, have no name in the jail, so nobody there can be them.
 * 2^24 ids are more than images use: nobody is 65534, and what sits above
 * 65535 comes from directories (LDAP), which give out some 100 000s.
 */
#define CHILD_BASE_ID 0x70000000U
#define CHILD_N_IDS   0x01000000U

struct child {
	pid_t pid;
	int pid_fd;
	int go_fd;     /* held open: its closing tells that we died */
	int status_fd; /* how it ended */
	int output_fd; /* what its programs print, or -1 */
};

struct child_job {
	/* Runs in the child, as its root; what it returns is the result. */
	int (*run)(void *ctx, struct error *err);
	void *ctx;

	/* The descriptors that it keeps, besides its own two. */
	const int *keep_fds;
	size_t n_keep_fds;

	/* Whether its 1 and 2 are a pipe, whose end goes to child_wait(). */
	bool has_output;
};

/*
 * Starts a child, which runs once its ids are mapped. proc_fd is a directory
 * with the host's /proc. ERROR_UNSUPPORTED or ERROR_DENIED when the kernel
 * gives no namespaces; ERROR_SYSTEM.
 */
MUST_CHECK int child_start(struct child *ret, const struct child_job *job,
    int proc_fd, struct error *err);

/*
 * Waits until it has ended, and all that it started with it; what they print
 * goes to output. When the deadline (monotonic ms) passes they are killed:
 * ERROR_TIMEOUT. Else the error that its run() returned; ERROR_BUG if it
 * died without returning.
 */
MUST_CHECK int child_wait(struct child *child, int64_t deadline_ms,
    struct tail *output, struct error *err);

/*
 * A descriptor of a user namespace with the ids of the jail's, which goes
 * when it is closed. Errors as child_start().
 */
MUST_CHECK int child_user_namespace(int *ret_fd, struct error *err);

/*
 * In a child: makes dir, relative or not, its root, and lets go of all that
 * is outside of it. ERROR_SYSTEM.
 */
MUST_CHECK int child_pivot(const char *dir, struct error *err);

/* Closes all descriptors but these, in any order. ERROR_SYSTEM. */
MUST_CHECK int child_close_fds(
    const int *keep_fds, size_t n_keep_fds, struct error *err);
