/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/memory.h"
#include "base/time.h"
#include "task/image_storage.h"
#include "task/plan.h"
#include "task/show.h"
#include "task/verbs.h"

static const struct report_column columns[] = {
	{ "state", "STATE" },
	{ "health", "HEALTH" },
	{ "pending", "PENDING" },
	{ "security", "SECURITY" },
	{ "last", "LAST" },
	{ "image", "IMAGE" },
	{ "container", "CONTAINER" },
};

/* "apply done 2026-11-22T18:00:00Z"; empty when fother did nothing yet. */
static int
last_of(struct app *app, const char *name, struct buf *out, struct error *err)
{
	CLEANUP(run_list_clear) struct run_list runs = { 0 };
	const struct run_query query = { .name = name, .last_only = true };
	char at[TIME_SIZE];
	struct store *store;

	if (app_store(app, &store, err) < 0 ||
	    store_runs_load(store, &query, &runs, err) < 0)
		return -1;
	if (runs.n_items == 0)
		return 0;

	const struct run *run = runs.items[0];
	time_to_rfc3339(run->ended_at > 0 ? run->ended_at : run->began_at, at);
	buf_put_format(out, "%s %s %s", run_kind_to_string(run->kind),
	    run_outcome_to_string(run->outcome), at);
	return buf_check(out, err);
}

static int
add_status(struct app *app, struct report *report,
    const struct container *container, const struct plan *plan,
    struct error *err)
{
	const struct container_view *view = container->view;
	CLEANUP(buf_clear) struct buf last = { 0 };
	char pending[24] = "?", security[24] = "?";

	if (last_of(app, view->name, &last, err) < 0)
		return -1;
	if (plan->is_counted) {
		(void)snprintf(pending, sizeof(pending), "%zu",
		    plan->count.all + plan->count.kept_back);
		(void)snprintf(
		    security, sizeof(security), "%zu", plan->count.security);
	}

	const struct slice cells[] = {
		slice_of_string(view->status),
		slice_of_string(container_health_to_string(view->health)),
		slice_of_string(pending),
		slice_of_string(security),
		buf_slice(&last),
		slice_of_string(view->image_ref),
		slice_of_string(view->name),
	};
	return report_add(report, cells, err);
}

static enum status
status_all(struct app *app, const struct container_list *list,
    struct report *report, struct error *err)
{
	enum status status = STATUS_OK;

	for (size_t i = 0; i < list->n_items; i++) {
		const struct container *container = &list->items[i];
		CLEANUP(plan_clear) struct plan plan = { 0 };

		if (!container->is_selected)
			continue;
		plan_make(app, list, container, true, &plan);
		if (add_status(app, report, container, &plan, err) < 0 ||
		    (plan.is_counted &&
			image_storage_say(app, plan.image,
			    container->view->name, report, err) < 0)) {
			app_complain(app, container->view->name, err);
			return STATUS_FAILED;
		}
		if (!plan.is_counted)
			show_fault(
			    app, report, container->view->name, &plan.why);
		status = status_worst(status,
		    !plan.is_counted         ? STATUS_UNKNOWN
			: plan.count.all > 0 ? STATUS_PENDING
					     : STATUS_OK);
	}
	return status;
}

/* What is kept to go back to is told beside, not as if it served. */
static void
say_kept(const struct app *app, const struct container_list *list)
{
	for (size_t i = 0; i < list->n_items; i++)
		if (list->items[i].is_kept)
			app_say(app, "kept: %s (%s)", list->items[i].view->name,
			    list->items[i].view->image_ref);
}

static int
say_open(struct app *app, struct error *err)
{
	CLEANUP(run_list_clear) struct run_list runs = { 0 };
	const struct run_query query = { .open_only = true };
	struct store *store;

	if (app_store(app, &store, err) < 0 ||
	    store_runs_load(store, &query, &runs, err) < 0)
		return -1;
	for (size_t i = 0; i < runs.n_items; i++)
		app_say(app,
		    "%s: was interrupted; fother apply --resume "
		    "goes on",
		    runs.items[i]->name);
	return 0;
}

enum status
verb_status(struct app *app, const struct containers_args *args)
{
	CLEANUP(container_list_clear) struct container_list list = { 0 };
	CLEANUP(report_free)
	struct report *report = report_new("status", columns, N_ITEMS(columns));
	struct error err;

	if (!report)
		return STATUS_FAILED;
	if (containers_load(app, args, &list, &err) < 0 ||
	    say_open(app, &err) < 0) {
		app_complain(app, NULL, &err);
		return STATUS_FAILED;
	}

	enum status status = status_all(app, &list, report, &err);
	say_kept(app, &list);
	if (status == STATUS_PENDING && !args->exit_code)
		status = STATUS_OK;
	return show_report(app, report, args->format, status);
}
