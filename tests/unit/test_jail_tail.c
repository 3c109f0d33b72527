/* SPDX-License-Identifier: Apache-2.0 */
#include "jail/tail.h"

#include <stdio.h>

#include "jail/paths.h"
#include "unit.h"

static void
assert_summary(const struct tail *tail, size_t size, const char *expected)
{
	char summary[256];

	tail_summary(tail, summary, size);
	assert_string_equal(summary, expected);
}

static void
what_fits_is_kept_as_it_is(void **state)
{
	(void)state;
	CLEANUP(tail_clear) struct tail tail = tail_of(100);

	tail_put(&tail, SLICE("one\ntw"));
	tail_put(&tail, SLICE("o\n"));
	assert_true(slice_eq(tail_text(&tail), SLICE("one\ntwo\n")));
}

static void
the_last_whole_lines_are_kept_of_a_flood(void **state)
{
	(void)state;
	CLEANUP(tail_clear) struct tail tail = tail_of(100);
	char line[32];

	for (int i = 0; i < 100000; i++) {
		int n = snprintf(line, sizeof(line), "line %d\n", i);
		tail_put(&tail, slice_of(line, (size_t)n));
		assert_true(tail.text.len <= 200);
	}
	struct slice text = tail_text(&tail);
	assert_true(text.len <= 100);
	assert_true(slice_starts_with(text, SLICE("line 999")));
	assert_true(slice_ends_with(text, SLICE("line 99999\n")));
}

static void
a_line_longer_than_all_is_cut(void **state)
{
	(void)state;
	CLEANUP(tail_clear) struct tail tail = tail_of(100);

	for (int i = 0; i < 1000; i++)
		tail_put(&tail, SLICE("0123456789"));
	assert_int_equal(tail_text(&tail).len, 100);
	assert_summary(&tail, 6, "56789");
}

static void
what_could_steer_a_terminal_is_not_kept(void **state)
{
	(void)state;
	CLEANUP(tail_clear) struct tail tail = tail_of(100);

	tail_put(&tail, SLICE("\x1b[2J\xff\x00\x7f\r\tx\n"));
	assert_true(slice_eq(tail_text(&tail), SLICE("?[2J????\tx\n")));
}

static void
a_summary_is_the_last_lines_that_have_room(void **state)
{
	(void)state;
	CLEANUP(tail_clear) struct tail tail = tail_of(100);

	assert_summary(&tail, 20, "");
	tail_put(&tail, SLICE("\n first\n\n  second  \nthird\n\n"));
	assert_summary(&tail, 100, "first; second; third");
	assert_summary(&tail, 21, "first; second; third");
	assert_summary(&tail, 20, "second; third");
	assert_summary(&tail, 6, "third");
	assert_summary(&tail, 4, "ird");
	assert_summary(&tail, 1, "");
}

static void
a_set_of_paths_has_what_was_added(void **state)
{
	(void)state;
	CLEANUP(paths_clear) struct paths paths = { 0 };
	struct error err;

	assert_false(paths_has(&paths, SLICE("a")));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(paths_add(&paths, SLICE("a"), &err), 0);
		assert_int_equal(paths_add(&paths, SLICE("a/b"), &err), 0);
		assert_int_equal(paths_add(&paths, SLICE(""), &err), 0);
	}
	assert_true(paths_has(&paths, SLICE("a")));
	assert_true(paths_has(&paths, SLICE("a/b")));
	assert_true(paths_has(&paths, SLICE("")));
	assert_false(paths_has(&paths, SLICE("a/")));
	assert_false(paths_has(&paths, SLICE("b")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_fits_is_kept_as_it_is),
		cmocka_unit_test(the_last_whole_lines_are_kept_of_a_flood),
		cmocka_unit_test(a_line_longer_than_all_is_cut),
		cmocka_unit_test(what_could_steer_a_terminal_is_not_kept),
		cmocka_unit_test(a_summary_is_the_last_lines_that_have_room),
		cmocka_unit_test(a_set_of_paths_has_what_was_added),
	};

	return cmocka_run_group_tests_name("jail_tail", tests, NULL, NULL);
}
