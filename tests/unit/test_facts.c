/* SPDX-License-Identifier: Apache-2.0 */
#include "report/facts.h"

#include "base/json.h"
#include "base/memory.h"
#include "unit.h"

static void
add(struct facts *facts, const char *key, const char *value)
{
	struct error err;

	assert_int_equal(
	    facts_add(facts, key, slice_of_string(value), &err), 0);
}

static void
add_layer(struct facts *facts, uint64_t number, uint64_t size_bytes)
{
	const struct facts_field fields[] = {
		{ .key = "number", .number = number },
		{ .key = "sum", .text = SLICE("abc") },
		{ .key = "size_bytes", .number = size_bytes },
	};
	struct error err;

	assert_int_equal(
	    facts_add_item(facts, "layer", fields, N_ITEMS(fields), &err), 0);
}

static struct facts *
facts_of_two(void)
{
	struct facts *facts = facts_new("test");
	struct error err;

	assert_non_null(facts);
	assert_int_equal(facts_begin(facts, "b:1", &err), 0);
	add(facts, "name", "x\x1b[2J\ty");
	add(facts, "base_name", "");
	assert_int_equal(facts_add_number(facts, "age_days", 1, &err), 0);
	assert_int_equal(
	    facts_add_number(facts, "size_bytes", 24349999, &err), 0);
	add_layer(facts, 1, 999);
	add_layer(facts, 2, 0);
	assert_int_equal(facts_begin(facts, "a:2", &err), 0);
	add(facts, "name", "z");
	return facts;
}

static void
assert_written(
    struct facts *facts, enum report_format format, const char *expected)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct error err;

	assert_int_equal(facts_write(facts, format, &out, &err), 0);
	if (!slice_eq(buf_slice(&out), slice_of_string(expected)))
		fail_msg("\"" SLICE_FMT "\" is not \"%s\"",
		    SLICE_ARG(buf_slice(&out)), expected);
}

static void
people_are_given_a_block_a_thing(void **state)
{
	(void)state;
	CLEANUP(facts_free) struct facts *facts = facts_of_two();

	assert_written(facts, REPORT_TABLE,
	    "image      b:1\n"
	    "name       x\\x1B[2J\\x09y\n"
	    "base name  -\n"
	    "age        1 day\n"
	    "size       24.3 MB\n"
	    "layer      1  abc  999 B\n"
	    "layer      2  abc  -\n"
	    "\n"
	    "image  a:2\n"
	    "name   z\n");
}

static void
programs_are_given_a_record_a_fact(void **state)
{
	(void)state;
	CLEANUP(facts_free) struct facts *facts = facts_of_two();

	assert_written(facts, REPORT_TSV,
	    "age_days\t1\tb:1\n"
	    "base_name\t-\tb:1\n"
	    "layer\t1 abc 999\tb:1\n"
	    "layer\t2 abc -\tb:1\n"
	    "name\tx\\x1B[2J\\x09y\tb:1\n"
	    "name\tz\ta:2\n"
	    "size_bytes\t24349999\tb:1\n");
}

static void
json_has_numbers_lists_and_null(void **state)
{
	(void)state;
	CLEANUP(facts_free) struct facts *facts = facts_of_two();
	struct error what;
	struct error err;

	(void)error_set(&what, ERROR_NOT_FOUND, "c: gone");
	assert_int_equal(facts_add_error(facts, &what, &err), 0);
	assert_written(facts, REPORT_JSON,
	    "{\"schema\":\"fother.test/1\",\"items\":["
	    "{\"image\":\"b:1\",\"name\":\"x\\u001b[2J\\ty\","
	    "\"base_name\":null,\"age_days\":1,\"size_bytes\":24349999,"
	    "\"layers\":[{\"number\":1,\"sum\":\"abc\","
	    "\"size_bytes\":999},{\"number\":2,\"sum\":\"abc\","
	    "\"size_bytes\":null}]},"
	    "{\"image\":\"a:2\",\"name\":\"z\"}],"
	    "\"errors\":[{\"kind\":\"not-found\","
	    "\"message\":\"c: gone\"}]}\n");
}

static void
sizes_have_the_unit_that_they_are_of(void **state)
{
	static const struct {
		uint64_t n;
		const char *shown;
	} cases[] = {
		{ 0, "0 B" },
		{ 999, "999 B" },
		{ 1000, "1.0 kB" },
		{ 1999, "1.9 kB" },
		{ 999999, "999.9 kB" },
		{ 1000000, "1.0 MB" },
		{ UINT64_MAX, "18.4 EB" },
	};

	(void)state;
	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(facts_free) struct facts *facts = facts_new("test");
		CLEANUP(string_free)
		char *expected =
		    string_format("image  x\na      %s\n", cases[i].shown);
		struct error err;

		assert_int_equal(facts_begin(facts, "x", &err), 0);
		assert_int_equal(
		    facts_add_number(facts, "a_bytes", cases[i].n, &err), 0);
		assert_written(facts, REPORT_TABLE, expected);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(people_are_given_a_block_a_thing),
		cmocka_unit_test(programs_are_given_a_record_a_fact),
		cmocka_unit_test(json_has_numbers_lists_and_null),
		cmocka_unit_test(sizes_have_the_unit_that_they_are_of),
	};

	return cmocka_run_group_tests_name("facts", tests, NULL, NULL);
}
