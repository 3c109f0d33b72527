/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/package.h"

/* Below 0, 0 or above 0 as a is older than, as old as, or newer than b. Both
 * are untrusted and may be any bytes; the order is total. */
typedef int version_compare_fn(struct slice a, struct slice b);

/*
 * How the versions of such packages compare; NULL for PACKAGE_ALPM, of which
 * we only take stock.
 */
version_compare_fn *version_compare_of(enum package_type type);
