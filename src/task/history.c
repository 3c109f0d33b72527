/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/memory.h"
#include "base/time.h"
#include "task/show.h"
#include "task/verbs.h"

static const struct report_column columns[] = {
	{ "at", "AT" },
	{ "run", "RUN" },
	{ "kind", "KIND" },
	{ "n", "N" },
	{ "step", "STEP" },
	{ "result", "RESULT" },
	{ "container", "CONTAINER" },
};

struct adding {
	struct report *report;
	const struct run *run;
	unsigned n; /* of the step */
	struct error *err;
};

static int
add(struct adding *adding, int64_t at, const char *step, const char *result)
{
	char when[TIME_SIZE];
	char n[16];

	/* As many digits for all, so that sorted lines are in order. */
	(void)snprintf(n, sizeof(n), "%03u", ++adding->n);
	time_to_rfc3339(at, when);

	const struct slice cells[] = {
		slice_of_string(when),
		slice_of_string(adding->run->id),
		slice_of_string(run_kind_to_string(adding->run->kind)),
		slice_of_string(n),
		slice_of_string(step),
		slice_of_string(result),
		slice_of_string(adding->run->name),
	};
	return report_add(adding->report, cells, adding->err);
}

static int
add_step(void *ctx, const char *action, const char *result, int64_t at)
{
	return add(ctx, at, action, result ? result : "?");
}

static int
add_run(struct store *store, struct report *report, const struct run *run,
    struct error *err)
{
	struct adding adding = { report, run, 0, err };
	CLEANUP(string_free)
	char *result =
	    string_format("%s%s%s", run_outcome_to_string(run->outcome),
		run->reason ? ": " : "", run->reason ? run->reason : "");

	if (!result)
		return error_nomem(err);
	if (store_steps_load(store, run->id, add_step, &adding, err) < 0)
		return -1;
	return add(&adding, run->ended_at > 0 ? run->ended_at : run->began_at,
	    "end", result);
}

static int
add_runs(
    struct app *app, const char *name, struct report *report, struct error *err)
{
	CLEANUP(run_list_clear) struct run_list runs = { 0 };
	const struct run_query query = { .name = name };
	struct store *store;

	if (app_store(app, &store, err) < 0 ||
	    store_runs_load(store, &query, &runs, err) < 0)
		return -1;
	for (size_t i = 0; i < runs.n_items; i++)
		if (add_run(store, report, runs.items[i], err) < 0)
			return -1;
	return 0;
}

enum status
verb_history(struct app *app, const char *name, enum report_format format)
{
	CLEANUP(report_free)
	struct report *report =
	    report_new("history", columns, N_ITEMS(columns));
	struct error err;

	if (!report)
		return STATUS_FAILED;
	if (add_runs(app, name, report, &err) < 0) {
		app_complain(app, NULL, &err);
		return STATUS_FAILED;
	}
	return show_report(app, report, format, STATUS_OK);
}
