/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "repo/upgrade.h"

/*
 * Takes out of the plan what cannot be installed without adding, removing or
 * breaking a package, and says why in its update. ERROR_NOMEM.
 */
MUST_CHECK int closure_compute(struct upgrade *plan, struct error *err);

/*
 * Takes one package out of the plan, for the reason that fmt gives; nothing
 * when it is not in it. ERROR_NOMEM.
 */
MUST_CHECK int closure_keep_back(
    struct upgrade_package *package, struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Sets the stage of each update in the plan. What waits for itself in a
 * circle of Pre-Depends is taken out of the plan, and then *ret_again is
 * true: others may have relied on it. ERROR_NOMEM.
 */
MUST_CHECK int stages_compute(
    struct upgrade *plan, bool *ret_again, struct error *err);
