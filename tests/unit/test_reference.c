/* SPDX-License-Identifier: Apache-2.0 */
/* Names are in tests/cases/reference/. */
#include "oci/reference.h"

#include <stdlib.h>

#include "base/fd.h"
#include "base/memory.h"
#include "base/reader.h"
#include "oci/digest.h"
#include "unit.h"

#define HEX    "6c3c624b58dbbcd3c0dd82b4c53f04194d1247c6eebdaab7c610cf7d66709b3b"
#define DIGEST "sha256:" HEX

/* Calls check for each "NAME -> WHAT" of a file of cases. */
static void
for_each_case(const char *file, void (*check)(struct slice, struct slice))
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	const char *root = getenv("SOURCE_ROOT");
	CLEANUP(string_free)
	char *path = string_format(
	    "%s/tests/cases/reference/%s", root ? root : ".", file);
	struct slice line;
	struct error err;

	assert_non_null(path);
	if (file_read(path, &text, &err) < 0)
		fail_msg("%s", err.msg);

	struct reader in = reader_of(buf_slice(&text));
	while (reader_line(&in, &line)) {
		const struct slice arrow = SLICE(" -> ");
		size_t n = 0;

		if (line.len == 0 || line.ptr[0] == '#')
			continue;
		while (n < line.len &&
		    !slice_starts_with(slice_after(line, n), arrow))
			n++;
		check(slice_first(line, n), slice_after(line, n + arrow.len));
	}
}

static struct reference *
parse(struct slice name)
{
	struct reference *ref = NULL;
	struct error err;

	if (reference_parse(name, &ref, &err) < 0)
		fail_msg("\"" SLICE_FMT "\": %s", SLICE_ARG(name), err.msg);
	return ref;
}

static void
check_accepted(struct slice name, struct slice whole)
{
	CLEANUP(reference_free) struct reference *ref = parse(name);
	CLEANUP(string_free) char *text = reference_to_string(ref);

	assert_non_null(text);
	if (!slice_eq(slice_of_string(text), whole))
		fail_msg(
		    "\"" SLICE_FMT "\" is read as %s", SLICE_ARG(name), text);

	/* What it says is a name too, of the same. */
	CLEANUP(reference_free)
	struct reference *again = parse(slice_of_string(text));
	CLEANUP(string_free) char *text_again = reference_to_string(again);
	assert_non_null(text_again);
	assert_string_equal(text_again, text);
}

static void
reads_names_as_engines_do(void **state)
{
	(void)state;
	for_each_case("accept.cases", check_accepted);
}

static void
check_refused(struct slice name, struct slice expected)
{
	struct reference *ref = NULL;
	struct error err = { 0 };

	if (reference_parse(name, &ref, &err) == 0)
		fail_msg("\"" SLICE_FMT "\" is accepted", SLICE_ARG(name));
	CLEANUP(string_free)
	char *text =
	    string_format("%s: %s", error_kind_to_string(err.kind), err.msg);
	assert_non_null(text);
	if (!slice_eq(slice_of_string(text), expected))
		fail_msg("\"" SLICE_FMT "\": %s", SLICE_ARG(name), text);
	assert_null(ref);
}

static void
refuses_what_is_no_name(void **state)
{
	(void)state;
	for_each_case("refuse.cases", check_refused);
	check_refused(
	    SLICE("oci:a\0b"), SLICE("format: no path after \"oci:\""));
	check_refused(SLICE("a\nb"), SLICE("format: not a name of an image"));
}

static void
keeps_the_parts_apart(void **state)
{
	(void)state;
	CLEANUP(reference_free)
	struct reference *name = parse(SLICE("nginx:1@" DIGEST));
	CLEANUP(reference_free)
	struct reference *layout = parse(SLICE("oci:/srv/x:web"));
	CLEANUP(reference_free) struct reference *id = parse(SLICE(HEX));
	struct sha256 digest;
	struct error err;

	assert_int_equal(digest_parse(SLICE(DIGEST), &digest, &err), 0);
	assert_int_equal(name->transport, TRANSPORT_ANY);
	assert_string_equal(name->name, "docker.io/library/nginx");
	assert_string_equal(name->tag, "1");
	assert_null(name->path);
	assert_true(name->has_digest && !name->has_id);
	assert_true(sha256_eq(&name->digest, &digest));

	assert_int_equal(layout->transport, TRANSPORT_OCI);
	assert_string_equal(layout->path, "/srv/x");
	assert_string_equal(layout->tag, "web");
	assert_null(layout->name);
	assert_false(layout->has_digest);

	assert_true(id->has_id && !id->has_digest);
	assert_true(sha256_eq(&id->id, &digest));
	assert_null(id->name);
	assert_null(id->tag);
}

static void
asks_engines_for_the_digest_rather_than_the_tag(void **state)
{
	(void)state;
	static const struct {
		struct slice name;
		const char *engine;
	} cases[] = {
		{ SLICE("nginx"), "nginx:latest" },
		{ SLICE("docker.io/team/web:2"), "team/web:2" },
		{ SLICE("localhost:5000/web"), "localhost:5000/web:latest" },
		{ SLICE("nginx:1@" DIGEST), "nginx@" DIGEST },
		{ SLICE("docker-daemon:" HEX), DIGEST },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(reference_free)
		struct reference *ref = parse(cases[i].name);
		CLEANUP(string_free) char *text = reference_engine_name(ref);

		assert_non_null(text);
		assert_string_equal(text, cases[i].engine);
	}
}

#define TEN      "0123456789"
#define FIFTY    TEN TEN TEN TEN TEN
#define LONG_TAG FIFTY FIFTY TEN "01234567"

static void
derives_a_tag_for_what_is_patched(void **state)
{
	(void)state;
	static const struct {
		struct slice name;
		uint32_t n;
		const char *patched;
	} cases[] = {
		{ SLICE("nginx"), 1, "nginx:latest-fother.1" },
		{ SLICE("nginx:1.25-fother.1"), 2, "nginx:1.25-fother.2" },
		{ SLICE("nginx:1.25-fother.41"), 9, "nginx:1.25-fother.9" },
		{ SLICE("nginx:x-fother."), 1, "nginx:x-fother.-fother.1" },
		{ SLICE("nginx:1.25"), 4294967295,
		    "nginx:1.25-fother.4294967295" },
		{ SLICE("a.b:5/c/d:v@" DIGEST), 1, "a.b:5/c/d:v-fother.1" },
		{ SLICE("docker-archive:f:web:1"), 3, "web:1-fother.3" },
		{ SLICE("web:" LONG_TAG "0"), 1, "web:" LONG_TAG "0-fother.1" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(reference_free)
		struct reference *ref = parse(cases[i].name);
		CLEANUP(string_free) char *text = NULL;
		struct error err;

		if (reference_patched(ref, cases[i].n, &text, &err) < 0)
			fail_msg("%s", err.msg);
		assert_string_equal(text, cases[i].patched);
	}
}

static void
derives_no_tag_from_what_has_none(void **state)
{
	(void)state;
	static const struct {
		struct slice name;
		enum error_kind kind;
	} cases[] = {
		{ SLICE(HEX), ERROR_UNSUPPORTED },
		{ SLICE("nginx@" DIGEST), ERROR_UNSUPPORTED },
		{ SLICE("oci:dir:tag"), ERROR_UNSUPPORTED },
		{ SLICE("docker-archive:f"), ERROR_UNSUPPORTED },
		{ SLICE("web:" LONG_TAG "01"), ERROR_LIMIT },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(reference_free)
		struct reference *ref = parse(cases[i].name);
		char *text = NULL;
		struct error err;

		assert_int_equal(reference_patched(ref, 1, &text, &err), -1);
		assert_int_equal(err.kind, cases[i].kind);
		assert_null(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_names_as_engines_do),
		cmocka_unit_test(refuses_what_is_no_name),
		cmocka_unit_test(keeps_the_parts_apart),
		cmocka_unit_test(
		    asks_engines_for_the_digest_rather_than_the_tag),
		cmocka_unit_test(derives_a_tag_for_what_is_patched),
		cmocka_unit_test(derives_no_tag_from_what_has_none),
	};

	return cmocka_run_group_tests_name("reference", tests, NULL, NULL);
}
