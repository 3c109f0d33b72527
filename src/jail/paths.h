/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"

/* A set of paths. One of zeroes is empty. */
struct paths {
	void *tree;
};

/* Adds a copy of path; one that is in it already is fine. ERROR_NOMEM. */
MUST_CHECK int paths_add(
    struct paths *paths, struct slice path, struct error *err);

bool paths_has(const struct paths *paths, struct slice path);
void paths_clear(struct paths *paths);
DEFINE_CLEANUP_IN_PLACE(struct paths, paths_clear)
