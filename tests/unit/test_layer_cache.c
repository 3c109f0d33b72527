/* SPDX-License-Identifier: Apache-2.0 */
#include "task/layer_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/memory.h"
#include "directory.h"
#include "unit.h"

static int
setup(void **state)
{
	*state = directory_new();
	return 0;
}

static int
teardown(void **state)
{
	directory_remove(*state);
	return 0;
}

static struct sha256
sum(const char *text)
{
	return sha256_of(slice_of_string(text));
}

static void
save(const char *dir, const char *blob, const char *tar, const char *inventory)
{
	const struct fetch cache = { .dir = dir };
	const struct layer_record record = {
		.sum = sum(blob),
		.diff_id = sum(tar),
		.level = INVENTORY_PACKAGES,
		.inventory = slice_of_string(inventory),
	};

	layer_cache_save(&cache, &record);
}

/* Whether it is there; then its inventory must be so, of that tar. */
static bool
is_kept(
    const char *dir, const char *blob, const char *tar, const char *inventory)
{
	const struct fetch cache = { .dir = dir };
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct sha256 key = sum(blob);
	struct sha256 diff_id, expected = sum(tar);
	struct error err;

	if (layer_cache_load(
		&cache, &key, INVENTORY_PACKAGES, &diff_id, &bytes, &err) < 0) {
		assert_int_equal(err.kind, ERROR_NOT_FOUND);
		return false;
	}
	assert_true(sha256_eq(&diff_id, &expected));
	assert_true(slice_eq(buf_slice(&bytes), slice_of_string(inventory)));
	return true;
}

/* How many files there are, and the last one damaged if asked for. */
static size_t
count_files(const char *dir, bool damage)
{
	CLEANUP(string_free) char *room = string_format("%s/named", dir);
	const struct dirent *entry;
	DIR *open_dir = opendir(room);
	size_t n = 0;

	assert_non_null(open_dir);
	while ((entry = readdir(open_dir))) {
		CLEANUP(string_free)
		char *path = string_format("%s/%s", room, entry->d_name);

		if (entry->d_name[0] == '.')
			continue;
		n++;
		if (damage)
			assert_int_equal(truncate(path, 40), 0);
	}
	(void)closedir(open_dir);
	return n;
}

static void
finds_what_was_read_before(void **state)
{
	const char *dir = *state;

	assert_false(is_kept(dir, "gzip", "tar", "a"));
	save(dir, "gzip", "tar", "a");
	assert_true(is_kept(dir, "gzip", "tar", "a"));
}

static void
keeps_what_two_blobs_have_once(void **state)
{
	const char *dir = *state;

	save(dir, "gzip", "tar", "a");
	save(dir, "zstd", "tar", "a");
	assert_true(is_kept(dir, "gzip", "tar", "a"));
	assert_true(is_kept(dir, "zstd", "tar", "a"));
	assert_int_equal(count_files(dir, false), 3);
}

static void
believes_no_blob_of_another(void **state)
{
	const char *dir = *state;

	/* Of a blob whose worker was taken over, say. */
	save(dir, "evil", "tar", "nothing in here");
	assert_false(is_kept(dir, "tar", "tar", ""));
	save(dir, "gzip", "tar", "a");
	assert_true(is_kept(dir, "gzip", "tar", "a"));
	assert_true(is_kept(dir, "evil", "tar", "nothing in here"));
}

static void
keeps_levels_apart(void **state)
{
	const char *dir = *state;
	const struct fetch cache = { .dir = dir };
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct sha256 key = sum("gzip");
	struct sha256 diff_id;
	struct error err;

	save(dir, "gzip", "tar", "a");
	assert_int_equal(layer_cache_load(&cache, &key, INVENTORY_FILES,
			     &diff_id, &bytes, &err),
	    -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
}

static void
takes_damage_for_nothing(void **state)
{
	const char *dir = *state;

	save(dir, "gzip", "tar", "an inventory of some length");
	assert_int_equal(count_files(dir, true), 2);
	assert_false(is_kept(dir, "gzip", "tar", ""));
	save(dir, "gzip", "tar", "an inventory of some length");
	assert_true(is_kept(dir, "gzip", "tar", "an inventory of some length"));
}

#define IN_A_CACHE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_CACHE(finds_what_was_read_before),
		IN_A_CACHE(keeps_what_two_blobs_have_once),
		IN_A_CACHE(believes_no_blob_of_another),
		IN_A_CACHE(keeps_levels_apart),
		IN_A_CACHE(takes_damage_for_nothing),
	};

	return cmocka_run_group_tests_name("layer_cache", tests, NULL, NULL);
}
