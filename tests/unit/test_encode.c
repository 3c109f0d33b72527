/* SPDX-License-Identifier: Apache-2.0 */
#include "base/encode.h"

#include "base/memory.h"
#include "unit.h"

static void
encodes_and_decodes_as_the_standard_says(void **state)
{
	(void)state;
	static const struct {
		struct slice bytes, text;
	} cases[] = { /* RFC 4648, section 10, and all of the alphabet */
		{ SLICE(""), SLICE("") }, { SLICE("f"), SLICE("Zg==") },
		{ SLICE("fo"), SLICE("Zm8=") }, { SLICE("foo"), SLICE("Zm9v") },
		{ SLICE("foob"), SLICE("Zm9vYg==") },
		{ SLICE("fooba"), SLICE("Zm9vYmE=") },
		{ SLICE("foobar"), SLICE("Zm9vYmFy") },
		{ SLICE("\0\0\0"), SLICE("AAAA") },
		{ SLICE("\xfb\xff\xbf\xff"), SLICE("+/+//w==") }
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(buf_clear) struct buf text = { 0 };
		CLEANUP(buf_clear) struct buf bytes = { 0 };

		base64_encode(cases[i].bytes, &text);
		assert_true(slice_eq(buf_slice(&text), cases[i].text));
		assert_true(base64_decode(cases[i].text, &bytes));
		assert_true(slice_eq(buf_slice(&bytes), cases[i].bytes));
	}
}

static void
refuses_what_it_would_not_write(void **state)
{
	(void)state;
	static const struct slice cases[] = { SLICE("Z"), SLICE("Zg"),
		SLICE("Zg="),
		SLICE("Zg=="
		      "Zg=="),
		SLICE("Zh=="), SLICE("Zm9="), SLICE("===="), SLICE("Z==="),
		SLICE("=Zg="), SLICE("Zm9v\n"), SLICE("Zm9v    "),
		SLICE("Zm-v"), SLICE("Zm_v"), SLICE("Zm\0v"), SLICE("Z=9v") };

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(buf_clear) struct buf bytes = { 0 };

		buf_put(&bytes, SLICE("before"));
		if (base64_decode(cases[i], &bytes))
			fail_msg(SLICE_FMT, SLICE_ARG(cases[i]));
		assert_true(slice_eq(buf_slice(&bytes), SLICE("before")));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encodes_and_decodes_as_the_standard_says),
		cmocka_unit_test(refuses_what_it_would_not_write),
	};

	return cmocka_run_group_tests_name("encode", tests, NULL, NULL);
}
