/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/run.h"
#include "task/app.h"

/*
 * Carries out a run from wherever it is to its end: asks rollout/ what is
 * next, writes that to the journal, does it, and looks again. What was seen
 * decides, so that a run that was interrupted goes on as if it had not been.
 *
 * 0: it has ended; run->outcome says how, run->reason why it went back.
 * -1: it is still open, and to be resumed: ERROR_UNREACHABLE when the engine
 * went away and did not come back, ERROR_SYSTEM.
 */
MUST_CHECK int replace_run(
    struct app *app, struct run *run, int64_t settle_ms, struct error *err);

/* Tells how a run ended, on standard error, and as an exit status. */
enum status replace_say(const struct app *app, const struct run *run);

/* A new run's id: 12 hex digits that nobody guesses; NULL without memory. */
char *replace_new_id(void);

/* The lock, and the end of all runs that are open. *ret_worst is how. */
MUST_CHECK int replace_resume_all(struct app *app, int64_t settle_ms,
    enum status *ret_worst, size_t *ret_n, struct error *err);
