/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plays the machine against a simulated engine: with each action refused,
 * with the program killed before or after each action, with the engine
 * restarted (which starts what is armed) at each point. After every action
 * of every play at most one of the two containers may run.
 */
#include "rollout/machine.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "unit.h"

#define ACTIONS_MAX 64

struct sim_container {
	bool exists, running, armed, started;
	enum rollout_name name;
};

struct sim {
	struct sim_container old, new_one;
	bool starts;  /* the successor can be started */
	bool healthy; /* and passes its gate */
};

/* What is to go wrong in one play; -1 for nothing. */
struct trouble {
	int refuse_at;         /* the number of the action that is refused */
	int restart_engine_at; /* before that action */
	bool starts;
	bool healthy;
};

static struct rollout_view
view_of(const struct sim_container *c)
{
	return (struct rollout_view){ .exists = c->exists,
		.running = c->running,
		.armed = c->armed,
		.started = c->started,
		.name = c->name };
}

static bool
sim_start(struct sim_container *c, bool can)
{
	c->running = can;
	c->started = true;
	return true;
}

/* False when the engine refuses. */
static bool
sim_do(struct sim *sim, enum rollout_action action)
{
	struct sim_container *old = &sim->old, *new_one = &sim->new_one;

	switch (action) {
	case ROLLOUT_CREATE:
		*new_one = (struct sim_container){ .exists = true };
		return true;
	case ROLLOUT_DISARM_OLD: old->armed = false; return true;
	case ROLLOUT_STOP_OLD: old->running = false; return true;
	case ROLLOUT_RENAME_OLD: old->name = ROLLOUT_NAME_OTHER; return true;
	case ROLLOUT_RENAME_NEW:
		assert_int_not_equal(old->name, ROLLOUT_NAME_OWN);
		new_one->name = ROLLOUT_NAME_OWN;
		return true;
	case ROLLOUT_ARM_NEW: new_one->armed = true; return true;
	case ROLLOUT_START_NEW: return sim_start(new_one, sim->starts);
	case ROLLOUT_GATE: return new_one->running && sim->healthy;
	case ROLLOUT_DISARM_NEW: new_one->armed = false; return true;
	case ROLLOUT_STOP_NEW: new_one->running = false; return true;
	case ROLLOUT_AWAY_NEW: new_one->name = ROLLOUT_NAME_OTHER; return true;
	case ROLLOUT_RESTORE_OLD:
		assert_int_not_equal(new_one->name, ROLLOUT_NAME_OWN);
		old->name = ROLLOUT_NAME_OWN;
		return true;
	case ROLLOUT_ARM_OLD: old->armed = true; return true;
	case ROLLOUT_START_OLD: return sim_start(old, true);
	case ROLLOUT_REMOVE_NEW: new_one->exists = false; return true;
	case ROLLOUT_CHECK:
	case ROLLOUT_END: return true;
	}
	return false;
}

/* The engine dies with its containers, and starts those that are armed. */
static void
sim_restart_engine(struct sim *sim)
{
	sim->old.running = sim->old.exists && sim->old.armed;
	sim->new_one.running =
	    sim->new_one.exists && sim->new_one.armed && sim->starts;
	if (sim->new_one.running)
		sim->new_one.started = true;
}

static void
assert_never_both(const struct sim *sim)
{
	assert_false(sim->old.running && sim->new_one.running);
}

static struct run *
run_of(enum run_kind kind)
{
	struct run *run = calloc(1, sizeof(*run));

	assert_non_null(run);
	run->kind = kind;
	run->checked = kind == RUN_ROLLBACK;
	run->old_policy = slice_copy(SLICE("{\"Name\":\"always\"}"));
	run->new_policy = slice_copy(SLICE("{\"Name\":\"always\"}"));
	return run;
}

static struct sim
sim_of(enum run_kind kind, const struct trouble *trouble)
{
	struct sim sim = {
		.old = { true, true, true, true, ROLLOUT_NAME_OWN },
		.starts = trouble->starts,
		.healthy = trouble->healthy,
	};

	if (kind == RUN_ROLLBACK)
		sim.new_one.exists = true;
	return sim;
}

/* Plays to the end; the number of actions. */
static int
play(struct run *run, struct sim *sim, const struct trouble *trouble)
{
	for (int i = 0; i < ACTIONS_MAX; i++) {
		if (i == trouble->restart_engine_at)
			sim_restart_engine(sim);
		assert_never_both(sim);

		struct rollout_view old = view_of(&sim->old);
		struct rollout_view new_one = view_of(&sim->new_one);
		enum rollout_action action = rollout_next(run, &old, &new_one);
		if (action == ROLLOUT_END)
			return i;
		if (i != trouble->refuse_at && sim_do(sim, action))
			rollout_did(run, action);
		else
			rollout_failed(run, action, "refused");
		assert_never_both(sim);
	}
	fail_msg("the machine does not come to an end");
	return 0;
}

static void
assert_serves(const struct run *run, const struct sim *sim)
{
	const struct sim_container *serving =
	    run->outcome == RUN_DONE ? &sim->new_one : &sim->old;

	assert_true(serving->running);
	assert_true(serving->armed);
	assert_int_equal(serving->name, ROLLOUT_NAME_OWN);
}

static const enum run_kind kinds[] = { RUN_APPLY, RUN_ROLLBACK };

static const struct trouble NONE = { -1, -1, true, true };

static void
replaces_and_keeps_the_old_one(void **state)
{
	(void)state;
	for (size_t k = 0; k < N_ITEMS(kinds); k++) {
		CLEANUP(run_free) struct run *run = run_of(kinds[k]);
		struct sim sim = sim_of(kinds[k], &NONE);

		(void)play(run, &sim, &NONE);
		assert_int_equal(run->outcome, RUN_DONE);
		assert_serves(run, &sim);
		assert_true(sim.old.exists);
		assert_false(sim.old.armed);
	}
}

static void
goes_back_when_the_successor_fails(void **state)
{
	(void)state;
	const struct trouble troubles[] = { { -1, -1, false, true },
		{ -1, -1, true, false } };

	for (size_t k = 0; k < N_ITEMS(kinds); k++)
		for (size_t i = 0; i < N_ITEMS(troubles); i++) {
			CLEANUP(run_free) struct run *run = run_of(kinds[k]);
			struct sim sim = sim_of(kinds[k], &troubles[i]);

			(void)play(run, &sim, &troubles[i]);
			assert_int_equal(run->outcome, RUN_BACK_DONE);
			assert_string_equal(run->reason, "refused");
			assert_serves(run, &sim);
			assert_int_equal(
			    sim.new_one.exists, kinds[k] == RUN_ROLLBACK);
		}
}

static void
one_refusal_anywhere_leaves_one_serving(void **state)
{
	(void)state;
	for (size_t k = 0; k < N_ITEMS(kinds); k++)
		for (int at = 0; at < ACTIONS_MAX / 2; at++) {
			struct trouble trouble = NONE;
			trouble.refuse_at = at;
			CLEANUP(run_free) struct run *run = run_of(kinds[k]);
			struct sim sim = sim_of(kinds[k], &trouble);

			(void)play(run, &sim, &trouble);
			assert_int_not_equal(run->outcome, RUN_OPEN);
			assert_int_not_equal(run->outcome, RUN_STUCK);
			assert_serves(run, &sim);
		}
}

static void
an_engine_restart_anywhere_leaves_one_serving(void **state)
{
	(void)state;
	for (int healthy = 0; healthy <= 1; healthy++)
		for (int at = 0; at < ACTIONS_MAX / 2; at++) {
			struct trouble trouble = NONE;
			trouble.restart_engine_at = at;
			trouble.healthy = healthy;
			CLEANUP(run_free) struct run *run = run_of(RUN_APPLY);
			struct sim sim = sim_of(RUN_APPLY, &trouble);

			int n = play(run, &sim, &trouble);
			if (at < n)
				assert_serves(run, &sim);
		}
}

/* What resume sees: the flags as journaled before the action that was lost. */
static void
a_kill_around_any_action_is_resumed(void **state)
{
	(void)state;
	for (int after = 0; after <= 1; after++)
		for (int at = 0; at < ACTIONS_MAX / 2; at++) {
			CLEANUP(run_free) struct run *run = run_of(RUN_APPLY);
			struct sim sim = sim_of(RUN_APPLY, &NONE);

			for (int i = 0; i <= at; i++) {
				struct rollout_view old = view_of(&sim.old);
				struct rollout_view new_one =
				    view_of(&sim.new_one);
				enum rollout_action action =
				    rollout_next(run, &old, &new_one);

				if (i == at && !after)
					break;
				(void)sim_do(&sim, action);
				if (i < at)
					rollout_did(run, action);
			}
			(void)play(run, &sim, &NONE);
			assert_int_equal(run->outcome, RUN_DONE);
			assert_serves(run, &sim);
		}
}

static void
a_container_removed_by_somebody_is_left_removed(void **state)
{
	(void)state;
	CLEANUP(run_free) struct run *run = run_of(RUN_APPLY);
	struct sim sim = sim_of(RUN_APPLY, &NONE);

	assert_true(sim_do(&sim, ROLLOUT_CREATE));
	sim.old.exists = sim.old.running = false;
	(void)play(run, &sim, &NONE);
	assert_int_equal(run->outcome, RUN_BACK_DONE);
	assert_false(sim.new_one.exists);
	assert_string_equal(
	    run->reason, "the container was removed by somebody else");
}

static void
a_successor_removed_by_somebody_gives_the_old_one_back(void **state)
{
	(void)state;
	CLEANUP(run_free) struct run *run = run_of(RUN_APPLY);
	struct sim sim = sim_of(RUN_APPLY, &NONE);

	run->checked = run->stopped = true;
	sim.old.running = sim.old.armed = false;
	sim.old.name = ROLLOUT_NAME_OTHER;
	(void)play(run, &sim, &NONE);
	assert_int_equal(run->outcome, RUN_BACK_DONE);
	assert_serves(run, &sim);
}

static void
both_gone_needs_a_person(void **state)
{
	(void)state;
	CLEANUP(run_free) struct run *run = run_of(RUN_APPLY);
	struct rollout_view gone = { 0 };
	struct rollout_view failed = { .exists = true, .started = true };

	run->stopped = true;
	run->direction = RUN_BACK;
	assert_int_equal(rollout_next(run, &gone, &failed), ROLLOUT_END);
	assert_int_equal(run->outcome, RUN_STUCK);
}

static void
disarms_before_it_stops(void **state)
{
	(void)state;
	CLEANUP(run_free) struct run *run = run_of(RUN_APPLY);
	struct rollout_view old = { true, true, true, true, ROLLOUT_NAME_OWN };
	struct rollout_view new_one = { .exists = true };

	run->checked = true;
	assert_int_equal(rollout_next(run, &old, &new_one), ROLLOUT_DISARM_OLD);
	old.armed = false;
	assert_int_equal(rollout_next(run, &old, &new_one), ROLLOUT_STOP_OLD);
	assert_true(run->stopped);
}

static void
leaves_a_policy_of_no_alone(void **state)
{
	(void)state;
	CLEANUP(run_free) struct run *run = run_of(RUN_APPLY);
	struct rollout_view old = { .exists = true };
	struct rollout_view new_one = { .exists = true,
		.name = ROLLOUT_NAME_OWN };

	free(run->new_policy);
	run->new_policy =
	    slice_copy(SLICE("{\"Name\":\"no\",\"MaximumRetryCount\":0}"));
	run->checked = run->stopped = true;
	assert_int_equal(rollout_next(run, &old, &new_one), ROLLOUT_START_NEW);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replaces_and_keeps_the_old_one),
		cmocka_unit_test(goes_back_when_the_successor_fails),
		cmocka_unit_test(one_refusal_anywhere_leaves_one_serving),
		cmocka_unit_test(an_engine_restart_anywhere_leaves_one_serving),
		cmocka_unit_test(a_kill_around_any_action_is_resumed),
		cmocka_unit_test(
		    a_container_removed_by_somebody_is_left_removed),
		cmocka_unit_test(
		    a_successor_removed_by_somebody_gives_the_old_one_back),
		cmocka_unit_test(both_gone_needs_a_person),
		cmocka_unit_test(disarms_before_it_stops),
		cmocka_unit_test(leaves_a_policy_of_no_alone),
	};

	return cmocka_run_group_tests_name("rollout", tests, NULL, NULL);
}
