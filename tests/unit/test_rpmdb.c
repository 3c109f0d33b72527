/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/rpmdb.h"

#include "base/bytes.h"
#include "base/memory.h"
#include "files.h"

/* Reads a case of tests/corpus/rpmdb, which *ret goes on to view. */
static void
case_read(const char *name, struct buf *bytes, struct rpmdb_files *ret)
{
	CLEANUP(string_free)
	char *path = string_format("tests/corpus/rpmdb/%s", name);
	struct bytes_reader in;

	source_file(path, bytes);
	in = bytes_reader_of(buf_slice(bytes));
	assert_true(bytes_sized(&in, &ret->main));
	ret->wal = in.rest;
}

static struct package_list *
parse(const char *name)
{
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct package_list *list = NULL;
	struct rpmdb_files files;
	struct error err;

	case_read(name, &bytes, &files);
	if (rpmdb_parse(&files, &list, &err) < 0)
		fail_msg("%s: %s", name, err.msg);
	return list;
}

static void
assert_slice(struct slice actual, const char *expected)
{
	if (!slice_eq(actual, slice_of_string(expected)))
		fail_msg("\"" SLICE_FMT "\" is not \"%s\"", SLICE_ARG(actual),
		    expected);
}

static const struct package *
find(const struct package_list *list, const char *name)
{
	for (size_t i = 0; i < list->n_items; i++)
		if (slice_eq(list->items[i].name, slice_of_string(name)))
			return &list->items[i];
	fail_msg("%s is not there", name);
	return NULL;
}

static void
assert_names(const char *name, const char *const *expected, size_t n)
{
	CLEANUP(package_list_free) struct package_list *list = parse(name);

	if (list->n_items != n)
		fail_msg("%s: %zu packages, not %zu", name, list->n_items, n);
	for (size_t i = 0; i < n; i++)
		(void)find(list, expected[i]);
}

static void
reads_a_package_of_each_format(void **state)
{
	(void)state;
	static const char *const cases[] = { "sqlite", "ndb", "bdb" };

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(package_list_free)
		struct package_list *list = parse(cases[i]);
		const struct package *pkg = find(list, "first");

		assert_int_equal(list->n_items, 3);
		assert_int_equal(pkg->type, PACKAGE_RPM);
		assert_slice(pkg->version, "1.0-2.fc38");
		assert_slice(pkg->arch, "noarch");
		assert_slice(pkg->source, "first");
		assert_slice(pkg->source_version, "1.0-2.fc38");
		assert_slice(pkg->licence, "MIT");
		assert_int_equal(pkg->maintainer.len, 0);
		assert_int_equal(find(list, "long")->licence.len, 3000);
	}
}

static void
databases_that_differ_in_form_say_the_same(void **state)
{
	(void)state;
	static const char *const cases[] = { "bdb-big-endian", "bdb-unsorted",
		"sqlite-utf16le", "sqlite-utf16be", "sqlite-other-case",
		"sqlite-size-by-an-old-writer", "wal-header-only",
		"wal-header-cut-off", "wal-header-wrong-sum", "wal-no-log",
		"wal-other-salt", "wal-frame-wrong-sum", "wal-page-0",
		"wal-pages-of-1024" };
	static const char *const names[] = { "first", "second", "long" };

	for (size_t i = 0; i < N_ITEMS(cases); i++)
		assert_names(cases[i], names, N_ITEMS(names));
}

static void
a_log_counts_up_to_its_last_commit(void **state)
{
	(void)state;
	static const char *const one[] = { "first", "second", "long",
		"logged" };
	static const char *const both[] = { "second", "long", "logged" };

	assert_names("wal", both, N_ITEMS(both));
	assert_names("wal-big-endian", both, N_ITEMS(both));
	assert_names("wal-one-commit", one, N_ITEMS(one));
	assert_names("wal-cut-off", one, N_ITEMS(one));
}

static void
no_packages_are_an_answer(void **state)
{
	(void)state;
	static const char *const cases[] = { "sqlite-empty", "ndb-empty",
		"bdb-bucket-never-written" };

	for (size_t i = 0; i < N_ITEMS(cases); i++)
		assert_names(cases[i], NULL, 0);
}

static void
what_a_package_lacks_is_made_up_for(void **state)
{
	(void)state;
	CLEANUP(package_list_free) struct package_list *list = parse("ndb-odd");
	const struct package *pkg;

	assert_slice(find(list, "no-arch")->arch, "(none)");
	pkg = find(list, "no-source");
	assert_slice(pkg->source, "no-source");
	assert_slice(pkg->source_version, "1.0-2.fc38");
	pkg = find(list, "odd-source");
	assert_slice(pkg->source, "odd-source");
	assert_slice(pkg->source_version, "1.0-2.fc38");
	pkg = find(list, "nosrc");
	assert_slice(pkg->source, "from-a-name");
	assert_slice(pkg->source_version, "3-4");
	pkg = find(list, "epoch");
	assert_slice(pkg->version, "4294967295:1.0-2.fc38");
	assert_slice(pkg->source_version, "1.0-2.fc38");
	assert_slice(find(list, "epoch-0")->version, "1.0-2.fc38");
	assert_slice(
	    find(list, "vendor")->maintainer, "J\\xc3\\xb6rg\\x0a\\x5c");
	assert_slice(find(list, "packager")->maintainer, "this");
}

static void
a_public_key_is_no_package(void **state)
{
	(void)state;
	CLEANUP(package_list_free) struct package_list *list = parse("ndb-odd");

	assert_int_equal(list->n_items, 9);
	for (size_t i = 0; i < list->n_items; i++)
		assert_false(
		    slice_eq(list->items[i].name, SLICE("gpg-pubkey")));
}

static void
what_is_parsed_can_be_handed_on(void **state)
{
	(void)state;
	CLEANUP(package_list_free) struct package_list *list = parse("ndb-odd");
	CLEANUP(package_list_free) struct package_list *again = NULL;
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct error err;

	package_list_encode(list, &bytes);
	assert_int_equal(
	    package_list_decode(buf_slice(&bytes), &again, &err), 0);
	assert_int_equal(again->n_items, list->n_items);
	assert_slice(find(again, "packager")->maintainer, "this");
}

static int
file_put(
    void *ctx, const struct package *pkg, struct slice path, struct error *err)
{
	(void)err;
	buf_put_format(ctx, SLICE_FMT " " SLICE_FMT "\n", SLICE_ARG(pkg->name),
	    SLICE_ARG(path));
	return 0;
}

static int
file_refuse(
    void *ctx, const struct package *pkg, struct slice path, struct error *err)
{
	(void)ctx;
	(void)pkg;
	(void)path;
	return error_set(err, ERROR_CANCELED, "enough");
}

static void
files_are_of_their_package(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{ "sqlite", "first /bin\nfirst /usr/a\nfirst /b c\n" },
		{ "ndb-odd", "old-files /etc/a\nold-files /etc/b\n" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(buf_clear) struct buf bytes = { 0 };
		CLEANUP(buf_clear) struct buf found = { 0 };
		struct rpmdb_files files;
		struct error err;

		case_read(cases[i][0], &bytes, &files);
		if (rpmdb_walk_files(&files, file_put, &found, &err) < 0)
			fail_msg("%s", err.msg);
		assert_slice(buf_slice(&found), cases[i][1]);
	}
}

static void
refuses_files_that_are_nowhere(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{ "ndb-directory-outside",
		    "rpm database (NDB): header 1: a file is in directory 1 "
		    "of 1" },
		{ "ndb-directories-too-few",
		    "rpm database (NDB): header 1: 2 files are in 1 "
		    "directories" },
		{ "ndb-path-not-absolute",
		    "rpm database (NDB): header 1: a path is not absolute" },
		{ "ndb-path-long",
		    "rpm database (NDB): header 1: a path of 4097 bytes" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(buf_clear) struct buf bytes = { 0 };
		CLEANUP(buf_clear) struct buf found = { 0 };
		struct rpmdb_files files;
		struct error err;

		case_read(cases[i][0], &bytes, &files);
		assert_int_equal(
		    rpmdb_walk_files(&files, file_put, &found, &err), -1);
		assert_int_equal(err.kind, ERROR_FORMAT);
		assert_string_equal(err.msg, cases[i][1]);
	}
}

static void
a_visit_that_fails_ends_the_walk_with_its_error(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct rpmdb_files files;
	struct error err;

	case_read("sqlite", &bytes, &files);
	assert_int_equal(rpmdb_walk_files(&files, file_refuse, NULL, &err), -1);
	assert_int_equal(err.kind, ERROR_CANCELED);
	assert_string_equal(err.msg, "enough");
}

static void
damage_is_said_and_drops_nothing(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		enum error_kind kind;
		const char *msg;
	} cases[] = {
		{ "bdb-bucket-comes-back", ERROR_FORMAT,
		    " (Berkeley DB): page 1 is in two places" },
		{ "bdb-bucket-wiped", ERROR_FORMAT,
		    " (Berkeley DB): page 1 is empty, and of 4 items 2 are there" },
		{ "bdb-chain-comes-back", ERROR_FORMAT,
		    " (Berkeley DB): page 5 is in two places" },
		{ "bdb-chain-into-a-bucket", ERROR_FORMAT,
		    " (Berkeley DB): page 1 is in two places" },
		{ "bdb-chain-page-empty", ERROR_FORMAT,
		    " (Berkeley DB): page 5: not of a value" },
		{ "bdb-chain-page-outside", ERROR_FORMAT,
		    " (Berkeley DB): page 4294967295: there is none" },
		{ "bdb-chain-page-too-full", ERROR_FORMAT,
		    " (Berkeley DB): page 5: not of a value" },
		{ "bdb-checksums", ERROR_UNSUPPORTED,
		    " (Berkeley DB): it is encrypted, or has checksums" },
		{ "bdb-cut-off", ERROR_FORMAT,
		    " (Berkeley DB): it is cut off: page 11 is not there" },
		{ "bdb-duplicates", ERROR_FORMAT,
		    " (Berkeley DB): page 1: item 1 is of a kind that rpm does not write" },
		{ "bdb-encrypted", ERROR_UNSUPPORTED,
		    " (Berkeley DB): it is encrypted, or has checksums" },
		{ "bdb-four-billion-buckets", ERROR_FORMAT,
		    " (Berkeley DB): page 2 is in two places" },
		{ "bdb-item-in-the-head", ERROR_FORMAT,
		    " (Berkeley DB): page 1: item 0 is outside of it" },
		{ "bdb-items-all-ones", ERROR_FORMAT,
		    " (Berkeley DB): page 1: item 0 is outside of it" },
		{ "bdb-items-odd", ERROR_FORMAT,
		    " (Berkeley DB): page 1: not of a hash" },
		{ "bdb-meta-cut-off", ERROR_FORMAT,
		    " (Berkeley DB): page 0: it is cut off" },
		{ "bdb-meta-only", ERROR_FORMAT,
		    " (Berkeley DB): it is cut off: page 11 is not there" },
		{ "bdb-not-a-hash", ERROR_FORMAT,
		    " (Berkeley DB): page 0: not of a hash" },
		{ "bdb-page-of-a-tree", ERROR_FORMAT,
		    " (Berkeley DB): page 1: not of a hash" },
		{ "bdb-page-of-another-number", ERROR_FORMAT,
		    " (Berkeley DB): page 1: it has another number" },
		{ "bdb-pages-of-0", ERROR_FORMAT,
		    " (Berkeley DB): page 0: pages of 0 bytes" },
		{ "bdb-pages-of-100", ERROR_FORMAT,
		    " (Berkeley DB): page 0: pages of 100 bytes" },
		{ "bdb-spares-all-ones", ERROR_FORMAT,
		    " (Berkeley DB): page 4294967295: there is none" },
		{ "bdb-spares-zero", ERROR_FORMAT,
		    " (Berkeley DB): bucket 0 has no page" },
		{ "bdb-version-7", ERROR_UNSUPPORTED,
		    " (Berkeley DB): hash of version 7" },
		{ "ndb-broken-header", ERROR_FORMAT,
		    " (NDB): header 1: tag 0: 0 of type 0 at 0: no such value" },
		{ "ndb-cut-off", ERROR_FORMAT,
		    " (NDB): header 3: it is cut off" },
		{ "ndb-cut-off-in-slots", ERROR_FORMAT,
		    " (NDB): it claims to have 1 pages of slots" },
		{ "ndb-escape-in-version", ERROR_FORMAT,
		    " (NDB): header 1: its version is missing or not printable" },
		{ "ndb-four-billion-pages", ERROR_FORMAT,
		    " (NDB): it claims to have 4294967295 pages of slots" },
		{ "ndb-head-only", ERROR_FORMAT,
		    " (NDB): it claims to have 1 pages of slots" },
		{ "ndb-length-all-ones", ERROR_FORMAT,
		    " (NDB): header 1: it is not at block 256" },
		{ "ndb-long-name", ERROR_LIMIT,
		    " (NDB): header 1: its name has 4097 bytes" },
		{ "ndb-no-name", ERROR_FORMAT,
		    " (NDB): header 1: its name is missing or not printable" },
		{ "ndb-no-pages", ERROR_FORMAT,
		    " (NDB): it claims to have 0 pages of slots" },
		{ "ndb-number-0", ERROR_FORMAT, " (NDB): slot 2 is broken" },
		{ "ndb-slot-before-the-blobs", ERROR_FORMAT,
		    " (NDB): slot 2 is broken" },
		{ "ndb-slot-of-no-blocks", ERROR_FORMAT,
		    " (NDB): header 1: it is not at block 256" },
		{ "ndb-slot-without-magic", ERROR_FORMAT,
		    " (NDB): slot 3 is none" },
		{ "ndb-space-in-name", ERROR_FORMAT,
		    " (NDB): header 1: its name is missing or not printable" },
		{ "ndb-space-in-source", ERROR_FORMAT,
		    " (NDB): header 1: its source is missing or not printable" },
		{ "ndb-twice", ERROR_FORMAT,
		    " (NDB): header 1 is there twice" },
		{ "ndb-version-1", ERROR_UNSUPPORTED,
		    " (NDB): it is of version 1" },
		{ "ndb-wrong-checksum", ERROR_FORMAT,
		    " (NDB): header 1: its checksum is wrong" },
		{ "no-database", ERROR_FORMAT,
		    ": in none of the formats that rpm has" },
		{ "nothing", ERROR_FORMAT,
		    ": in none of the formats that rpm has" },
		{ "sqlite-all-reserved", ERROR_FORMAT,
		    " (sqlite): page 1: pages of 512 bytes, 255 of them reserved" },
		{ "sqlite-blob-is-text", ERROR_FORMAT,
		    " (sqlite): header 1: its row is broken" },
		{ "sqlite-cell-many-times", ERROR_FORMAT,
		    " (sqlite): header 1: there is more in it than its pages can hold" },
		{ "sqlite-cell-outside", ERROR_FORMAT,
		    " (sqlite): page 3: cell 0 is outside of it" },
		{ "sqlite-cell-size-huge", ERROR_FORMAT,
		    " (sqlite): page 3: cell 0: its size is broken" },
		{ "sqlite-cells-all-ones", ERROR_FORMAT,
		    " (sqlite): page 3: not of a table" },
		{ "sqlite-chain-comes-back", ERROR_FORMAT,
		    " (sqlite): page 12: cell 0: page 5 is in two places" },
		{ "sqlite-child-0", ERROR_FORMAT,
		    " (sqlite): page 0: there is none" },
		{ "sqlite-child-outside", ERROR_FORMAT,
		    " (sqlite): page 153: there is none" },
		{ "sqlite-cut-off", ERROR_FORMAT,
		    " (sqlite): it is cut off: page 12 is not there" },
		{ "sqlite-deep", ERROR_FORMAT,
		    " (sqlite): page 24: the table is too deep" },
		{ "sqlite-encoding-4", ERROR_FORMAT,
		    " (sqlite): page 1: text encoding 4" },
		{ "sqlite-first-page-only", ERROR_FORMAT,
		    " (sqlite): it is cut off: page 12 is not there" },
		{ "sqlite-four-billion-pages", ERROR_FORMAT,
		    " (sqlite): it is cut off: page 4294967295 is not there" },
		{ "sqlite-header-cut-off", ERROR_FORMAT,
		    " (sqlite): page 1: not a sqlite database" },
		{ "sqlite-no-packages", ERROR_FORMAT,
		    " (sqlite): there is no table Packages" },
		{ "sqlite-one-column", ERROR_FORMAT,
		    " (sqlite): header 1: its row is broken" },
		{ "sqlite-other-columns", ERROR_FORMAT,
		    " (sqlite): header 1: its row is broken" },
		{ "sqlite-pages-of-100", ERROR_FORMAT,
		    " (sqlite): page 1: pages of 100 bytes, 0 of them reserved" },
		{ "sqlite-record-head-huge", ERROR_FORMAT,
		    " (sqlite): header 1: its row is broken" },
		{ "sqlite-root-comes-back", ERROR_FORMAT,
		    " (sqlite): page 3 is in two places" },
		{ "sqlite-root-is-an-index", ERROR_FORMAT,
		    " (sqlite): page 3: not of a table" },
		{ "sqlite-version-3", ERROR_UNSUPPORTED,
		    " (sqlite): sqlite format of version 3" },
		{ "sqlite-view", ERROR_FORMAT,
		    " (sqlite): there is no table Packages" },
		{ "sqlite-without-rowid", ERROR_FORMAT,
		    " (sqlite): page 3: not of a table" },
		{ "wal-alone", ERROR_FORMAT,
		    ": in none of the formats that rpm has" },
		{ "wal-four-billion-pages", ERROR_FORMAT,
		    " (sqlite): its write-ahead log claims 4294967295 pages" },
		{ "wal-one-page", ERROR_FORMAT,
		    " (sqlite): it is cut off: page 12 is not there" },
		{ "wal-version-2", ERROR_UNSUPPORTED,
		    " (sqlite): its write-ahead log is of version 2" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(buf_clear) struct buf bytes = { 0 };
		struct package_list *list = NULL;
		struct rpmdb_files files;
		struct error err;

		case_read(cases[i].name, &bytes, &files);
		if (rpmdb_parse(&files, &list, &err) == 0)
			fail_msg("%s was read", cases[i].name);
		assert_null(list);
		assert_int_equal(err.kind, cases[i].kind);
		assert_true(slice_starts_with(
		    slice_of_string(err.msg), SLICE("rpm database")));
		assert_string_equal(
		    err.msg + strlen("rpm database"), cases[i].msg);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_package_of_each_format),
		cmocka_unit_test(databases_that_differ_in_form_say_the_same),
		cmocka_unit_test(a_log_counts_up_to_its_last_commit),
		cmocka_unit_test(no_packages_are_an_answer),
		cmocka_unit_test(what_a_package_lacks_is_made_up_for),
		cmocka_unit_test(a_public_key_is_no_package),
		cmocka_unit_test(what_is_parsed_can_be_handed_on),
		cmocka_unit_test(files_are_of_their_package),
		cmocka_unit_test(refuses_files_that_are_nowhere),
		cmocka_unit_test(
		    a_visit_that_fails_ends_the_walk_with_its_error),
		cmocka_unit_test(damage_is_said_and_drops_nothing),
	};

	return cmocka_run_group_tests_name("rpmdb", tests, NULL, NULL);
}
