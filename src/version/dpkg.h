/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/slice.h"

/*
 * Compares two version numbers as dpkg does: below 0, 0 or above 0 as a is
 * older than, as old as, or newer than b.
 *
 * Both are untrusted and may be any bytes: the order is total, so that a list
 * can be sorted by it, and on valid versions it is dpkg's.
 * Allocates nothing.
 */
int version_dpkg_compare(struct slice a, struct slice b);

/*
 * True for what dpkg takes for a version without an error or a warning:
 * [epoch:]upstream[-revision], the epoch at most INT_MAX, the upstream
 * version beginning with a digit, and no byte that has no place there. But for
 * an epoch with a sign: dpkg reads "+1:2" as 1:2, apt and Policy do not.
 */
bool version_dpkg_is_valid(struct slice version);
