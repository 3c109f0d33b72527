/* SPDX-License-Identifier: Apache-2.0 */
#include "task/plan.h"

#include <stdio.h>

#include "base/memory.h"
#include "task/show.h"

const char *
plan_action_to_string(enum plan_action action)
{
	switch (action) {
	case PLAN_UP_TO_DATE: return "up-to-date";
	case PLAN_PATCH: return "patch";
	case PLAN_HOLD: return "hold";
	case PLAN_UNKNOWN: return "unknown";
	}
	return "unknown";
}

void
plan_clear(struct plan *plan)
{
	patch_free(TAKE(plan->patch));
	image_free(TAKE(plan->image));
}

/* Opens the very image that it runs, whatever its name means by now. */
static int
patch_load(struct app *app, const struct container *container,
    struct plan *plan, struct error *err)
{
	CLEANUP(string_free)
	char *name =
	    string_format("docker-daemon:%s", container->view->image_id);

	if (!name)
		return error_nomem(err);
	if (image_open(app, name, &plan->image, err) < 0)
		return -1;
	return patch_plan(app, plan->image, &plan->patch, err);
}

static void
say_patch(struct plan *plan)
{
	const struct pending_count *count = &plan->count;

	(void)error_set(&plan->why, ERROR_NONE,
	    "%zu package%s to update, %zu of them security", count->all,
	    count->all == 1 ? "" : "s", count->security);
}

static void
say_nothing(struct plan *plan)
{
	if (plan->count.kept_back > 0)
		(void)error_set(&plan->why, ERROR_NONE,
		    "all that is pending (%zu) is kept back",
		    plan->count.kept_back);
	else
		(void)error_set(&plan->why, ERROR_NONE, "nothing is pending");
}

void
plan_make(struct app *app, const struct container_list *all,
    const struct container *container, bool shared_volumes, struct plan *ret)
{
	struct error held;
	bool is_held =
	    container_check(all, container, shared_volumes, &held) < 0;

	*ret = (struct plan){ 0 };
	if (patch_load(app, container, ret, &ret->why) < 0) {
		ret->action = ret->why.kind == ERROR_UNSUPPORTED ? PLAN_HOLD
								 : PLAN_UNKNOWN;
		/* Known to be held is more than not to know how far behind. */
		if (is_held) {
			ret->action = PLAN_HOLD;
			ret->why = held;
		}
		return;
	}
	ret->is_counted = true;
	ret->count = pending_count(ret->patch->pending);
	if (ret->count.all == 0) {
		ret->action = PLAN_UP_TO_DATE;
		say_nothing(ret);
	} else if (is_held) {
		ret->action = PLAN_HOLD;
		ret->why = held;
	} else {
		ret->action = PLAN_PATCH;
		say_patch(ret);
	}
}

static const struct report_column columns[] = {
	{ "action", "ACTION" },
	{ "pending", "PENDING" },
	{ "security", "SECURITY" },
	{ "reason", "REASON" },
	{ "image", "IMAGE" },
	{ "container", "CONTAINER" },
};

static int
add_plan(struct report *report, const struct container *container,
    const struct plan *plan, struct error *err)
{
	char pending[24] = "?", security[24] = "?";

	if (plan->is_counted) {
		(void)snprintf(pending, sizeof(pending), "%zu",
		    plan->count.all + plan->count.kept_back);
		(void)snprintf(
		    security, sizeof(security), "%zu", plan->count.security);
	}

	const struct slice cells[] = {
		slice_of_string(plan_action_to_string(plan->action)),
		slice_of_string(pending),
		slice_of_string(security),
		slice_of_string(plan->why.msg),
		slice_of_string(container->view->image_ref),
		slice_of_string(container->view->name),
	};
	return report_add(report, cells, err);
}

static enum status
status_of(const struct plan *plan)
{
	switch (plan->action) {
	case PLAN_PATCH: return STATUS_PENDING;
	case PLAN_UNKNOWN: return STATUS_UNKNOWN;
	case PLAN_UP_TO_DATE: return STATUS_OK;
	case PLAN_HOLD: return plan->is_counted ? STATUS_OK : STATUS_UNKNOWN;
	}
	return STATUS_UNKNOWN;
}

static enum status
plan_all(struct app *app, const struct containers_args *args,
    const struct container_list *list, struct report *report, struct error *err)
{
	enum status status = STATUS_OK;

	for (size_t i = 0; i < list->n_items; i++) {
		CLEANUP(plan_clear) struct plan plan = { 0 };

		if (!list->items[i].is_selected)
			continue;
		plan_make(
		    app, list, &list->items[i], args->shared_volumes, &plan);
		if (add_plan(report, &list->items[i], &plan, err) < 0)
			return STATUS_FAILED;
		if (plan.action == PLAN_UNKNOWN)
			show_fault(
			    app, report, list->items[i].view->name, &plan.why);
		status = status_worst(status, status_of(&plan));
	}
	return status;
}

enum status
verb_plan(struct app *app, const struct containers_args *args)
{
	CLEANUP(container_list_clear) struct container_list list = { 0 };
	CLEANUP(report_free)
	struct report *report = report_new("plan", columns, N_ITEMS(columns));
	struct error err;

	if (!report)
		return STATUS_FAILED;
	if (containers_load(app, args, &list, &err) < 0) {
		app_complain(app, NULL, &err);
		return STATUS_FAILED;
	}

	enum status status = plan_all(app, args, &list, report, &err);
	if (status == STATUS_PENDING && !args->exit_code)
		status = STATUS_OK;
	return show_report(app, report, args->format, status);
}
