/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/memory.h"
#include "cli/commands.h"
#include "unit.h"

#define WORDS_MAX 16

/* --- a command that takes one of each ------------------------------------ */

struct args {
	bool yes;
	bool all;
	const char *text;
	struct number_choice number;
	struct format_choice format;
	bool offline; /* hides the global one */
};

static const struct option options[] = {
	{ "yes", 'y', NULL, OPTION_FLAG, offsetof(struct args, yes), "Yes" },
	{ "all", '\0', NULL, OPTION_FLAG, offsetof(struct args, all), "All" },
	{ "text", 't', "TEXT", OPTION_TEXT, offsetof(struct args, text),
	    "Text" },
	{ "number", 'n', "N", OPTION_NUMBER, offsetof(struct args, number),
	    "Number" },
	{ "output", 'o', "FORMAT", OPTION_FORMAT, offsetof(struct args, format),
	    "Format" },
	{ "offline", '\0', NULL, OPTION_FLAG, offsetof(struct args, offline),
	    "Offline" },
	{ 0 },
};

static const struct command command = {
	.name = "test",
	.synopsis = "A [B]",
	.min_operands = 1,
	.max_operands = 2,
	.options = options,
	.args_size = sizeof(struct args),
};

/* What was read of a line. */
struct line {
	char text[256];
	char *words[WORDS_MAX];
	size_t n;
	struct args args;
	struct app_options global;
	struct error err;
};

/* Its words are between blanks. */
static void
line_split(struct line *line, const char *text)
{
	size_t n = 0;

	*line = (struct line){ 0 };
	assert_true(strlen(text) < sizeof(line->text));
	(void)snprintf(line->text, sizeof(line->text), "%s", text);
	for (char *word = strtok(line->text, " "); word;
	     word = strtok(NULL, " ")) {
		assert_true(n + 1 < WORDS_MAX);
		line->words[n++] = word;
	}
}

static int
line_read(struct line *line, const char *text)
{
	line_split(line, text);
	return command_read(&command, &line->args, &line->global, line->words,
	    &line->n, &line->err);
}

static void
line_of(struct line *line, const char *text)
{
	if (line_read(line, text) < 0)
		fail_msg("%s: %s", text, line->err.msg);
}

static void
assert_wrong(const char *text, const char *message)
{
	struct line line;

	if (line_read(&line, text) == 0)
		fail_msg("%s: not wrong", text);
	assert_int_equal(line.err.kind, ERROR_FORMAT);
	if (!strstr(line.err.msg, message))
		fail_msg(
		    "%s: \"%s\" is not \"%s\"", text, line.err.msg, message);
}

static void
a_value_may_be_written_in_four_ways(void **state)
{
	static const char *const lines[] = { "--text=x a", "--text x a",
		"-tx a", "-t x a", "a --text=x", "a -t x", "-t y a -t x" };

	(void)state;
	for (size_t i = 0; i < N_ITEMS(lines); i++) {
		struct line line;

		line_of(&line, lines[i]);

		assert_string_equal(line.args.text, "x");
		assert_int_equal(line.n, 1);
		assert_string_equal(line.words[0], "a");
		assert_null(line.words[1]);
	}
}

static void
a_value_is_taken_as_it_stands(void **state)
{
	static const struct {
		const char *line;
		const char *text;
	} cases[] = {
		{ "--text= a", "" },
		{ "--text=x=y a", "x=y" },
		{ "-t=x a", "=x" },
		{ "--text --yes a", "--yes" },
		{ "--text -- a", "--" },
		{ "-t - a", "-" },
	};

	(void)state;
	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		struct line line;

		line_of(&line, cases[i].line);

		assert_string_equal(line.args.text, cases[i].text);
		assert_false(line.args.yes);
		assert_int_equal(line.n, 1);
	}
}

static void
flags_are_set_and_take_nothing(void **state)
{
	(void)state;
	struct line line;

	line_of(&line, "-y a");

	assert_true(line.args.yes);
	assert_false(line.args.all);
	line_of(&line, "a --all");
	assert_false(line.args.yes);
	assert_true(line.args.all);
	assert_wrong("--yes=1 a", "--yes takes no value");
	assert_wrong("--yes= a", "--yes takes no value");
	assert_wrong("-yx a", "--yes takes no value");
}

static void
unknown_options_are_wrong(void **state)
{
	static const char *const lines[] = { "--nothing a", "-x a", "--tex x a",
		"--texts x a", "--=x a", "---text x a", "a --Yes", "-Y a",
		"--y a" };

	(void)state;
	for (size_t i = 0; i < N_ITEMS(lines); i++)
		assert_wrong(lines[i], "no option");
}

static void
a_missing_value_is_wrong(void **state)
{
	(void)state;
	assert_wrong("a --text", "--text needs TEXT");
	assert_wrong("a -t", "--text needs TEXT");
	assert_wrong("a --host", "--host needs URL");
}

static void
numbers_are_digits_within_bounds(void **state)
{
	static const char *const wrong[] = { "-1", "+1", "1000000001", "1.5",
		"x", "1x", "0x10", "18446744073709551617", "1e3" };

	(void)state;
	struct line line;

	line_of(&line, "a");
	assert_false(line.args.number.is_set);
	line_of(&line, "--number 0 a");
	assert_true(line.args.number.is_set);
	assert_int_equal(line.args.number.value, 0);
	line_of(&line, "-n1000000000 a");
	assert_int_equal(line.args.number.value, 1000000000);
	line_of(&line, "--number=007 a");
	assert_int_equal(line.args.number.value, 7);
	for (size_t i = 0; i < N_ITEMS(wrong); i++) {
		CLEANUP(string_free)
		char *text = string_format("--number %s a", wrong[i]);

		assert_wrong(text, "--number: not a number from 0 to");
	}
	assert_wrong("--number= a", "--number: not a number");
}

static void
formats_are_three(void **state)
{
	(void)state;
	struct line line;

	line_of(&line, "-o json a");

	assert_true(line.args.format.is_set);
	assert_int_equal(format_of(&line.args.format), REPORT_JSON);
	line_of(&line, "--output=table a");
	assert_int_equal(format_of(&line.args.format), REPORT_TABLE);
	assert_wrong("-o yaml a", "--output: table, tsv or json");
	assert_wrong("-o JSON a", "--output: table, tsv or json");
	assert_wrong("--output= a", "--output: table, tsv or json");
}

static void
after_two_dashes_all_are_operands(void **state)
{
	(void)state;
	struct line line;

	line_of(&line, "-y -- --all -x");

	assert_true(line.args.yes);
	assert_false(line.args.all);
	assert_int_equal(line.n, 2);
	assert_string_equal(line.words[0], "--all");
	assert_string_equal(line.words[1], "-x");
	line_of(&line, "-- --");
	assert_int_equal(line.n, 1);
	assert_string_equal(line.words[0], "--");
	line_of(&line, "-");
	assert_string_equal(line.words[0], "-");
}

static void
operands_are_counted(void **state)
{
	(void)state;
	assert_wrong("", "something is missing: usage: fother test A [B]");
	assert_wrong("--yes", "something is missing");
	assert_wrong("a b c", "too many names: usage: fother test A [B]");
	assert_wrong("a -- b c", "too many names");

	struct line line;

	line_of(&line, "a -y b");
	assert_int_equal(line.n, 2);
	assert_string_equal(line.words[1], "b");
}

static void
options_of_every_command_may_stand_anywhere(void **state)
{
	(void)state;
	struct line line;

	line_of(&line, "-q a --host=unix:///x b --cache DIR --now=2026-11-22");

	assert_string_equal(line.global.host, "unix:///x");
	assert_string_equal(line.global.cache_dir, "DIR");
	assert_string_equal(line.global.now, "2026-11-22");
	assert_true(line.global.quiet);
	assert_false(line.global.verbose);
	assert_int_equal(line.n, 2);

	/* The command's own comes first. */
	line_of(&line, "a --offline");
	assert_true(line.args.offline);
	assert_false(line.global.offline);
}

static size_t
lead_of(struct line *line, const char *text)
{
	size_t n = 0;

	line_split(line, text);
	if (command_read_global(&line->global, line->words, &n, &line->err) < 0)
		fail_msg("%s: %s", text, line->err.msg);
	return n;
}

static void
options_of_every_command_may_stand_before_it(void **state)
{
	static const char *const none[] = { "", "status --host x", "--help",
		"-h", "--version", "--yes", "--", "-" };
	struct line line;
	size_t n;

	(void)state;
	assert_int_equal(lead_of(&line, "--host status -q plan -v"), 3);
	assert_string_equal(line.global.host, "status");
	assert_true(line.global.quiet);
	assert_false(line.global.verbose);
	assert_string_equal(line.words[3], "plan");
	assert_int_equal(lead_of(&line, "--offline -Hx"), 2);
	assert_string_equal(line.global.host, "x");
	assert_null(line.words[2]);
	for (size_t i = 0; i < N_ITEMS(none); i++)
		assert_int_equal(lead_of(&line, none[i]), 0);

	line_split(&line, "-q --host");
	assert_int_equal(
	    command_read_global(&line.global, line.words, &n, &line.err), -1);
	assert_int_equal(line.err.kind, ERROR_FORMAT);
}

/* --- those that there are ------------------------------------------------ */

static char *
help_of(const struct command *of)
{
	CLEANUP(fd_close) int shown = dup(STDOUT_FILENO);
	CLEANUP(buf_clear) struct buf text = { 0 };
	FILE *file = tmpfile();
	struct error err;

	assert_non_null(file);
	(void)fflush(stdout);
	assert_true(dup2(fileno(file), STDOUT_FILENO) >= 0);
	help_command(of);
	(void)fflush(stdout);
	assert_true(dup2(shown, STDOUT_FILENO) >= 0);
	assert_int_equal(lseek(fileno(file), 0, SEEK_SET), 0);
	assert_int_equal(fd_read_all(fileno(file), &text, &err), 0);
	(void)fclose(file);
	return buf_take_string(&text);
}

static void
assert_helps(const char *help, const struct option *table)
{
	for (; table->name; table++) {
		CLEANUP(string_free)
		char *line = string_format("%c%c%c --%s%s%s ",
		    table->letter ? '-' : ' ',
		    table->letter ? table->letter : ' ',
		    table->letter ? ',' : ' ', table->name,
		    table->value ? " " : "", table->value ? table->value : "");

		if (!strstr(help, line) || !strstr(help, table->help))
			fail_msg("no \"%s\" in:\n%s", line, help);
	}
}

static void
help_names_every_option(void **state)
{
	(void)state;
	for (size_t i = 0; commands[i]; i++) {
		CLEANUP(string_free) char *help = help_of(commands[i]);

		assert_non_null(help);
		assert_non_null(strstr(help, commands[i]->name));
		assert_non_null(strstr(help, commands[i]->synopsis));
		assert_non_null(strstr(help, commands[i]->summary));
		assert_helps(help, commands[i]->options);
		assert_helps(help, global_options);
		for (char *line = strtok(help, "\n"); line;
		     line = strtok(NULL, "\n"))
			assert_true(strlen(line) <= 96);
	}
}

/* A letter or a name of two meanings would be read as the first. */
static void
no_option_has_two_meanings(void **state)
{
	(void)state;
	for (size_t i = 0; commands[i]; i++)
		for (const struct option *one = commands[i]->options; one->name;
		     one++) {
			for (const struct option *other = one + 1; other->name;
			     other++) {
				assert_string_not_equal(one->name, other->name);
				assert_true(one->letter == '\0' ||
				    one->letter != other->letter);
			}
			for (const struct option *other = global_options;
			     other->name; other++) {
				assert_string_not_equal(one->name, other->name);
				assert_true(one->letter == '\0' ||
				    one->letter != other->letter);
			}
		}
}

static void
every_command_fits_its_table(void **state)
{
	static const size_t sizes[] = {
		[OPTION_FLAG] = sizeof(bool),
		[OPTION_TEXT] = sizeof(const char *),
		[OPTION_NUMBER] = sizeof(struct number_choice),
		[OPTION_FORMAT] = sizeof(struct format_choice),
		[OPTION_WORD] = sizeof(int),
	};

	(void)state;
	for (size_t i = 0; commands[i]; i++) {
		assert_ptr_equal(command_find(commands[i]->name), commands[i]);
		for (const struct option *o = commands[i]->options; o->name;
		     o++) {
			assert_true(o->offset + sizes[o->type] <=
			    commands[i]->args_size);
			assert_true(
			    (o->type == OPTION_FLAG) == (o->value == NULL));
		}
	}
	assert_null(command_find("nothing"));
	assert_null(command_find(""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_may_be_written_in_four_ways),
		cmocka_unit_test(a_value_is_taken_as_it_stands),
		cmocka_unit_test(flags_are_set_and_take_nothing),
		cmocka_unit_test(unknown_options_are_wrong),
		cmocka_unit_test(a_missing_value_is_wrong),
		cmocka_unit_test(numbers_are_digits_within_bounds),
		cmocka_unit_test(formats_are_three),
		cmocka_unit_test(after_two_dashes_all_are_operands),
		cmocka_unit_test(operands_are_counted),
		cmocka_unit_test(options_of_every_command_may_stand_anywhere),
		cmocka_unit_test(options_of_every_command_may_stand_before_it),
		cmocka_unit_test(help_names_every_option),
		cmocka_unit_test(no_option_has_two_meanings),
		cmocka_unit_test(every_command_fits_its_table),
	};

	return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
