/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_write.h"

#include "base/json.h"
#include "base/memory.h"
#include "unit.h"

static void
writes_all_kinds_of_values(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct json_writer w = json_writer_of(&out);
	struct error err;

	json_write_object(&w);
	json_write_member(&w, "s", SLICE("a"));
	json_write_member_u64(&w, "u", UINT64_MAX);
	json_write_member_bool(&w, "b", true);
	json_write_member_raw(&w, "r", SLICE("1.50"));
	json_write_key_slice(&w, SLICE("l\n"));
	json_write_array(&w);
	json_write_null(&w);
	json_write_i64(&w, INT64_MIN);
	json_write_object(&w);
	json_write_object_end(&w);
	json_write_array(&w);
	json_write_array_end(&w);
	json_write_bool(&w, false);
	json_write_array_end(&w);
	json_write_member(&w, "z", SLICE(""));
	json_write_object_end(&w);

	assert_int_equal(json_validate(buf_slice(&out), &err), 0);
	CLEANUP(string_free) char *text = buf_take_string(&out);
	assert_non_null(text);
	assert_string_equal(text,
	    "{\"s\":\"a\",\"u\":18446744073709551615,\"b\":true,\"r\":1.50,"
	    "\"l\\n\":[null,-9223372036854775808,{},[],false],\"z\":\"\"}");
}

static void
escapes_strings(void **state)
{
	(void)state;
	static const struct {
		struct slice text;
		const char *json;
	} cases[] = {
		{ SLICE(""), "\"\"" },
		{ SLICE("\"\\/"), "\"\\\"\\\\/\"" },
		{ SLICE("\n\r\t\b"), "\"\\n\\r\\t\\u0008\"" },
		{ SLICE("\0\x1f\x7f"), "\"\\u0000\\u001f\\u007f\"" },
		{ SLICE("\xc3\xa9\xf0\x9f\x98\x80"),
		    "\"\xc3\xa9\xf0\x9f\x98\x80\"" },
		{ SLICE("a\xff\xc3"), "\"a\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ SLICE("\xed\xa0\x80"),
		    "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(buf_clear) struct buf out = { 0 };
		struct json_writer w = json_writer_of(&out);

		json_write_string(&w, cases[i].text);
		CLEANUP(string_free) char *text = buf_take_string(&out);
		assert_non_null(text);
		assert_string_equal(text, cases[i].json);
	}
}

static void
what_is_written_reads_the_same(void **state)
{
	(void)state;
	char bytes[0x7f];
	CLEANUP(buf_clear) struct buf out = { 0 };
	CLEANUP(string_free) char *read = NULL;
	struct json_writer w = json_writer_of(&out);
	struct error err;

	for (size_t i = 0; i + 1 < sizeof(bytes); i++)
		bytes[i] = (char)(i + 1);
	bytes[sizeof(bytes) - 1] = '\0';
	json_write_string(&w, slice_of_string(bytes));
	assert_int_equal(json_validate(buf_slice(&out), &err), 0);
	assert_int_equal(json_string_copy(buf_slice(&out), &read, &err), 0);
	assert_string_equal(read, bytes);
}

static void
nothing_in_it_is_obeyed_by_a_terminal(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct json_writer json = json_writer_of(&out);

	json_write_string(&json,
	    SLICE("\xc2\x9b"
		  "31m\xe2\x80\xae\x7f\xc3\xa9"));
	assert_true(slice_eq(
	    buf_slice(&out), SLICE("\"\\u009b31m\\u202e\\u007f\xc3\xa9\"")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_in_it_is_obeyed_by_a_terminal),
		cmocka_unit_test(writes_all_kinds_of_values),
		cmocka_unit_test(escapes_strings),
		cmocka_unit_test(what_is_written_reads_the_same),
	};

	return cmocka_run_group_tests_name("json_write", tests, NULL, NULL);
}
