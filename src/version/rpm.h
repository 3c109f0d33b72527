/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/slice.h"

/*
 * Compares two versions of packages, [epoch:]version[-release], as rpm does:
 * below 0, 0 or above 0 as a is older than, as old as, or newer than b.
 *
 * Both are untrusted and may be any bytes; the order is total. It also holds
 * for a version alone, without a release. No epoch is epoch 0: who has the
 * name of a source package, where rpm writes no epoch, must cut both epochs
 * off first. Allocates nothing.
 *
 * rpm has nothing that tells a valid version from others, so nor have we.
 */
int version_rpm_compare(struct slice a, struct slice b);
