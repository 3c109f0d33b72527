/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "report/facts.h"
#include "report/table.h"
#include "task/app.h"

/*
 * Writes the report to standard output; status, or STATUS_FAILED when it
 * cannot be written. A table on a terminal is no wider than that.
 */
enum status show_report(const struct app *app, struct report *report,
    enum report_format format, enum status status);

/* The same for facts. */
enum status show_facts(const struct app *app, struct facts *facts,
    enum report_format format, enum status status);

/* Complains of a failure with name, and tells it in the report too. */
void show_fault(const struct app *app, struct report *report, const char *name,
    const struct error *what);

/* The same for facts. */
void show_facts_fault(const struct app *app, struct facts *facts,
    const char *name, const struct error *what);
