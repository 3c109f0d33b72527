/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "catalog/os_release.h"
#include "layer/tree.h"

/*
 * Finds what the system in tree says it is, in os-release, else in the files
 * that came before it, with Debian's point release: a new *ret, to be freed
 * with os_release_free(), or NULL when nothing says. An os-release that is
 * broken is an error, as os_release_parse(), with its path; so is, as
 * tree_find(), one that cannot be found. Others then only tell nothing.
 */
MUST_CHECK int os_find(
    const struct tree *tree, struct os_release **ret, struct error *err);
