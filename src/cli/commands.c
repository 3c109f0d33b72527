/* SPDX-License-Identifier: Apache-2.0 */
/* Which commands there are, what all of them take, and those about both. */
#include "cli/commands.h"

#include <string.h>

#ifndef FOTHER_VERSION
#error "FOTHER_VERSION is set by the build"
#endif

const struct command *const commands[] = {
	&command_packages,
	&command_sbom,
	&command_inspect,
	&command_updates,
	&command_patch,
	&command_status,
	&command_plan,
	&command_apply,
	&command_rollback,
	&command_history,
	&command_help,
	&command_completion,
	&command_version,
	NULL,
};

const struct option global_options[] = {
	{ "host", 'H', "URL", OPTION_TEXT, offsetof(struct app_options, host),
	    "The engine; unix:///PATH or tcp://HOST:PORT" },
	{ "cache", '\0', "DIR", OPTION_TEXT,
	    offsetof(struct app_options, cache_dir),
	    "Where to keep what can be fetched again" },
	{ "cache-size", '\0', "SIZE", OPTION_TEXT,
	    offsetof(struct app_options, cache_size),
	    "How much of it: bytes, or 500M, 10G; 2G if not said" },
	{ "state", '\0', "DIR", OPTION_TEXT,
	    offsetof(struct app_options, state_dir),
	    "Where to keep the journal" },
	{ "keyring", '\0', "FILE", OPTION_TEXT,
	    offsetof(struct app_options, keyring),
	    "More keys to trust for archives" },
	{ "now", '\0', "DATE", OPTION_TEXT, offsetof(struct app_options, now),
	    "Take this for today's date" },
	{ "platform", '\0', "OS/ARCH", OPTION_TEXT,
	    offsetof(struct app_options, platform),
	    "Take the image for this of an index" },
	{ "tls-verify", '\0', "BOOL", OPTION_TEXT,
	    offsetof(struct app_options, tls_verify),
	    "Whether registries must prove who they are; true or false" },
	{ "authfile", '\0', "FILE", OPTION_TEXT,
	    offsetof(struct app_options, auth_file),
	    "Credentials for registries, as podman login writes them" },
	{ "offline", '\0', NULL, OPTION_FLAG,
	    offsetof(struct app_options, offline), "Do not use the network" },
	{ "verify", '\0', NULL, OPTION_FLAG,
	    offsetof(struct app_options, verify),
	    "Have an engine export what could be read from its storage" },
	{ "quiet", 'q', NULL, OPTION_FLAG, offsetof(struct app_options, quiet),
	    "Say only what is wrong" },
	{ "verbose", 'v', NULL, OPTION_FLAG,
	    offsetof(struct app_options, verbose), "Say more" },
	{ 0 },
};

const struct command *
command_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

static const struct option no_options[] = { { 0 } };

struct help_args {
	bool json;
};

static const struct option help_options[] = {
	{ "json", '\0', NULL, OPTION_FLAG, offsetof(struct help_args, json),
	    "All commands and their options, for programs" },
	{ 0 },
};

static enum status
help_run(struct app *app, const void *args, const struct operands *operands)
{
	const struct help_args *given = args;

	(void)app;
	if (given->json)
		return help_json() < 0 ? STATUS_FAILED : STATUS_OK;
	if (operands->n_items == 0) {
		help_all(stdout);
		return STATUS_OK;
	}

	const struct command *command = command_find(operands->items[0]);
	if (!command) {
		(void)fprintf(
		    stderr, "fother: no command %.64s\n", operands->items[0]);
		return STATUS_USAGE;
	}
	help_command(command);
	return STATUS_OK;
}

const struct command command_help = {
	.name = "help",
	.synopsis = "[COMMAND]",
	.max_operands = 1,
	.operand = OPERAND_COMMAND,
	.summary = "Says what there is, or what a command takes",
	.options = help_options,
	.args_size = sizeof(struct help_args),
	.run = help_run,
};

static enum status
completion_run(
    struct app *app, const void *args, const struct operands *operands)
{
	(void)app;
	(void)args;
	if (completion_print(operands->items[0]))
		return STATUS_OK;
	(void)fprintf(stderr, "fother: no completion for %.64s; bash and zsh\n",
	    operands->items[0]);
	return STATUS_USAGE;
}

const struct command command_completion = {
	.name = "completion",
	.synopsis = "SHELL",
	.min_operands = 1,
	.max_operands = 1,
	.operand = OPERAND_SHELL,
	.summary = "Prints how bash or zsh completes what fother takes",
	.options = no_options,
	.run = completion_run,
};

static enum status
version_run(struct app *app, const void *args, const struct operands *operands)
{
	(void)app;
	(void)args;
	(void)operands;
	(void)printf("fother %s\n", FOTHER_VERSION);
	return STATUS_OK;
}

const struct command command_version = {
	.name = "version",
	.synopsis = "",
	.summary = "Says which fother this is",
	.options = no_options,
	.run = version_run,
};
