/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "model/package.h"

/* That one package, by its number in a list, needs another one. */
struct need {
	uint32_t from, to;
};

/*
 * Finds which of the installed packages meets each Pre-Depends and Depends of
 * the others: of alternatives the first that is there, a package before what
 * only provides it. Puts them, sorted and each once, into a new *ret, which
 * is to be freed, and their number into *ret_n. What nothing meets is left
 * out. All must be debs. The relations are untrusted: ERROR_FORMAT when one
 * cannot be read; ERROR_LIMIT, ERROR_NOMEM.
 */
MUST_CHECK int needs_resolve(const struct package_list *installed,
    struct need **ret, size_t *ret_n, struct error *err);
