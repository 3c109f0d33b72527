/* SPDX-License-Identifier: Apache-2.0 */
#include "version/version.h"

#include "unit.h"

static int
compare(enum package_type type, struct slice a, struct slice b)
{
	return version_compare_of(type)(a, b);
}

static void
compares_by_the_type_of_the_package(void **state)
{
	(void)state;
	struct slice a = SLICE("1_rc1");
	struct slice b = SLICE("1~rc1");

	/* 1_rc1 is a pre-release for apk alone, 1~rc1 for the others. */
	assert_true(compare(PACKAGE_APK, a, SLICE("1")) < 0);
	assert_true(compare(PACKAGE_RPM, a, SLICE("1")) > 0);
	assert_true(compare(PACKAGE_DEB, a, SLICE("1")) > 0);
	assert_true(compare(PACKAGE_RPM, b, SLICE("1")) < 0);
	assert_true(compare(PACKAGE_DEB, b, SLICE("1")) < 0);
	/* And these tell rpm and dpkg apart. */
	assert_true(compare(PACKAGE_RPM, SLICE("1_0"), SLICE("1.0")) == 0);
	assert_true(compare(PACKAGE_DEB, SLICE("1_0"), SLICE("1.0")) > 0);
}

static void
says_where_it_knows_no_order(void **state)
{
	(void)state;
	assert_null(version_compare_of(PACKAGE_ALPM));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compares_by_the_type_of_the_package),
		cmocka_unit_test(says_where_it_knows_no_order),
	};

	return cmocka_run_group_tests_name("version", tests, NULL, NULL);
}
