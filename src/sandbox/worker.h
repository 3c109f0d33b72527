/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "base/slice.h"
#include "base/stream.h"

/*
 * Workers, seen from their parent: processes that are each started for one
 * job, are given bytes that nobody trusts, and answer with frames. What they
 * answer is a claim.
 */

enum worker_kind {
	WORKER_PURE, /* confined to computing: sandbox/confine.h */
	WORKER_JAIL, /* makes namespaces and confines itself: jail/ */
};

/* 0 takes the default, which worker.c gives its reason for. */
struct worker_limits {
	uint64_t memory_bytes; /* of address space; not for WORKER_JAIL */
	uint64_t cpu_sec;      /* of processor time; not for WORKER_JAIL */
	uint64_t answer_bytes; /* all frames together, headers counted */
	uint64_t wall_ms;      /* from its start to its end */
};

struct worker_job {
	const char *role;
	const char *const *args; /* up to NULL; NULL itself: none */
	enum worker_kind kind;

	/* Where its descriptor 2 goes; 0: nowhere. */
	int diagnostics_fd;

	struct worker_limits limits;

	/*
	 * What it reads as descriptors 3, 4, ... through pipes. A stream is
	 * pulled as its pipe takes the bytes, in the one loop that serves all
	 * jobs: one that waits long holds up the others.
	 */
	struct stream *const *inputs;
	size_t n_inputs;

	/*
	 * A worker may stop reading early and still end well. Set this when
	 * the inputs must then be pulled to their ends all the same, because
	 * they are hashed on the way.
	 */
	bool drain_inputs;

	/*
	 * Each chunk of the inputs stays as it is until so many bytes more, in
	 * whole pages, were shown (SEEK_STREAM_STAY_BYTES): then its pages are
	 * handed to the pipe, and not copied. 0: only until the next.
	 */
	size_t inputs_stay_bytes;

	/* After the inputs: descriptors given as they are; they stay the
	 * caller's. */
	const int *fds;
	size_t n_fds;

	/*
	 * Called with each frame of the role's own types (FRAME_ROLE and up)
	 * as it comes; body is valid during the call. It is worth nothing
	 * before status is 0. NULL: there may be none. When it returns -1, the
	 * worker is killed and the job failed with that error.
	 */
	int (*on_frame)(
	    void *ctx, uint16_t type, struct slice body, struct error *err);
	void *ctx;

	int status;       /* result: 0, or -1 and err is set */
	struct error err; /* result */
};

/*
 * Runs jobs, at most max_parallel side by side (0: one for each processor),
 * until each has its status. Afterwards no process and no descriptor of them
 * is left.
 *
 * A job's failure is its own, and the others go on: ERROR_BUG "crashed the
 * parser" or "answer cut off", which no input may ever bring about;
 * ERROR_LIMIT when it ran out of its memory or answered too much;
 * ERROR_TIMEOUT; the error that the worker told; the error of an input
 * stream or of on_frame; ERROR_SYSTEM, ERROR_NOMEM or ERROR_NOT_FOUND when it
 * could not be started. -1 only if the loop itself failed: then every job's
 * status is set too, and those not finished have been killed.
 *
 * While it runs SIGPIPE is ignored, and SIGCHLD is not.
 */
MUST_CHECK int workers_run(const char *worker_path, struct worker_job *jobs,
    size_t n_jobs, size_t max_parallel, struct error *err);

/* Runs one job; its failure is the result. */
MUST_CHECK int worker_run(
    const char *worker_path, struct worker_job *job, struct error *err);

/*
 * Puts the path of fother-worker into ret: beside the running executable, or
 * where it is installed, from there or from the root. ERROR_NOT_FOUND;
 * ERROR_LIMIT if it is longer than size.
 */
MUST_CHECK int worker_path_find(char *ret, size_t size, struct error *err);
