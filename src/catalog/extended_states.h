/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/package.h"

/*
 * Marks those of list as automatic of which text, the whole of a
 * var/lib/apt/extended_states, says so. text is untrusted and only read.
 * ERROR_FORMAT, with the number of the line: not deb822, or no Package;
 * list may then be marked in part. ERROR_NOMEM.
 */
MUST_CHECK int extended_states_apply(
    struct slice text, struct package_list *list, struct error *err);
