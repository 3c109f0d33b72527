/* SPDX-License-Identifier: Apache-2.0 */
#include "base/siphash.h"

#include "unit.h"

/* SipHash-1-3 of 0, 1, 2... bytes 00 01 02..., with the key 00 01 ... 0f. */
static void
hashes_as_others_do(void **state)
{
	static const uint64_t expected[] = { 0xabac0158050fc4dc,
		0xc9f49bf37d57ca93, 0x82cb9b024dc7d44d, 0x8bf80ab8e7ddf7fb,
		0xcf75576088d38328, 0xdef9d52f49533b67, 0xc50d2b50c59f22a7,
		0xd3927d989bb11140, 0x369095118d299a8e, 0x25a48eb36c063de4 };
	const struct siphash_key key = {
		{ 0x0706050403020100, 0x0f0e0d0c0b0a0908 },
	};
	char bytes[10];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] = (char)i;
		assert_int_equal(
		    siphash(&key, slice_of(bytes, i)), expected[i]);
	}
}

static void
another_key_is_another_hash(void **state)
{
	static const int places[2];
	struct siphash_key a = siphash_key_of(&places[0]);
	struct siphash_key b = siphash_key_of(&places[1]);

	(void)state;
	assert_true(siphash(&a, SLICE("x")) != siphash(&b, SLICE("x")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_as_others_do),
		cmocka_unit_test(another_key_is_another_hash),
	};

	return cmocka_run_group_tests_name("siphash", tests, NULL, NULL);
}
