/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that are given names of images. */
#include "cli/commands.h"

#include "task/verbs.h"

struct packages_options {
	struct format_choice format;
	bool files;
	bool unowned;
};

static const struct option packages_options[] = {
	{ "output", 'o', "FORMAT", OPTION_FORMAT,
	    offsetof(struct packages_options, format), "table, tsv or json" },
	{ "files", '\0', NULL, OPTION_FLAG,
	    offsetof(struct packages_options, files),
	    "List the files instead, and which package each is of" },
	{ "unowned", '\0', NULL, OPTION_FLAG,
	    offsetof(struct packages_options, unowned),
	    "List the files that are of no package" },
	{ 0 },
};

static enum status
packages_run(struct app *app, const void *args, const struct operands *operands)
{
	const struct packages_options *given = args;
	const struct packages_args packages = {
		.names = operands->items,
		.n_names = operands->n_items,
		.format = format_of(&given->format),
		.files = given->files,
		.unowned = given->unowned,
	};

	return verb_packages(app, &packages);
}

const struct command command_packages = {
	.name = "packages",
	.synopsis = "IMAGE...",
	.min_operands = 1,
	.max_operands = OPERANDS_MAX,
	.operand = OPERAND_IMAGE,
	.needs = NEEDS_APP,
	.summary = "Lists the packages that are installed in images",
	.options = packages_options,
	.args_size = sizeof(struct packages_options),
	.run = packages_run,
};

struct sbom_args {
	int format; /* enum sbom_format */
};

static const struct option sbom_options[] = {
	{ "format", '\0', "cyclonedx|spdx", OPTION_WORD,
	    offsetof(struct sbom_args, format),
	    "CycloneDX 1.6, unless it is said, or SPDX 2.3; JSON" },
	{ 0 },
};

static enum status
sbom_run(struct app *app, const void *args, const struct operands *operands)
{
	const struct sbom_args *given = args;

	return verb_sbom(
	    app, operands->items[0], (enum sbom_format)given->format);
}

const struct command command_sbom = {
	.name = "sbom",
	.synopsis = "IMAGE",
	.min_operands = 1,
	.max_operands = 1,
	.operand = OPERAND_IMAGE,
	.needs = NEEDS_APP,
	.summary = "Writes a bill of materials of an image",
	.options = sbom_options,
	.args_size = sizeof(struct sbom_args),
	.run = sbom_run,
};

struct inspect_args {
	struct format_choice format;
};

static const struct option inspect_options[] = {
	{ "output", 'o', "FORMAT", OPTION_FORMAT,
	    offsetof(struct inspect_args, format), "table, tsv or json" },
	{ 0 },
};

static enum status
inspect_run(struct app *app, const void *args, const struct operands *operands)
{
	const struct inspect_args *given = args;

	return verb_inspect(
	    app, operands->items, operands->n_items, format_of(&given->format));
}

const struct command command_inspect = {
	.name = "inspect",
	.synopsis = "IMAGE...",
	.min_operands = 1,
	.max_operands = OPERANDS_MAX,
	.operand = OPERAND_IMAGE,
	.needs = NEEDS_APP,
	.summary = "Shows what images are, how old, and until when supported",
	.options = inspect_options,
	.args_size = sizeof(struct inspect_args),
	.run = inspect_run,
};

struct updates_options {
	struct format_choice format;
	bool exit_code;
};

static const struct option updates_options[] = {
	{ "output", 'o', "FORMAT", OPTION_FORMAT,
	    offsetof(struct updates_options, format), "table, tsv or json" },
	{ "exit-code", '\0', NULL, OPTION_FLAG,
	    offsetof(struct updates_options, exit_code),
	    "Exit with 10 when there is something to update" },
	{ 0 },
};

static enum status
updates_run(struct app *app, const void *args, const struct operands *operands)
{
	const struct updates_options *given = args;
	const struct updates_args updates = {
		.names = operands->items,
		.n_names = operands->n_items,
		.format = format_of(&given->format),
		.exit_code = given->exit_code,
	};

	return verb_updates(app, &updates);
}

const struct command command_updates = {
	.name = "updates",
	.synopsis = "IMAGE...",
	.min_operands = 1,
	.max_operands = OPERANDS_MAX,
	.operand = OPERAND_IMAGE,
	.needs = NEEDS_APP,
	.summary = "Lists what images are behind on, and what of it is "
		   "security",
	.options = updates_options,
	.args_size = sizeof(struct updates_options),
	.run = updates_run,
};

struct patch_options {
	const char *output;
	bool dry_run;
};

static const struct option patch_options[] = {
	{ "output", 'o', "DEST", OPTION_TEXT,
	    offsetof(struct patch_options, output),
	    "The new image, docker-daemon:NAME[:TAG]" },
	{ "dry-run", 'n', NULL, OPTION_FLAG,
	    offsetof(struct patch_options, dry_run),
	    "Only say what would be installed" },
	{ 0 },
};

static enum status
patch_run(struct app *app, const void *args, const struct operands *operands)
{
	const struct patch_options *given = args;
	const struct patch_args patch = {
		.name = operands->items[0],
		.output = given->output,
		.dry_run = given->dry_run,
	};

	return verb_patch(app, &patch);
}

const struct command command_patch = {
	.name = "patch",
	.synopsis = "IMAGE --output DEST",
	.min_operands = 1,
	.max_operands = 1,
	.operand = OPERAND_IMAGE,
	.needs = NEEDS_APP | CHANGES_THINGS,
	.summary = "Makes the same image with its updates installed",
	.options = patch_options,
	.args_size = sizeof(struct patch_options),
	.run = patch_run,
};
