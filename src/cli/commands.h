/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "cli/command.h"

extern const struct command command_packages;
extern const struct command command_updates;
extern const struct command command_patch;
extern const struct command command_status;
extern const struct command command_plan;
extern const struct command command_apply;
extern const struct command command_rollback;
extern const struct command command_history;
extern const struct command command_help_command;
extern const struct command command_version;

/* NULL when there is none of that name. */
const struct command *command_find(const char *name);

/* Prints which commands there are, to standard output. */
void help_all(void);
