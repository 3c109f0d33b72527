/* SPDX-License-Identifier: Apache-2.0 */
/* The small readers of src/catalog, of a file each. */
#include "base/memory.h"
#include "catalog/copyright.h"
#include "catalog/dpkg_files.h"
#include "catalog/dpkgdb.h"
#include "catalog/elfnote.h"
#include "catalog/extended_states.h"
#include "catalog/os_guess.h"
#include "catalog/rpmmanifest.h"
#include "files.h"
#include "texts.h"

static void
a_control_file_needs_no_status(void **state)
{
	(void)state;
	CLEANUP(package_list_free) struct package_list *list = NULL;
	CLEANUP(package_list_free) struct package_list *gone = NULL;
	struct error err;

	assert_int_equal(
	    dpkgdb_parse_control(
		SLICE("Package: base-files\nVersion: 12.4\n"
		      "Architecture: amd64\nMaintainer: J\xc3\xb6rg <j@x>\n"),
		&list, &err),
	    0);
	assert_int_equal(list->n_items, 1);
	assert_slice(list->items[0].state, "installed");
	assert_slice(list->items[0].maintainer, "J?rg <j@x>");
	assert_int_equal(
	    dpkgdb_parse_control(
		SLICE("Package: a\nStatus: deinstall ok config-files\n"
		      "Version: 1\nArchitecture: amd64\n"),
		&gone, &err),
	    0);
	assert_int_equal(gone->n_items, 0);
}

static void
automatic_is_what_apt_says(void **state)
{
	(void)state;
	CLEANUP(package_list_free) struct package_list *list = NULL;
	struct error err;

	assert_int_equal(
	    dpkgdb_parse_control(
		SLICE("Package: libc6\nVersion: 1\nArchitecture: amd64\n\n"
		      "Package: libc6\nVersion: 1\nArchitecture: i386\n\n"
		      "Package: all\nVersion: 1\nArchitecture: all\n\n"
		      "Package: hand\nVersion: 1\nArchitecture: amd64\n"),
		&list, &err),
	    0);
	assert_int_equal(
	    extended_states_apply(SLICE("Package: libc6\nArchitecture: amd64\n"
					"Auto-Installed: 1\n\n"
					"Package: all\nArchitecture: amd64\n"
					"Auto-Installed: 1\n\n"
					"Package: hand\nArchitecture: amd64\n"
					"Auto-Installed: 0\n\n"
					"Package: gone\nArchitecture: amd64\n"
					"Auto-Installed: 1\n"),
		list, &err),
	    0);
	assert_true(list->items[0].automatic);
	assert_false(list->items[1].automatic);
	assert_true(list->items[2].automatic);
	assert_false(list->items[3].automatic);
	assert_int_equal(
	    extended_states_apply(SLICE("Auto-Installed: 1\n"), list, &err),
	    -1);
}

static void
names_the_licences_of_a_machine_readable_file(void **state)
{
	(void)state;
	static const struct {
		struct slice text;
		const char *licences;
	} cases[] = {
		{ SLICE("Format: x\n\nFiles: *\nLicense: MIT\n text\n\n"
			"Files: a\nLicense: BSD-3-clause\n\nLicense: MIT\n"),
		    "BSD-3-clause AND MIT" },
		{ SLICE("format:x\nlicense: GPL-2+ or Artistic\n"),
		    "GPL-2+ or Artistic" },
		{ SLICE("Format: x\nLicense: b\n\nLicense: a or c\n"),
		    "(a or c) AND b" },
		{ SLICE("This is x.\n\nLicense: MIT\n"), "" },
		{ SLICE("Upstream-Name: x\n\nFormat: x\nLicense: MIT\n"), "" },
		{ SLICE("Format: x\nLicense: a\x1b\n"), "" },
		{ SLICE("Format: x\nLicense:\n text\n"), "" },
		{ SLICE(""), "" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(buf_clear) struct buf out = { 0 };

		copyright_licences(cases[i].text, &out);
		assert_slice(buf_slice(&out), cases[i].licences);
	}
}

static void
knows_whose_list_it_is(void **state)
{
	(void)state;
	struct slice package;
	struct slice arch;

	assert_true(dpkg_list_name(SLICE("bash.list"), &package, &arch));
	assert_slice(package, "bash");
	assert_slice(arch, "");
	assert_true(dpkg_list_name(SLICE("libc6:amd64.list"), &package, &arch));
	assert_slice(package, "libc6");
	assert_slice(arch, "amd64");
	assert_false(dpkg_list_name(SLICE("bash.md5sums"), &package, &arch));
	assert_false(dpkg_list_name(SLICE(".list"), &package, &arch));
}

static void
a_diverted_file_lies_elsewhere_but_for_who_diverted_it(void **state)
{
	(void)state;
	CLEANUP(dpkg_diversions_clear) struct dpkg_diversions found = { 0 };
	struct slice sh = SLICE("bin/sh");
	struct error err;

	assert_int_equal(
	    dpkg_diversions_parse(SLICE("/usr/x\n/usr/y\n:\n"
					"/bin/sh\n/bin/sh.distrib\ndash\n"),
		&found, &err),
	    0);
	assert_slice(dpkg_divert(&found, SLICE("bash"), sh), "bin/sh.distrib");
	assert_slice(dpkg_divert(&found, SLICE("dash"), sh), "bin/sh");
	assert_slice(
	    dpkg_divert(&found, SLICE("dash"), SLICE("usr/x")), "usr/y");
	assert_slice(dpkg_divert(&found, SLICE("dash"), SLICE("bin")), "bin");
}

static void
refuses_diversions_that_dpkg_never_writes(void **state)
{
	(void)state;
	static const struct slice cases[] = { SLICE("/a\n/b\n"),
		SLICE("a\n/b\nc\n"), SLICE("/a\nb\nc\n"),
		SLICE("/a\n/b\n\n/c\n"), SLICE("/a\n/b\nc\n/a\n/d\ne\n") };

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(dpkg_diversions_clear)
		struct dpkg_diversions found = { 0 };
		struct error err;

		assert_int_equal(
		    dpkg_diversions_parse(cases[i], &found, &err), -1);
		assert_int_equal(err.kind, ERROR_FORMAT);
	}
}

static void
a_note_names_its_package(void **state)
{
	(void)state;
	CLEANUP(package_list_free) struct package_list *list = NULL;
	struct error err;

	assert_int_equal(
	    elfnote_parse(SLICE("{\"type\":\"rpm\",\"name\":\"system\\u0064\","
				"\"version\":\"249-1.fc34\"}\0\0"),
		&list, &err),
	    1);
	assert_int_equal(list->items[0].type, PACKAGE_RPM);
	assert_slice(list->items[0].name, "systemd");
	assert_slice(list->items[0].version, "249-1.fc34");
	assert_slice(list->items[0].source, "systemd");
	assert_slice(list->items[0].arch, "");
	assert_int_equal(elfnote_parse(SLICE("{\"type\":\"nix\",\"name\":\"a\","
					     "\"version\":\"1\"}"),
			     &list, &err),
	    0);
}

static void
refuses_notes_that_say_nothing(void **state)
{
	(void)state;
	static const struct slice cases[] = { SLICE("{"), SLICE(""),
		SLICE("{\"type\":\"deb\",\"name\":\"a\"}"),
		SLICE("{\"type\":\"deb\",\"name\":\"a b\",\"version\":\"1\"}"),
		SLICE("{\"type\":\"deb\",\"name\":1,\"version\":\"1\"}"),
		SLICE("{\"type\":\"deb\",\"name\":\"a\",\"name\":\"b\","
		      "\"version\":\"1\"}") };

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		struct package_list *list = NULL;
		struct error err;

		assert_int_equal(elfnote_parse(cases[i], &list, &err), -1);
		assert_null(list);
	}
}

static void
reads_the_manifest_of_an_image_without_rpm(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(package_list_free) struct package_list *list = NULL;
	struct error err;

	source_file("tests/corpus/rpmmanifest/two-packages", &text);
	if (rpmmanifest_parse(buf_slice(&text), &list, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(list->n_items, 2);
	assert_slice(list->items[0].name, "zlib");
	assert_slice(list->items[0].version, "1.3.1-1.azl3");
	assert_slice(list->items[0].arch, "x86_64");
	assert_slice(list->items[0].maintainer, "Microsoft Corporation");
	assert_slice(list->items[1].name, "openssl-libs");
	assert_slice(list->items[1].version, "1:3.3.0-1.azl3");
	assert_slice(list->items[1].source, "openssl");
	assert_slice(list->items[1].source_version, "3.3.0-1.azl3");
}

static void
refuses_lines_that_rpm_never_prints(void **state)
{
	(void)state;
	static const struct slice cases[] = {
		SLICE("a\t1-1\n"),
		SLICE("a\t1-1\t1\t1\tv\tx\t0\tnoarch\t0\ta-1-1.src.rpm\n"),
		SLICE("a\t1-1\t1\t1\tv\t0\t0\tnoarch\t0\ta.src.rpm\n"),
		SLICE("a b\t1-1\t1\t1\tv\t0\t0\tnoarch\t0\ta-1-1.src.rpm\n"),
		SLICE("a\t1-1\t1\t1\tv\t0\t0\tnoarch\t0\ta-1-1.src.rpm\tx\n"),
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		struct package_list *list = NULL;
		struct error err;

		assert_int_equal(rpmmanifest_parse(cases[i], &list, &err), -1);
		assert_int_equal(err.kind, ERROR_FORMAT);
		assert_null(list);
	}
}

static void
old_files_tell_which_system_it_is(void **state)
{
	(void)state;
	static const struct {
		enum os_guess_file file;
		struct slice text;
		const char *id;
		const char *version;
		const char *other; /* codename or point release */
	} cases[] = {
		{ OS_GUESS_REDHAT_RELEASE,
		    SLICE("CentOS release 6.10 (Final)\n"), "centos", "6.10",
		    "" },
		{ OS_GUESS_REDHAT_RELEASE,
		    SLICE("Red Hat Enterprise Linux Server release 7.9 (M)"),
		    "rhel", "7.9", "" },
		{ OS_GUESS_REDHAT_RELEASE,
		    SLICE("Fedora release 39 (Thirty Nine)"), "fedora", "39",
		    "" },
		{ OS_GUESS_SYSTEM_RELEASE_CPE,
		    SLICE("cpe:/o:redhat:enterprise_linux:8.5:ga"), "rhel",
		    "8.5", "" },
		{ OS_GUESS_SYSTEM_RELEASE_CPE,
		    SLICE("cpe:2.3:o:amazon:amazon_linux:2\n"), "amzn", "2",
		    "" },
		{ OS_GUESS_LSB_RELEASE,
		    SLICE("DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=14.04\n"
			  "DISTRIB_CODENAME=trusty\n"),
		    "ubuntu", "14.04", "trusty" },
		{ OS_GUESS_ALPINE_RELEASE, SLICE("3.19.1\n"), "alpine",
		    "3.19.1", "" },
		{ OS_GUESS_DEBIAN_VERSION, SLICE("12.5\n"), "debian", "12",
		    "12.5" },
		{ OS_GUESS_DEBIAN_VERSION, SLICE("trixie/sid\n"), "debian", "",
		    "trixie" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(os_release_free) struct os_release *os = NULL;
		struct error err;

		assert_int_equal(
		    os_guess_parse(cases[i].file, cases[i].text, &os, &err), 1);
		assert_slice(os->id, cases[i].id);
		assert_slice(os->version_id, cases[i].version);
		assert_slice(os->version_codename.len > 0 ? os->version_codename
							  : os->point_release,
		    cases[i].other);
	}
}

static void
what_tells_nothing_is_not_guessed_at(void **state)
{
	(void)state;
	static const struct slice cases[] = { SLICE(""), SLICE("\x1b[2J"),
		SLICE("MyLinux release 1"), SLICE("cpe:/a:x:y:1") };

	for (size_t i = 0; i < N_ITEMS(cases); i++)
		for (enum os_guess_file file = 0; file < N_OS_GUESS_FILES;
		     file++) {
			struct os_release *os = NULL;
			struct error err;

			if (file == OS_GUESS_DEBIAN_VERSION && i > 1)
				continue;
			assert_int_equal(
			    os_guess_parse(file, cases[i], &os, &err), 0);
			assert_null(os);
		}
}

static void
the_point_release_must_be_of_the_version(void **state)
{
	(void)state;
	static const struct {
		struct slice text;
		const char *point;
	} cases[] = { { SLICE("12.11\n"), "12.11" }, { SLICE("12\n"), "" },
		{ SLICE("13.1\n"), "" }, { SLICE("bookworm/sid\n"), "" },
		{ SLICE("12.\x1b\n"), "" } };

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(os_release_free) struct os_release *os = NULL;
		struct error err;

		assert_int_equal(
		    os_release_parse(
			SLICE("ID=debian\nVERSION_ID=12\n"), &os, &err),
		    0);
		assert_int_equal(
		    os_release_add_point(&os, cases[i].text, &err), 0);
		assert_slice(os->point_release, cases[i].point);
		assert_slice(os->version_id, "12");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_control_file_needs_no_status),
		cmocka_unit_test(automatic_is_what_apt_says),
		cmocka_unit_test(names_the_licences_of_a_machine_readable_file),
		cmocka_unit_test(knows_whose_list_it_is),
		cmocka_unit_test(
		    a_diverted_file_lies_elsewhere_but_for_who_diverted_it),
		cmocka_unit_test(refuses_diversions_that_dpkg_never_writes),
		cmocka_unit_test(a_note_names_its_package),
		cmocka_unit_test(refuses_notes_that_say_nothing),
		cmocka_unit_test(reads_the_manifest_of_an_image_without_rpm),
		cmocka_unit_test(refuses_lines_that_rpm_never_prints),
		cmocka_unit_test(old_files_tell_which_system_it_is),
		cmocka_unit_test(what_tells_nothing_is_not_guessed_at),
		cmocka_unit_test(the_point_release_must_be_of_the_version),
	};

	return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
