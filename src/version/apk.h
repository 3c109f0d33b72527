/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/slice.h"

/*
 * Compares two versions of Alpine's packages as `apk version -t` does: below
 * 0, 0 or above 0 as a is older than, as old as, or newer than b.
 *
 * Both are untrusted and may be any bytes: the order is total. On what apk 3
 * takes for a version it is apk 3's (apk 2 orders numbers with zeroes before
 * them otherwise, and knows no hashes); on the rest it is so too but for two
 * things, where it is apk 2's: what is the same to apk 3 because it stops
 * reading at one point, like 6.6.2p1 and 6.6.2p2, and "-r" without a number,
 * which is "-r0". Allocates nothing.
 */
int version_apk_compare(struct slice a, struct slice b);

/*
 * The same, but 0 also where a goes on after all of b: what "~" in a
 * dependency means. 3.6.9 is 3.6 so, and 3.60 is not.
 */
int version_apk_compare_prefix(struct slice a, struct slice b);

/* True for what `apk version --check` of apk 3 takes for a version. */
bool version_apk_is_valid(struct slice version);
