/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/rpm_header.h"

#include "base/memory.h"
#include "files.h"

static void
blob_read(const char *name, struct buf *ret)
{
	CLEANUP(string_free)
	char *path = string_format("tests/corpus/rpm_header/%s", name);

	source_file(path, ret);
}

static void
assert_slice(struct slice actual, const char *expected)
{
	if (!slice_eq(actual, slice_of_string(expected)))
		fail_msg("\"" SLICE_FMT "\" is not \"%s\"", SLICE_ARG(actual),
		    expected);
}

/* What it reads views blob. */
static void
parse(const char *name, struct buf *blob, struct rpm_header *ret)
{
	struct error err;

	blob_read(name, blob);
	if (rpm_header_parse(buf_slice(blob), ret, &err) < 0)
		fail_msg("%s: %s", name, err.msg);
}

static void
reads_the_tags_we_keep(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf blob = { 0 };
	struct rpm_header header;
	struct slice string;
	uint32_t number;

	parse("package", &blob, &header);
	assert_slice(rpm_header_string(&header, RPM_NAME), "first");
	assert_slice(rpm_header_string(&header, RPM_VERSION), "1.0");
	assert_slice(rpm_header_string(&header, RPM_RELEASE), "2.fc38");
	assert_slice(rpm_header_string(&header, RPM_ARCH), "noarch");
	assert_slice(rpm_header_string(&header, RPM_LICENCE), "MIT");
	assert_slice(rpm_header_string(&header, RPM_SOURCE_RPM),
	    "first-1.0-2.fc38.src.rpm");
	assert_slice(
	    rpm_header_string(&header, RPM_MODULARITY_LABEL), "lab:1:2023:abc");

	struct rpm_value names = header.values[RPM_BASE_NAMES];
	assert_int_equal(names.count, 3);
	assert_true(rpm_value_string(&names, &string));
	assert_slice(string, "bin");
	assert_true(rpm_value_string(&names, &string));
	assert_true(rpm_value_string(&names, &string));
	assert_slice(string, "b c");
	assert_false(rpm_value_string(&names, &string));

	struct rpm_value indexes = header.values[RPM_DIR_INDEXES];
	assert_true(rpm_value_number(&indexes, &number));
	assert_int_equal(number, 1);
	assert_true(rpm_value_number(&indexes, &number));
	assert_true(rpm_value_number(&indexes, &number));
	assert_false(rpm_value_number(&indexes, &number));
}

static void
what_is_not_there_is_nothing(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf blob = { 0 };
	struct rpm_header header;

	parse("package", &blob, &header);
	assert_int_equal(header.values[RPM_EPOCH].count, 0);
	assert_int_equal(rpm_header_number(&header, RPM_EPOCH), 0);
	assert_int_equal(rpm_header_string(&header, RPM_VENDOR).len, 0);
}

static void
what_was_added_takes_the_place_of_what_was_there(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf blob = { 0 };
	CLEANUP(buf_clear) struct buf names = { 0 };
	struct rpm_header header;

	parse("added", &blob, &header);
	assert_slice(rpm_header_string(&header, RPM_NAME), "a");
	assert_slice(rpm_header_string(&header, RPM_VERSION), "2");
	assert_int_equal(rpm_header_number(&header, RPM_INSTALL_TIME), 7);

	parse("added-names-replace-old", &names, &header);
	assert_int_equal(header.values[RPM_OLD_FILE_NAMES].count, 0);
	assert_slice(rpm_header_string(&header, RPM_BASE_NAMES), "new");
}

static void
headers_of_all_ages_and_types_are_read(void **state)
{
	(void)state;
	static const char *const names[] = { "without-a-region", "region-image",
		"all-types" };

	for (size_t i = 0; i < N_ITEMS(names); i++) {
		CLEANUP(buf_clear) struct buf blob = { 0 };
		struct rpm_header header;

		parse(names[i], &blob, &header);
		assert_true(rpm_header_string(&header, RPM_NAME).len > 0);
	}
}

static void
refuses_what_rpm_refuses(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{ "nothing", "it is cut off" },
		{ "no-entries", "it claims to have 0 entries and 0 bytes" },
		{ "claims-four-billion",
		    "it claims to have 4294967295 entries and 4294967295 "
		    "bytes" },
		{ "cut-off-in-data",
		    "11 entries and 117 bytes are not its "
		    "size" },
		{ "cut-off-in-entries",
		    "11 entries and 117 bytes are not its "
		    "size" },
		{ "more-behind", "11 entries and 117 bytes are not its size" },
		{ "region-outside", "its region ends outside of its data" },
		{ "region-with-another-trailer", "its region is broken" },
		{ "region-with-more-entries",
		    "its region has more entries than there are" },
		{ "region-that-is-not-whole-entries",
		    "its region has more entries than there are" },
		{ "twice-in-the-region", "tag 1000 is there twice" },
		{ "name-is-a-number", "tag 1000 has type 4" },
		{ "epoch-is-a-string", "tag 1003 has type 6" },
		{ "type-0", "tag 1000: 1 of type 0 at 0: no such value" },
		{ "type-10", "tag 1000: 1 of type 10 at 0: no such value" },
		{ "count-0", "tag 1000: 0 of type 6 at 0: no such value" },
		{ "two-of-a-string",
		    "tag 1000: 2 of type 6 at 0: no such value" },
		{ "string-without-nul",
		    "tag 1000: 1 of type 6 at 0: no such value" },
		{ "strings-too-few",
		    "tag 1117: 3 of type 8 at 0: no such value" },
		{ "number-outside",
		    "tag 1003: 1 of type 4 at 4: no such value" },
		{ "number-not-aligned",
		    "tag 1003: 1 of type 4 at 2: no such value" },
		{ "numbers-too-many",
		    "tag 1003: 3 of type 4 at 0: no such value" },
		{ "offset-negative",
		    "tag 1000: 1 of type 6 at 4294967280: no such value" },
		{ "tag-99", "tag 99: 1 of type 6 at 0: no such value" },
		{ "overlapping", "tag 1001: 1 of type 6 at 2: no such value" },
		{ "value-in-the-trailer",
		    "tag 1000: 1 of type 6 at 5: no such value" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(buf_clear) struct buf blob = { 0 };
		struct rpm_header header = { 0 };
		struct error err;

		blob_read(cases[i][0], &blob);
		assert_int_equal(
		    rpm_header_parse(buf_slice(&blob), &header, &err), -1);
		assert_int_equal(err.kind, ERROR_FORMAT);
		assert_string_equal(err.msg, cases[i][1]);
		assert_int_equal(header.values[RPM_NAME].count, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_tags_we_keep),
		cmocka_unit_test(what_is_not_there_is_nothing),
		cmocka_unit_test(
		    what_was_added_takes_the_place_of_what_was_there),
		cmocka_unit_test(headers_of_all_ages_and_types_are_read),
		cmocka_unit_test(refuses_what_rpm_refuses),
	};

	return cmocka_run_group_tests_name("rpm_header", tests, NULL, NULL);
}
