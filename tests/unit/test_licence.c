/* SPDX-License-Identifier: Apache-2.0 */
#include "report/licence.h"

#include <strings.h>

#include "base/memory.h"
#include "base/reader.h"
#include "files.h"
#include "report/licence_debian.h"
#include "report/spdx_list.h"

static const char *const kinds[] = {
	[LICENCE_NONE] = "none",
	[LICENCE_ID] = "id",
	[LICENCE_EXPRESSION] = "expression",
	[LICENCE_NAME] = "name",
};

static void
check_cases(const char *name, size_t at_least,
    enum licence_kind (*read)(struct slice text, struct buf *out))
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct slice line;
	size_t n = 0;

	source_file(name, &text);
	struct reader in = reader_of(buf_slice(&text));
	while (reader_line(&in, &line)) {
		CLEANUP(buf_clear) struct buf out = { 0 };
		struct slice kind;

		if (line.len == 0 || line.ptr[0] == '#')
			continue;
		assert_true(slice_split(&line, '|', &kind));
		kind = slice_trim(kind);

		struct slice expected = slice_trim(line);
		struct slice next = { 0 };
		struct reader ahead = in;
		if (reader_line(&ahead, &next) && next.len > 0 &&
		    next.ptr[0] != '#' && !memchr(next.ptr, '|', next.len)) {
			expected = next;
			in = ahead;
		}

		enum licence_kind is = read(line, &out);

		if (!slice_eq(kind, slice_of_string(kinds[is])) ||
		    !slice_eq(buf_slice(&out), expected))
			fail_msg("line %zu: %s \"" SLICE_FMT "\"", in.line,
			    kinds[is], SLICE_ARG(buf_slice(&out)));
		n++;
	}
	assert_true(n > at_least);
}

static void
licences_are_as_the_cases_say(void **state)
{
	(void)state;
	check_cases("tests/cases/licence/licence.cases", 30, licence_read);
}

static void
those_of_debian_are_as_the_cases_say(void **state)
{
	(void)state;
	check_cases(
	    "tests/cases/licence/debian.cases", 20, licence_read_debian);
}

static void
what_is_put_is_read_as_the_same(void **state)
{
	static const char *const texts[] = { "mit", "(mit OR isc)AND zlib",
		"GPL-2.0-only  WITH Classpath-exception-2.0", "GPLv2+",
		"LicenseRef-a" };

	(void)state;
	for (size_t i = 0; i < N_ITEMS(texts); i++) {
		CLEANUP(buf_clear) struct buf once = { 0 };
		CLEANUP(buf_clear) struct buf twice = { 0 };
		enum licence_kind kind =
		    licence_read(slice_of_string(texts[i]), &once);

		assert_int_equal(licence_read(buf_slice(&once), &twice), kind);
		assert_true(slice_eq(buf_slice(&once), buf_slice(&twice)));
	}
}

static void
parentheses_without_end_are_a_name(void **state)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(buf_clear) struct buf out = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++)
		buf_put_u8(&text, '(');
	buf_put_string(&text, "MIT");
	for (int i = 0; i < 1000; i++)
		buf_put_u8(&text, ')');
	assert_int_equal(licence_read(buf_slice(&text), &out), LICENCE_NAME);
	assert_true(slice_eq(buf_slice(&text), buf_slice(&out)));
}

static void
references_are_found_one_by_one(void **state)
{
	struct slice rest =
	    SLICE("(LicenseRef-a OR MIT) AND LicenseRef-b AND LicenseRef-a");
	static const char *const expected[] = { "LicenseRef-a", "LicenseRef-b",
		"LicenseRef-a" };
	struct slice ref;

	(void)state;
	for (size_t i = 0; i < N_ITEMS(expected); i++) {
		assert_true(licence_next_ref(&rest, &ref));
		assert_true(slice_eq(ref, slice_of_string(expected[i])));
	}
	assert_false(licence_next_ref(&rest, &ref));
}

static void
assert_sorted(const char *(*at)(size_t), const char *(*find)(struct slice))
{
	assert_non_null(at(0));
	for (size_t i = 0; at(i); i++) {
		if (i > 0 && strcasecmp(at(i - 1), at(i)) >= 0)
			fail_msg("%s is not before %s", at(i - 1), at(i));
		assert_ptr_equal(find(slice_of_string(at(i))), at(i));
	}
	assert_null(find(SLICE("")));
	assert_null(find(SLICE("MI")));
	assert_null(find(SLICE("zzz")));
}

static void
the_list_is_sorted_and_all_of_it_is_found(void **state)
{
	(void)state;
	assert_sorted(spdx_licence_at, spdx_licence_find);
	assert_sorted(spdx_exception_at, spdx_exception_find);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(licences_are_as_the_cases_say),
		cmocka_unit_test(those_of_debian_are_as_the_cases_say),
		cmocka_unit_test(what_is_put_is_read_as_the_same),
		cmocka_unit_test(parentheses_without_end_are_a_name),
		cmocka_unit_test(references_are_found_one_by_one),
		cmocka_unit_test(the_list_is_sorted_and_all_of_it_is_found),
	};

	return cmocka_run_group_tests_name("licence", tests, NULL, NULL);
}
