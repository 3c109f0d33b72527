/* SPDX-License-Identifier: Apache-2.0 */
#include "version/dpkg.h"

#include "base/memory.h"
#include "base/reader.h"
#include "files.h"

#define VECTORS "../shared/data/version-vectors/"

struct comparison {
	struct slice a, b;
	int order;
};

static int
sign(int order)
{
	return (order > 0) - (order < 0);
}

static int
order_of(struct slice sign_text)
{
	if (slice_eq(sign_text, SLICE("<")))
		return -1;
	if (slice_eq(sign_text, SLICE(">")))
		return 1;
	assert_true(slice_eq(sign_text, SLICE("=")));
	return 0;
}

/* Takes "a < b", whatever the blanks; false for a comment. */
static bool
comparison_of(struct slice line, struct comparison *ret)
{
	struct slice words[3] = { 0 };
	size_t n = 0;

	if (slice_starts_with(line, SLICE("#")))
		return false;
	while (n < 3) {
		line = slice_trim(line);
		size_t len = 0;
		while (len < line.len && line.ptr[len] != ' ' &&
		    line.ptr[len] != '\t')
			len++;
		if (len == 0)
			break;
		words[n++] = slice_first(line, len);
		line = slice_after(line, len);
	}
	if (n == 0)
		return false;
	if (n != 3 || line.len > 0)
		fail_msg("not a case: " SLICE_FMT, SLICE_ARG(line));
	*ret = (struct comparison){ words[0], words[2], order_of(words[1]) };
	return true;
}

static void
check(struct comparison c)
{
	if (sign(version_dpkg_compare(c.a, c.b)) != c.order ||
	    sign(version_dpkg_compare(c.b, c.a)) != -c.order)
		fail_msg(SLICE_FMT " against " SLICE_FMT " is not %d",
		    SLICE_ARG(c.a), SLICE_ARG(c.b), c.order);
}

static size_t
check_all(struct slice text)
{
	struct reader in = reader_of(text);
	struct comparison comparison;
	struct slice line;
	size_t n = 0;

	while (reader_line(&in, &line)) {
		if (!comparison_of(line, &comparison))
			continue;
		check(comparison);
		n++;
	}
	return n;
}

static void
orders_as_dpkg_does(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf text = { 0 };

	source_file("tests/cases/version/dpkg.cases", &text);
	assert_true(check_all(buf_slice(&text)) > 50);
}

static void
has_a_place_for_what_dpkg_refuses(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf text = { 0 };

	source_file("tests/cases/version/dpkg-hostile.cases", &text);
	assert_true(check_all(buf_slice(&text)) > 5);
}

#define VERSIONS_MAX 256

static size_t
versions_load(const char *name, struct buf *text, struct slice *ret)
{
	struct comparison comparison;
	struct slice line;
	size_t n = 0;

	source_file(name, text);
	struct reader in = reader_of(buf_slice(text));
	while (reader_line(&in, &line) && n + 2 <= VERSIONS_MAX) {
		if (!comparison_of(line, &comparison))
			continue;
		ret[n++] = comparison.a;
		ret[n++] = comparison.b;
	}
	return n;
}

static void
is_a_total_order(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(buf_clear) struct buf hostile = { 0 };
	struct slice v[2 * VERSIONS_MAX];

	size_t n = versions_load("tests/cases/version/dpkg.cases", &text, v);
	n += versions_load(
	    "tests/cases/version/dpkg-hostile.cases", &hostile, v + n);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			for (size_t k = 0; k < n; k++)
				if (version_dpkg_compare(v[i], v[j]) <= 0 &&
				    version_dpkg_compare(v[j], v[k]) <= 0 &&
				    version_dpkg_compare(v[i], v[k]) > 0)
					fail_msg(SLICE_FMT " " SLICE_FMT
							   " " SLICE_FMT,
					    SLICE_ARG(v[i]), SLICE_ARG(v[j]),
					    SLICE_ARG(v[k]));
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
		VECTORS "normalized/dpkg-Dpkg_Version.t.tsv",
		VECTORS "normalized/dpkg-apt-compareversion.tsv",
		VECTORS "osv-scalibr/debian-versions.txt",
		VECTORS "osv-scalibr/debian-versions-generated.txt",
	};

	for (size_t i = 0; i < N_ITEMS(names); i++) {
		CLEANUP(buf_clear) struct buf text = { 0 };

		if (!source_file_try(names[i], &text)) {
			print_message("%s is not there\n", names[i]);
			skip();
		}
		assert_true(check_all(buf_slice(&text)) > 20);
	}
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
