/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "sandbox/worker.h"

/*
 * Workers, seen from inside: main() of a worker program.
 *
 * A role's run() gets its arguments (argv[argc] is NULL), reads its inputs
 * from descriptor CONFINE_FIRST_FD up, and writes frames of its own types to
 * ROLE_ANSWER_FD. It returns 0, and FRAME_END is sent for it; or -1, and its
 * error is. Its process ends then: it need not free what it holds.
 */
#define ROLE_ANSWER_FD 1

struct role {
	const char *name;
	enum worker_kind kind; /* must be the kind that the parent asks for */

	/* Before a WORKER_PURE is confined, or NULL; sees no input. */
	int (*prepare)(struct error *err);

	int (*run)(int argc, char **argv, struct error *err);
};

/*
 * All of main(): finds the role that the parent (sandbox/worker.c) names,
 * has this process die with its parent, confines it unless it is WORKER_JAIL,
 * and runs the role. roles ends with one without a name. Does not return.
 */
void role_main(int argc, char **argv, const struct role *roles)
    __attribute__((noreturn));
