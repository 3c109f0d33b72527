/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/slice.h"

/*
 * The number in a field of a tar header: octal digits between spaces and
 * NULs (none is 0), or, when the first bit is set, two's complement of what
 * remains, big-endian. False when it is neither or does not fit.
 */
bool tar_number_parse(struct slice field, int64_t *ret);

/*
 * The time in a PAX record: "1700000000.25", "-1.5"; digits after the ninth
 * are cut off. *ret_nsec counts up from *ret_sec. False when it is none.
 */
bool tar_time_parse(struct slice text, int64_t *ret_sec, uint32_t *ret_nsec);
