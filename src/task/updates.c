/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/memory.h"
#include "base/time.h"
#include "task/image_storage.h"
#include "task/pending.h"
#include "task/show.h"
#include "task/verbs.h"

static const struct report_column columns[] = {
	{ "name", "NAME" },
	{ "arch", "ARCH" },
	{ "installed", "INSTALLED" },
	{ "candidate", "CANDIDATE" },
	{ "origin_suite", "ORIGIN_SUITE" },
	{ "security", "SECURITY" },
	{ "held", "HELD" },
	{ "image", "IMAGE" },
};

static int
add_update(struct report *report, const struct pending *pending,
    const struct update *update, const char *image, struct error *err)
{
	const struct package *installed = pending_installed(pending, update);
	const struct package *candidate = pending_candidate(pending, update);
	CLEANUP(buf_clear) struct buf suites = { 0 };

	update_put_suites(update, &pending->input, &suites);
	if (buf_check(&suites, err) < 0)
		return -1;

	const struct slice cells[] = {
		installed->name,
		installed->arch,
		installed->version,
		candidate->version,
		buf_slice(&suites),
		slice_of_string(update_security_to_string(update->security)),
		update->held ? SLICE("yes") : SLICE("no"),
		slice_of_string(image),
	};
	return report_add(report, cells, err);
}

static int
add_unknown(struct report *report, const char *image, struct error *err)
{
	const struct slice cells[N_ITEMS(columns)] = {
		[0] = SLICE("?"),
		[N_ITEMS(columns) - 1] = slice_of_string(image),
	};

	return report_add(report, cells, err);
}

/* "9 packages, 7 of them security; indexes of 2026-11-21, signed by ..." */
static void
say_summary(
    const struct app *app, const struct pending *pending, const char *image)
{
	struct pending_count count = pending_count(pending);
	size_t n = count.all + count.kept_back;
	char date[TIME_SIZE];

	time_to_rfc3339(indexes_date(pending->indexes), date);
	app_say(app, "%s: %zu package%s, %zu of them security; indexes of %s",
	    image, n, n == 1 ? "" : "s", count.security, date);
	for (size_t i = 0; i < pending->indexes->n_suites; i++) {
		const struct suite *suite = &pending->indexes->suites[i];

		app_tell(app, "%s: %s %s: signed by %s, %s", image, suite->uri,
		    suite->name, suite->verdict.owner.primary,
		    suite->verdict.owner.user_id);
	}
	for (size_t i = 0; i < pending->updates->n_items; i++) {
		const struct update *update = &pending->updates->items[i];

		if (update->kept_back && update->reason)
			app_say(app, "%s: " SLICE_FMT " is kept back: %s",
			    image,
			    SLICE_ARG(pending_installed(pending, update)->name),
			    update->reason);
	}
}

static enum status
add_pending(struct app *app, struct report *report,
    const struct pending *pending, const char *name, struct error *err)
{
	for (size_t i = 0; i < pending->updates->n_items; i++)
		if (add_update(report, pending, &pending->updates->items[i],
			name, err) < 0)
			return STATUS_FAILED;
	for (size_t i = 0; i < pending->indexes->n_faults; i++)
		show_fault(app, report, name, &pending->indexes->faults[i]);
	if (pending->indexes->n_faults > 0)
		return add_unknown(report, name, err) < 0 ? STATUS_FAILED
							  : STATUS_UNKNOWN;
	say_summary(app, pending, name);
	return pending->updates->n_items > 0 ? STATUS_PENDING : STATUS_OK;
}

static enum status
add_image(
    struct app *app, struct report *report, const char *name, struct error *err)
{
	CLEANUP(image_free) struct image *image = NULL;
	CLEANUP(pending_free) struct pending *pending = NULL;

	if (image_open(app, name, &image, err) < 0 ||
	    pending_load(app, image, &pending, err) < 0) {
		show_fault(app, report, name, err);
		return add_unknown(report, name, err) < 0 ? STATUS_FAILED
							  : STATUS_UNKNOWN;
	}
	if (image_storage_say(app, image, name, report, err) < 0)
		return STATUS_FAILED;
	return add_pending(app, report, pending, name, err);
}

enum status
verb_updates(struct app *app, const struct updates_args *args)
{
	CLEANUP(report_free)
	struct report *report =
	    report_new("updates", columns, N_ITEMS(columns));
	enum status status = STATUS_OK;
	struct error err;

	if (!report)
		return STATUS_FAILED;
	for (size_t i = 0; i < args->n_names; i++)
		status = status_worst(
		    status, add_image(app, report, args->names[i], &err));
	if (status == STATUS_PENDING && !args->exit_code)
		status = STATUS_OK;
	return show_report(app, report, args->format, status);
}
