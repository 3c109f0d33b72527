/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "report/sbom.h"
#include "report/table.h"
#include "task/app.h"

/*
 * The verbs, each written once: what a command of fother does. Each prints
 * its answer to standard output, what a person should know besides to
 * standard error, and returns the exit status.
 */

struct packages_args {
	const char *const *names;
	size_t n_names;
	enum report_format format;
	bool files;   /* list files and who has them instead */
	bool unowned; /* list the files that nobody has */
};

/* fother packages: what is installed in images. */
enum status verb_packages(struct app *app, const struct packages_args *args);

/*
 * fother sbom: a bill of materials of an image, which is all or nothing:
 * STATUS_UNKNOWN, and no document, when the image could not be read.
 */
enum status verb_sbom(
    struct app *app, const char *name, enum sbom_format format);

/* fother inspect: what images are, how old, and until when supported. */
enum status verb_inspect(struct app *app, const char *const *names,
    size_t n_names, enum report_format format);

struct updates_args {
	const char *const *names;
	size_t n_names;
	enum report_format format;
	bool exit_code; /* STATUS_PENDING when there is something */
};

/* fother updates: what images are behind on. */
enum status verb_updates(struct app *app, const struct updates_args *args);

struct patch_args {
	const char *name;
	const char *output;
	bool dry_run;
};

/* fother patch: the same image with its updates. */
enum status verb_patch(struct app *app, const struct patch_args *args);

struct containers_args {
	const char *const *names; /* of containers; none: all */
	size_t n_names;
	enum report_format format;
	bool exit_code;
	bool shared_volumes; /* is fine */
};

/* fother status: what runs, how far behind, and what fother did last. */
enum status verb_status(struct app *app, const struct containers_args *args);

/* fother plan: what would be done to each container, and why. */
enum status verb_plan(struct app *app, const struct containers_args *args);

struct apply_args {
	struct containers_args containers;
	bool yes;    /* do not ask */
	bool resume; /* only end what was begun */
	int64_t settle_ms;
};

/* fother apply: bring containers over to patched images. */
enum status verb_apply(struct app *app, const struct apply_args *args);

/* fother rollback: bring the container back that the last apply replaced. */
enum status verb_rollback(
    struct app *app, const char *name, const struct apply_args *args);

/* fother history: the journal. */
enum status verb_history(
    struct app *app, const char *name, enum report_format format);
