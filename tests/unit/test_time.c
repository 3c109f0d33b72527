/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"

#include <limits.h>

#include "base/memory.h"
#include "unit.h"

#define UNTOUCHED 4711

static void
reads_the_dates_of_release_files(void **state)
{
	(void)state;
	static const struct {
		struct slice text;
		int64_t time;
	} cases[] = {
		{ SLICE("Sat, 21 Nov 2026 00:53:02 UTC"), 1795222382 },
		{ SLICE("Sat, 21 Nov 2026 00:53:02 GMT"), 1795222382 },
		{ SLICE("Sat, 21 Nov 2026 00:53:02 +0000"), 1795222382 },
		{ SLICE("Sat, 21 Nov 2026 00:53:02 Z"), 1795222382 },
		{ SLICE("Thu, 01 Jan 1970 00:00:00 UTC"), 0 },
		{ SLICE("Thu, 1 Jan 1970 00:00:01 UTC"), 1 },
		{ SLICE("Wed, 31 Dec 1969 23:59:59 UTC"), -1 },
		{ SLICE("Thu, 29 Feb 2024 12:00:00 UTC"), 1709208000 },
		{ SLICE("Tue, 29 Feb 2000 00:00:00 UTC"), 951782400 },
		{ SLICE("Thu, 01 Mar 1900 00:00:00 UTC"), -2203891200 },
		{ SLICE("Sat, 01 Jan 2000 00:00:60 UTC"), 946684860 },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		int64_t time = INT64_MIN;

		(void)time_from_rfc2822(cases[i].text, &time);
		if (time != cases[i].time)
			fail_msg(SLICE_FMT ": %lld", SLICE_ARG(cases[i].text),
			    (long long)time);
	}
}

static void
refuses_other_dates(void **state)
{
	(void)state;
	static const struct slice cases[] = {
		SLICE(""),
		SLICE("Sat"),
		SLICE("21 Nov 2026 00:53:02 UTC"),
		SLICE("Sun, 21 Nov 2026 00:53:02 UTC"),
		SLICE("sat, 21 nov 2026 00:53:02 utc"),
		SLICE("Sat, 21 Nov 26 00:53:02 UTC"),
		SLICE("Sat, 21 Nov 2026 0:53:02 UTC"),
		SLICE("Sat, 21 Nov 2026 00:53 UTC"),
		SLICE("Sat, 21 Nov 2026 00:53:02"),
		SLICE("Sat, 21 Nov 2026 00:53:02 CET"),
		SLICE("Sat, 21 Nov 2026 00:53:02 +0100"),
		SLICE("Sat, 21 Nov 2026 00:53:02 UTC "),
		SLICE("Sat, 21 Nov 2026 00:53:02 UTC\0"),
		SLICE("Sat, 21 Nov 2026 24:00:00 UTC"),
		SLICE("Sat, 21 Nov 2026 23:60:00 UTC"),
		SLICE("Sat, 21 Nov 2026 23:00:61 UTC"),
		SLICE("Sat, 00 Nov 2026 00:00:00 UTC"),
		SLICE("Tue, 31 Nov 2026 00:00:00 UTC"),
		SLICE("Sun, 29 Feb 2026 00:00:00 UTC"),
		SLICE("Thu, 29 Feb 1900 00:00:00 UTC"),
		SLICE("Sat, 021 Nov 2026 00:53:02 UTC"),
		SLICE("Sat, -1 Nov 2026 00:53:02 UTC"),
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		int64_t time = UNTOUCHED;

		if (time_from_rfc2822(cases[i], &time) || time != UNTOUCHED)
			fail_msg(SLICE_FMT, SLICE_ARG(cases[i]));
	}
}

static void
reads_moments_and_days(void **state)
{
	(void)state;
	static const struct {
		struct slice text;
		int64_t time;
	} cases[] = {
		{ SLICE("1970-01-01"), 0 },
		{ SLICE("2026-11-21"), 1795219200 },
		{ SLICE("2026-11-21T00:53:02Z"), 1795222382 },
		{ SLICE("2026-11-21T00:53:02.987654321Z"), 1795222382 },
		{ SLICE("2026-11-21T01:53:02+01:00"), 1795222382 },
		{ SLICE("2026-11-20T19:23:02-05:30"), 1795222382 },
		{ SLICE("0000-01-01"), -62167219200 },
		{ SLICE("9999-12-31T23:59:59Z"), 253402300799 },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		int64_t time = UNTOUCHED;

		if (!time_from_rfc3339(cases[i].text, &time) ||
		    time != cases[i].time)
			fail_msg(SLICE_FMT ": %lld", SLICE_ARG(cases[i].text),
			    (long long)time);
	}
}

static void
refuses_other_moments(void **state)
{
	(void)state;
	static const struct slice cases[] = {
		SLICE(""),
		SLICE("2026"),
		SLICE("2026-11"),
		SLICE("2026-11-31"),
		SLICE("2026-13-01"),
		SLICE("2026-00-01"),
		SLICE("2026-02-29"),
		SLICE("2026-1-1"),
		SLICE("20261121"),
		SLICE("2026-11-21T"),
		SLICE("2026-11-21T00:53:02"),
		SLICE("2026-11-21 00:53:02Z"),
		SLICE("2026-11-21T00:53:02.Z"),
		SLICE("2026-11-21T00:53:02+0100"),
		SLICE("2026-11-21T00:53:02+24:00"),
		SLICE("2026-11-21T00:53:02Zx"),
		SLICE("+026-11-21"),
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		int64_t time = UNTOUCHED;

		if (time_from_rfc3339(cases[i], &time) || time != UNTOUCHED)
			fail_msg(SLICE_FMT, SLICE_ARG(cases[i]));
	}
}

static void
shows_a_moment_as_it_is_read(void **state)
{
	(void)state;
	char text[TIME_SIZE];

	time_to_rfc3339(1795222382, text);
	assert_string_equal(text, "2026-11-21T00:53:02Z");
	time_to_rfc3339(-1, text);
	assert_string_equal(text, "1969-12-31T23:59:59Z");
	time_to_rfc3339(INT64_MIN, text);
	assert_string_equal(text, "0000-01-01T00:00:00Z");
	time_to_rfc3339(INT64_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59Z");

	/* Every day of ten thousand years, at some time of it. */
	for (int64_t t = -62167219200; t <= 253402300799; t += 86399) {
		int64_t back = UNTOUCHED;

		time_to_rfc3339(t, text);
		if (!time_from_rfc3339(slice_of_string(text), &back) ||
		    back != t)
			fail_msg("%s: %lld", text, (long long)t);
	}
}

static void
counts_down_to_a_deadline(void **state)
{
	(void)state;
	int64_t now = monotonic_ms();

	assert_true(monotonic_ms() >= now);
	assert_int_equal(monotonic_left_ms(now - 1), 0);
	assert_int_equal(monotonic_left_ms(INT64_MAX), INT_MAX);
	int left = monotonic_left_ms(now + 60000);
	assert_true(left > 0 && left <= 60000);
	assert_true(time_now() > 1795222382);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_dates_of_release_files),
		cmocka_unit_test(refuses_other_dates),
		cmocka_unit_test(reads_moments_and_days),
		cmocka_unit_test(refuses_other_moments),
		cmocka_unit_test(shows_a_moment_as_it_is_read),
		cmocka_unit_test(counts_down_to_a_deadline),
	};

	return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
