/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/run.h"

/*
 * What to do next so that one container takes the place of another, decided
 * from the run's record and from what the engine says is there now. There is
 * no list of steps to be at some point of: the same question, asked again
 * after a kill -9 or a power cut, gives the step that is missing.
 *
 * Of the two containers, one hands over to the other: forward the predecessor
 * to the successor, back the other way. The one that hands over is disarmed
 * (restart policy "no", so that a restarted engine cannot bring it back)
 * and stopped before the other one is armed and started. So at no point do
 * both run, and after any interruption the next steps lead to one of them
 * running.
 */

/* In which of its names a container is found. */
enum rollout_name {
	ROLLOUT_NAME_OTHER, /* its temporary name, or any other */
	ROLLOUT_NAME_OWN,   /* the name of the service */
};

/* One of the two containers, as inspected. */
struct rollout_view {
	bool exists;
	bool running; /* or restarting, or paused: its processes are there */
	bool armed;   /* its restart policy is another than "no" */
	bool started; /* since this run began */
	enum rollout_name name;
};

enum rollout_action {
	ROLLOUT_CREATE, /* the successor, under a temporary name, unarmed */
	ROLLOUT_CHECK,  /* that it is what was intended */
	ROLLOUT_DISARM_OLD,
	ROLLOUT_STOP_OLD,
	ROLLOUT_RENAME_OLD, /* out of the way */
	ROLLOUT_RENAME_NEW, /* to the service's name */
	ROLLOUT_ARM_NEW,
	ROLLOUT_START_NEW,
	ROLLOUT_GATE, /* wait until it has proved itself */
	ROLLOUT_DISARM_NEW,
	ROLLOUT_STOP_NEW,
	ROLLOUT_AWAY_NEW,    /* from the service's name */
	ROLLOUT_RESTORE_OLD, /* the service's name */
	ROLLOUT_ARM_OLD,
	ROLLOUT_START_OLD,
	ROLLOUT_REMOVE_NEW,
	ROLLOUT_END, /* the run has ended; its outcome says how */
};

const char *rollout_action_to_string(enum rollout_action action);

/*
 * The next action of run. May turn run->direction to RUN_BACK (with
 * run->reason, when memory allows) when a container has vanished; sets
 * run->outcome when it answers ROLLOUT_END. The caller writes run and the
 * action to the journal before it acts.
 */
enum rollout_action rollout_next(struct run *run,
    const struct rollout_view *old, const struct rollout_view *new_one);

/* The action was taken, and the engine said yes. */
void rollout_did(struct run *run, enum rollout_action action);

/*
 * The action was refused, or the gate was not passed: turns a run that goes
 * forward back; one that goes back is stuck. reason is copied.
 */
void rollout_failed(
    struct run *run, enum rollout_action action, const char *reason);
