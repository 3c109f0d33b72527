/* SPDX-License-Identifier: Apache-2.0 */
/* What the tables of commands and options say, for people and for programs. */
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json_write.h"
#include "cli/commands.h"

#ifndef FOTHER_VERSION
#error "FOTHER_VERSION is set by the build"
#endif

void
help_all(FILE *out)
{
	(void)fprintf(out,
	    "usage: fother COMMAND [OPTION...] [NAME...]\n\n"
	    "Keeps containers patched while they run.\n\n"
	    "Commands:\n");
	for (size_t i = 0; commands[i]; i++)
		(void)fprintf(out, "  %-10s %s\n", commands[i]->name,
		    commands[i]->summary);
	(void)fprintf(out, "\nfother help COMMAND says more.\n");
}

static void
print_options(const struct option *options)
{
	for (; options->name; options++) {
		char left[64];
		char letter[8] = "    ";

		if (options->letter != '\0')
			(void)snprintf(
			    letter, sizeof(letter), "-%c, ", options->letter);
		(void)snprintf(left, sizeof(left), "%s--%s%s%s", letter,
		    options->name, options->value ? " " : "",
		    options->value ? options->value : "");
		(void)printf("  %-28s %s\n", left, options->help);
	}
}

void
help_command(const struct command *command)
{
	(void)printf("usage: fother %s [OPTION...] %s\n\n%s.\n", command->name,
	    command->synopsis, command->summary);
	if (command->options->name) {
		(void)printf("\nOptions:\n");
		print_options(command->options);
	}
	(void)printf("\nOptions of every command:\n");
	print_options(global_options);
}

static void
write_text(struct json_writer *json, const char *key, const char *text)
{
	json_write_key(json, key);
	if (text)
		json_write_string(json, slice_of_string(text));
	else
		json_write_null(json);
}

static void
write_options(struct json_writer *json, const struct option *options)
{
	json_write_key(json, "options");
	json_write_array(json);
	for (; options->name; options++) {
		struct slice words = option_words(options);
		struct slice word;
		const char letter[] = { options->letter, '\0' };

		json_write_object(json);
		write_text(json, "name", options->name);
		write_text(
		    json, "letter", options->letter != '\0' ? letter : NULL);
		write_text(json, "value", options->value);
		json_write_key(json, "words");
		json_write_array(json);
		while (slice_split(&words, '|', &word))
			json_write_string(json, word);
		json_write_array_end(json);
		write_text(json, "help", options->help);
		json_write_object_end(json);
	}
	json_write_array_end(json);
}

static void
write_command(struct json_writer *json, const struct command *command)
{
	json_write_object(json);
	write_text(json, "name", command->name);
	write_text(json, "synopsis", command->synopsis);
	write_text(json, "summary", command->summary);
	json_write_member_u64(json, "min_operands", command->min_operands);
	json_write_key(json, "max_operands");
	if (command->max_operands == OPERANDS_MAX)
		json_write_null(json);
	else
		json_write_u64(json, command->max_operands);
	json_write_member_bool(
	    json, "changes_things", command->needs & CHANGES_THINGS);
	write_options(json, command->options);
	json_write_object_end(json);
}

int
help_json(void)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct json_writer json = json_writer_of(&out);
	struct error err;

	json_write_object(&json);
	write_text(&json, "schema", "fother.help/1");
	write_text(&json, "version", FOTHER_VERSION);
	write_options(&json, global_options);
	json_write_key(&json, "commands");
	json_write_array(&json);
	for (size_t i = 0; commands[i]; i++)
		write_command(&json, commands[i]);
	json_write_array_end(&json);
	json_write_object_end(&json);
	buf_put_string(&out, "\n");
	if (buf_check(&out, &err) < 0 ||
	    fd_write_all(STDOUT_FILENO, buf_slice(&out), &err) < 0) {
		(void)fprintf(stderr, "fother: %s\n", err.msg);
		return -1;
	}
	return 0;
}
