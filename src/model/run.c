/* SPDX-License-Identifier: Apache-2.0 */
#include "model/run.h"

#include <stdlib.h>

#include "base/memory.h"

const char *
run_kind_to_string(enum run_kind kind)
{
	switch (kind) {
	case RUN_APPLY: return "apply";
	case RUN_ROLLBACK: return "rollback";
	}
	return "unknown";
}

const char *
run_direction_to_string(enum run_direction direction)
{
	switch (direction) {
	case RUN_FORWARD: return "forward";
	case RUN_BACK: return "back";
	}
	return "unknown";
}

const char *
run_outcome_to_string(enum run_outcome outcome)
{
	switch (outcome) {
	case RUN_OPEN: return "open";
	case RUN_DONE: return "done";
	case RUN_BACK_DONE: return "rolled back";
	case RUN_STUCK: return "stuck";
	}
	return "unknown";
}

void
run_free(struct run *run)
{
	if (!run)
		return;
	char *const strings[] = { run->id, run->name, run->old_id, run->new_id,
		run->old_image, run->new_image, run->new_ref, run->body,
		run->old_policy, run->new_policy, run->new_seen, run->reason };

	for (size_t i = 0; i < N_ITEMS(strings); i++)
		free(strings[i]);
	free(run);
}
