/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "base/error.h"

/*
 * A process that gives up what it does not need. Nothing here can be undone.
 * doc/PROCESSES.md has the table of what is left to whom.
 */

/* The first descriptor of an input; 0 and 2 are nothing, 1 is the answer. */
#define CONFINE_FIRST_FD 3

struct confine_limits {
	uint64_t memory_bytes; /* of address space */
	uint64_t cpu_sec;
	size_t n_fds; /* from CONFINE_FIRST_FD up */
};

/*
 * Has this process killed when its parent, whose process id is given, dies.
 * ERROR_CANCELED if that has happened already.
 */
MUST_CHECK int confine_die_with_parent(pid_t parent, struct error *err);

/*
 * Does ahead what libraries would do at their first use and may not any more
 * once confined: libcrypto loads its tables (and no configuration). To be
 * called before confine(), only by a role that hashes: it takes 1.3 ms.
 * ERROR_NOMEM.
 */
MUST_CHECK int confine_prepare_crypto(struct error *err);

/*
 * Leaves this process its memory, the descriptors 0, 1, 2 and n_fds from
 * CONFINE_FIRST_FD up, and the clock: all others are closed, there is nothing
 * that it can open (it gets EACCES), and any other system call kills it.
 * ERROR_SYSTEM or ERROR_DENIED if the kernel will not; then the caller must
 * not go on.
 */
MUST_CHECK int confine(const struct confine_limits *limits, struct error *err);

/*
 * The parts of it, for a process that needs a jail of another shape. Each
 * fails as confine() does.
 */

/* Closes all but 0, 1, 2 and n_fds from CONFINE_FIRST_FD up. */
MUST_CHECK int confine_fds(size_t n_fds, struct error *err);

/* No new privileges by exec, no capabilities, no ptrace or core by others. */
MUST_CHECK int confine_privileges(struct error *err);

/*
 * Landlock with no rule: no path can be opened, made, changed or run, no TCP
 * port bound or connected to, no process outside signalled; each as far as
 * the kernel's Landlock knows of it. Not having Landlock at all is fine.
 */
MUST_CHECK int confine_paths(struct error *err);

/* The seccomp filter of confine(). Call confine_privileges() first. */
MUST_CHECK int confine_calls(struct error *err);
