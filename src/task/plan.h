/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "task/containers.h"
#include "task/patch.h"

enum plan_action {
	PLAN_UP_TO_DATE,
	PLAN_PATCH,
	PLAN_HOLD,    /* something forbids it, and it is known what */
	PLAN_UNKNOWN, /* it could not be found out */
};

/* "up-to-date", "patch", "hold", "unknown" */
const char *plan_action_to_string(enum plan_action action);

/* What is to be done with one container, and why. */
struct plan {
	enum plan_action action;
	struct error why; /* its message: the reason, in one line */
	struct image *image;
	struct patch *patch; /* NULL where it was not got so far */
	bool is_counted;     /* count is known */
	struct pending_count count;
};

void plan_clear(struct plan *plan);
DEFINE_CLEANUP_IN_PLACE(struct plan, plan_clear)

/*
 * Plans one of the containers. What goes wrong is the plan's reason: it
 * cannot fail.
 */
void plan_make(struct app *app, const struct container_list *all,
    const struct container *container, bool shared_volumes, struct plan *ret);
