/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/support.h"

#include "base/memory.h"
#include "base/time.h"
#include "texts.h"

static const struct support_release *
find(const char *text)
{
	CLEANUP(os_release_free) struct os_release *os = NULL;
	struct error err;

	if (os_release_parse(slice_of_string(text), &os, &err) < 0)
		fail_msg("%s", err.msg);
	return support_find(os);
}

static void
knows_until_when(void **state)
{
	(void)state;
	static const struct {
		const char *os;
		const char *codename;
		const char *standard;
		const char *lts;
		const char *extended;
	} cases[] = {
		{ "ID=debian\nVERSION_ID=13", "trixie", "2028-08-09",
		    "2030-06-30", "2035-06-30" },
		{ "ID=debian\nVERSION_ID=12", "bookworm", "2026-07-11",
		    "2028-06-30", "2033-06-30" },
		{ "ID=ubuntu\nVERSION_ID=24.04", "noble", "2029-05-31", "",
		    "2034-04-25" },
		{ "ID=alpine\nVERSION_ID=3.19.1", "", "2025-11-01", "", "" },
		{ "ID=rhel\nVERSION_ID=9.4", "", "2032-05-31", "",
		    "2036-05-31" },
		{ "ID=centos\nVERSION_ID=8\nPRETTY_NAME='CentOS Linux 8'", "",
		    "2021-12-31", "", "" },
		{ "ID=centos\nVERSION_ID=8\nPRETTY_NAME='CentOS Stream 8'", "",
		    "2024-05-31", "", "" },
		{ "ID=sles\nVERSION_ID=15", "", "2019-12-31", "",
		    "2022-12-31" },
		{ "ID=debian\nVERSION_CODENAME=bookworm", "bookworm",
		    "2026-07-11", "2028-06-30", "2033-06-30" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		const struct support_release *found = find(cases[i].os);

		assert_non_null(found);
		assert_slice(found->codename, cases[i].codename);
		assert_slice(found->standard, cases[i].standard);
		assert_slice(found->lts, cases[i].lts);
		assert_slice(found->extended, cases[i].extended);
	}
}

static void
what_it_does_not_know_is_unknown(void **state)
{
	(void)state;
	assert_null(find("ID=wolfi\nVERSION_ID=20230201"));
	assert_null(find("ID=debian\nVERSION_ID=99"));
	assert_null(find("ID=debian\nVERSION_CODENAME=sid"));
	assert_null(find("ID=debian"));
	assert_null(find("ID=ubuntu\nVERSION_ID=24"));
	assert_int_equal(support_phase_at(NULL, 0), SUPPORT_UNKNOWN);
	assert_int_equal(support_phase_at(find("ID=photon\nVERSION_ID=5.0"), 0),
	    SUPPORT_UNKNOWN);
	assert_slice(support_until(NULL), "");
}

static void
a_last_day_counts_until_it_ends(void **state)
{
	(void)state;
	static const struct {
		struct slice now;
		enum support_phase phase;
	} cases[] = {
		{ SLICE("2026-07-11T23:59:59Z"), SUPPORT_STANDARD },
		{ SLICE("2026-07-12T00:00:00Z"), SUPPORT_LTS },
		{ SLICE("2028-06-30T23:59:59Z"), SUPPORT_LTS },
		{ SLICE("2028-07-01T00:00:00Z"), SUPPORT_EXTENDED },
		{ SLICE("2033-07-01T00:00:00Z"), SUPPORT_ENDED },
	};
	const struct support_release *bookworm =
	    find("ID=debian\nVERSION_ID=12");

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		int64_t now;

		assert_true(time_from_rfc3339(cases[i].now, &now));
		assert_int_equal(
		    support_phase_at(bookworm, now), cases[i].phase);
	}
	assert_slice(support_until(bookworm), "2028-06-30");
}

static void
the_data_has_a_date(void **state)
{
	(void)state;
	int64_t day;

	assert_true(time_from_rfc3339(support_data_date(), &day));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_until_when),
		cmocka_unit_test(what_it_does_not_know_is_unknown),
		cmocka_unit_test(a_last_day_counts_until_it_ends),
		cmocka_unit_test(the_data_has_a_date),
	};

	return cmocka_run_group_tests_name("support", tests, NULL, NULL);
}
