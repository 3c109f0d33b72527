/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/trim.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/hash.h"
#include "base/memory.h"
#include "directory.h"
#include "unit.h"

#define BLOCK ((size_t)4096)

/* A cache in a directory of its own, with its rooms. */
static int
setup(void **state)
{
	static const char *const rooms[] = { "blobs", "named", "partial" };
	char *dir = directory_new();
	struct error err;

	for (size_t i = 0; i < N_ITEMS(rooms); i++) {
		CLEANUP(string_free)
		char *room = string_format("%s/%s", dir, rooms[i]);

		assert_int_equal(directory_make(room, 0755, &err), 0);
	}
	*state = dir;
	return 0;
}

static int
teardown(void **state)
{
	directory_remove(*state);
	return 0;
}

/* DIR/ROOM/HEX, where HEX is of the number. */
static char *
path_of(const char *dir, const char *room, int number)
{
	char hex[SHA256_HEX_SIZE];
	struct sha256 sum =
	    sha256_of(slice_of((const char *)&number, sizeof(number)));

	sha256_to_string(&sum, hex);
	return string_format("%s/%s/%s", dir, room, hex);
}

static void
put(const char *path, size_t size, time_t used)
{
	const struct timespec times[2] = { { .tv_sec = used },
		{ .tv_sec = used } };
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	assert_int_equal(futimens(fd, times), 0);
	fd_close(fd);
}

/* A file of one block. */
static void
put_number(const char *dir, const char *room, int number, time_t used)
{
	CLEANUP(string_free) char *path = path_of(dir, room, number);

	put(path, BLOCK, used);
}

static bool
has(const char *dir, const char *room, int number)
{
	CLEANUP(string_free) char *path = path_of(dir, room, number);

	return access(path, F_OK) == 0;
}

static void
trim(const char *dir, uint64_t max_bytes)
{
	struct error err;

	if (cache_trim(dir, max_bytes, &err) < 0)
		fail_msg("%s", err.msg);
}

static void
removes_what_was_used_longest_ago(void **state)
{
	const char *dir = *state;

	put_number(dir, "blobs", 1, 1000);
	put_number(dir, "named", 2, 3000);
	put_number(dir, "partial", 3, 2000);
	put_number(dir, "named", 4, 4000);
	trim(dir, 2 * BLOCK);
	assert_false(has(dir, "blobs", 1));
	assert_false(has(dir, "partial", 3));
	assert_true(has(dir, "named", 2));
	assert_true(has(dir, "named", 4));
}

static void
removes_nothing_that_fits(void **state)
{
	const char *dir = *state;

	put_number(dir, "blobs", 1, 1000);
	put_number(dir, "named", 2, 1000);
	trim(dir, 2 * BLOCK);
	assert_true(has(dir, "blobs", 1) && has(dir, "named", 2));
}

static void
reading_is_a_use_too(void **state)
{
	const char *dir = *state;
	CLEANUP(string_free) char *read = path_of(dir, "blobs", 1);
	const struct timespec times[2] = { { .tv_sec = 9000 },
		{ .tv_nsec = UTIME_OMIT } };

	put_number(dir, "blobs", 1, 1000);
	put_number(dir, "blobs", 2, 2000);
	assert_int_equal(utimensat(AT_FDCWD, read, times, 0), 0);
	trim(dir, BLOCK);
	assert_true(has(dir, "blobs", 1));
	assert_false(has(dir, "blobs", 2));
}

static void
leaves_what_somebody_has_locked(void **state)
{
	const char *dir = *state;
	CLEANUP(string_free) char *locked = path_of(dir, "partial", 1);

	put_number(dir, "partial", 1, 1000);
	put_number(dir, "partial", 2, 2000);
	CLEANUP(fd_close) int fd = open(locked, O_RDONLY | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	trim(dir, BLOCK);
	assert_true(has(dir, "partial", 1));
	assert_false(has(dir, "partial", 2));
}

static void
touches_no_file_that_is_not_the_caches(void **state)
{
	const char *dir = *state;
	CLEANUP(string_free) char *other = string_format("%s/blobs/photo", dir);
	CLEANUP(string_free) char *above = path_of(dir, ".", 5);
	CLEANUP(string_free) char *link = path_of(dir, "blobs", 6);

	put(other, BLOCK, 1000);
	put(above, BLOCK, 1000);
	assert_int_equal(symlink("photo", link), 0);
	trim(dir, 0);
	assert_int_equal(access(other, F_OK), 0);
	assert_int_equal(access(above, F_OK), 0);
	assert_int_equal(access(link, F_OK), 0);
}

static void
leaves_what_is_being_written(void **state)
{
	const char *dir = *state;
	CLEANUP(string_free) char *whole = path_of(dir, "named", 1);
	CLEANUP(string_free) char *young = string_format("%s.abcdef", whole);
	CLEANUP(string_free) char *left = string_format("%s.uvwxyz", whole);

	put(young, BLOCK, time(NULL));
	put(left, BLOCK, 1000);
	trim(dir, 0);
	assert_int_equal(access(young, F_OK), 0);
	assert_int_equal(access(left, F_OK), -1);
}

static void
looks_again_when_something_came(void **state)
{
	const char *dir = *state;

	put_number(dir, "blobs", 1, 1000);
	trim(dir, BLOCK);
	(void)usleep(20000);
	put_number(dir, "blobs", 2, 2000);
	trim(dir, BLOCK);
	assert_false(has(dir, "blobs", 1));
	assert_true(has(dir, "blobs", 2));
}

static void
looks_again_for_a_smaller_size(void **state)
{
	const char *dir = *state;

	put_number(dir, "blobs", 1, 1000);
	(void)usleep(20000);
	trim(dir, BLOCK);
	assert_true(has(dir, "blobs", 1));
	trim(dir, BLOCK - 1);
	assert_false(has(dir, "blobs", 1));
}

static void
no_cache_is_small_enough(void **state)
{
	(void)state;
	trim("/nowhere/at/all", 0);
}

#define IN_A_CACHE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_CACHE(removes_what_was_used_longest_ago),
		IN_A_CACHE(removes_nothing_that_fits),
		IN_A_CACHE(reading_is_a_use_too),
		IN_A_CACHE(leaves_what_somebody_has_locked),
		IN_A_CACHE(touches_no_file_that_is_not_the_caches),
		IN_A_CACHE(leaves_what_is_being_written),
		IN_A_CACHE(looks_again_when_something_came),
		IN_A_CACHE(looks_again_for_a_smaller_size),
		cmocka_unit_test(no_cache_is_small_enough),
	};

	return cmocka_run_group_tests_name("trim", tests, NULL, NULL);
}
