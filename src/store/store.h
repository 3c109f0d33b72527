/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "model/run.h"

/*
 * What fother remembers: the journal of its replacements, and which image a
 * patch gave. One SQLite file (write-ahead log, synced at every commit), which
 * others can read while it is in use.
 */
struct store;

/*
 * Opens DIR/fother.db, making DIR (mode 0700) and the tables where they are
 * missing. Free *ret with store_close(). ERROR_SYSTEM, ERROR_DENIED: it
 * cannot be opened; ERROR_UNSUPPORTED: it was written by a later fother.
 */
MUST_CHECK int store_open(
    const char *dir, struct store **ret, struct error *err);

void store_close(struct store *store);
DEFINE_CLEANUP(struct store, store_close)

/*
 * Takes the lock of those that change things, DIR/lock, until *ret_fd is
 * closed (or its process dies). ERROR_CONFLICT: another one holds it.
 */
MUST_CHECK int store_lock(const char *dir, int *ret_fd, struct error *err);

/*
 * Writes the run and, when action is not NULL, that this action is about to
 * be taken; both or neither, and on the disk when it returns 0. A new run is
 * added, a known one (by run->id) replaced. ERROR_SYSTEM: also a full disk.
 */
MUST_CHECK int store_run_save(struct store *store, const struct run *run,
    const char *action, struct error *err);

/* How the action begun last ended, for history; "done" or what went wrong. */
MUST_CHECK int store_step_end(struct store *store, const struct run *run,
    const char *result, struct error *err);

/* Runs as they were begun; the caller owns the array and the runs. */
struct run_list {
	struct run **items;
	size_t n_items;
};

void run_list_clear(struct run_list *list);
DEFINE_CLEANUP_IN_PLACE(struct run_list, run_list_clear)

/* Which runs to read; zeroes: all. */
struct run_query {
	const char *name; /* of this container */
	bool open_only;   /* that have not ended */
	bool last_only;   /* only the newest of them */
};

/* Adds the runs that query asks for to ret, oldest first. */
MUST_CHECK int store_runs_load(struct store *store,
    const struct run_query *query, struct run_list *ret, struct error *err);

/* A step of a run, for history. The strings are valid in the call only. */
typedef int store_step_fn(
    void *ctx, const char *action, const char *result, int64_t at);

MUST_CHECK int store_steps_load(struct store *store, const char *run_id,
    store_step_fn *fn, void *ctx, struct error *err);

/*
 * The image that a patch with this key gave, as a new string in *ret;
 * ERROR_NOT_FOUND when there was none.
 */
MUST_CHECK int store_patch_find(
    struct store *store, const char *key, char **ret, struct error *err);

MUST_CHECK int store_patch_save(struct store *store, const char *key,
    const char *image_id, int64_t now, struct error *err);
