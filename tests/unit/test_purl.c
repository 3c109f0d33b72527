/* SPDX-License-Identifier: Apache-2.0 */
#include "report/purl.h"

#include "base/memory.h"
#include "base/reader.h"
#include "files.h"

#define N_WORDS 9

static struct slice
word_of(struct slice *rest)
{
	struct slice word = { 0 };

	if (!slice_split(rest, ' ', &word))
		fail_msg("a word is missing");
	return slice_eq(word, SLICE("-")) ? SLICE("") : word;
}

static enum package_type
type_of(struct slice name)
{
	for (int type = PACKAGE_DEB; type <= PACKAGE_ALPM; type++)
		if (slice_eq(name,
			slice_of_string(
			    package_type_to_string((enum package_type)type))))
			return (enum package_type)type;
	fail_msg("no type " SLICE_FMT, SLICE_ARG(name));
	return PACKAGE_DEB;
}

static void
purls_are_as_the_cases_say(void **state)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct slice line;
	size_t n = 0;

	(void)state;
	source_file("tests/cases/purl/purl.cases", &text);
	struct reader in = reader_of(buf_slice(&text));
	while (reader_line(&in, &line)) {
		CLEANUP(buf_clear) struct buf out = { 0 };
		struct slice words[N_WORDS];
		struct slice expected;
		struct error err;

		if (line.len == 0 || line.ptr[0] == '#')
			continue;
		for (size_t i = 0; i < N_WORDS; i++)
			words[i] = word_of(&line);
		assert_true(reader_line(&in, &expected));

		const struct package package = {
			.type = type_of(words[0]),
			.name = words[1],
			.version = words[2],
			.arch = words[3],
			.source = words[4],
			.source_version = words[5],
		};
		const struct purl_system system = { words[6], words[7],
			words[8] };

		purl_put(&package, &system, &out);

		assert_int_equal(buf_check(&out, &err), 0);
		if (!slice_eq(buf_slice(&out), expected))
			fail_msg("line %zu: " SLICE_FMT, in.line,
			    SLICE_ARG(buf_slice(&out)));
		n++;
	}
	assert_true(n > 20);
}

static void
an_image_is_named_by_its_manifest(void **state)
{
	static const struct {
		struct slice repository, tag, arch;
		const char *before, *after;
	} cases[] = {
		{ SLICE("docker.io/library/debian"), SLICE("12"),
		    SLICE("amd64"), "pkg:oci/debian@sha256:",
		    "?arch=amd64&repository_url=docker.io%2Flibrary%2Fdebian"
		    "&tag=12" },
		{ SLICE("localhost:5000/A"), SLICE(""), SLICE(""),
		    "pkg:oci/a@sha256:", "?repository_url=localhost:5000%2FA" },
	};
	const struct sha256 digest = sha256_of(SLICE("manifest"));
	char hex[SHA256_HEX_SIZE];

	(void)state;
	sha256_to_string(&digest, hex);
	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(buf_clear) struct buf out = { 0 };
		const struct purl_image image = { cases[i].repository,
			cases[i].tag, cases[i].arch, &digest };
		CLEANUP(string_free)
		char *expected = string_format(
		    "%s%s%s", cases[i].before, hex, cases[i].after);

		purl_put_image(&image, &out);

		if (!slice_eq(buf_slice(&out), slice_of_string(expected)))
			fail_msg(SLICE_FMT " is not %s",
			    SLICE_ARG(buf_slice(&out)), expected);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(purls_are_as_the_cases_say),
		cmocka_unit_test(an_image_is_named_by_its_manifest),
	};

	return cmocka_run_group_tests_name("purl", tests, NULL, NULL);
}
