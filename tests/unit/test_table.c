/* SPDX-License-Identifier: Apache-2.0 */
#include "report/table.h"

#include "base/json.h"
#include "base/memory.h"
#include "unit.h"

static const struct report_column columns[] = {
	{ "name", "NAME" },
	{ "installed", "INSTALLED" },
	{ "note", "NOTE" },
};

#define N_COLUMNS N_ITEMS(columns)

static struct report *
report_of(const struct slice (*records)[N_COLUMNS], size_t n)
{
	struct report *report = report_new("test", columns, N_COLUMNS);
	struct error err;

	assert_non_null(report);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(report_add(report, records[i], &err), 0);
	assert_int_equal(report_count(report), n);
	return report;
}

static void
assert_written(
    struct report *report, enum report_format format, const char *expected)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct error err;

	assert_int_equal(report_write(report, format, &out, &err), 0);
	if (!slice_eq(buf_slice(&out), slice_of_string(expected)))
		fail_msg("\"" SLICE_FMT "\" is not \"%s\"",
		    SLICE_ARG(buf_slice(&out)), expected);
}

static const struct slice plain[][N_COLUMNS] = {
	{ SLICE("zlib1g"), SLICE("1:1.2"), SLICE("") },
	{ SLICE("apt"), SLICE(""), SLICE("kept back") },
	{ SLICE("B"), SLICE("2"), SLICE("x") },
};

static void
a_table_is_aligned_and_no_line_ends_in_blanks(void **state)
{
	(void)state;
	CLEANUP(report_free)
	struct report *report = report_of(plain, N_ITEMS(plain));

	assert_written(report, REPORT_TABLE,
	    "NAME    INSTALLED  NOTE\n"
	    "zlib1g  1:1.2      -\n"
	    "apt     -          kept back\n"
	    "B       2          x\n");
}

static void
a_table_is_no_wider_than_its_terminal(void **state)
{
	static const struct slice records[][N_COLUMNS] = {
		{ SLICE("a-name-that-is-rather-long"), SLICE("1"),
		    SLICE("short") },
		{ SLICE("b"), SLICE("1:2.3-4"),
		    SLICE("\xc3\xa4\xc3\xa4\xc3\xa4 and so on and on") },
	};

	(void)state;
	CLEANUP(report_free)
	struct report *report = report_of(records, N_ITEMS(records));

	report_set_terminal(report, (struct report_terminal){ .width = 40 });
	assert_written(report, REPORT_TABLE,
	    "NAME           INSTALLED  NOTE\n"
	    "a-name-that-\xe2\x80\xa6  1          short\n"
	    "b              1:2.3-4    "
	    "\xc3\xa4\xc3\xa4\xc3\xa4 and so o\xe2\x80\xa6\n");
	/* What cannot fit is as narrow as can be. */
	report_set_terminal(report, (struct report_terminal){ .width = 3 });
	assert_written(report, REPORT_TABLE,
	    "NAME      INSTALLED  NOTE\n"
	    "a-name-\xe2\x80\xa6  1          short\n"
	    "b         1:2.3-4    \xc3\xa4\xc3\xa4\xc3\xa4 and\xe2\x80\xa6\n");
	/* The other formats have no width. */
	assert_written(report, REPORT_TSV,
	    "a-name-that-is-rather-long\t1\tshort\n"
	    "b\t1:2.3-4\t\xc3\xa4\xc3\xa4\xc3\xa4 and so on and on\n");
}

static void
a_table_that_fits_is_as_it_was(void **state)
{
	(void)state;
	CLEANUP(report_free)
	struct report *report = report_of(plain, N_ITEMS(plain));

	report_set_terminal(
	    report, (struct report_terminal){ .width = 28, .bold = true });
	assert_written(report, REPORT_TABLE,
	    "\x1b[1mNAME    INSTALLED  NOTE\x1b[0m\n"
	    "zlib1g  1:1.2      -\n"
	    "apt     -          kept back\n"
	    "B       2          x\n");
}

static void
tsv_is_sorted_in_the_c_locale(void **state)
{
	(void)state;
	CLEANUP(report_free)
	struct report *report = report_of(plain, N_ITEMS(plain));

	assert_written(report, REPORT_TSV,
	    "B\t2\tx\napt\t-\tkept back\nzlib1g\t1:1.2\t-\n");
}

/* A tab is before all that a cell can have: "a" before "a b" and "a+". */
static void
tsv_is_sorted_as_lines(void **state)
{
	static const struct slice records[][N_COLUMNS] = {
		{ SLICE("a+"), SLICE("1"), SLICE("1") },
		{ SLICE("a b"), SLICE("1"), SLICE("1") },
		{ SLICE("a"), SLICE("2"), SLICE("1") },
		{ SLICE("a"), SLICE("10"), SLICE("2") },
		{ SLICE("a"), SLICE("10"), SLICE("1") },
		{ SLICE("\xc3\xa4"), SLICE("1"), SLICE("1") },
	};

	(void)state;
	CLEANUP(report_free)
	struct report *report = report_of(records, N_ITEMS(records));
	assert_written(report, REPORT_TSV,
	    "a\t10\t1\na\t10\t2\na\t2\t1\na b\t1\t1\na+\t1\t1\n"
	    "\xc3\xa4\t1\t1\n");
}

static void
json_has_null_for_nothing_and_keeps_the_order(void **state)
{
	(void)state;
	CLEANUP(report_free)
	struct report *report = report_of(plain, N_ITEMS(plain));

	assert_written(report, REPORT_JSON,
	    "{\"schema\":\"fother.test/1\",\"items\":["
	    "{\"name\":\"zlib1g\",\"installed\":\"1:1.2\",\"note\":null},"
	    "{\"name\":\"apt\",\"installed\":null,\"note\":\"kept back\"},"
	    "{\"name\":\"B\",\"installed\":\"2\",\"note\":\"x\"}],"
	    "\"unverified\":[],\"errors\":[]}\n");
}

static void
json_tells_errors_and_others_do_not(void **state)
{
	struct error what;
	struct error err;

	(void)state;
	CLEANUP(report_free) struct report *report = report_of(plain, 0);
	(void)error_set(&what, ERROR_UNTRUSTED, "a \"b\"\n\x1b");
	assert_int_equal(report_add_error(report, &what, &err), 0);
	(void)error_set(&what, ERROR_NOT_FOUND, "c");
	assert_int_equal(report_add_error(report, &what, &err), 0);
	assert_int_equal(
	    report_add_unverified(report, SLICE("image \"x\""), &err), 0);
	assert_written(report, REPORT_JSON,
	    "{\"schema\":\"fother.test/1\",\"items\":[],"
	    "\"unverified\":[\"image \\\"x\\\"\"],\"errors\":["
	    "{\"kind\":\"untrusted\",\"message\":"
	    "\"a \\\"b\\\"\\n\\u001b\"},"
	    "{\"kind\":\"not-found\",\"message\":\"c\"}]}\n");
	assert_written(report, REPORT_TSV, "");
	assert_written(report, REPORT_TABLE, "");
}

static void
an_empty_report_is_empty(void **state)
{
	(void)state;
	CLEANUP(report_free) struct report *report = report_of(plain, 0);

	assert_written(report, REPORT_TABLE, "");
	assert_written(report, REPORT_TSV, "");
	assert_written(report, REPORT_JSON,
	    "{\"schema\":\"fother.test/1\",\"items\":[],\"unverified\":[],\"errors\":[]}\n");
}

/* Nothing that a terminal obeys, and no cell that looks like two. */
static void
what_is_not_text_is_escaped(void **state)
{
	static const struct {
		struct slice cell;
		const char *shown;
	} cases[] = {
		{ SLICE("a\tb\nc\r"), "a\\x09b\\x0Ac\\x0D" },
		{ SLICE("\x1b[2J\x7f"), "\\x1B[2J\\x7F" },
		{ SLICE("a\0b"), "a\\x00b" },
		{ SLICE("a\\x"), "a\\x5Cx" },
		{ SLICE("\xc3\xa4\xf0\x9f\x90\xb3"),
		    "\xc3\xa4\xf0\x9f\x90\xb3" },
		{ SLICE("\xc3"), "\\xC3" },
		{ SLICE("\xff\xfe"), "\\xFF\\xFE" },
		{ SLICE("\xc0\xaf\xed\xa0\x80"), "\\xC0\\xAF\\xED\\xA0\\x80" },
		/* C1: to many terminals, ESC [ */
		{ SLICE("\xc2\x9b"
			"2J\xc2\x80\xc2\xa0"),
		    "\\xC2\\x9B2J\\xC2\\x80\xc2\xa0" },
		/* what turns the line around, or ends it */
		{ SLICE("\xe2\x80\xaex\xe2\x81\xa6\xe2\x80\xa8"),
		    "\\xE2\\x80\\xAEx\\xE2\\x81\\xA6\\xE2\\x80\\xA8" },
		{ SLICE("\xe2\x80\x93"), "\xe2\x80\x93" },
	};

	(void)state;
	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		const struct slice record[1][N_COLUMNS] = { { cases[i].cell,
		    SLICE("x"), SLICE("y") } };
		CLEANUP(report_free)
		struct report *report = report_of(record, 1);
		CLEANUP(string_free)
		char *tsv = string_format("%s\tx\ty\n", cases[i].shown);

		assert_written(report, REPORT_TSV, tsv);
	}
}

static void
alignment_counts_characters_not_bytes(void **state)
{
	static const struct slice records[][N_COLUMNS] = {
		{ SLICE("\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6"), SLICE("1"),
		    SLICE("x") },
		{ SLICE("\xff"), SLICE("a longer cell"), SLICE("y") },
	};

	(void)state;
	CLEANUP(report_free) struct report *report = report_of(records, 2);
	assert_written(report, REPORT_TABLE,
	    "NAME   INSTALLED      NOTE\n"
	    "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6  1              x\n"
	    "\\xFF   a longer cell  y\n");
}

static void
json_is_valid_whatever_the_bytes(void **state)
{
	char all[255]; /* but NUL, which our own reader refuses */

	(void)state;
	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (char)(255 - i);
	const struct slice record[1][N_COLUMNS] = {
		{ slice_of(all, sizeof(all)), SLICE("\"\\"), SLICE("\xc3") }
	};
	CLEANUP(report_free) struct report *report = report_of(record, 1);
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct error err;

	assert_int_equal(report_write(report, REPORT_JSON, &out, &err), 0);
	assert_true(slice_ends_with(buf_slice(&out), SLICE("}\n")));
	if (json_validate(buf_slice(&out), &err) < 0)
		fail_msg("%s", err.msg);
}

static void
a_full_buffer_is_an_error(void **state)
{
	(void)state;
	CLEANUP(report_free)
	struct report *report = report_of(plain, N_ITEMS(plain));

	for (int format = REPORT_TABLE; format <= REPORT_JSON; format++) {
		CLEANUP(buf_clear) struct buf out = buf_limited(20);
		struct error err;

		assert_int_equal(report_write(report,
				     (enum report_format)format, &out, &err),
		    -1);
		assert_int_equal(err.kind, ERROR_LIMIT);
	}
}

static void
knows_the_names_of_formats(void **state)
{
	enum report_format format = REPORT_TABLE;

	(void)state;
	assert_true(report_format_from_string(SLICE("json"), &format));
	assert_int_equal(format, REPORT_JSON);
	assert_true(report_format_from_string(SLICE("tsv"), &format));
	assert_int_equal(format, REPORT_TSV);
	assert_false(report_format_from_string(SLICE("JSON"), &format));
	assert_false(report_format_from_string(SLICE(""), &format));
	assert_false(report_format_from_string(SLICE("tables"), &format));
	assert_int_equal(format, REPORT_TSV);
	assert_true(report_format_from_string(SLICE("table"), &format));
	assert_int_equal(format, REPORT_TABLE);
}

static void
a_column_without_a_title_is_only_for_json(void **state)
{
	(void)state;
	static const struct report_column titled[] = {
		{ "name", "NAME" },
		{ "held", NULL },
	};
	const struct slice cells[] = { SLICE("a"), SLICE("yes") };
	CLEANUP(report_free)
	struct report *report = report_new("test", titled, N_ITEMS(titled));
	struct error err;

	assert_non_null(report);
	assert_int_equal(report_add(report, cells, &err), 0);
	assert_written(report, REPORT_TABLE, "NAME\na\n");
	assert_written(report, REPORT_TSV, "a\n");
	assert_written(report, REPORT_JSON,
	    "{\"schema\":\"fother.test/1\",\"items\":["
	    "{\"name\":\"a\",\"held\":\"yes\"}],\"unverified\":[],\"errors\":[]}\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_is_aligned_and_no_line_ends_in_blanks),
		cmocka_unit_test(a_table_is_no_wider_than_its_terminal),
		cmocka_unit_test(a_table_that_fits_is_as_it_was),
		cmocka_unit_test(tsv_is_sorted_in_the_c_locale),
		cmocka_unit_test(tsv_is_sorted_as_lines),
		cmocka_unit_test(json_has_null_for_nothing_and_keeps_the_order),
		cmocka_unit_test(json_tells_errors_and_others_do_not),
		cmocka_unit_test(an_empty_report_is_empty),
		cmocka_unit_test(what_is_not_text_is_escaped),
		cmocka_unit_test(alignment_counts_characters_not_bytes),
		cmocka_unit_test(json_is_valid_whatever_the_bytes),
		cmocka_unit_test(a_full_buffer_is_an_error),
		cmocka_unit_test(a_column_without_a_title_is_only_for_json),
		cmocka_unit_test(knows_the_names_of_formats),
	};

	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
