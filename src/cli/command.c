/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include <string.h>
#include <unistd.h>

#define NUMBER_MAX 1000000000

/* One word as an option, taken apart. */
struct given {
	const struct option *option;
	const char *value; /* after '=' or the letter; NULL: none yet */
	char *base;        /* what the option's offset counts from */
};

static const struct option *
by_name(const struct option *options, struct slice name)
{
	for (; options->name; options++)
		if (slice_eq(slice_of_string(options->name), name))
			return options;
	return NULL;
}

static const struct option *
by_letter(const struct option *options, char letter)
{
	for (; options->name; options++)
		if (options->letter != '\0' && options->letter == letter)
			return options;
	return NULL;
}

static const struct option *
find(const struct option *options, const char *word)
{
	if (word[1] != '-')
		return by_letter(options, word[1]);

	const char *name = word + 2;
	return by_name(options, slice_of(name, strcspn(name, "=")));
}

static bool
is_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0';
}

/* An option of this table, if word is one; base is what it is set in. */
static bool
given_find(const struct option *options, void *base, const char *word,
    struct given *ret)
{
	const char *equals = strchr(word, '=');

	ret->option = find(options, word);
	ret->base = base;
	if (word[1] == '-')
		ret->value = equals ? equals + 1 : NULL;
	else
		ret->value = word[2] != '\0' ? word + 2 : NULL;
	return ret->option != NULL;
}

struct slice
option_words(const struct option *option)
{
	if (option->type == OPTION_FORMAT)
		return SLICE("table|tsv|json");
	return option->type == OPTION_WORD ? slice_of_string(option->value)
					   : SLICE("");
}

static int
set_word(const struct option *option, const char *value, int *field,
    struct error *err)
{
	struct slice words = option_words(option);
	struct slice word;

	for (int i = 0; slice_split(&words, '|', &word); i++)
		if (slice_eq(word, slice_of_string(value))) {
			*field = i;
			return 0;
		}
	return error_set(
	    err, ERROR_FORMAT, "--%s: %s", option->name, option->value);
}

static int
set_value(const struct given *given, const char *value, struct error *err)
{
	const struct option *option = given->option;
	void *field = given->base + option->offset;
	struct format_choice choice = { .is_set = true };
	uint64_t number = 0;

	switch (option->type) {
	case OPTION_FLAG: *(bool *)field = true; return 0;
	case OPTION_TEXT: *(const char **)field = value; return 0;
	case OPTION_NUMBER:
		if (!slice_to_u64(slice_of_string(value), NUMBER_MAX, &number))
			return error_set(err, ERROR_FORMAT,
			    "--%s: not a number from 0 to %d", option->name,
			    NUMBER_MAX);
		*(struct number_choice *)field =
		    (struct number_choice){ true, (int64_t)number };
		return 0;
	case OPTION_FORMAT:
		if (!report_format_from_string(
			slice_of_string(value), &choice.format))
			return error_set(err, ERROR_FORMAT,
			    "--%s: table, tsv or json", option->name);
		*(struct format_choice *)field = choice;
		return 0;
	case OPTION_WORD: return set_word(option, value, field, err);
	}
	return error_set(err, ERROR_BUG, "no such type of option");
}

/* Takes the option in *word, and the next word where that is its value. */
static int
option_read(const struct given *given, char ***word, struct error *err)
{
	const char *value = given->value;

	if (given->option->type == OPTION_FLAG) {
		if (value)
			return error_set(err, ERROR_FORMAT,
			    "--%s takes no value", given->option->name);
	} else if (!value) {
		value = *++*word;
		if (!value)
			return error_set(err, ERROR_FORMAT, "--%s needs %s",
			    given->option->name, given->option->value);
	}
	return set_value(given, value, err);
}

static int
check_operands(const struct command *command, size_t n, struct error *err)
{
	if (n >= command->min_operands && n <= command->max_operands)
		return 0;
	return error_set(err, ERROR_FORMAT, "%s: usage: fother %s %s",
	    n < command->min_operands ? "something is missing"
				      : "too many names",
	    command->name, command->synopsis);
}

int
command_read(const struct command *command, void *args,
    struct app_options *global, char **words, size_t *ret_n, struct error *err)
{
	bool only_operands = false;
	size_t n = 0;

	for (char **word = words; *word; word++) {
		struct given given;

		if (!only_operands && !strcmp(*word, "--")) {
			only_operands = true;
			continue;
		}
		if (only_operands || !is_option(*word)) {
			words[n++] = *word;
			continue;
		}
		if (!given_find(command->options, args, *word, &given) &&
		    !given_find(global_options, global, *word, &given))
			return error_set(
			    err, ERROR_FORMAT, "no option %.64s", *word);
		if (option_read(&given, &word, err) < 0)
			return -1;
	}
	words[n] = NULL;
	*ret_n = n;
	return check_operands(command, n, err);
}

int
command_read_global(
    struct app_options *global, char **words, size_t *ret_n, struct error *err)
{
	struct given given;
	char **word = words;

	while (*word && is_option(*word) &&
	    given_find(global_options, global, *word, &given)) {
		if (option_read(&given, &word, err) < 0)
			return -1;
		word++;
	}
	*ret_n = (size_t)(word - words);
	return 0;
}

enum report_format
format_of(const struct format_choice *choice)
{
	if (choice->is_set)
		return choice->format;
	return isatty(STDOUT_FILENO) ? REPORT_TABLE : REPORT_TSV;
}
