/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/dpkgdb.h"

#include "base/memory.h"
#include "texts.h"

#define A_STATUS "Package: a\nStatus: install ok installed\n"

static struct package_list *
parse(struct slice text)
{
	struct package_list *list = NULL;
	struct error err;

	if (dpkgdb_parse(text, &list, &err) < 0)
		fail_msg("%s", err.msg);
	return list;
}

static void
reads_the_fields_we_keep(void **state)
{
	(void)state;
	CLEANUP(package_list_free)
	struct package_list *list = parse(
	    SLICE("Package: libssl3\nStatus: hold ok triggers-pending\n"
		  "Maintainer: J\xc3\xb6rg\nArchitecture: amd64\n"
		  "Multi-Arch: same\nSource: openssl (3.0-1)\n"
		  "Version: 3.0-1+b1\nEssential: yes\n"
		  "Depends: libc6,\n b | c\nRecommends: d\n"
		  "Pre-Depends: e\nProvides: f\nBreaks: g\nConflicts: h\n"));
	const struct package *pkg = &list->items[0];

	assert_int_equal(list->n_items, 1);
	assert_slice(pkg->name, "libssl3");
	assert_slice(pkg->version, "3.0-1+b1");
	assert_slice(pkg->arch, "amd64");
	assert_slice(pkg->source, "openssl");
	assert_slice(pkg->source_version, "3.0-1");
	assert_slice(pkg->multi_arch, "same");
	assert_slice(pkg->state, "triggers-pending");
	assert_slice(pkg->depends, "libc6,\n b | c");
	assert_slice(pkg->recommends, "d");
	assert_slice(pkg->pre_depends, "e");
	assert_slice(pkg->provides, "f");
	assert_slice(pkg->breaks, "g");
	assert_slice(pkg->conflicts, "h");
	assert_true(pkg->essential);
	assert_true(pkg->held);
}

static void
a_source_that_is_not_named_is_the_package(void **state)
{
	(void)state;
	CLEANUP(package_list_free)
	struct package_list *list =
	    parse(SLICE(A_STATUS "Version: 1:2-3\nArchitecture: all\n"));

	assert_slice(list->items[0].source, "a");
	assert_slice(list->items[0].source_version, "1:2-3");
	assert_false(list->items[0].held);
}

static void
only_packages_whose_files_are_there_count(void **state)
{
	(void)state;
	static const struct {
		const char *state;
		size_t n;
	} cases[] = {
		{ "not-installed", 0 },
		{ "config-files", 0 },
		{ "half-installed", 1 },
		{ "unpacked", 1 },
		{ "half-configured", 1 },
		{ "triggers-awaited", 1 },
		{ "triggers-pending", 1 },
		{ "installed", 1 },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(string_free)
		char *text = string_format("Package: a\nStatus: install ok "
					   "%s\nVersion: 1\nArchitecture: all",
		    cases[i].state);
		CLEANUP(package_list_free)
		struct package_list *list = parse(slice_of_string(text));

		assert_int_equal(list->n_items, cases[i].n);
	}
}

static void
refuses_what_dpkg_never_writes(void **state)
{
	(void)state;
	static const struct {
		struct slice text;
		const char *msg;
	} cases[] = {
		{ SLICE("\n\nPackage\n"), "line 3: not \"Name: value\"" },
		{ SLICE("Status: install ok installed\n"),
		    "line 1: a package: Package is missing" },
		{ SLICE("Package: a\n"), "line 1: a: Status is missing" },
		{ SLICE("Package: a\nStatus: install ok\n"),
		    "line 1: a: Status is broken" },
		{ SLICE("Package: a\nStatus: install ok new\n"),
		    "line 1: a: Status is broken" },
		{ SLICE(A_STATUS), "line 1: a: Version is missing" },
		{ SLICE(A_STATUS "Version: 1\n"),
		    "line 1: a: Architecture is missing" },
		{ SLICE(A_STATUS "Version: 1\0 2\nArchitecture: all\n"),
		    "line 1: a: Version is broken" },
		{ SLICE(A_STATUS "Version: \x1b[2J\nArchitecture: all\n"),
		    "line 1: a: Version is broken" },
		{ SLICE(A_STATUS "Version: 1\nArchitecture: all\n"
				 "Depends: a\x7f\n"),
		    "line 1: a: Depends is broken" },
		{ SLICE(A_STATUS "Version: 1\nVersion: 2\n"),
		    "line 4: Version is there twice" },
		{ SLICE(A_STATUS "Description: x\n \n y\n"),
		    "line 4: blank line in a value" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		struct package_list *list = NULL;
		struct error err;

		assert_int_equal(dpkgdb_parse(cases[i].text, &list, &err), -1);
		assert_int_equal(err.kind, ERROR_FORMAT);
		assert_string_equal(err.msg, cases[i].msg);
		assert_null(list);
	}
}

static void
refuses_the_same_package_twice(void **state)
{
	(void)state;
	struct package_list *list = NULL;
	struct error err;

	assert_int_equal(
	    dpkgdb_parse(
		SLICE(A_STATUS "Version: 1\nArchitecture: all\n\n" A_STATUS
			       "Version: 2\nArchitecture: all\n"),
		&list, &err),
	    -1);
	assert_non_null(strstr(err.msg, "a:all is there twice"));
}

static void
knows_the_architectures(void **state)
{
	(void)state;
	CLEANUP(package_list_free)
	struct package_list *list =
	    parse(SLICE("Package: dpkg\nStatus: install ok installed\n"
			"Version: 1\nArchitecture: arm64\n"));

	assert_slice(dpkgdb_native_arch(list), "arm64");
	assert_false(dpkgdb_has_foreign_arch(SLICE(""), SLICE("arm64")));
	assert_false(dpkgdb_has_foreign_arch(SLICE("arm64\n"), SLICE("arm64")));
	assert_true(
	    dpkgdb_has_foreign_arch(SLICE("arm64\ni386\n"), SLICE("arm64")));
}

static void
a_list_is_the_same_after_a_pipe(void **state)
{
	(void)state;
	CLEANUP(package_list_free)
	struct package_list *list =
	    parse(SLICE(A_STATUS "Version: 1\nArchitecture: all\n"));
	CLEANUP(package_list_free) struct package_list *twice = NULL;
	const struct package_list *const lists[] = { list, list };
	struct error err;

	list->items[0].layer = 7;
	assert_int_equal(package_list_join(lists, 2, &twice, &err), 0);
	assert_int_equal(twice->n_items, 2);
	assert_slice(twice->items[1].name, "a");
	assert_slice(twice->items[1].state, "installed");
	assert_int_equal(twice->items[1].layer, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_fields_we_keep),
		cmocka_unit_test(a_source_that_is_not_named_is_the_package),
		cmocka_unit_test(only_packages_whose_files_are_there_count),
		cmocka_unit_test(refuses_what_dpkg_never_writes),
		cmocka_unit_test(refuses_the_same_package_twice),
		cmocka_unit_test(knows_the_architectures),
		cmocka_unit_test(a_list_is_the_same_after_a_pipe),
	};

	return cmocka_run_group_tests_name("dpkgdb", tests, NULL, NULL);
}
