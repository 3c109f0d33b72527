/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What apk itself answers was taken from apk-tools 3.0.6: a root was made
 * with `apk mkpkg` and `apk --root DIR --initdb add`, its lib/apk/db/installed
 * is tests/corpus/apkdb/two-packages-of-apk-3, and for the other cases the
 * file was written as it stands here and asked with `apk --root DIR list -I`
 * and `apk info -W PATH`.
 */
#include "catalog/apkdb.h"

#include "base/memory.h"
#include "files.h"
#include "texts.h"
#include "unit.h"

#define SUM "C:Q1Khrr2J7bym2rVYjLnpP2KHB6PDk=\n"

static struct package_list *
parse(struct slice text)
{
	struct package_list *list = NULL;
	struct error err;

	if (apkdb_parse(text, &list, &err) < 0)
		fail_msg("%s", err.msg);
	return list;
}

static void
reads_what_apk_writes(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf text = { 0 };
	source_file("tests/corpus/apkdb/two-packages-of-apk-3", &text);
	CLEANUP(package_list_free)
	struct package_list *list = parse(buf_slice(&text));
	const struct package *a = &list->items[0];
	const struct package *tool = &list->items[1];

	assert_int_equal(list->n_items, 2);
	assert_int_equal(a->type, PACKAGE_APK);
	assert_slice(a->name, "liba1");
	assert_slice(a->version, "1.2.3-r4");
	assert_slice(a->arch, "x86_64");
	assert_slice(a->source, "a");
	assert_slice(a->source_version, "1.2.3-r4");
	assert_slice(a->licence, "MIT AND Zlib");
	assert_slice(a->maintainer, "J?rg M?ller <j@example.org>");
	assert_slice(a->provides, "so:liba.so.1=1");
	assert_slice(tool->source, "tool");
	assert_slice(tool->arch, "noarch");
	assert_slice(tool->depends, "so:liba.so.1");
	assert_slice(tool->maintainer, "");
}

static void
lists_what_apk_lists(void **state)
{
	(void)state;
	static const struct {
		struct slice text;
		const char *names;
	} cases[] = {
		{ SLICE(SUM "P:a\nV:1\nF:usr\nR:x\n\n"), "a" },
		{ SLICE(SUM "P:a\nV:1\nF:usr\nR:x\n"), "a" },
		/* apk drops it; its files are there. */
		{ SLICE(SUM "P:a\nV:1\nF:usr\nR:x"), "a" },
		{ SLICE(SUM "P:a\nV:1\nP:b\nA:x86_64\n\n"), "b" },
		{ SLICE(SUM "P:a\nV:1\nW:new\nw:new\n\n"), "a" },
		{ SLICE(SUM "P:a\nV:1\nx\n" SUM "P:b\nV:2\n\n"), "a b" },
		{ SLICE(SUM "P:a\nV:1\n\n\n\n" SUM "P:b\nV:2\n\n"), "a b" },
		{ SLICE(SUM "P:a\nV:1\no:\nL:\n\n"), "a" },
		{ SLICE(SUM "P:a\nV:1\n\n" SUM "P:a\nV:2\n\n"), "a a" },
		{ SLICE(""), "" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(buf_clear) struct buf names = { 0 };
		CLEANUP(package_list_free)
		struct package_list *list = parse(cases[i].text);

		for (size_t j = 0; j < list->n_items; j++) {
			buf_put_string(&names, j > 0 ? " " : "");
			buf_put(&names, list->items[j].name);
		}
		assert_slice(buf_slice(&names), cases[i].names);
	}
}

static void
refuses_what_apk_refuses(void **state)
{
	(void)state;
	static const struct {
		struct slice text;
		const char *msg;
	} cases[] = {
		{ SLICE(SUM "P:a\nV:1\nR:x\n\n"),
		    "line 4: a file before its directory" },
		{ SLICE(SUM "F:usr\nP:b\nV:1\n\n"),
		    "line 2: a directory before the name of its package" },
		{ SLICE(SUM "P:a\nV:1\nbroken\n\n"),
		    "line 4: not \"K:value\"" },
		{ SLICE(SUM "P:a\n\n"),
		    "line 3: no name, no version or no checksum" },
		{ SLICE("P:a\nV:1\n\n"),
		    "line 3: no name, no version or no checksum" },
		{ SLICE(SUM "P:a\x1b[2J\nV:1\n\n"),
		    "line 2: 'P' is empty or not printable" },
		{ SLICE(SUM "P:\nV:1\n\n"),
		    "line 2: 'P' is empty or not printable" },
		{ SLICE(SUM "P:a\nV:1\nD:\x7f\n\n"),
		    "line 4: 'D' is not printable" },
		{ SLICE(SUM "P:a\nV:1\nF:usr\nP:b\n\n"),
		    "line 5: the name comes after files" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		struct package_list *list = NULL;
		struct error err;

		assert_int_equal(apkdb_parse(cases[i].text, &list, &err), -1);
		assert_int_equal(err.kind, ERROR_FORMAT);
		assert_string_equal(err.msg, cases[i].msg);
		assert_null(list);
	}
}

static void
walks_over_the_files_with_their_owners(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(buf_clear) struct buf out = { 0 };
	source_file("tests/corpus/apkdb/two-packages-of-apk-3", &text);
	struct apkdb_files files = apkdb_files_of(buf_slice(&text));
	struct slice package;
	struct slice dir;
	struct slice name;

	while (apkdb_files_next(&files, &package, &dir, &name))
		buf_put_format(&out, SLICE_FMT " " SLICE_FMT "/" SLICE_FMT "\n",
		    SLICE_ARG(package), SLICE_ARG(dir), SLICE_ARG(name));
	assert_slice(buf_slice(&out),
	    "liba1 usr/lib/liba.so.1\n"
	    "liba1 usr/lib/libb.so.1\n"
	    "tool etc/tool.conf\n"
	    "tool usr/bin/tool\n"
	    "tool usr/bin/tool2\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_apk_writes),
		cmocka_unit_test(lists_what_apk_lists),
		cmocka_unit_test(refuses_what_apk_refuses),
		cmocka_unit_test(walks_over_the_files_with_their_owners),
	};

	return cmocka_run_group_tests_name("apkdb", tests, NULL, NULL);
}
