/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/content_range.h"

#include "base/memory.h"
#include "unit.h"

static void
a_range_is_the_one_that_was_asked_for(void **state)
{
	static const struct {
		const char *header;
		bool fits;
	} cases[] = {
		{ "bytes 5-11/12", true },
		{ "bytes 5-7/12", true },
		{ "BYTES 5-11/*", true },
		{ "bytes 4-11/12", false },
		{ "bytes 6-11/12", false },
		{ "bytes 5-4/12", false },
		{ "bytes 5-12/12", false },
		{ "bytes 5-12/*", false },
		{ "bytes 5-11/13", false },
		{ "bytes 5-11/", false },
		{ "bytes 5-11", false },
		{ "bytes */12", false },
		{ "bytes 5-18446744073709551616/12", false },
		{ "bytes=5-11/12", false },
		{ "lines 5-11/12", false },
		{ "bytes", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < N_ITEMS(cases); i++)
		if (content_range_fits(slice_of_string(cases[i].header), 5,
			12) != cases[i].fits)
			fail_msg("%s", cases[i].header);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_range_is_the_one_that_was_asked_for),
	};

	return cmocka_run_group_tests_name("content_range", tests, NULL, NULL);
}
