/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/stat.h>

#include "base/error.h"

/* A file, and its lstat(2). */
struct same_side {
	const char *path;
	struct stat st;
};

/*
 * Sets ret to whether two files are the same but for their times: type, mode,
 * owner, attributes, content of a file, text of a symlink. Of directories,
 * what is in them does not count. ERROR_SYSTEM, ERROR_NOMEM.
 */
MUST_CHECK int same_file(const struct same_side *a, const struct same_side *b,
    bool *ret, struct error *err);
