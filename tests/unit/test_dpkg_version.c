/* SPDX-License-Identifier: Apache-2.0 */
#include "version/dpkg.h"

#include "versions.h"

static void
orders_as_dpkg_does(void **state)
{
	(void)state;
	check_cases("dpkg.cases", version_dpkg_compare, 50);
}

static void
has_a_place_for_what_dpkg_refuses(void **state)
{
	(void)state;
	check_cases("dpkg-hostile.cases", version_dpkg_compare, 5);
}

static void
is_a_total_order(void **state)
{
	(void)state;
	check_total("dpkg.cases", "dpkg-hostile.cases", version_dpkg_compare);
}

static void
knows_a_valid_version(void **state)
{
	(void)state;
	static const struct slice valid[] = { SLICE("1"), SLICE("1.0-1"),
		SLICE("0:1"), SLICE("2147483647:1"), SLICE("1:2:3-4"),
		SLICE("1-2-3"), SLICE("1.0~rc1+dfsg-1+deb12u1") };
	static const struct slice invalid[] = { SLICE(""), SLICE(":1"),
		SLICE("1:"), SLICE("a:1"), SLICE("-1"), SLICE("1-"),
		SLICE("2147483648:1"), SLICE("+1:1"), SLICE("a1"), SLICE("1 2"),
		SLICE("1_2"), SLICE("1\0"), SLICE("1-2:3"), SLICE("1-\n"),
		SLICE("1\xc3\xa9") };

	for (size_t i = 0; i < N_ITEMS(valid); i++)
		if (!version_dpkg_is_valid(valid[i]))
			fail_msg(SLICE_FMT, SLICE_ARG(valid[i]));
	for (size_t i = 0; i < N_ITEMS(invalid); i++)
		if (version_dpkg_is_valid(invalid[i]))
			fail_msg(SLICE_FMT, SLICE_ARG(invalid[i]));
}

static void
orders_as_others_have_found(void **state)
{
	(void)state;
	static const char *const names[] = {
		"normalized/dpkg-Dpkg_Version.t.tsv",
		"normalized/dpkg-apt-compareversion.tsv",
		"osv-scalibr/debian-versions.txt",
		"osv-scalibr/debian-versions-generated.txt",
		NULL,
	};

	check_vectors(names, version_dpkg_compare);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders_as_dpkg_does),
		cmocka_unit_test(has_a_place_for_what_dpkg_refuses),
		cmocka_unit_test(is_a_total_order),
		cmocka_unit_test(knows_a_valid_version),
		cmocka_unit_test(orders_as_others_have_found),
	};

	return cmocka_run_group_tests_name("dpkg_version", tests, NULL, NULL);
}
