/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/commands.h"

static int
usage(const struct error *err)
{
	(void)fprintf(stderr, "fother: %s\n", err->msg);
	return STATUS_USAGE;
}

static int
run(const struct command *command, const void *args,
    const struct app_options *options, const struct operands *operands)
{
	CLEANUP(app_clear) struct app app = { 0 };
	struct error err;

	if (!(command->needs & NEEDS_APP))
		return (int)command->run(&app, args, operands);
	if (app_init(&app, options, &err) < 0) {
		if (err.kind == ERROR_FORMAT)
			return usage(&err);
		app_complain(&app, NULL, &err);
		return STATUS_FAILED;
	}
	return (int)command->run(&app, args, operands);
}

static int
dispatch(
    const struct command *command, struct app_options *options, char **words)
{
	struct operands operands = { 0 };
	struct error err;
	size_t n;

	/* calloc(0) may be NULL. */
	CLEANUP(string_free) char *args = calloc(1, command->args_size + 1);
	if (!args)
		return STATUS_FAILED;
	for (char **word = words; *word && strcmp(*word, "--") != 0; word++)
		if (!strcmp(*word, "--help") || !strcmp(*word, "-h")) {
			help_command(command);
			return STATUS_OK;
		}
	if (command_read(command, args, options, words, &n, &err) < 0)
		return usage(&err);
	operands = (struct operands){ (const char *const *)words, n };
	return run(command, args, options, &operands);
}

/* The words after our own name; what is about no command is done here. */
static int
words_run(char **words)
{
	struct app_options options = { .host = getenv("DOCKER_HOST") };
	struct error err;
	size_t n;

	if (command_read_global(&options, words, &n, &err) < 0)
		return usage(&err);

	const char *word = words[n];
	if (!word) {
		help_all(stderr);
		return STATUS_USAGE;
	}
	if (!strcmp(word, "--help") || !strcmp(word, "-h")) {
		help_all(stdout);
		return STATUS_OK;
	}
	if (!strcmp(word, "--version"))
		return (int)command_version.run(NULL, NULL, NULL);

	const struct command *command = command_find(word);
	if (!command) {
		(void)fprintf(stderr,
		    "fother: no %s %.64s; fother help lists them\n",
		    word[0] == '-' ? "option" : "command", word);
		return STATUS_USAGE;
	}
	return dispatch(command, &options, words + n + 1);
}

/* What was only printed may have gone nowhere. */
static int
output_end(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	(void)fprintf(stderr, "fother: write: %s\n", strerror(errno));
	return STATUS_FAILED;
}

int
main(int argc, char **argv)
{
	/* Names in the C locale's order, whatever the person's is. */
	(void)setlocale(LC_ALL, "C");
	app_catch_signals();
	return output_end(words_run(argc > 0 ? argv + 1 : argv));
}
