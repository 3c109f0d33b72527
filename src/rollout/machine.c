/* SPDX-License-Identifier: Apache-2.0 */
#include "rollout/machine.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/memory.h"

const char *
rollout_action_to_string(enum rollout_action action)
{
	static const char *const names[] = {
		[ROLLOUT_CREATE] = "create",
		[ROLLOUT_CHECK] = "check",
		[ROLLOUT_DISARM_OLD] = "disarm-old",
		[ROLLOUT_STOP_OLD] = "stop-old",
		[ROLLOUT_RENAME_OLD] = "rename-old",
		[ROLLOUT_RENAME_NEW] = "rename-new",
		[ROLLOUT_ARM_NEW] = "arm-new",
		[ROLLOUT_START_NEW] = "start-new",
		[ROLLOUT_GATE] = "gate",
		[ROLLOUT_DISARM_NEW] = "disarm-new",
		[ROLLOUT_STOP_NEW] = "stop-new",
		[ROLLOUT_AWAY_NEW] = "away-new",
		[ROLLOUT_RESTORE_OLD] = "restore-old",
		[ROLLOUT_ARM_OLD] = "arm-old",
		[ROLLOUT_START_OLD] = "start-old",
		[ROLLOUT_REMOVE_NEW] = "remove-new",
		[ROLLOUT_END] = "end",
	};

	return (size_t)action < N_ITEMS(names) ? names[action] : "unknown";
}

/* Whether an engine that starts would start a container of this policy. */
static bool
policy_arms(const char *policy)
{
	struct slice name;

	if (!policy || !json_find(slice_of_string(policy), "Name", &name))
		return false;
	return !json_string_eq(name, SLICE("no")) &&
	    !json_string_eq(name, SLICE(""));
}

static void
set_reason(struct run *run, const char *reason)
{
	if (run->reason)
		return; /* the first one is what began it */
	run->reason = slice_copy(slice_of_string(reason));
}

static enum rollout_action
end(struct run *run, enum run_outcome outcome)
{
	run->outcome = outcome;
	return ROLLOUT_END;
}

static enum rollout_action
stuck(struct run *run, const char *reason)
{
	set_reason(run, reason);
	return end(run, RUN_STUCK);
}

/* The predecessor is not there any more, and we did not take it away. */
static enum rollout_action
back_without_old(struct run *run, const struct rollout_view *new_one)
{
	if (new_one->exists && (new_one->started || run->stopped))
		return stuck(run, "the old container is gone");
	if (new_one->exists && run->kind == RUN_APPLY)
		return ROLLOUT_REMOVE_NEW;
	return end(run, RUN_BACK_DONE);
}

static enum rollout_action
next_back(struct run *run, const struct rollout_view *old,
    const struct rollout_view *new_one)
{
	if (!old->exists)
		return back_without_old(run, new_one);
	if (new_one->exists && new_one->armed)
		return ROLLOUT_DISARM_NEW;
	if (new_one->exists && new_one->running)
		return ROLLOUT_STOP_NEW;
	if (new_one->exists && new_one->name == ROLLOUT_NAME_OWN)
		return ROLLOUT_AWAY_NEW;
	if (old->name != ROLLOUT_NAME_OWN)
		return ROLLOUT_RESTORE_OLD;
	if (!old->armed && policy_arms(run->old_policy))
		return ROLLOUT_ARM_OLD;
	if (!old->running)
		return ROLLOUT_START_OLD;
	if (new_one->exists && run->kind == RUN_APPLY)
		return ROLLOUT_REMOVE_NEW;
	return end(run, RUN_BACK_DONE);
}

/* Until the successor is known to be right; the predecessor runs on. */
static bool
prepare(const struct run *run, const struct rollout_view *new_one,
    enum rollout_action *ret)
{
	if (!new_one->exists)
		*ret = ROLLOUT_CREATE;
	else if (!run->checked)
		*ret = ROLLOUT_CHECK;
	else
		return false;
	return true;
}

static enum rollout_action
next_forward(struct run *run, const struct rollout_view *old,
    const struct rollout_view *new_one)
{
	enum rollout_action action;

	if (!run->stopped && prepare(run, new_one, &action))
		return action;
	if (old->exists && old->armed)
		return ROLLOUT_DISARM_OLD;
	if (old->exists && old->running) {
		run->stopped = true;
		return ROLLOUT_STOP_OLD;
	}
	if (old->exists && old->name == ROLLOUT_NAME_OWN)
		return ROLLOUT_RENAME_OLD;
	if (new_one->name != ROLLOUT_NAME_OWN)
		return ROLLOUT_RENAME_NEW;
	if (!new_one->armed && policy_arms(run->new_policy))
		return ROLLOUT_ARM_NEW;
	if (!new_one->started)
		return ROLLOUT_START_NEW;
	if (!run->passed)
		return ROLLOUT_GATE;
	return end(run, RUN_DONE);
}

static void
turn_back(struct run *run, const char *reason)
{
	run->direction = RUN_BACK;
	set_reason(run, reason);
}

enum rollout_action
rollout_next(struct run *run, const struct rollout_view *old,
    const struct rollout_view *new_one)
{
	bool made = run->kind == RUN_ROLLBACK || run->stopped || run->checked;

	if (run->outcome != RUN_OPEN)
		return ROLLOUT_END;
	if (run->direction == RUN_FORWARD && !old->exists && !run->stopped)
		turn_back(run, "the container was removed by somebody else");
	if (run->direction == RUN_FORWARD && !new_one->exists && made)
		turn_back(run, "the successor was removed by somebody else");
	return run->direction == RUN_FORWARD ? next_forward(run, old, new_one)
					     : next_back(run, old, new_one);
}

void
rollout_did(struct run *run, enum rollout_action action)
{
	if (action == ROLLOUT_CHECK)
		run->checked = true;
	if (action == ROLLOUT_GATE)
		run->passed = true;
}

void
rollout_failed(struct run *run, enum rollout_action action, const char *reason)
{
	/* What could not be tidied up does not undo what was reached. */
	if (action == ROLLOUT_REMOVE_NEW) {
		run->outcome = RUN_BACK_DONE;
		set_reason(run, reason);
		return;
	}
	if (run->direction == RUN_FORWARD) {
		turn_back(run, reason);
		return;
	}
	free(run->reason);
	run->reason = NULL;
	(void)stuck(run, reason);
}
