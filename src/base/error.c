/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

#undef error_set
#undef error_wrap
#undef error_nomem
#undef error_errno

int
error_set(struct error *err, enum error_kind kind, const char *fmt, ...)
{
	va_list args;

	err->kind = kind;
	va_start(args, fmt);
	(void)vsnprintf(err->msg, sizeof(err->msg), fmt, args);
	va_end(args);
	return -1;
}

int
error_wrap(struct error *err, const char *fmt, ...)
{
	char context[sizeof(err->msg)];
	char cause[sizeof(err->msg)];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(context, sizeof(context), fmt, args);
	va_end(args);

	/* What does not fit is cut off at the end: the outermost context is
	 * worth more to the reader than the innermost detail. */
	memcpy(cause, err->msg, sizeof(cause));
	return error_set(err, err->kind, "%s: %s", context, cause);
}

int
error_nomem(struct error *err)
{
	return error_set(err, ERROR_NOMEM, "out of memory");
}

static enum error_kind
kind_of_errno(int number)
{
	switch (number) {
	case ENOMEM: return ERROR_NOMEM;
	case ENOENT: return ERROR_NOT_FOUND;
	case EEXIST: return ERROR_EXISTS;
	case EACCES:
	case EPERM: return ERROR_DENIED;
	case ECONNREFUSED:
	case EHOSTUNREACH:
	case ENETUNREACH: return ERROR_UNREACHABLE;
	case ETIMEDOUT: return ERROR_TIMEOUT;
	default: return ERROR_SYSTEM;
	}
}

int
error_errno(struct error *err, const char *fmt, ...)
{
	int number = errno;
	char context[sizeof(err->msg)];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(context, sizeof(context), fmt, args);
	va_end(args);
	return error_set(err, kind_of_errno(number), "%s: %s", context,
	    strerrordesc_np(number) ? strerrordesc_np(number) : "error");
}

const char *
error_kind_to_string(enum error_kind kind)
{
	static const char *const names[] = {
		[ERROR_NONE] = "none",
		[ERROR_NOMEM] = "nomem",
		[ERROR_SYSTEM] = "system",
		[ERROR_FORMAT] = "format",
		[ERROR_LIMIT] = "limit",
		[ERROR_NOT_FOUND] = "not-found",
		[ERROR_EXISTS] = "exists",
		[ERROR_DENIED] = "denied",
		[ERROR_UNTRUSTED] = "untrusted",
		[ERROR_UNREACHABLE] = "unreachable",
		[ERROR_TIMEOUT] = "timeout",
		[ERROR_CONFLICT] = "conflict",
		[ERROR_UNSUPPORTED] = "unsupported",
		[ERROR_CANCELED] = "canceled",
		[ERROR_BUG] = "bug",
	};

	return (size_t)kind < N_ITEMS(names) ? names[kind] : "unknown";
}
