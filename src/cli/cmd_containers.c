/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that are given names of containers. */
#include "cli/commands.h"

#include "task/verbs.h"

#define SETTLE_SEC 10

struct containers_options {
	struct format_choice format;
	bool exit_code;
	bool shared_volumes;
};

static const struct option status_options[] = {
	{ "output", 'o', "FORMAT", OPTION_FORMAT,
	    offsetof(struct containers_options, format), "table, tsv or json" },
	{ "exit-code", '\0', NULL, OPTION_FLAG,
	    offsetof(struct containers_options, exit_code),
	    "Exit with 10 when something is pending" },
	{ 0 },
};

static const struct option plan_options[] = {
	{ "output", 'o', "FORMAT", OPTION_FORMAT,
	    offsetof(struct containers_options, format), "table, tsv or json" },
	{ "exit-code", '\0', NULL, OPTION_FLAG,
	    offsetof(struct containers_options, exit_code),
	    "Exit with 10 when there is something to do" },
	{ "shared-volumes", '\0', NULL, OPTION_FLAG,
	    offsetof(struct containers_options, shared_volumes),
	    "Others may write to its volumes meanwhile" },
	{ 0 },
};

static struct containers_args
containers_of(
    const struct containers_options *given, const struct operands *operands)
{
	return (struct containers_args){
		.names = operands->items,
		.n_names = operands->n_items,
		.format = format_of(&given->format),
		.exit_code = given->exit_code,
		.shared_volumes = given->shared_volumes,
	};
}

static enum status
status_run(struct app *app, const void *args, const struct operands *operands)
{
	const struct containers_args containers = containers_of(args, operands);

	return verb_status(app, &containers);
}

const struct command command_status = {
	.name = "status",
	.synopsis = "[NAME...]",
	.max_operands = OPERANDS_MAX,
	.needs = NEEDS_APP,
	.summary = "Shows what runs, how far behind it is, and what was done",
	.options = status_options,
	.args_size = sizeof(struct containers_options),
	.run = status_run,
};

static enum status
plan_run(struct app *app, const void *args, const struct operands *operands)
{
	const struct containers_args containers = containers_of(args, operands);

	return verb_plan(app, &containers);
}

const struct command command_plan = {
	.name = "plan",
	.synopsis = "[NAME...]",
	.max_operands = OPERANDS_MAX,
	.needs = NEEDS_APP,
	.summary = "Says what would be done to containers, and why",
	.options = plan_options,
	.args_size = sizeof(struct containers_options),
	.run = plan_run,
};

struct apply_options {
	bool yes;
	bool resume;
	bool shared_volumes;
	struct number_choice settle_sec;
};

static const struct option apply_options[] = {
	{ "yes", 'y', NULL, OPTION_FLAG, offsetof(struct apply_options, yes),
	    "Do not ask" },
	{ "resume", '\0', NULL, OPTION_FLAG,
	    offsetof(struct apply_options, resume),
	    "Only bring to its end what was interrupted" },
	{ "settle", '\0', "SECONDS", OPTION_NUMBER,
	    offsetof(struct apply_options, settle_sec),
	    "How long a container without a health check must run (10)" },
	{ "shared-volumes", '\0', NULL, OPTION_FLAG,
	    offsetof(struct apply_options, shared_volumes),
	    "Others may write to its volumes meanwhile" },
	{ 0 },
};

static struct apply_args
apply_of(const struct apply_options *given, const struct operands *operands)
{
	const struct number_choice *settle = &given->settle_sec;

	return (struct apply_args){
		.containers = {
			.names = operands->items,
			.n_names = operands->n_items,
			.shared_volumes = given->shared_volumes,
		},
		.yes = given->yes,
		.resume = given->resume,
		.settle_ms = (settle->is_set ? settle->value : SETTLE_SEC) * 1000,
	};
}

static enum status
apply_run(struct app *app, const void *args, const struct operands *operands)
{
	const struct apply_args apply = apply_of(args, operands);

	return verb_apply(app, &apply);
}

const struct command command_apply = {
	.name = "apply",
	.synopsis = "[NAME...]",
	.max_operands = OPERANDS_MAX,
	.needs = NEEDS_APP | CHANGES_THINGS,
	.summary = "Brings running containers over to patched images",
	.options = apply_options,
	.args_size = sizeof(struct apply_options),
	.run = apply_run,
};

static const struct option rollback_options[] = {
	{ "yes", 'y', NULL, OPTION_FLAG, offsetof(struct apply_options, yes),
	    "Do not ask" },
	{ "settle", '\0', "SECONDS", OPTION_NUMBER,
	    offsetof(struct apply_options, settle_sec),
	    "How long a container without a health check must run (10)" },
	{ "shared-volumes", '\0', NULL, OPTION_FLAG,
	    offsetof(struct apply_options, shared_volumes),
	    "Others may write to its volumes meanwhile" },
	{ 0 },
};

static enum status
rollback_run(struct app *app, const void *args, const struct operands *operands)
{
	const struct apply_args apply = apply_of(args, operands);

	return verb_rollback(app, operands->items[0], &apply);
}

const struct command command_rollback = {
	.name = "rollback",
	.synopsis = "NAME",
	.min_operands = 1,
	.max_operands = 1,
	.needs = NEEDS_APP | CHANGES_THINGS,
	.summary = "Brings back the container that was replaced last",
	.options = rollback_options,
	.args_size = sizeof(struct apply_options),
	.run = rollback_run,
};

struct history_options {
	struct format_choice format;
};

static const struct option history_options[] = {
	{ "output", 'o', "FORMAT", OPTION_FORMAT,
	    offsetof(struct history_options, format), "table, tsv or json" },
	{ 0 },
};

static enum status
history_run(struct app *app, const void *args, const struct operands *operands)
{
	const struct history_options *given = args;

	return verb_history(app,
	    operands->n_items > 0 ? operands->items[0] : NULL,
	    format_of(&given->format));
}

const struct command command_history = {
	.name = "history",
	.synopsis = "[NAME]",
	.max_operands = 1,
	.needs = NEEDS_APP,
	.summary = "Shows what fother did to containers, step by step",
	.options = history_options,
	.args_size = sizeof(struct history_options),
	.run = history_run,
};
