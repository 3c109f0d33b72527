/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <stdlib.h>

#include "base/memory.h"
#include "unit.h"

static void
assert_slice(struct slice actual, const char *expected)
{
	if (!slice_eq(actual, slice_of_string(expected)))
		fail_msg("\"" SLICE_FMT "\" is not \"%s\"", SLICE_ARG(actual),
		    expected);
}

static struct slice
valid(const char *text)
{
	struct error err;

	if (json_validate(slice_of_string(text), &err) < 0)
		fail_msg("%s: %s", text ? text : "", err.msg);
	return slice_of_string(text);
}

static void
accepts_what_the_grammar_allows(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"null",
		"true",
		" false\n",
		"0",
		"-0",
		"10",
		"1.5",
		"0.0",
		"1e9",
		"1E+9",
		"0e-0",
		"123456789012345678901234567890.000",
		"\"\"",
		"\"plain text that is longer than eight bytes\"",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
		"\"\\u0041\\u00e9\\u20AC\"",
		"\"\\ud83d\\uDE00\"",
		"\"\\ufffe\"",
		"\"\x7f\"",
		"\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"",
		"\"eight by\xc3\xa9 across a word\"",
		"\"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf\"",
		"[]",
		" [ ] ",
		"{}",
		"\t{\r\n}\t",
		"[1,2,3]",
		"[ 1 , [ ] , { } , \"a\" ]",
		"{\"a\":1}",
		"{\"\":1}",
		"{ \"a\" : { \"a\" : [ { \"a\" : null } ] } , \"b\" : 0 }",
		"[{\"a\":1},{\"a\":1}]",
		"{\"a\":{\"b\":1},\"b\":{\"a\":1}}",
		"{\"a\":1,\"A\":2}",
	};

	for (size_t i = 0; i < N_ITEMS(texts); i++)
		(void)valid(texts[i]);
}

static void
refuses_what_the_grammar_does_not(void **state)
{
	(void)state;
	static const struct {
		struct slice text;
		const char *msg;
	} cases[] = {
		{ SLICE(""), "byte 0, line 1: not a value" },
		{ SLICE(" \n"), "byte 2, line 2: not a value" },
		{ SLICE("\xef\xbb\xbf{}"), "byte 0, line 1: not a value" },
		{ SLICE("nul"), "byte 0, line 1: not a value" },
		{ SLICE("True"), "byte 0, line 1: not a value" },
		{ SLICE("nullx"), "byte 4, line 1: more than one value" },
		{ SLICE("{} {}"), "byte 3, line 1: more than one value" },
		{ SLICE("{}\0"), "byte 2, line 1: more than one value" },
		{ SLICE("{}}"), "byte 2, line 1: more than one value" },
		{ SLICE("\0"), "byte 0, line 1: not a value" },
		{ SLICE("NaN"), "byte 0, line 1: not a value" },
		{ SLICE("-Infinity"), "byte 1, line 1: not a digit" },
		{ SLICE("+1"), "byte 0, line 1: not a value" },
		{ SLICE(".5"), "byte 0, line 1: not a value" },
		{ SLICE("-"), "byte 1, line 1: not a digit" },
		{ SLICE("01"), "byte 1, line 1: more than one value" },
		{ SLICE("-01"), "byte 2, line 1: more than one value" },
		{ SLICE("1."), "byte 2, line 1: not a digit" },
		{ SLICE("1.e1"), "byte 2, line 1: not a digit" },
		{ SLICE("1e"), "byte 2, line 1: not a digit" },
		{ SLICE("1e+"), "byte 3, line 1: not a digit" },
		{ SLICE("0x10"), "byte 1, line 1: more than one value" },
		{ SLICE("1_000"), "byte 1, line 1: more than one value" },
		{ SLICE("["), "byte 1, line 1: not a value" },
		{ SLICE("]"), "byte 0, line 1: not a value" },
		{ SLICE("[1"), "byte 2, line 1: neither a comma nor the end" },
		{ SLICE("[1}"), "byte 2, line 1: neither a comma nor the end" },
		{ SLICE("[1 2]"),
		    "byte 3, line 1: neither a comma nor the end" },
		{ SLICE("[1,]"), "byte 3, line 1: not a value" },
		{ SLICE("[,1]"), "byte 1, line 1: not a value" },
		{ SLICE("[1,,2]"), "byte 3, line 1: not a value" },
		{ SLICE("[1,\n2,\n}"), "byte 7, line 3: not a value" },
		{ SLICE("{"), "byte 1, line 1: not a key" },
		{ SLICE("{]"), "byte 1, line 1: not a key" },
		{ SLICE("{1:2}"), "byte 1, line 1: not a key" },
		{ SLICE("{'a':2}"), "byte 1, line 1: not a key" },
		{ SLICE("{a:2}"), "byte 1, line 1: not a key" },
		{ SLICE("{\"a\"}"), "byte 4, line 1: not a colon" },
		{ SLICE("{\"a\" 1}"), "byte 5, line 1: not a colon" },
		{ SLICE("{\"a\":}"), "byte 5, line 1: not a value" },
		{ SLICE("{\"a\":1,}"), "byte 7, line 1: not a key" },
		{ SLICE("{\"a\":1 \"b\":2}"),
		    "byte 7, line 1: neither a comma nor the end" },
		{ SLICE("[1] // one"), "byte 4, line 1: more than one value" },
		{ SLICE("/**/1"), "byte 0, line 1: not a value" },
		{ SLICE("\""), "byte 1, line 1: the string has no end" },
		{ SLICE("\"\\"), "byte 2, line 1: not an escape" },
		{ SLICE("\"\\\""), "byte 3, line 1: the string has no end" },
		{ SLICE("\"\\x41\""), "byte 2, line 1: not an escape" },
		{ SLICE("\"\\\0\""), "byte 2, line 1: not an escape" },
		{ SLICE("\"\\U0041\""), "byte 2, line 1: not an escape" },
		{ SLICE("\"\\u004\""), "byte 6, line 1: not a hex digit" },
		{ SLICE("\"\\u00g1\""), "byte 5, line 1: not a hex digit" },
		{ SLICE("\"a\nb\""), "byte 2, line 1: control character" },
		{ SLICE("\"a\tb\""), "byte 2, line 1: control character" },
		{ SLICE("\"a\0b\""), "byte 2, line 1: control character" },
		{ SLICE("\"seven b\x1f\""),
		    "byte 8, line 1: control character" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		struct error err = { 0 };

		if (json_validate(cases[i].text, &err) == 0)
			fail_msg(
			    "accepted: " SLICE_FMT, SLICE_ARG(cases[i].text));
		assert_int_equal(err.kind, ERROR_FORMAT);
		assert_string_equal(err.msg, cases[i].msg);
	}
}

static void
refuses_what_two_readers_would_read_differently(void **state)
{
	(void)state;
	static const struct {
		struct slice text;
		const char *msg;
	} cases[] = {
		{ SLICE("{\"a\":1,\"a\":1}"),
		    "byte 12, line 1: an object with a key twice" },
		{ SLICE("{\"a\":1,\"b\":2,\"\\u0061\":1}"),
		    "byte 23, line 1: an object with a key twice" },
		{ SLICE("{\"\xc3\xa9\":1,\"\\u00e9\":1}"),
		    "byte 18, line 1: an object with a key twice" },
		{ SLICE("[{\"x\":{\"a\":1,\"a\":2}}]"),
		    "byte 18, line 1: an object with a key twice" },
		{ SLICE("\"\\u0000\""), "byte 7, line 1: NUL in a string" },
		{ SLICE("\"\\ud800\""),
		    "byte 7, line 1: half a surrogate pair" },
		{ SLICE("\"\\ud800x\""),
		    "byte 7, line 1: half a surrogate pair" },
		{ SLICE("\"\\ud800\\n\""),
		    "byte 8, line 1: half a surrogate pair" },
		{ SLICE("\"\\ud800\\u0041\""),
		    "byte 13, line 1: half a surrogate pair" },
		{ SLICE("\"\\udc00\""),
		    "byte 7, line 1: half a surrogate pair" },
		{ SLICE("\"\x80\""), "byte 1, line 1: not UTF-8" },
		{ SLICE("\"\xc3\""), "byte 1, line 1: not UTF-8" },
		{ SLICE("\"\xc3"), "byte 1, line 1: not UTF-8" },
		{ SLICE("\"\xc0\xaf\""), "byte 1, line 1: not UTF-8" },
		{ SLICE("\"\xed\xa0\x80\""), "byte 1, line 1: not UTF-8" },
		{ SLICE("\"\xf4\x90\x80\x80\""), "byte 1, line 1: not UTF-8" },
		{ SLICE("{\"a\xff\":1}"), "byte 3, line 1: not UTF-8" },
		{ SLICE("\"12345678901\xff\""), "byte 12, line 1: not UTF-8" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		struct error err = { 0 };

		assert_int_equal(json_validate(cases[i].text, &err), -1);
		assert_int_equal(err.kind, ERROR_FORMAT);
		assert_string_equal(err.msg, cases[i].msg);
	}
}

/* An object of n keys; the last is the key of number `again` once more. */
static struct slice
object_of(struct buf *buf, size_t n, size_t again)
{
	buf_clear(buf);
	for (size_t i = 0; i < n; i++)
		buf_put_format(buf, "%s\"key%zu\":%zu", i > 0 ? "," : "{",
		    i + 1 < n ? i : again, i);
	buf_put_string(buf, "}");
	return buf_slice(buf);
}

static void
finds_a_key_twice_among_few_and_many(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf buf = { 0 };

	for (size_t n = 2; n < 5000; n = n < 40 ? n + 1 : 2 * n) {
		struct error err;

		struct slice good = object_of(&buf, n, n - 1);
		assert_int_equal(json_validate(good, &err), 0);
		struct slice bad = object_of(&buf, n, n / 2 - 1);
		assert_int_equal(json_validate(bad, &err), -1);
		assert_int_equal(err.kind, ERROR_FORMAT);
	}
}

static void
nests_up_to_the_limit(void **state)
{
	(void)state;
	char text[2 * JSON_DEPTH_MAX + 2];
	struct error err;

	memset(text, '[', JSON_DEPTH_MAX);
	memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
	struct slice good = slice_of(text, 2 * (size_t)JSON_DEPTH_MAX);
	assert_int_equal(json_validate(good, &err), 0);

	memset(text, '[', JSON_DEPTH_MAX + 1);
	memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
	struct slice bad = slice_of(text, sizeof(text));
	assert_int_equal(json_validate(bad, &err), -1);
	assert_int_equal(err.kind, ERROR_LIMIT);
	assert_string_equal(err.msg, "byte 32: nested deeper than 32");
}

static void
tells_types(void **state)
{
	(void)state;
	assert_int_equal(json_type(SLICE("")), JSON_NONE);
	assert_int_equal(json_type((struct slice){ 0 }), JSON_NONE);
	assert_int_equal(json_type(SLICE("  ")), JSON_NONE);
	assert_int_equal(json_type(SLICE(" {}")), JSON_OBJECT);
	assert_int_equal(json_type(SLICE("[]")), JSON_ARRAY);
	assert_int_equal(json_type(SLICE("\"\"")), JSON_STRING);
	assert_int_equal(json_type(SLICE("-1")), JSON_NUMBER);
	assert_int_equal(json_type(SLICE("0")), JSON_NUMBER);
	assert_int_equal(json_type(SLICE("true")), JSON_BOOL);
	assert_int_equal(json_type(SLICE("false")), JSON_BOOL);
	assert_int_equal(json_type(SLICE("null")), JSON_NULL);
	assert_string_equal(json_type_to_string(JSON_OBJECT), "object");
}

static void
walks_members_in_their_order(void **state)
{
	(void)state;
	struct slice text = valid(" { \"b\" : [1, {\"]\":\"}\"}] ,\n"
				  "\"a\\\"\":\"x\\\\\",\"n\": -1.50 , "
				  "\"e\":{} } ");
	struct json_iter iter = json_iter_of(text);
	struct slice key;
	struct slice value;

	assert_true(json_object_next(&iter, &key, &value));
	assert_slice(key, "\"b\"");
	assert_slice(value, "[1, {\"]\":\"}\"}]");
	assert_true(json_object_next(&iter, &key, &value));
	assert_slice(key, "\"a\\\"\"");
	assert_slice(value, "\"x\\\\\"");
	assert_true(json_object_next(&iter, &key, &value));
	assert_slice(value, "-1.50");
	assert_true(json_object_next(&iter, &key, &value));
	assert_slice(value, "{}");
	assert_false(json_object_next(&iter, &key, &value));
	assert_false(json_object_next(&iter, &key, &value));
	assert_int_equal(json_count(text), 4);
}

static void
walks_items_in_their_order(void **state)
{
	(void)state;
	struct slice text = valid("[ null,[[]] ,\"]\", 1e3 ]");
	struct json_iter iter = json_iter_of(text);
	struct slice item;

	assert_true(json_array_next(&iter, &item));
	assert_slice(item, "null");
	assert_true(json_array_next(&iter, &item));
	assert_slice(item, "[[]]");
	assert_true(json_array_next(&iter, &item));
	assert_slice(item, "\"]\"");
	assert_true(json_array_next(&iter, &item));
	assert_slice(item, "1e3");
	assert_false(json_array_next(&iter, &item));
	assert_int_equal(json_count(text), 4);
}

static void
walks_over_nothing_else(void **state)
{
	(void)state;
	static const char *const texts[] = { "", "null", "1", "\"[1]\"", "{}",
		"[]", "[1", "{\"a\"", "{\"a\":", "[", "{", "{1", "[]]", "{,",
		"[,", "}", "]" };

	for (size_t i = 0; i < N_ITEMS(texts); i++) {
		struct slice text = slice_of_string(texts[i]);
		struct json_iter iter = json_iter_of(text);
		struct slice key;
		struct slice value;
		size_t n = 0;

		while (n < 3 && json_object_next(&iter, &key, &value))
			n++;
		while (n < 3 && json_array_next(&iter, &value))
			n++;
		assert_true(n < 3);
	}

	struct json_iter array = json_iter_of(SLICE("[1]"));
	struct json_iter object = json_iter_of(SLICE("{\"a\":1}"));
	struct slice key;
	struct slice value;
	assert_false(json_object_next(&array, &key, &value));
	assert_false(json_array_next(&object, &value));
}

static void
finds_members_by_what_their_keys_read(void **state)
{
	(void)state;
	struct slice text = valid("{\"a.b\":{\"\\u0063\":null},\"a\":[1]}");
	struct slice found = SLICE("untouched");

	assert_true(json_find(text, "a", &found));
	assert_slice(found, "[1]");
	assert_true(json_find_path(text, JSON_PATH("a.b", "c"), &found));
	assert_slice(found, "null");

	found = SLICE("untouched");
	assert_false(json_find(text, "b", &found));
	assert_false(json_find(SLICE("[1]"), "a", &found));
	assert_false(json_find_path(text, JSON_PATH("a", "c"), &found));
	assert_false(json_find_path(text, JSON_PATH("a.b", "c", "d"), &found));
	assert_slice(found, "untouched");
}

static void
undoes_escapes(void **state)
{
	(void)state;
	static const struct {
		const char *json;
		const char *text;
	} cases[] = {
		{ "\"\"", "" },
		{ "\"plain\"", "plain" },
		{ " \"blank\" ", "blank" },
		{ "\"\\\"\\\\\\/\"", "\"\\/" },
		{ "\"a\\b\\f\\n\\r\\tz\"", "a\b\f\n\r\tz" },
		{ "\"\\u0041\\u00e9\\u20AC\"", "A\xc3\xa9\xe2\x82\xac" },
		{ "\"\\ud83d\\ude00!\"", "\xf0\x9f\x98\x80!" },
		{ "\"\\u003cb\\u003e\"", "<b>" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(string_free) char *copy = NULL;
		struct slice value = valid(cases[i].json);
		struct slice text = slice_of_string(cases[i].text);
		struct error err;

		assert_int_equal(json_string_copy(value, &copy, &err), 0);
		assert_string_equal(copy, cases[i].text);
		assert_true(json_string_eq(value, text));
		assert_false(json_string_eq(value, SLICE("other")));
	}
}

static void
only_strings_are_strings(void **state)
{
	(void)state;
	static const char *const values[] = { "", "null", "1", "[\"a\"]", "\"",
		"a" };

	for (size_t i = 0; i < N_ITEMS(values); i++) {
		CLEANUP(buf_clear) struct buf out = { 0 };
		struct slice value = slice_of_string(values[i]);
		struct error err;

		assert_int_equal(json_string(value, &out, &err), -1);
		assert_int_equal(err.kind, ERROR_FORMAT);
		assert_int_equal(out.len, 0);
		assert_false(json_string_eq(value, SLICE("")));
	}
}

static void
orders_strings_as_they_read(void **state)
{
	(void)state;
	static const struct {
		const char *a;
		const char *b;
		int order;
	} cases[] = {
		{ "\"\"", "\"\"", 0 },
		{ "\"a\"", "\"b\"", -1 },
		{ "\"a\"", "\"ab\"", -1 },
		{ "\"\\u0061\"", "\"a\"", 0 },
		{ "\"\\u0061b\"", "\"a\"", 1 },
		{ "\"\\u00e9\"", "\"z\"", 1 },
		{ "\"\\ud83d\\ude00\"", "\"\xef\xbf\xbd\"", 1 },
		{ "\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\"", 0 },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		struct slice a = valid(cases[i].a);
		struct slice b = valid(cases[i].b);
		int forth = json_string_cmp(a, b);
		int back = json_string_cmp(b, a);

		assert_int_equal((forth > 0) - (forth < 0), cases[i].order);
		assert_int_equal((back > 0) - (back < 0), -cases[i].order);
	}
}

static void
reads_whole_numbers_that_fit(void **state)
{
	(void)state;
	uint64_t u = 7;
	int64_t i = 7;

	assert_true(json_u64(SLICE("0"), &u));
	assert_int_equal(u, 0);
	assert_true(json_u64(SLICE("18446744073709551615"), &u));
	assert_true(u == UINT64_MAX);
	assert_false(json_u64(SLICE("18446744073709551616"), &u));
	assert_false(json_u64(SLICE("-1"), &u));
	assert_false(json_u64(SLICE("1.0"), &u));
	assert_false(json_u64(SLICE("1e3"), &u));
	assert_false(json_u64(SLICE("\"1\""), &u));
	assert_false(json_u64(SLICE(""), &u));
	assert_true(u == UINT64_MAX);

	assert_true(json_i64(SLICE("-1"), &i));
	assert_true(i == -1);
	assert_true(json_i64(SLICE("-0"), &i));
	assert_true(i == 0);
	assert_true(json_i64(SLICE("9223372036854775807"), &i));
	assert_true(i == INT64_MAX);
	assert_true(json_i64(SLICE("-9223372036854775808"), &i));
	assert_true(i == INT64_MIN);
	assert_false(json_i64(SLICE("9223372036854775808"), &i));
	assert_false(json_i64(SLICE("-9223372036854775809"), &i));
	assert_false(json_i64(SLICE("-"), &i));
	assert_false(json_i64(SLICE("--1"), &i));
	assert_true(i == INT64_MIN);
}

static void
reads_bools(void **state)
{
	(void)state;
	bool b = false;

	assert_true(json_bool(SLICE(" true "), &b));
	assert_true(b);
	assert_false(json_bool(SLICE("null"), &b));
	assert_false(json_bool(SLICE("t"), &b));
	assert_false(json_bool(SLICE(""), &b));
	assert_true(b);
	assert_true(json_bool(SLICE("false"), &b));
	assert_false(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_what_the_grammar_allows),
		cmocka_unit_test(refuses_what_the_grammar_does_not),
		cmocka_unit_test(
		    refuses_what_two_readers_would_read_differently),
		cmocka_unit_test(finds_a_key_twice_among_few_and_many),
		cmocka_unit_test(nests_up_to_the_limit),
		cmocka_unit_test(tells_types),
		cmocka_unit_test(walks_members_in_their_order),
		cmocka_unit_test(walks_items_in_their_order),
		cmocka_unit_test(walks_over_nothing_else),
		cmocka_unit_test(finds_members_by_what_their_keys_read),
		cmocka_unit_test(undoes_escapes),
		cmocka_unit_test(only_strings_are_strings),
		cmocka_unit_test(orders_strings_as_they_read),
		cmocka_unit_test(reads_whole_numbers_that_fit),
		cmocka_unit_test(reads_bools),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
