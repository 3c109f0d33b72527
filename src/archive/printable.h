/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/slice.h"

/* Enough of a name to find it, in a message that has more to say. */
#define PRINTABLE_SIZE ((size_t)160)

/* An untrusted name made fit for an error message. */
struct printable {
	char text[PRINTABLE_SIZE];
};

/*
 * name with each byte outside printable ASCII, and each backslash, as \xHH;
 * "..." in place of what does not fit.
 */
struct printable printable_of(struct slice name);
