/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/places.h"

#include "base/memory.h"
#include "unit.h"

static struct place
place_at(uint64_t offset, uint64_t size_bytes)
{
	return (struct place){ .offset = offset, .size_bytes = size_bytes };
}

static struct sha256
digest_of(char c)
{
	return sha256_of(slice_of(&c, 1));
}

/* One place of each sort. */
static void
fill(struct places *places)
{
	struct place plain = place_at(0, 0);
	struct place compressed = place_at(512, 10);
	struct place named = place_at(INT64_MAX, 0);
	struct error err;

	compressed.is_compressed = true;
	named.has_digest = true;
	named.digest = digest_of('n');
	assert_int_equal(places_add(places, &plain, &err), 0);
	assert_int_equal(places_add(places, &compressed, &err), 0);
	assert_int_equal(places_add(places, &named, &err), 0);
}

static void
come_through_as_they_are(void **state)
{
	(void)state;
	CLEANUP(places_clear) struct places places = { 0 };
	CLEANUP(places_clear) struct places again = { 0 };
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct sha256 digest = digest_of('n');
	struct error err;

	fill(&places);
	places_encode(&places, &bytes);
	assert_int_equal(places_decode(buf_slice(&bytes), &again, &err), 0);
	assert_int_equal(again.n_items, 3);
	assert_false(again.archive_is_compressed);
	assert_int_equal(again.items[1].offset, 512);
	assert_int_equal(again.items[1].size_bytes, 10);
	assert_true(again.items[1].is_compressed);
	assert_false(again.items[1].has_digest);
	assert_true(again.items[2].offset == INT64_MAX);
	assert_true(again.items[2].has_digest);
	assert_true(sha256_eq(&again.items[2].digest, &digest));
}

static void
say_that_the_archive_must_be_decompressed(void **state)
{
	(void)state;
	CLEANUP(places_clear) struct places again = { 0 };
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	const struct places places = { .archive_is_compressed = true };
	struct error err;

	places_encode(&places, &bytes);
	assert_int_equal(places_decode(buf_slice(&bytes), &again, &err), 0);
	assert_true(again.archive_is_compressed);
	assert_int_equal(again.n_items, 0);
}

static void
the_last_of_a_digest_counts(void **state)
{
	(void)state;
	CLEANUP(places_clear) struct places places = { 0 };
	struct place first = place_at(1, 1);
	struct place last = place_at(2, 2);
	struct sha256 wanted = digest_of('a');
	struct sha256 other = digest_of('b');
	struct error err;

	first.has_digest = last.has_digest = true;
	first.digest = last.digest = wanted;
	fill(&places);
	assert_int_equal(places_add(&places, &first, &err), 0);
	assert_int_equal(places_add(&places, &last, &err), 0);
	assert_int_equal(places_find(&places, &wanted)->offset, 2);
	assert_null(places_find(&places, &other));
}

static void
none_is_beyond_the_end_of_all_files(void **state)
{
	(void)state;
	CLEANUP(places_clear) struct places places = { 0 };
	struct place beyond = place_at((uint64_t)INT64_MAX + 1, 0);
	struct place over = place_at(INT64_MAX - 1, 2);
	struct place around = place_at(2, UINT64_MAX);
	struct error err;

	assert_int_equal(places_add(&places, &beyond, &err), -1);
	assert_int_equal(err.kind, ERROR_LIMIT);
	assert_int_equal(places_add(&places, &over, &err), -1);
	assert_int_equal(places_add(&places, &around, &err), -1);
	assert_int_equal(places.n_items, 0);
}

static void
refuses_what_no_worker_writes(void **state)
{
	(void)state;
	CLEANUP(places_clear) struct places places = { 0 };
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct places ret;
	struct error err;

	fill(&places);
	places_encode(&places, &bytes);
	for (size_t n = 0; n < bytes.len; n++) {
		struct slice cut = slice_first(buf_slice(&bytes), n);

		assert_int_equal(places_decode(cut, &ret, &err), -1);
		assert_int_equal(err.kind, ERROR_FORMAT);
		places_clear(&ret);
	}

	/* Compressed, and places all the same. */
	bytes.ptr[0] = 1;
	assert_int_equal(places_decode(buf_slice(&bytes), &ret, &err), -1);
	places_clear(&ret);
	bytes.ptr[0] = 2;
	assert_int_equal(places_decode(buf_slice(&bytes), &ret, &err), -1);
	places_clear(&ret);

	/* Something after it. */
	bytes.ptr[0] = 0;
	buf_put_u8(&bytes, 0);
	assert_int_equal(places_decode(buf_slice(&bytes), &ret, &err), -1);
	places_clear(&ret);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(come_through_as_they_are),
		cmocka_unit_test(say_that_the_archive_must_be_decompressed),
		cmocka_unit_test(the_last_of_a_digest_counts),
		cmocka_unit_test(none_is_beyond_the_end_of_all_files),
		cmocka_unit_test(refuses_what_no_worker_writes),
	};

	return cmocka_run_group_tests_name("places", tests, NULL, NULL);
}
