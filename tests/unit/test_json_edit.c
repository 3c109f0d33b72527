/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_edit.h"

#include "base/json.h"
#include "base/memory.h"
#include "unit.h"

#define N_EDITS_MAX 2

static void
edits_and_keeps_the_rest_to_the_byte(void **state)
{
	(void)state;
	static const struct {
		const char *old;
		struct json_edit edits[N_EDITS_MAX];
		size_t n_edits;
		const char *new;
	} cases[] = {
		{ " { \"a\" : 1.50 ,\n\"b\":2 } ", { { { 0 }, { 0 } } }, 0,
		    " { \"a\" : 1.50 ,\n\"b\":2 } " },
		{ " { } ", { { { 0 }, { 0 } } }, 0, " { } " },
		{ "{ \"a\" : 1e0 , \"b\" : 2 }", { { SLICE("a"), SLICE("3") } },
		    1, "{ \"a\" : 3 , \"b\" : 2 }" },
		{ "{\"\\u0061\":1}", { { SLICE("a"), SLICE("[]") } }, 1,
		    "{\"\\u0061\":[]}" },
		{ "{}", { { SLICE("a"), SLICE("{\"b\":1}") } }, 1,
		    "{\"a\":{\"b\":1}}" },
		{ "{ }", { { SLICE("a"), SLICE("1") } }, 1, "{\"a\":1 }" },
		{ "{\n \"a\": 1\n}\n", { { SLICE("b"), SLICE("2") } }, 1,
		    "{\n \"a\": 1,\"b\":2\n}\n" },
		{ "{\"a\":1}",
		    { { SLICE("c\"\n"), SLICE("3") },
			{ SLICE("b"), SLICE("2") } },
		    2, "{\"a\":1,\"c\\\"\\n\":3,\"b\":2}" },
		{ "{\"a\":1,\"b\":2,\"c\":3}", { { SLICE("a"), { 0 } } }, 1,
		    "{\"b\":2,\"c\":3}" },
		{ "{\"a\":1,\"b\":2,\"c\":3}", { { SLICE("b"), { 0 } } }, 1,
		    "{\"a\":1,\"c\":3}" },
		{ "{\"a\":1,\"b\":2,\"c\":3 }", { { SLICE("c"), { 0 } } }, 1,
		    "{\"a\":1,\"b\":2}" },
		{ "{ \"a\":1 }", { { SLICE("a"), { 0 } } }, 1, "{}" },
		{ "{\"a\":1}", { { SLICE("x"), { 0 } } }, 1, "{\"a\":1}" },
		{ "{\"a\":1,\"b\":2}",
		    { { SLICE("a"), { 0 } }, { SLICE("z"), SLICE("9") } }, 2,
		    "{\"b\":2,\"z\":9}" },
		{ "{\"a\":1}",
		    { { SLICE("a"), { 0 } }, { SLICE("z"), SLICE("9") } }, 2,
		    "{\"z\":9}" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(buf_clear) struct buf out = { 0 };
		struct slice old = slice_of_string(cases[i].old);
		struct error err;

		buf_put_string(&out, "kept");
		if (json_object_edit(
			old, cases[i].edits, cases[i].n_edits, &out, &err) < 0)
			fail_msg("%s: %s", cases[i].old, err.msg);
		CLEANUP(string_free) char *text = buf_take_string(&out);
		assert_non_null(text);
		assert_string_equal(text + strlen("kept"), cases[i].new);
	}
}

static void
appends_to_arrays(void **state)
{
	(void)state;
	static const struct {
		const char *old;
		const char *new;
	} cases[] = {
		{ "[]", "[{}]" },
		{ "[ ]", "[{},7 ]" },
		{ "[1]", "[1,{}]" },
		{ "[ 1 , [2] ]\n", "[ 1 , [2],{},7 ]\n" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(buf_clear) struct buf out = { 0 };
		struct slice old = slice_of_string(cases[i].old);
		struct error err;

		const struct slice items[] = { SLICE("{}"), SLICE("7") };
		size_t n_items = i % N_ITEMS(items) + 1;

		if (json_array_append(old, items, n_items, &out, &err) < 0)
			fail_msg("%s: %s", cases[i].old, err.msg);
		CLEANUP(string_free) char *text = buf_take_string(&out);
		assert_non_null(text);
		assert_string_equal(text, cases[i].new);
	}
}

static void
refuses_edits_that_are_none(void **state)
{
	(void)state;
	static const struct {
		const char *old;
		struct json_edit edits[N_EDITS_MAX];
		size_t n_edits;
		enum error_kind kind;
		const char *msg;
	} cases[] = {
		{ "[]", { { SLICE("a"), SLICE("1") } }, 1, ERROR_FORMAT,
		    "array instead of an object" },
		{ "{\"a\":1,}", { { SLICE("a"), SLICE("1") } }, 1, ERROR_FORMAT,
		    "byte 7, line 1: not a key" },
		{ "{}", { { SLICE("a"), SLICE("1,\"b\":2") } }, 1, ERROR_FORMAT,
		    "value of \"a\": byte 1, line 1: more than one value" },
		{ "{}", { { SLICE("a"), SLICE("") } }, 1, ERROR_FORMAT,
		    "value of \"a\": byte 0, line 1: not a value" },
		{ "{}", { { SLICE("\xff"), SLICE("1") } }, 1, ERROR_FORMAT,
		    "a key that is not UTF-8" },
		{ "{}", { { SLICE("a\0"), SLICE("1") } }, 1, ERROR_FORMAT,
		    "edited JSON: byte 9, line 1: NUL in a string" },
		{ "{}",
		    { { SLICE("a"), SLICE("1") }, { SLICE("a"), SLICE("2") } },
		    2, ERROR_EXISTS, "two edits of \"a\"" },
		{ "{}",
		    { { SLICE("a"),
			SLICE("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
			      "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]") } },
		    1, ERROR_LIMIT,
		    "edited JSON: byte 36: nested deeper than 32" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(buf_clear) struct buf out = { 0 };
		struct slice old = slice_of_string(cases[i].old);
		struct error err;

		buf_put_string(&out, "kept");
		assert_int_equal(json_object_edit(old, cases[i].edits,
				     cases[i].n_edits, &out, &err),
		    -1);
		assert_int_equal(err.kind, cases[i].kind);
		assert_string_equal(err.msg, cases[i].msg);
		assert_int_equal(out.len, strlen("kept"));
	}
}

static void
an_edit_keeps_to_the_limit_of_its_buf(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf out = buf_limited(10);
	const struct json_edit edit = { SLICE("a"), SLICE("\"0123456789\"") };
	struct error err;

	assert_int_equal(
	    json_object_edit(SLICE("{}"), &edit, 1, &out, &err), -1);
	assert_int_equal(err.kind, ERROR_LIMIT);
}

static void
note_difference(
    void *ctx, struct slice path, struct slice in_a, struct slice in_b)
{
	struct buf *lines = ctx;

	buf_put_format(lines, SLICE_FMT " " SLICE_FMT " " SLICE_FMT "\n",
	    SLICE_ARG(path), SLICE_ARG(in_a), SLICE_ARG(in_b));
}

static void
finds_where_values_differ(void **state)
{
	(void)state;
	static const struct {
		const char *a;
		const char *b;
		const char *lines;
	} cases[] = {
		{ "1", "1", "" },
		{ " 1 ", "1", "" },
		{ "1", "2", " 1 2\n" },
		{ "1", "1.0", " 1 1.0\n" },
		{ "null", "false", " null false\n" },
		{ "{}", "[]", " {} []\n" },
		{ "{ }", "{}", "" },
		{ "\"\\u0061\"", "\"a\"", "" },
		{ "\"a\"", "\"b\"", " \"a\" \"b\"\n" },
		{ "{\"a\":1,\"b\":[2, 3]}", "{ \"b\":[2,3], \"a\":1 }", "" },
		{ "{\"\\u0061\":1}", "{\"a\":1 }", "" },
		{ "{\"a\":1,\"c\":3}", "{\"b\":2,\"a\":2}",
		    "/a 1 2\n/b  2\n/c 3 \n" },
		{ "{\"a\":null}", "{}", "/a null \n" },
		{ "[1,2,3]", "[1,3,2]", "/1 2 3\n/2 3 2\n" },
		{ "[1,2]", "[1,2,3]", " [1,2] [1,2,3]\n" },
		{ "{\"H\":{\"P\":{\"80/tcp\":[{\"h\":\"1\"}]},\"~\":1}}",
		    "{\"H\":{\"~\":2,\"P\":{\"80/tcp\":[{\"h\":\"2\"}]}}}",
		    "/H/P/80~1tcp/0/h \"1\" \"2\"\n/H/~0 1 2\n" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(buf_clear) struct buf lines = { 0 };
		struct slice a = slice_of_string(cases[i].a);
		struct slice b = slice_of_string(cases[i].b);
		struct error err;
		bool equal = false;

		assert_int_equal(
		    json_diff(a, b, note_difference, &lines, &err), 0);
		CLEANUP(string_free) char *text = buf_take_string(&lines);
		assert_non_null(text);
		assert_string_equal(text, cases[i].lines);
		assert_int_equal(json_equal(a, b, &equal, &err), 0);
		assert_int_equal(equal, text[0] == '\0');
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edits_and_keeps_the_rest_to_the_byte),
		cmocka_unit_test(appends_to_arrays),
		cmocka_unit_test(refuses_edits_that_are_none),
		cmocka_unit_test(an_edit_keeps_to_the_limit_of_its_buf),
		cmocka_unit_test(finds_where_values_differ),
	};

	return cmocka_run_group_tests_name("json_edit", tests, NULL, NULL);
}
