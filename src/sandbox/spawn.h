/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "sandbox/worker.h"

/* The two ends of what a worker has as a descriptor; -1: none. */
struct spawn_end {
	int parent; /* of a pipe, not blocking */
	int worker; /* only while it is being started */
};

/* A worker's process, and what its parent holds of it. */
struct spawned {
	pid_t pid;
	int pidfd;              /* can be read once the process has ended */
	struct spawn_end *ends; /* of the answer, each input, and each fd */
	size_t n_ends;
};

#define SPAWN_ANSWER      ((size_t)0)
#define SPAWN_FIRST_INPUT ((size_t)1)

/*
 * Starts the worker at path for job, under limits, which must be whole (no
 * defaults), in a process group of its own. ERROR_NOT_FOUND or ERROR_DENIED
 * when path cannot be run; ERROR_SYSTEM; ERROR_NOMEM.
 */
MUST_CHECK int spawn(const char *path, const struct worker_job *job,
    const struct worker_limits *limits, struct spawned *ret, struct error *err);

/* Closes what is open and frees; the process must have been waited for. */
void spawned_clear(struct spawned *proc);
DEFINE_CLEANUP_IN_PLACE(struct spawned, spawned_clear)
