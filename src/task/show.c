/* SPDX-License-Identifier: Apache-2.0 */
#include "task/show.h"

#include <unistd.h>

#include "base/fd.h"

enum status
show_report(const struct app *app, struct report *report,
    enum report_format format, enum status status)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct error err;

	if (report_write(report, format, &out, &err) < 0 ||
	    fd_write_all(STDOUT_FILENO, buf_slice(&out), &err) < 0) {
		app_complain(app, NULL, &err);
		return STATUS_FAILED;
	}
	return status;
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
