/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "report/table.h"
#include "task/app.h"

enum option_type {
	OPTION_FLAG,   /* bool */
	OPTION_TEXT,   /* const char * */
	OPTION_NUMBER, /* struct number_choice */
	OPTION_FORMAT, /* struct format_choice */
	OPTION_WORD,   /* int: which of those in value, "ONE|TWO", from 0 */
};

/* What the operands of a command, or the value of an option, name: what a
 * shell completes them with. */
enum operand {
	OPERAND_TEXT, /* that nobody else knows */
	OPERAND_COMMAND,
	OPERAND_IMAGE,
	OPERAND_SHELL,
};

/* What a command needs of the world; main.c acts on it. */
enum needs {
	NEEDS_NOTHING = 0, /* and works where the world is broken */
	NEEDS_APP = 1,
	CHANGES_THINGS = 2, /* outside of fother's own directories */
};

/* What --output said, or did not say. */
struct format_choice {
	bool is_set;
	enum report_format format;
};

/* 0 to 1000000000, or not said. */
struct number_choice {
	bool is_set;
	int64_t value;
};

/* Where an option's value goes is given as an offset into zeroed args. */
struct option {
	const char *name;  /* NULL ends a table */
	char letter;       /* '\0': none */
	const char *value; /* what it takes, for people; NULL: a flag */
	enum option_type type;
	size_t offset;
	const char *help;
};

#define OPERANDS_MAX SIZE_MAX

struct operands {
	const char *const *items;
	size_t n_items;
};

struct command {
	const char *name;
	const char *synopsis; /* of the operands, "IMAGE..." */
	size_t min_operands, max_operands;
	enum operand operand;
	unsigned int needs; /* enum needs, or'ed */
	const char *summary;
	const struct option *options;
	size_t args_size;
	enum status (*run)(
	    struct app *app, const void *args, const struct operands *operands);
};

/* In the order of --help; ends with NULL. */
extern const struct command *const commands[];

/* The options that every command takes, into struct app_options. */
extern const struct option global_options[];

/*
 * Reads the words after the command's name: options, anywhere, into args
 * (zeroed, command->args_size bytes) and global; operands, in place, to the
 * front of words, their number in *ret_n. ERROR_FORMAT: the usage is wrong,
 * and the message says how.
 */
MUST_CHECK int command_read(const struct command *command, void *args,
    struct app_options *global, char **words, size_t *ret_n, struct error *err);

/*
 * Reads options that stand before the command's name into global; the first
 * *ret_n words are they. It ends at the first word that is none of them, or
 * at NULL. ERROR_FORMAT as above.
 */
MUST_CHECK int command_read_global(
    struct app_options *global, char **words, size_t *ret_n, struct error *err);

/* What the option's value may be, "ONE|TWO"; empty: any text. */
struct slice option_words(const struct option *option);

/* What --output says, else what suits standard output. */
enum report_format format_of(const struct format_choice *choice);
