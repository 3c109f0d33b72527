/* SPDX-License-Identifier: Apache-2.0 */
#include "base/seek.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/memory.h"
#include "unit.h"

#define FILE_BYTES ((size_t)3000001)

static struct buf text;

static int
setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < FILE_BYTES / 4 + 1; i++)
		buf_put_u32le(&text, (uint32_t)(i * 2654435761));
	text.len = FILE_BYTES;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	buf_clear(&text);
	return 0;
}

static int
file_of_text(void)
{
	int fd = memfd_create("text", MFD_CLOEXEC);
	struct error err;

	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, buf_slice(&text), &err), 0);
	return fd;
}

static void
shows_a_part_of_a_file(void **state)
{
	static const uint64_t offsets[] = { 0, 1, 65536, 2999999, FILE_BYTES };
	CLEANUP(fd_close) int fd = file_of_text();

	(void)state;
	for (size_t i = 0; i < N_ITEMS(offsets); i++) {
		CLEANUP(seek_stream_clear) struct seek_stream in = { 0 };
		CLEANUP(buf_clear) struct buf all = { 0 };
		struct slice chunk;
		struct error err;

		assert_int_equal(
		    seek_stream_init(&in, fd, offsets[i], UINT64_MAX, &err), 0);
		assert_int_equal(stream_read_all(&in.stream, &all, &err), 0);
		assert_true(slice_eq(buf_slice(&all),
		    slice_after(buf_slice(&text), offsets[i])));
		/* And stays at its end. */
		assert_int_equal(stream_next(&in.stream, &chunk, &err), 0);
		assert_int_equal(chunk.len, 0);
	}
}

/* Some chunks are passed over, so that they lie anywhere in pages. */
static void
a_chunk_stays_for_a_while(void **state)
{
	CLEANUP(fd_close) int fd = file_of_text();
	CLEANUP(seek_stream_clear) struct seek_stream in = { 0 };
	struct {
		struct slice chunk;
		size_t offset;
	} seen[64];
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t n = 0;
	struct error err;

	(void)state;
	assert_int_equal(seek_stream_init(&in, fd, 0, UINT64_MAX, &err), 0);
	for (;; n++) {
		size_t stayed = 0;

		assert_true(n < N_ITEMS(seen));
		if (n % 3 == 1 && in.offset + 777 < FILE_BYTES)
			assert_int_equal(
			    seek_stream_skip(&in.stream, 777, &err), 0);
		seen[n].offset = in.offset;
		assert_int_equal(
		    stream_next(&in.stream, &seen[n].chunk, &err), 0);
		if (seen[n].chunk.len == 0)
			break;
		for (size_t i = n;
		     i-- > 0 && stayed < SEEK_STREAM_STAY_BYTES;) {
			struct slice is = seen[i].chunk;

			assert_true(slice_eq(is,
			    slice_first(
				slice_after(buf_slice(&text), seen[i].offset),
				is.len)));
			stayed += (is.len + page - 1) / page * page;
		}
	}
	assert_true(n > 10);
}

static void
says_so_when_the_file_shrinks(void **state)
{
	CLEANUP(fd_close) int fd = file_of_text();
	CLEANUP(seek_stream_clear) struct seek_stream in = { 0 };
	struct slice chunk;
	struct error err;

	(void)state;
	assert_int_equal(seek_stream_init(&in, fd, 0, UINT64_MAX, &err), 0);
	assert_int_equal(stream_next(&in.stream, &chunk, &err), 0);
	assert_int_equal(ftruncate(fd, 10), 0);
	assert_int_equal(stream_next(&in.stream, &chunk, &err), -1);
	assert_int_equal(err.kind, ERROR_FORMAT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_a_part_of_a_file),
		cmocka_unit_test(a_chunk_stays_for_a_while),
		cmocka_unit_test(says_so_when_the_file_shrinks),
	};

	return cmocka_run_group_tests_name("seek", tests, setup, teardown);
}
