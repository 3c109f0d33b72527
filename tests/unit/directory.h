/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "unit.h"

/* An empty directory for one test, which directory_remove() ends. */
static inline char *
directory_new(void)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = string_format("%s/fother-test-XXXXXX", tmp ? tmp : "/tmp");

	assert_non_null(dir);
	assert_non_null(mkdtemp(dir));
	return dir;
}

static inline int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* With all that is in it; frees its name too. */
static inline void
directory_remove(char *dir)
{
	assert_int_equal(nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
	free(dir);
}
