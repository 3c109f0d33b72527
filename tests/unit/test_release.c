/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/release.h"

#include "base/memory.h"
#include "base/time.h"
#include "repo/origin.h"
#include "unit.h"

#define SUM "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HEAD \
	"Suite: oldstable-security\nCodename: bookworm-security\n" \
	"Label: Debian-Security\nAcquire-By-Hash: yes\n" \
	"Date: Sat, 21 Nov 2026 00:53:02 UTC\n" \
	"Valid-Until: Sat, 28 Nov 2026 00:53:02 UTC\n"
#define FILES \
	"SHA256:\n " SUM " 12 main/binary-amd64/Packages\n " SUM \
	" 3 main/binary-amd64/Packages.gz\n " SUM \
	" 4 main/binary-amd64/Packages.xz\n " SUM \
	" 5 main/source/Sources.xz\n"

static void
assert_slice(struct slice actual, const char *expected)
{
	if (!slice_eq(actual, slice_of_string(expected)))
		fail_msg("\"" SLICE_FMT "\" is not \"%s\"", SLICE_ARG(actual),
		    expected);
}

static struct release *
parse(const char *text)
{
	struct release *release = NULL;
	struct error err;

	if (release_parse(slice_of_string(text), &release, &err) < 0)
		fail_msg("%s", err.msg);
	return release;
}

static int64_t
moment(const char *text)
{
	int64_t ret = 0;

	assert_true(time_from_rfc3339(slice_of_string(text), &ret));
	return ret;
}

static void
finds_the_index_of_a_component(void **state)
{
	(void)state;
	CLEANUP(release_free) struct release *release = parse(HEAD FILES);
	CLEANUP(buf_clear) struct buf path = { 0 };
	struct release_index index;
	struct error err;

	assert_int_equal(release_find_index(release, SLICE("updates/main"),
			     SLICE("amd64"), &index, &err),
	    0);
	assert_int_equal(index.compression, RELEASE_XZ);
	assert_int_equal(index.file->size_bytes, 4);
	assert_int_equal(index.plain->size_bytes, 12);
	release_put_by_hash(index.file, &path);
	assert_slice(buf_slice(&path), "main/binary-amd64/by-hash/SHA256/" SUM);
	assert_int_equal(release_find_index(release, SLICE("contrib"),
			     SLICE("amd64"), &index, &err),
	    -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
}

static void
keeps_only_indexes_over_a_pipe(void **state)
{
	(void)state;
	CLEANUP(release_free) struct release *release = parse(HEAD FILES);
	CLEANUP(release_free) struct release *again = NULL;
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct error err;

	release_keep_indexes(release, SLICE("main"), SLICE("amd64"));
	release_encode(release, &bytes);
	assert_int_equal(release_decode(buf_slice(&bytes), &again, &err), 0);
	assert_int_equal(again->n_files, 3);
	assert_slice(again->codename, "bookworm-security");
	assert_int_equal(again->date, moment("2026-11-21T00:53:02Z"));
	assert_true(again->by_hash);
}

static void
is_fresh_from_its_date_to_its_end(void **state)
{
	(void)state;
	static const struct {
		const char *now;
		int r;
	} cases[] = {
		{ "2026-11-21T00:52:51Z", -1 },
		{ "2026-11-21T00:52:52Z", 0 },
		{ "2026-11-28T00:53:02Z", 0 },
		{ "2026-11-28T00:53:03Z", -1 },
	};
	CLEANUP(release_free) struct release *release = parse(HEAD FILES);
	struct error err;

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		assert_int_equal(
		    release_check_fresh(release, moment(cases[i].now), &err),
		    cases[i].r);
		if (cases[i].r < 0)
			assert_int_equal(err.kind, ERROR_UNTRUSTED);
	}
}

static void
is_of_the_suite_that_was_asked_for(void **state)
{
	(void)state;
	CLEANUP(release_free)
	struct release *release =
	    parse("Suite: oldstable\nCodename: buster\n"
		  "Date: Sat, 21 Nov 2026 00:53:02 UTC\n" FILES);
	struct error err;

	assert_int_equal(
	    release_check_suite(release, SLICE("buster"), &err), 0);
	assert_int_equal(
	    release_check_suite(release, SLICE("oldstable"), &err), 0);
	assert_int_equal(
	    release_check_suite(release, SLICE("buster/updates"), &err), 0);
	assert_int_equal(
	    release_check_suite(release, SLICE("bookworm"), &err), -1);
	assert_int_equal(err.kind, ERROR_UNTRUSTED);
	assert_int_equal(release_check_suite(release, SLICE(""), &err), -1);
}

static void
refuses_what_cannot_be_relied_on(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum error_kind kind;
	} cases[] = {
		{ HEAD, ERROR_UNTRUSTED },
		{ "Suite: x\n" FILES, ERROR_UNTRUSTED },
		{ "", ERROR_FORMAT },
		{ "Date: yesterday\n" FILES, ERROR_FORMAT },
		{ HEAD FILES "\nSuite: other\n", ERROR_FORMAT },
		{ HEAD "SHA256:\n " SUM " 1 ../x\n", ERROR_FORMAT },
		{ HEAD "SHA256:\n " SUM " 1 /x\n", ERROR_FORMAT },
		{ HEAD "SHA256:\n " SUM "0 1 x\n", ERROR_FORMAT },
		{ HEAD "SHA256:\n " SUM " -1 x\n", ERROR_FORMAT },
		{ HEAD "SHA256:\n " SUM " 1 x\n " SUM " 2 x\n", ERROR_FORMAT },
		{ HEAD "Origin: \x1b[2J\n" FILES, ERROR_FORMAT },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		struct release *release = NULL;
		struct error err;

		assert_int_equal(release_parse(slice_of_string(cases[i].text),
				     &release, &err),
		    -1);
		assert_int_equal(err.kind, cases[i].kind);
		assert_null(release);
	}
}

static void
an_origin_has_apts_priority(void **state)
{
	(void)state;
	CLEANUP(release_free) struct release *release = parse(HEAD FILES);
	struct origin origin = origin_of(release, SLICE("http://a"));

	assert_true(origin.security);
	assert_int_equal(origin.priority, ORIGIN_NORMAL);
	release->not_automatic = true;
	origin = origin_of(release, SLICE("http://a"));
	assert_int_equal(origin.priority, ORIGIN_NOT_AUTOMATIC);
	release->but_automatic_upgrades = true;
	origin = origin_of(release, SLICE("http://a"));
	assert_int_equal(origin.priority, ORIGIN_INSTALLED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_index_of_a_component),
		cmocka_unit_test(keeps_only_indexes_over_a_pipe),
		cmocka_unit_test(is_fresh_from_its_date_to_its_end),
		cmocka_unit_test(is_of_the_suite_that_was_asked_for),
		cmocka_unit_test(refuses_what_cannot_be_relied_on),
		cmocka_unit_test(an_origin_has_apts_priority),
	};

	return cmocka_run_group_tests_name("release", tests, NULL, NULL);
}
