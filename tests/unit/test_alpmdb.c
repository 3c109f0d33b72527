/* SPDX-License-Identifier: Apache-2.0 */
/* tests/system/test_databases.py asks pacman itself. */
#include "catalog/alpmdb.h"

#include "base/memory.h"
#include "files.h"
#include "texts.h"

#define NAMED "%NAME%\na\n\n%VERSION%\n1-1\n\n"

static void
reads_what_pacman_writes(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf desc = { 0 };
	CLEANUP(package_list_free) struct package_list *list = NULL;
	struct error err;

	source_file("tests/corpus/alpmdb/desc", &desc);
	if (alpmdb_parse(
		SLICE("zlib-1:1.3.1-2"), buf_slice(&desc), &list, &err) < 0)
		fail_msg("%s", err.msg);
	const struct package *pkg = &list->items[0];

	assert_int_equal(list->n_items, 1);
	assert_int_equal(pkg->type, PACKAGE_ALPM);
	assert_slice(pkg->name, "zlib");
	assert_slice(pkg->version, "1:1.3.1-2");
	assert_slice(pkg->arch, "x86_64");
	assert_slice(pkg->source, "zlib");
	assert_slice(pkg->source_version, "1:1.3.1-2");
	assert_slice(pkg->licence, "Zlib AND custom:BSD");
	assert_slice(
	    pkg->maintainer, "Levente Polyak <anthraxx@archlinux.org>");
	assert_slice(pkg->depends, "glibc\nbash>=5");
	assert_slice(pkg->provides, "libz.so=1-64");
	assert_true(pkg->automatic);
}

static void
what_was_asked_for_is_not_automatic(void **state)
{
	(void)state;
	CLEANUP(package_list_free) struct package_list *list = NULL;
	struct error err;

	assert_int_equal(
	    alpmdb_parse(SLICE("a-1-1"), SLICE(NAMED), &list, &err), 0);
	assert_false(list->items[0].automatic);
	assert_slice(list->items[0].source, "a");
	assert_slice(list->items[0].licence, "");
	assert_slice(list->items[0].arch, "");
}

static void
refuses_what_pacman_would_read_otherwise(void **state)
{
	(void)state;
	static const struct {
		struct slice dir;
		struct slice desc;
	} cases[] = {
		{ SLICE("a-1-2"), SLICE(NAMED) },
		{ SLICE("b-1-1"), SLICE(NAMED) },
		{ SLICE("a-1-1"), SLICE("%NAME%\na\n\n") },
		{ SLICE("a-1-1"), SLICE("") },
		{ SLICE("a-1-1"), SLICE(NAMED "%ARCH%\nx\x1b\n") },
		{ SLICE("a-1-1"), SLICE(NAMED "%BASE%\na b\n") },
		{ SLICE("a-1-1"), SLICE(NAMED "%DEPENDS%\n\xff\n") },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		struct package_list *list = NULL;
		struct error err;

		assert_int_equal(
		    alpmdb_parse(cases[i].dir, cases[i].desc, &list, &err), -1);
		assert_int_equal(err.kind, ERROR_FORMAT);
		assert_null(list);
	}
}

static void
walks_over_the_files_and_not_the_directories(void **state)
{
	(void)state;
	struct alpmdb_files files = alpmdb_files_of(
	    SLICE("%FILES%\nusr/\nusr/lib/\nusr/lib/a\nusr/lib/b\n\n"
		  "%BACKUP%\netc/a\t0\n"));
	struct slice path;

	assert_true(alpmdb_files_next(&files, &path));
	assert_slice(path, "usr/lib/a");
	assert_true(alpmdb_files_next(&files, &path));
	assert_slice(path, "usr/lib/b");
	assert_false(alpmdb_files_next(&files, &path));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_pacman_writes),
		cmocka_unit_test(what_was_asked_for_is_not_automatic),
		cmocka_unit_test(refuses_what_pacman_would_read_otherwise),
		cmocka_unit_test(walks_over_the_files_and_not_the_directories),
	};

	return cmocka_run_group_tests_name("alpmdb", tests, NULL, NULL);
}
