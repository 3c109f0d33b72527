/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/sources.h"

#include "base/memory.h"
#include "unit.h"

static void
assert_slice(struct slice actual, const char *expected)
{
	if (!slice_eq(actual, slice_of_string(expected)))
		fail_msg("\"" SLICE_FMT "\" is not \"%s\"", SLICE_ARG(actual),
		    expected);
}

static void
parse(const char *file, const char *text, struct source_list *into)
{
	struct error err;

	if (sources_parse(
		slice_of_string(file), slice_of_string(text), into, &err) < 0)
		fail_msg("%s", err.msg);
}

static void
reads_both_styles(void **state)
{
	(void)state;
	CLEANUP(source_list_clear) struct source_list list = { 0 };

	parse("a.list",
	    "# x\n"
	    "deb [arch=amd64,arm64 signed-by=/x.gpg] https://a/b/ c d  e # f\n"
	    "deb-src https://a/b c d\n",
	    &list);
	parse("b.sources",
	    "Types: deb deb-src\nURIs: http://a http://b/\n"
	    "# x\nSuites: c d\nComponents: main\n contrib\n"
	    "signed-by: /y.gpg\n\nEnabled: no\nTypes: deb\n",
	    &list);

	assert_int_equal(list.n_problems, 0);
	assert_int_equal(list.n_items, 5);
	assert_slice(list.items[0].uri, "https://a/b");
	assert_slice(list.items[0].suite, "c");
	assert_slice(list.items[0].components, "d e");
	assert_slice(list.items[0].archs, "amd64 arm64");
	assert_slice(list.items[0].signed_by, "/x.gpg");
	assert_slice(list.items[0].file, "a.list");
	assert_int_equal(list.items[0].line, 2);
	assert_slice(list.items[4].uri, "http://b");
	assert_slice(list.items[4].suite, "d");
	assert_slice(list.items[4].components, "main contrib");
	assert_slice(list.items[4].signed_by, "/y.gpg");
}

static void
says_what_it_does_not_take(void **state)
{
	(void)state;
	static const struct {
		const char *file;
		const char *text;
		enum error_kind kind;
		size_t n_items;
	} cases[] = {
		{ "a.list", "deb http://a ./", ERROR_UNSUPPORTED, 0 },
		{ "a.list", "deb cdrom:x b c", ERROR_UNSUPPORTED, 0 },
		{ "a.list", "deb file:/x b c", ERROR_UNSUPPORTED, 0 },
		{ "a.list", "deb http://a/$(ARCH) b c", ERROR_UNSUPPORTED, 0 },
		{ "a.list", "deb http://a ../b c", ERROR_UNSUPPORTED, 0 },
		{ "a.list", "deb [trusted=no] http://a b c", ERROR_UNSUPPORTED,
		    0 },
		{ "a.list", "deb http://a b", ERROR_FORMAT, 0 },
		{ "a.list", "deb http://a", ERROR_FORMAT, 0 },
		{ "a.list", "rpm http://a b c", ERROR_FORMAT, 0 },
		{ "a.list", "deb [x http://a b c", ERROR_FORMAT, 0 },
		{ "a.list", "deb http://a b ../c", ERROR_FORMAT, 0 },
		{ "a.list", "deb http://a\x1b b c", ERROR_FORMAT, 0 },
		{ "a.list", "deb [trusted=yes] http://a b c", ERROR_UNTRUSTED,
		    1 },
		{ "a.list", "deb [check-valid-until=no] http://a b c",
		    ERROR_UNTRUSTED, 1 },
		{ "a.sources", "nonsense\n\n", ERROR_FORMAT, 0 },
		{ "a.sources",
		    "Types: deb\nURIs: http://a\nSuites: b\nComponents: c\n"
		    "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n",
		    ERROR_UNSUPPORTED, 0 },
		{ "a.sources",
		    "Types: deb\nURIs: http://a\nSuites: b\nComponents: c\n"
		    "Allow-Insecure: true\n",
		    ERROR_UNTRUSTED, 1 },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(source_list_clear) struct source_list list = { 0 };

		parse(cases[i].file, cases[i].text, &list);
		if (list.n_problems != 1 || list.n_items != cases[i].n_items ||
		    list.problems[0].kind != cases[i].kind)
			fail_msg("\"%s\": %zu problems, %zu sources",
			    cases[i].text, list.n_problems, list.n_items);
	}
}

static void
uses_the_rest_of_a_broken_file(void **state)
{
	(void)state;
	CLEANUP(source_list_clear) struct source_list list = { 0 };

	parse("a.sources",
	    "Types: deb\nnonsense\nURIs: http://a\n\n"
	    "Types: deb\nURIs: http://a\nSuites: b\nComponents: c\n",
	    &list);
	assert_int_equal(list.n_problems, 1);
	assert_int_equal(list.problems[0].line, 2);
	assert_int_equal(list.n_items, 1);
	assert_int_equal(list.items[0].line, 5);
}

static void
refuses_other_files(void **state)
{
	(void)state;
	CLEANUP(source_list_clear) struct source_list list = { 0 };
	struct error err;

	assert_int_equal(
	    sources_parse(SLICE("a.save"), SLICE(""), &list, &err), -1);
	assert_int_equal(err.kind, ERROR_UNSUPPORTED);
}

static void
sees_pins_but_not_in_comments(void **state)
{
	(void)state;
	assert_true(
	    preferences_has_pins(SLICE("Package: *\nPin: release a=x\n")));
	assert_true(preferences_has_pins(SLICE("pin: x")));
	assert_false(preferences_has_pins(SLICE("# Pin: x\nExplanation: y\n")));
	assert_false(preferences_has_pins(SLICE("")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_both_styles),
		cmocka_unit_test(says_what_it_does_not_take),
		cmocka_unit_test(uses_the_rest_of_a_broken_file),
		cmocka_unit_test(refuses_other_files),
		cmocka_unit_test(sees_pins_but_not_in_comments),
	};

	return cmocka_run_group_tests_name("sources", tests, NULL, NULL);
}
