/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/frame.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/memory.h"
#include "unit.h"

#define ANSWER_MAX_BYTES ((uint64_t)64 << 20)

/* The frames that came, as "TYPE:BODY " each. */
static int
note(void *ctx, uint16_t type, struct slice body, struct error *err)
{
	struct buf *seen = ctx;

	if (slice_eq(body, SLICE("bad")))
		return error_set(err, ERROR_CONFLICT, "refused");
	buf_put_format(seen, "%u:", type);
	buf_put(seen, body);
	buf_put_string(seen, " ");
	return 0;
}

static int
read_in_steps(
    struct slice bytes, size_t step, struct buf *seen, struct error *err)
{
	CLEANUP(frame_reader_clear)
	struct frame_reader in = frame_reader_of(
	    (struct frame_sink){ note, seen }, ANSWER_MAX_BYTES);

	while (bytes.len > 0) {
		if (frame_reader_put(&in, slice_first(bytes, step), err) < 0)
			return -1;
		bytes = slice_after(bytes, step);
	}
	return frame_reader_end(&in, err);
}

static void
assert_refused(struct slice bytes, enum error_kind kind, const char *msg)
{
	for (size_t step = 1; step <= bytes.len + 1; step++) {
		CLEANUP(buf_clear) struct buf seen = { 0 };
		struct error err = { 0 };

		assert_int_equal(read_in_steps(bytes, step, &seen, &err), -1);
		assert_string_equal(err.msg, msg);
		assert_int_equal(err.kind, kind);
	}
}

/* A file in memory that frames are written to. */
static int
memory_file(void)
{
	int fd = memfd_create("frames", MFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void
read_back(int fd, struct buf *ret)
{
	struct error err;

	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(fd_read_all(fd, ret, &err), 0);
}

static void
reads_what_was_written_however_it_is_cut(void **state)
{
	(void)state;
	CLEANUP(fd_close) int fd = memory_file();
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct error err;

	assert_int_equal(frame_write(fd, 2, SLICE("hi"), &err), 0);
	assert_int_equal(frame_write(fd, 3, SLICE(""), &err), 0);
	assert_int_equal(frame_write(fd, 65535, SLICE("x\0y"), &err), 0);
	assert_int_equal(frame_write(fd, FRAME_END, SLICE(""), &err), 0);
	read_back(fd, &bytes);

	for (size_t step = 1; step <= bytes.len; step++) {
		CLEANUP(buf_clear) struct buf seen = { 0 };

		assert_int_equal(
		    read_in_steps(buf_slice(&bytes), step, &seen, &err), 0);
		assert_true(
		    slice_eq(buf_slice(&seen), SLICE("2:hi 3: 65535:x\0y ")));
	}
}

static void
writes_the_bytes_that_its_comment_shows(void **state)
{
	(void)state;
	CLEANUP(fd_close) int fd = memory_file();
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct error err;

	assert_int_equal(frame_write(fd, 2, SLICE("hi"), &err), 0);
	assert_int_equal(frame_write(fd, FRAME_END, SLICE(""), &err), 0);
	read_back(fd, &bytes);
	assert_true(
	    slice_eq(buf_slice(&bytes), SLICE("\2\0\0\0\2\0hi\0\0\0\0\0\0")));
}

static void
writes_bodies_of_every_size_around_the_cuts(void **state)
{
	(void)state;
	static const size_t sizes[] = { 1, 8185, 8186, 8187, 8192, 65536,
		FRAME_BODY_MAX_BYTES };
	char *body = malloc(FRAME_BODY_MAX_BYTES);
	struct error err;

	assert_non_null(body);
	for (size_t i = 0; i < FRAME_BODY_MAX_BYTES; i++)
		body[i] = (char)('a' + i % 26);
	for (size_t i = 0; i < N_ITEMS(sizes); i++) {
		CLEANUP(fd_close) int fd = memory_file();
		CLEANUP(buf_clear) struct buf bytes = { 0 };
		CLEANUP(buf_clear) struct buf seen = { 0 };

		assert_int_equal(
		    frame_write(fd, 7, slice_of(body, sizes[i]), &err), 0);
		assert_int_equal(
		    frame_write(fd, FRAME_END, SLICE(""), &err), 0);
		read_back(fd, &bytes);
		assert_int_equal(
		    read_in_steps(buf_slice(&bytes), 9999, &seen, &err), 0);
		assert_int_equal(seen.len, 2 + sizes[i] + 1);
		assert_memory_equal(seen.ptr + 2, body, sizes[i]);
	}
	free(body);
}

static void
cuts_a_long_body_into_frames_of_one_type(void **state)
{
	(void)state;
	const size_t n = FRAME_BODY_MAX_BYTES + 3;
	CLEANUP(fd_close) int fd = memory_file();
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	CLEANUP(buf_clear) struct buf seen = { 0 };
	struct error err;
	char *body = calloc(1, n);

	assert_non_null(body);
	assert_int_equal(frame_write(fd, 4, slice_of(body, n), &err), -1);
	assert_int_equal(err.kind, ERROR_LIMIT);
	assert_int_equal(frame_write_all(fd, 4, slice_of(body, n), &err), 0);
	assert_int_equal(frame_write_all(fd, 5, SLICE(""), &err), 0);
	assert_int_equal(frame_write(fd, FRAME_END, SLICE(""), &err), 0);
	read_back(fd, &bytes);
	assert_int_equal(
	    read_in_steps(buf_slice(&bytes), SIZE_MAX, &seen, &err), 0);
	assert_int_equal(seen.len, n + 3 + 3 + 3);
	free(body);
}

static void
an_error_crosses_as_it_is(void **state)
{
	(void)state;
	CLEANUP(fd_close) int fd = memory_file();
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	CLEANUP(buf_clear) struct buf seen = { 0 };
	struct error what;
	struct error err;

	(void)error_set(&what, ERROR_UNTRUSTED, "no key \x1b[2J%s", "\xc3\xbc");
	assert_int_equal(frame_write_error(fd, &what, &err), 0);
	read_back(fd, &bytes);
	assert_int_equal(read_in_steps(buf_slice(&bytes), 1, &seen, &err), -1);
	assert_int_equal(err.kind, ERROR_UNTRUSTED);
	assert_string_equal(err.msg, "no key ?[2J??");
}

static void
the_longest_message_crosses_whole(void **state)
{
	(void)state;
	CLEANUP(fd_close) int fd = memory_file();
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	CLEANUP(buf_clear) struct buf seen = { 0 };
	struct error what = { .kind = ERROR_BUG };
	struct error err;

	memset(what.msg, 'm', sizeof(what.msg) - 1);
	assert_int_equal(frame_write_error(fd, &what, &err), 0);
	read_back(fd, &bytes);
	assert_int_equal(
	    read_in_steps(buf_slice(&bytes), SIZE_MAX, &seen, &err), -1);
	assert_string_equal(err.msg, what.msg);
}

static void
refuses_what_no_worker_of_ours_writes(void **state)
{
	(void)state;
	static const struct {
		struct slice bytes;
		enum error_kind kind;
		const char *msg;
	} cases[] = {
		{ SLICE(""), ERROR_FORMAT, "answer cut off" },
		{ SLICE("\0\0\0"), ERROR_FORMAT, "answer cut off" },
		{ SLICE("\2\0\0\0\2\0hi"), ERROR_FORMAT, "answer cut off" },
		{ SLICE("\3\0\0\0\2\0hi"), ERROR_FORMAT, "answer cut off" },
		{ SLICE("\0\0\0\0\0\0\0"), ERROR_FORMAT, "answer cut off" },
		{ SLICE("\0\0\0\0\0\0\0\0\0\0\0\0"), ERROR_FORMAT,
		    "a frame after the last one" },
		{ SLICE("\2\0\0\0\1\0\3x\0\0\0\0\0\0"), ERROR_FORMAT,
		    "a frame after the last one" },
		{ SLICE("\1\0\0\0\0\0x"), ERROR_FORMAT, "an END with a body" },
		{ SLICE("\0\0\0\0\1\0"), ERROR_FORMAT,
		    "an ERROR that is none" },
		{ SLICE("\2\0\0\0\1\0\0x"), ERROR_FORMAT,
		    "an ERROR that is none" },
		{ SLICE("\2\0\0\0\1\0\x7fx"), ERROR_FORMAT,
		    "an ERROR that is none" },
		{ SLICE("\2\0\0\0\1\0\3\x1b"), ERROR_FORMAT,
		    "an ERROR that cannot be printed" },
		{ SLICE("\1\0\0\1\2\0"), ERROR_LIMIT,
		    "a frame of 16777217 bytes is larger than 16777216" },
		{ SLICE("\xff\xff\xff\xff\2\0"), ERROR_LIMIT,
		    "a frame of 4294967295 bytes is larger than 16777216" },
		{ SLICE("\3\0\0\0\2\0bad\0\0\0\0\0\0"), ERROR_CONFLICT,
		    "refused" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++)
		assert_refused(cases[i].bytes, cases[i].kind, cases[i].msg);
}

static void
refuses_an_error_longer_than_a_message(void **state)
{
	(void)state;
	static const char start[] = { 1, 2, 0, 0, 1, 0, 3 };
	char frame[FRAME_HEADER_BYTES + 1 + ERROR_MSG_SIZE];

	memset(frame, 'm', sizeof(frame));
	memcpy(frame, start, sizeof(start));
	assert_refused(slice_of(frame, sizeof(frame)), ERROR_FORMAT,
	    "an ERROR that is none");
}

static void
holds_an_answer_to_its_cap(void **state)
{
	(void)state;
	const struct slice bytes = SLICE("\1\0\0\0\2\0a\0\0\0\0\0\0");

	for (size_t cap = 0; cap <= bytes.len; cap++) {
		CLEANUP(buf_clear) struct buf seen = { 0 };
		CLEANUP(frame_reader_clear)
		struct frame_reader in =
		    frame_reader_of((struct frame_sink){ note, &seen }, cap);
		struct error err;
		int r = 0;

		for (size_t i = 0; i < bytes.len && r == 0; i++)
			r = frame_reader_put(
			    &in, slice_of(bytes.ptr + i, 1), &err);
		assert_int_equal(r, cap < bytes.len ? -1 : 0);
		if (r < 0)
			assert_int_equal(err.kind, ERROR_LIMIT);
	}
}

static void
says_when_nobody_reads(void **state)
{
	(void)state;
	CLEANUP(fd_close) int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct error err;

	assert_true(fd >= 0);
	assert_int_equal(frame_write(fd, 2, SLICE("x"), &err), -1);
	assert_int_equal(err.kind, ERROR_SYSTEM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_was_written_however_it_is_cut),
		cmocka_unit_test(writes_the_bytes_that_its_comment_shows),
		cmocka_unit_test(writes_bodies_of_every_size_around_the_cuts),
		cmocka_unit_test(cuts_a_long_body_into_frames_of_one_type),
		cmocka_unit_test(an_error_crosses_as_it_is),
		cmocka_unit_test(the_longest_message_crosses_whole),
		cmocka_unit_test(refuses_what_no_worker_of_ours_writes),
		cmocka_unit_test(refuses_an_error_longer_than_a_message),
		cmocka_unit_test(holds_an_answer_to_its_cap),
		cmocka_unit_test(says_when_nobody_reads),
	};

	return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
