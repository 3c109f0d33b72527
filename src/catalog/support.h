/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "catalog/os_release.h"

/*
 * A release of a distribution, and the last days of its support; days are
 * "2028-06-30", and empty where none is known.
 */
struct support_release {
	struct slice id; /* as in os-release; "centos-stream" for that */
	struct slice version;
	struct slice codename; /* may be empty */
	struct slice released;
	struct slice standard; /* by those who made it, for everybody */
	struct slice lts;      /* by others after them, for everybody */
	struct slice extended; /* for who pays: ELTS, ESM, ELS, LTSS */
};

/*
 * The release that os is of; NULL when the data does not know it. A version
 * that is longer is of the release that it begins with: 3.19.1 of 3.19. A
 * system without a version (Debian's testing) is found by its codename.
 */
const struct support_release *support_find(const struct os_release *os);

enum support_phase {
	SUPPORT_UNKNOWN, /* the data does not say when it ends */
	SUPPORT_STANDARD,
	SUPPORT_LTS,
	SUPPORT_EXTENDED, /* only for who pays */
	SUPPORT_ENDED,
};

/* "unknown", "standard", "lts", "extended", "ended" */
const char *support_phase_to_string(enum support_phase phase);

/*
 * In which phase release (NULL: unknown) is at the moment now; a last day
 * counts until it ends, in UTC.
 */
enum support_phase support_phase_at(
    const struct support_release *release, int64_t now);

/* The last day on which release is supported for everybody, by its makers or
 * others; empty when that is not known (or release is NULL). */
struct slice support_until(const struct support_release *release);

/* The day that the data is of. */
struct slice support_data_date(void);
