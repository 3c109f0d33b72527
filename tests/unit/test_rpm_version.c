/* SPDX-License-Identifier: Apache-2.0 */
#include "version/rpm.h"

#include "versions.h"

static void
orders_as_rpm_does(void **state)
{
	(void)state;
	check_cases("rpm.cases", version_rpm_compare, 70);
}

static void
has_a_place_for_what_no_package_has(void **state)
{
	(void)state;
	check_cases("rpm-hostile.cases", version_rpm_compare, 15);
}

static void
is_a_total_order(void **state)
{
	(void)state;
	check_total("rpm.cases", "rpm-hostile.cases", version_rpm_compare);
}

static void
takes_nothing_for_the_oldest_but_a_tilde(void **state)
{
	(void)state;
	struct slice nothing = { 0 };

	assert_int_equal(version_rpm_compare(nothing, nothing), 0);
	assert_int_equal(version_rpm_compare(nothing, SLICE("")), 0);
	assert_int_equal(version_rpm_compare(nothing, SLICE("0:")), 0);
	assert_true(version_rpm_compare(nothing, SLICE("0")) < 0);
	assert_true(version_rpm_compare(nothing, SLICE("~")) > 0);
	assert_int_equal(version_rpm_compare(SLICE("1\0"), SLICE("1")), 0);
}

static void
orders_as_others_have_found(void **state)
{
	(void)state;
	static const char *const names[] = {
		"normalized/rpm-rpmvercmp.tsv",
		"osv-scalibr/redhat-versions.txt",
		NULL,
	};

	check_vectors(names, version_rpm_compare);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders_as_rpm_does),
		cmocka_unit_test(has_a_place_for_what_no_package_has),
		cmocka_unit_test(is_a_total_order),
		cmocka_unit_test(takes_nothing_for_the_oldest_but_a_tilde),
		cmocka_unit_test(orders_as_others_have_found),
	};

	return cmocka_run_group_tests_name("rpm_version", tests, NULL, NULL);
}
