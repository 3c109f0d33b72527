/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* Moments are int64_t seconds since 1970-01-01 00:00:00 UTC, leap seconds not
 * counted; those that can be read or shown are of the years 0000 to 9999. */

/* "2026-11-21T00:53:02Z" and a NUL. */
#define TIME_SIZE 21

/* The system's clock. Only for what has no --now to go by. */
int64_t time_now(void);

/* Milliseconds on a clock that is never set back, for deadlines. */
int64_t monotonic_ms(void);

/*
 * Milliseconds until deadline_ms on that clock, as poll(2) wants them: 0 when
 * it has passed, and INT_MAX at the most.
 */
int monotonic_left_ms(int64_t deadline_ms);

/*
 * Reads the date of a Release file, "Sat, 21 Nov 2026 00:53:02 UTC": the day
 * of the month may have one digit, the zone is UTC, GMT, Z or +0000, and the
 * weekday must be the right one. False, and *ret as it was, for all else.
 */
bool time_from_rfc2822(struct slice text, int64_t *ret);

/*
 * Reads "2026-11-21T00:53:02Z", with a fraction (dropped) or an offset
 * ("+01:00") if there is one, or "2026-11-21", the first second of that day.
 * False, and *ret as it was, for all else.
 */
bool time_from_rfc3339(struct slice text, int64_t *ret);

/* "2026-11-21T00:53:02Z"; a moment outside the years 0000 to 9999 is shown as
 * the first or the last that is inside. */
void time_to_rfc3339(int64_t time, char ret[TIME_SIZE]);
