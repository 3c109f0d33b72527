/* SPDX-License-Identifier: Apache-2.0 */
#include "task/show.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "task/progress.h"

/* no-color.org: any value but an empty one. */
static struct report_terminal
terminal_of_output(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (!isatty(STDOUT_FILENO))
		return (struct report_terminal){ 0 };
	return (struct report_terminal){
		.width = terminal_width(STDOUT_FILENO),
		.bold = (!no_color || no_color[0] == '\0') && term &&
		    strcmp(term, "dumb") != 0,
	};
}

static enum status
show(const struct app *app, const struct buf *out, enum status status)
{
	struct error err;

	progress_end(app->progress);
	if (fd_write_all(STDOUT_FILENO, buf_slice(out), &err) < 0) {
		app_complain(app, NULL, &err);
		return STATUS_FAILED;
	}
	return status;
}

enum status
show_report(const struct app *app, struct report *report,
    enum report_format format, enum status status)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct error err;

	report_set_terminal(report, terminal_of_output());
	if (report_write(report, format, &out, &err) < 0) {
		app_complain(app, NULL, &err);
		return STATUS_FAILED;
	}
	return show(app, &out, status);
}

enum status
show_facts(const struct app *app, struct facts *facts,
    enum report_format format, enum status status)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct error err;

	if (facts_write(facts, format, &out, &err) < 0) {
		app_complain(app, NULL, &err);
		return STATUS_FAILED;
	}
	return show(app, &out, status);
}

void
show_fault(const struct app *app, struct report *report, const char *name,
    const struct error *what)
{
	struct error named = *what;
	struct error ignored;

	app_complain(app, name, what);
	(void)error_wrap(&named, "%s", name);
	/* It was said above, even if there is no memory for it here. */
	ERROR_IGNORE(report_add_error(report, &named, &ignored));
}

void
show_facts_fault(const struct app *app, struct facts *facts, const char *name,
    const struct error *what)
{
	struct error named = *what;
	struct error ignored;

	app_complain(app, name, what);
	(void)error_wrap(&named, "%s", name);
	ERROR_IGNORE(facts_add_error(facts, &named, &ignored));
}
