/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/blob.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/memory.h"
#include "unit.h"

#define HELLO SLICE("hello, world")

struct world {
	char dir[32];
	struct fetch fetch;
	struct sha256 sum; /* of HELLO */
};

static struct world
world_new(void)
{
	struct world world = { .dir = "/tmp/test_blob.XXXXXX",
		.sum = sha256_of(HELLO) };

	assert_non_null(mkdtemp(world.dir));
	return world;
}

static void
world_clear(struct world *world)
{
	static const char *const rooms[] = { "blobs", "partial" };
	char path[600];

	for (size_t i = 0; i < N_ITEMS(rooms); i++) {
		(void)snprintf(
		    path, sizeof(path), "%s/%s", world->dir, rooms[i]);
		DIR *dir = opendir(path);
		const struct dirent *entry;

		while (dir && (entry = readdir(dir))) {
			(void)snprintf(path, sizeof(path), "%s/%s/%s",
			    world->dir, rooms[i], entry->d_name);
			(void)unlink(path);
		}
		if (dir)
			(void)closedir(dir);
		(void)snprintf(
		    path, sizeof(path), "%s/%s", world->dir, rooms[i]);
		(void)rmdir(path);
	}
	(void)rmdir(world->dir);
}
DEFINE_CLEANUP_IN_PLACE(struct world, world_clear)

static char *
path_in(const struct world *world, const char *room)
{
	char hex[SHA256_HEX_SIZE];

	sha256_to_string(&world->sum, hex);
	char *path = string_format("%s/%s/%s", world->dir, room, hex);
	assert_non_null(path);
	return path;
}

static bool
is_there(const struct world *world, const char *room)
{
	CLEANUP(string_free) char *path = path_in(world, room);

	return access(path, F_OK) == 0;
}

static struct blob_part
part_of(struct world *world)
{
	struct blob_part part = { .fd = -1 };
	struct error err = { 0 };

	world->fetch.dir = world->dir;
	if (blob_part_open(&world->fetch, &world->sum, HELLO.len, &part, &err) <
	    0)
		fail_msg("%s", err.msg);
	return part;
}

static void
put(struct blob_part *part, struct slice bytes)
{
	struct error err = { 0 };

	if (blob_part_put(part, bytes, &err) < 0)
		fail_msg("%s", err.msg);
}

static void
assert_whole(struct world *world, struct blob_part *part)
{
	CLEANUP(fd_close) int fd = -1;
	CLEANUP(fd_close) int cached = -1;
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct error err = { 0 };

	if (blob_part_end(part, &fd, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(fd_read_all(fd, &bytes, &err), 0);
	assert_true(slice_eq(buf_slice(&bytes), HELLO));
	assert_int_equal(
	    blob_open(&world->fetch, &world->sum, HELLO.len, &cached, &err), 0);
	assert_false(is_there(world, "partial"));
}

static void
what_came_is_gone_on_with(void **state)
{
	(void)state;
	CLEANUP(world_clear) struct world world = world_new();
	struct blob_part first = part_of(&world);

	assert_int_equal(first.n_bytes, 0);
	put(&first, slice_first(HELLO, 5));
	blob_part_clear(&first);
	assert_true(is_there(&world, "partial"));
	assert_false(is_there(&world, "blobs"));

	CLEANUP(blob_part_clear) struct blob_part second = part_of(&world);
	assert_int_equal(second.n_bytes, 5);
	put(&second, slice_after(HELLO, 5));
	assert_whole(&world, &second);
}

static void
another_at_it_has_a_file_of_his_own(void **state)
{
	(void)state;
	CLEANUP(world_clear) struct world world = world_new();
	CLEANUP(blob_part_clear) struct blob_part first = part_of(&world);

	put(&first, slice_first(HELLO, 5));
	CLEANUP(blob_part_clear) struct blob_part second = part_of(&world);
	assert_int_equal(second.n_bytes, 0);
	assert_null(second.path);
	put(&second, HELLO);

	CLEANUP(fd_close) int fd = -1;
	struct error err = { 0 };
	assert_int_equal(blob_part_end(&second, &fd, &err), 0);
	put(&first, slice_after(HELLO, 5));
	assert_whole(&world, &first);
}

static void
other_bytes_are_refused_and_dropped(void **state)
{
	(void)state;
	CLEANUP(world_clear) struct world world = world_new();
	CLEANUP(blob_part_clear) struct blob_part part = part_of(&world);
	struct error err = { 0 };
	int fd = -1;

	put(&part, SLICE("hello, worlt"));
	assert_int_equal(blob_part_put(&part, SLICE("!"), &err), -1);
	assert_int_equal(err.kind, ERROR_UNTRUSTED);
	assert_int_equal(blob_part_end(&part, &fd, &err), -1);
	assert_int_equal(err.kind, ERROR_UNTRUSTED);
	assert_int_equal(fd, -1);
	assert_int_equal(part.n_bytes, 0);
	assert_false(is_there(&world, "blobs"));

	put(&part, slice_first(HELLO, 5));
	assert_int_equal(blob_part_end(&part, &fd, &err), -1);
	put(&part, HELLO);
	assert_whole(&world, &part);
}

static void
nothing_leaves_nothing(void **state)
{
	(void)state;
	CLEANUP(world_clear) struct world world = world_new();
	struct blob_part part = part_of(&world);

	blob_part_clear(&part);
	assert_false(is_there(&world, "partial"));
}

static void
odd_things_in_the_place_of_a_part_are_no_harm(void **state)
{
	static const char *const kinds[] = { "directory", "link", "fifo",
		"long" };

	(void)state;
	for (size_t i = 0; i < N_ITEMS(kinds); i++) {
		CLEANUP(world_clear) struct world world = world_new();
		struct blob_part none = part_of(&world);
		CLEANUP(string_free) char *path = path_in(&world, "partial");
		struct error err;

		blob_part_clear(&none);
		if (i == 0)
			assert_int_equal(mkdir(path, 0700), 0);
		else if (i == 1)
			assert_int_equal(symlink("/etc/passwd", path), 0);
		else if (i == 2)
			assert_int_equal(mkfifo(path, 0600), 0);
		else
			assert_int_equal(
			    file_write_atomic(
				path, SLICE("hello, world and more"), &err),
			    0);
		CLEANUP(blob_part_clear)
		struct blob_part part = part_of(&world);
		assert_int_equal(part.n_bytes, 0);
		put(&part, HELLO);

		CLEANUP(fd_close) int fd = -1;
		assert_int_equal(blob_part_end(&part, &fd, &err), 0);
		assert_true(is_there(&world, "blobs"));
		(void)rmdir(path);
	}
}

static void
bytes_in_memory_are_kept_too(void **state)
{
	(void)state;
	CLEANUP(world_clear) struct world world = world_new();
	CLEANUP(buf_clear) struct buf bytes = buf_limited(100);
	CLEANUP(string_free) char *path = path_in(&world, "blobs");
	struct error err = { 0 };

	world.fetch.dir = world.dir;
	buf_put_string(&bytes, "before ");
	assert_int_equal(blob_save(&world.fetch, HELLO, &err), 0);
	assert_int_equal(blob_read(&world.fetch, &world.sum, &bytes, &err), 0);
	assert_true(slice_eq(buf_slice(&bytes), SLICE("before hello, world")));
	assert_int_equal(file_write_atomic(path, SLICE("hello"), &err), 0);
	assert_int_equal(blob_read(&world.fetch, &world.sum, &bytes, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_true(slice_eq(buf_slice(&bytes), SLICE("before hello, world")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_came_is_gone_on_with),
		cmocka_unit_test(another_at_it_has_a_file_of_his_own),
		cmocka_unit_test(other_bytes_are_refused_and_dropped),
		cmocka_unit_test(nothing_leaves_nothing),
		cmocka_unit_test(odd_things_in_the_place_of_a_part_are_no_harm),
		cmocka_unit_test(bytes_in_memory_are_kept_too),
	};

	return cmocka_run_group_tests_name("blob", tests, NULL, NULL);
}
