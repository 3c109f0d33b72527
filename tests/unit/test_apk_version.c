/* SPDX-License-Identifier: Apache-2.0 */
#include "version/apk.h"

#include "versions.h"

/* Of "a SIGN b": what a dependency may ask for besides. */
static bool
matches(struct comparison c)
{
	int order = version_apk_compare_prefix(c.a, c.b);

	if (slice_eq(c.sign, SLICE("~")))
		return order == 0;
	if (slice_eq(c.sign, SLICE("!~")))
		return order != 0;
	if (slice_eq(c.sign, SLICE("<~")))
		return order <= 0;
	if (slice_eq(c.sign, SLICE(">~")))
		return order >= 0;
	fail_msg("no sign: " SLICE_FMT, SLICE_ARG(c.sign));
	return false;
}

static void
check_match(struct comparison c)
{
	if (!matches(c))
		fail_msg("not " SLICE_FMT " " SLICE_FMT " " SLICE_FMT,
		    SLICE_ARG(c.a), SLICE_ARG(c.sign), SLICE_ARG(c.b));
}

static void
orders_as_apk_does(void **state)
{
	(void)state;
	check_cases("apk.cases", version_apk_compare, 80);
}

static void
has_a_place_for_what_apk_refuses(void **state)
{
	(void)state;
	check_cases("apk-hostile.cases", version_apk_compare, 30);
}

static void
knows_what_begins_with_a_version(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf text = { 0 };

	source_file(CASES "apk-prefix.cases", &text);
	size_t n =
	    check_lines(buf_slice(&text), version_apk_compare, check_match);
	assert_true(n > 15);
}

static void
is_a_total_order(void **state)
{
	(void)state;
	check_total("apk.cases", "apk-hostile.cases", version_apk_compare);
}

static void
knows_a_valid_version(void **state)
{
	(void)state;
	static const struct slice valid[] = { SLICE("0"), SLICE("007"),
		SLICE("1.2.3-r4"), SLICE("1.2b"), SLICE("1.2b_rc1_p20240102"),
		SLICE("5_git"), SLICE("5.0~0a9f"), SLICE("5_p1~beef-r00"),
		SLICE("20240101"), SLICE("99999999999999999999999999") };
	static const struct slice invalid[] = { SLICE(""), SLICE("b"),
		SLICE(".5"), SLICE("5."), SLICE("5..1"), SLICE("5bc"),
		SLICE("5b1"), SLICE("5b.1"), SLICE("5B"), SLICE("5_"),
		SLICE("5_final"), SLICE("5_rcs"), SLICE("5_3_rc"),
		SLICE("5__rc"), SLICE("5~"), SLICE("5~beeg"), SLICE("5~BEEF"),
		SLICE("5~beef_rc"), SLICE("5-r1~beef"), SLICE("5-r"),
		SLICE("5-1"), SLICE("5-r1-r1"), SLICE("5-r1.1"), SLICE("1:5"),
		SLICE("5 "), SLICE("5\0"), SLICE("5_p\xc3") };

	for (size_t i = 0; i < N_ITEMS(valid); i++)
		if (!version_apk_is_valid(valid[i]))
			fail_msg(SLICE_FMT, SLICE_ARG(valid[i]));
	for (size_t i = 0; i < N_ITEMS(invalid); i++)
		if (version_apk_is_valid(invalid[i]))
			fail_msg(SLICE_FMT, SLICE_ARG(invalid[i]));
}

static void
orders_as_others_have_found(void **state)
{
	(void)state;
	static const char *const names[] = {
		"normalized/apk-version.data.tsv",
		"osv-scalibr/alpine-versions.txt",
		"osv-scalibr/alpine-versions-generated.txt",
		NULL,
	};

	check_vectors_with(names, version_apk_compare, check_match);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders_as_apk_does),
		cmocka_unit_test(has_a_place_for_what_apk_refuses),
		cmocka_unit_test(knows_what_begins_with_a_version),
		cmocka_unit_test(is_a_total_order),
		cmocka_unit_test(knows_a_valid_version),
		cmocka_unit_test(orders_as_others_have_found),
	};

	return cmocka_run_group_tests_name("apk_version", tests, NULL, NULL);
}
