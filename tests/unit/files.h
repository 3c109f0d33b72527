/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "base/fd.h"
#include "unit.h"

/*
 * Puts a file of the source tree (or beside it) into ret; false when there is
 * none. The build sets SOURCE_ROOT; without it, that is the directory in which
 * the test runs.
 */
static inline bool
source_file_try(const char *name, struct buf *ret)
{
	const char *root = getenv("SOURCE_ROOT");
	char path[4096];
	struct error err;

	(void)snprintf(path, sizeof(path), "%s/%s", root ? root : ".", name);
	if (file_read(path, ret, &err) == 0)
		return true;
	if (err.kind != ERROR_NOT_FOUND)
		fail_msg("%s", err.msg);
	return false;
}

/* The same, of a file that must be there. */
static inline void
source_file(const char *name, struct buf *ret)
{
	if (!source_file_try(name, ret))
		fail_msg("%s is not there", name);
}
