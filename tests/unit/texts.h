/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/slice.h"
#include "unit.h"

/* Fails unless actual is that text. */
static inline void
assert_slice(struct slice actual, const char *expected)
{
	if (!slice_eq(actual, slice_of_string(expected)))
		fail_msg("\"" SLICE_FMT "\" is not \"%s\"", SLICE_ARG(actual),
		    expected);
}
