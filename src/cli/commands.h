/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdio.h>

#include "cli/command.h"

extern const struct command command_packages;
extern const struct command command_sbom;
extern const struct command command_inspect;
extern const struct command command_updates;
extern const struct command command_patch;
extern const struct command command_status;
extern const struct command command_plan;
extern const struct command command_apply;
extern const struct command command_rollback;
extern const struct command command_history;
extern const struct command command_help;
extern const struct command command_completion;
extern const struct command command_version;

/* NULL when there is none of that name. */
const struct command *command_find(const char *name);

/* Prints which commands there are. */
void help_all(FILE *out);

/* Prints what the command is for and takes, to standard output. */
void help_command(const struct command *command);

/* Prints all commands and options as one JSON object; -1: no memory. */
MUST_CHECK int help_json(void);

/* Prints the completion for "bash" or "zsh"; false for other shells. */
bool completion_print(const char *shell);
