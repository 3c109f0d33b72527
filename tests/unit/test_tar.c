/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/tar.h"

#include <stdio.h>
#include <unistd.h>

#include "../pieces.h"
#include "archive/tar_header.h"
#include "base/buf.h"
#include "base/fd.h"
#include "base/memory.h"
#include "base/seek.h"
#include "unit.h"

/* A header of old tars: made by hand, so that the writer's mistakes are not
 * the reader's. */
struct made {
	char type;
	const char *name;
	const char *link;
	const char *size; /* octal digits; NULL: none */
};

static void
put_header(struct buf *out, struct made made)
{
	char block[TAR_BLOCK_BYTES] = { 0 };
	uint32_t sum = 0;

	(void)snprintf(block, 101, "%s", made.name);
	memcpy(block + 100, "0104755", 7);
	memcpy(block + 108, "0001750", 7);
	memcpy(block + 116, "0000144", 7);
	memcpy(block + 124, made.size ? made.size : "00000000000", 11);
	memcpy(block + 136, "14531412240", 11);
	memset(block + 148, ' ', 8);
	block[156] = made.type;
	if (made.link)
		(void)snprintf(block + 157, 101, "%s", made.link);
	memcpy(block + 257, "ustar\00000", 8);
	for (size_t i = 0; i < sizeof(block); i++)
		sum += (uint8_t)block[i];
	(void)snprintf(block + 148, 8, "%06o", sum & 0777777);
	buf_put(out, slice_of(block, sizeof(block)));
}

static void
put_content(struct buf *out, struct slice content)
{
	static const char zeroes[TAR_BLOCK_BYTES];

	buf_put(out, content);
	buf_put(out, slice_of(zeroes, -content.len % sizeof(zeroes)));
}

static void
put_special(struct buf *out, char type, struct slice content)
{
	char size[12];

	(void)snprintf(size, sizeof(size), "%011zo", content.len);
	put_header(out, (struct made){ type, "special", NULL, size });
	put_content(out, content);
}

static void
assert_slice(struct slice actual, const char *expected)
{
	if (!slice_eq(actual, slice_of_string(expected)))
		fail_msg("\"" SLICE_FMT "\" is not \"%s\"", SLICE_ARG(actual),
		    expected);
}

struct opened {
	struct slice_stream source;
	struct tar_reader *reader;
	struct tar_entry entry;
	struct error err;
};

static struct tar_reader *
open_bytes(struct opened *in, struct slice bytes)
{
	in->source = slice_stream_of(bytes);
	in->reader = tar_reader_new(&in->source.stream, NULL, &in->err);
	assert_non_null(in->reader);
	return in->reader;
}

static void
assert_next(struct opened *in, int expected)
{
	int r = tar_reader_next(in->reader, &in->entry, &in->err);

	if (r != expected)
		fail_msg(
		    "%d is not %d: %s", r, expected, r < 0 ? in->err.msg : "");
}

static void
reads_all_that_a_header_says(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct opened in;
	struct slice content;

	put_header(
	    &out, (struct made){ '0', "./usr/bin/su", NULL, "00000000003" });
	put_content(&out, SLICE("abc"));
	CLEANUP(tar_reader_free)
	struct tar_reader *reader = open_bytes(&in, buf_slice(&out));

	assert_next(&in, 1);
	assert_slice(in.entry.path, "usr/bin/su");
	assert_int_equal(in.entry.type, TAR_FILE);
	assert_int_equal(in.entry.mode, 04755);
	assert_int_equal(in.entry.uid, 1000);
	assert_int_equal(in.entry.gid, 100);
	assert_int_equal(in.entry.size_bytes, 3);
	assert_int_equal(in.entry.mtime_sec, 1701188768);
	assert_int_equal(in.entry.data_offset, 512);
	assert_int_equal(tar_reader_data(reader, &content, &in.err), 0);
	assert_slice(content, "abc");
	/* Where it lies, not a copy. */
	assert_ptr_equal(content.ptr, out.ptr + 512);
	assert_int_equal(tar_reader_data(reader, &content, &in.err), 0);
	assert_int_equal(content.len, 0);
	assert_next(&in, 0);
	assert_next(&in, 0);
}

static void
an_extended_header_wins_over_the_plain_one(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct opened in;

	put_special(&out, 'x',
	    SLICE("15 path=a//./b\n"
		  "22 mtime=-1.500000001\n"
		  "15 uid=3000000\n"
		  "10 gid=07\n"
		  "9 size=2\n"
		  "25 SCHILY.xattr.user.a=1\n"
		  "27 SCHILY.xattr.user.b=\0=\n\n"
		  "25 SCHILY.xattr.user.a=2\n"));
	put_header(&out, (struct made){ '0', "plain", NULL, "00000000777" });
	put_content(&out, SLICE("xy"));
	put_header(&out, (struct made){ '0', "next", NULL, NULL });
	CLEANUP(tar_reader_free)
	struct tar_reader *reader = open_bytes(&in, buf_slice(&out));

	(void)reader;
	assert_next(&in, 1);
	assert_slice(in.entry.path, "a/b");
	assert_int_equal(in.entry.mtime_sec, -2);
	assert_int_equal(in.entry.mtime_nsec, 499999999);
	assert_int_equal(in.entry.uid, 3000000);
	assert_int_equal(in.entry.gid, 7);
	assert_int_equal(in.entry.size_bytes, 2);
	assert_int_equal(in.entry.n_xattrs, 2);
	assert_slice(in.entry.xattrs[0].name, "user.a");
	assert_slice(in.entry.xattrs[0].value, "2");
	assert_slice(in.entry.xattrs[1].name, "user.b");
	assert_true(slice_eq(in.entry.xattrs[1].value, SLICE("\0=\n")));

	/* It says nothing of the next. */
	assert_next(&in, 1);
	assert_slice(in.entry.path, "next");
	assert_int_equal(in.entry.uid, 1000);
	assert_int_equal(in.entry.n_xattrs, 0);
	assert_next(&in, 0);
}

static void
a_gnu_long_name_wins_over_all(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct opened in;

	put_special(&out, 'x', SLICE("10 path=b\n"));
	put_special(&out, 'L', SLICE("long/name\0"));
	put_special(&out, 'K', SLICE("long/link\0"));
	put_header(&out, (struct made){ '2', "plain", "plain", NULL });
	CLEANUP(tar_reader_free)
	struct tar_reader *reader = open_bytes(&in, buf_slice(&out));

	(void)reader;
	assert_next(&in, 1);
	assert_slice(in.entry.path, "long/name");
	assert_slice(in.entry.link, "long/link");
}

static void
only_a_file_has_content(void **state)
{
	(void)state;
	static const char types[] = "123456";
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct opened in;

	for (size_t i = 0; types[i]; i++)
		put_header(
		    &out, (struct made){ types[i], "a", "b", "00000001000" });
	CLEANUP(tar_reader_free)
	struct tar_reader *reader = open_bytes(&in, buf_slice(&out));

	(void)reader;
	for (size_t i = 0; types[i]; i++) {
		assert_next(&in, 1);
		assert_int_equal(in.entry.type, TAR_HARDLINK + (int)i);
		assert_int_equal(in.entry.size_bytes, 0);
	}
	assert_next(&in, 0);
}

static void
refuses_what_has_no_place_in_an_image(void **state)
{
	(void)state;
	static const struct {
		struct made made;
		enum error_kind kind;
		const char *msg;
	} cases[] = {
		{ { '0', "a/../b", NULL, NULL }, ERROR_FORMAT,
		    "tar: \"a/../b\": the path has \"..\" in it" },
		{ { '0', "\x1b[2J/..", NULL, NULL }, ERROR_FORMAT,
		    "tar: \"\\x1b[2J/..\": the path has \"..\" in it" },
		{ { '1', "a", "../b", NULL }, ERROR_FORMAT,
		    "tar: \"a\": what it links to: the path has \"..\" in "
		    "it" },
		{ { '1', "a", "./a", NULL }, ERROR_FORMAT,
		    "tar: \"a\": a hard link to itself" },
		{ { '2', "a", NULL, NULL }, ERROR_FORMAT,
		    "tar: \"a\": a link to nothing" },
		{ { '0', "a/", NULL, NULL }, ERROR_FORMAT,
		    "tar: \"a/\": a file whose name ends in a slash" },
		{ { '0', "./", NULL, NULL }, ERROR_FORMAT,
		    "tar: \"./\": a file whose name ends in a slash" },
		{ { '6', "/", NULL, NULL }, ERROR_FORMAT,
		    "tar: \"/\": it has no name, and is not a directory" },
		{ { 'S', "a", NULL, NULL }, ERROR_UNSUPPORTED,
		    "tar: \"a\": a sparse file" },
		{ { '\x1b', "a", NULL, NULL }, ERROR_UNSUPPORTED,
		    "tar: \"a\": an entry of type \\x1b" },
		{ { '0', "a", NULL, "0000000000x" }, ERROR_FORMAT,
		    "tar: at byte 0: the number at byte 124 of a header is "
		    "not valid" },
		{ { '0', "a", NULL, "00000000001" }, ERROR_FORMAT,
		    "tar: cut off" },
		{ { 'x', "a", NULL, "77777777777" }, ERROR_LIMIT,
		    "tar: an extended header or long name of over 1048576 "
		    "bytes" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(buf_clear) struct buf out = { 0 };
		struct opened in;
		int r;

		put_header(&out, cases[i].made);
		CLEANUP(tar_reader_free)
		struct tar_reader *reader = open_bytes(&in, buf_slice(&out));
		do
			r = tar_reader_next(reader, &in.entry, &in.err);
		while (r > 0);
		assert_int_equal(r, -1);
		assert_string_equal(in.err.msg, cases[i].msg);
		assert_int_equal(in.err.kind, cases[i].kind);
	}
}

static void
refuses_extended_headers_that_make_no_sense(void **state)
{
	(void)state;
	static const struct {
		struct slice text;
		enum error_kind kind;
	} cases[] = {
		{ SLICE("path=a\n"), ERROR_FORMAT },
		{ SLICE("1 path=a\n"), ERROR_FORMAT },
		{ SLICE("11 path=a\n"), ERROR_FORMAT },
		{ SLICE("99999999999999999999 path=a\n"), ERROR_FORMAT },
		{ SLICE("8 path=a\n"), ERROR_FORMAT },
		{ SLICE("10 path a\n"), ERROR_FORMAT },
		{ SLICE("6 =ab\n"), ERROR_FORMAT },
		{ SLICE("10 path=\0\n"), ERROR_FORMAT },
		{ SLICE("11 size=-1\n"), ERROR_FORMAT },
		{ SLICE("28 size=9223372036854775808\n"), ERROR_FORMAT },
		{ SLICE("10 uid=1x\n"), ERROR_FORMAT },
		{ SLICE("13 mtime=1.x\n"), ERROR_FORMAT },
		{ SLICE("19 SCHILY.xattr.=1\n"), ERROR_FORMAT },
		{ SLICE("22 GNU.sparse.major=1\n"), ERROR_UNSUPPORTED },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(buf_clear) struct buf out = { 0 };
		struct opened in;

		put_special(&out, 'x', cases[i].text);
		put_header(&out, (struct made){ '0', "a", NULL, NULL });
		CLEANUP(tar_reader_free)
		struct tar_reader *reader = open_bytes(&in, buf_slice(&out));
		if (tar_reader_next(reader, &in.entry, &in.err) != -1)
			fail_msg("case %zu is read", i);
		if (in.err.kind != cases[i].kind)
			fail_msg("case %zu: %s", i, in.err.msg);
	}
}

static void
holds_its_limits(void **state)
{
	(void)state;
	const struct tar_limits limits = { 2, 5, 100, 1 };
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct tar_entry entry;
	struct error err;

	put_header(&out, (struct made){ '0', "12345", NULL, NULL });
	put_header(&out, (struct made){ '2', "a", "12345", NULL });
	put_header(&out, (struct made){ '0', "b", NULL, NULL });
	struct slice_stream source = slice_stream_of(buf_slice(&out));
	CLEANUP(tar_reader_free)
	struct tar_reader *in = tar_reader_new(&source.stream, &limits, &err);
	assert_int_equal(tar_reader_next(in, &entry, &err), 1);
	assert_int_equal(tar_reader_next(in, &entry, &err), 1);
	assert_int_equal(tar_reader_next(in, &entry, &err), -1);
	assert_int_equal(err.kind, ERROR_LIMIT);
	assert_string_equal(err.msg, "tar: over 2 entries");

	for (char type = '0'; type <= '2'; type++) {
		CLEANUP(buf_clear) struct buf one = { 0 };

		put_header(&one,
		    (struct made){
			type, type == '0' ? "123456" : "a", "123456", NULL });
		source = slice_stream_of(buf_slice(&one));
		CLEANUP(tar_reader_free)
		struct tar_reader *again =
		    tar_reader_new(&source.stream, &limits, &err);
		assert_int_equal(tar_reader_next(again, &entry, &err), -1);
		assert_int_equal(err.kind, ERROR_LIMIT);
	}
}

/* Content of 100,000 bytes in each of three files. */
static void
put_large(struct buf *out)
{
	CLEANUP(string_free) char *content = calloc(1, 100000);

	assert_non_null(content);
	for (int i = 0; i < 3; i++) {
		memset(content, 'a' + i, 100000);
		put_header(out,
		    (struct made){
			'0', i == 1 ? "b" : "a", NULL, "00000303240" });
		put_content(out, slice_of(content, 100000));
	}
}

static void
passes_over_content_without_reading_it(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct seek_stream source;
	struct tar_entry entry;
	struct error err;
	CLEANUP(fd_close) int fd = file_temporary("/tmp", &err);

	put_large(&out);
	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, buf_slice(&out), &err), 0);
	assert_int_equal(seek_stream_init(&source, fd, 0, UINT64_MAX, &err), 0);
	CLEANUP(tar_reader_free)
	struct tar_reader *in = tar_reader_new(&source.stream, NULL, &err);
	tar_reader_set_skip(in, seek_stream_skip);

	for (uint64_t i = 0; i < 3; i++) {
		char byte;

		assert_int_equal(tar_reader_next(in, &entry, &err), 1);
		assert_int_equal(entry.size_bytes, 100000);
		assert_int_equal(entry.data_offset, 512 + i * (512 + 100352));
		assert_int_equal(
		    pread(fd, &byte, 1, (off_t)entry.data_offset), 1);
		assert_int_equal(byte, 'a' + (int)i);
	}
	assert_int_equal(tar_reader_next(in, &entry, &err), 0);
	seek_stream_clear(&source);

	/* A part of the file; and one that is cut off. */
	assert_int_equal(seek_stream_init(&source, fd, 512, 100000, &err), 0);
	assert_int_equal(stream_drain(&source.stream, &err), 0);
	seek_stream_clear(&source);
	assert_int_equal(
	    seek_stream_init(&source, fd, 512, out.len - 511, &err), -1);
	assert_int_equal(err.kind, ERROR_FORMAT);
}

static void
says_so_when_the_file_is_cut_off(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct seek_stream source;
	struct tar_entry entry;
	struct error err;
	CLEANUP(fd_close) int fd = file_temporary("/tmp", &err);

	put_large(&out);
	assert_true(fd >= 0);
	assert_int_equal(
	    fd_write_all(fd, slice_first(buf_slice(&out), 90000), &err), 0);
	assert_int_equal(seek_stream_init(&source, fd, 0, UINT64_MAX, &err), 0);
	CLEANUP(tar_reader_free)
	struct tar_reader *in = tar_reader_new(&source.stream, NULL, &err);
	tar_reader_set_skip(in, seek_stream_skip);
	assert_int_equal(tar_reader_next(in, &entry, &err), 1);
	assert_int_equal(tar_reader_next(in, &entry, &err), -1);
	assert_int_equal(err.kind, ERROR_FORMAT);
	seek_stream_clear(&source);
}

static void
its_end_reads_the_source_to_the_end(void **state)
{
	(void)state;
	static const char zeroes[2 * TAR_BLOCK_BYTES];
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct tar_entry entry;
	struct error err;

	put_header(&out, (struct made){ '0', "a", NULL, NULL });
	buf_put(&out, slice_of(zeroes, sizeof(zeroes)));
	buf_put(&out, SLICE("what follows does not matter"));
	CLEANUP(pieces_clear)
	struct pieces source = pieces_of(buf_slice(&out), TAR_BLOCK_BYTES);
	CLEANUP(tar_reader_free)
	struct tar_reader *in = tar_reader_new(&source.stream, NULL, &err);

	assert_int_equal(tar_reader_next(in, &entry, &err), 1);
	assert_int_equal(tar_reader_next(in, &entry, &err), 0);
	assert_true(source.rest.len > 0);
	assert_int_equal(tar_reader_end(in, &err), 0);
	assert_int_equal(source.rest.len, 0);
}

static void
reads_the_same_however_the_source_is_cut(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct tar_entry entry;
	char content[515];
	struct slice part;
	struct error err;

	put_special(&out, 'x', SLICE("10 path=b\n"));
	put_header(&out, (struct made){ '0', "x", NULL, "00000001003" });
	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (char)i;
	put_content(&out, slice_of(content, sizeof(content)));
	for (size_t step = 1; step < 1200; step += 37) {
		CLEANUP(pieces_clear)
		struct pieces source = pieces_of(buf_slice(&out), step);
		CLEANUP(tar_reader_free)
		struct tar_reader *in =
		    tar_reader_new(&source.stream, NULL, &err);
		size_t n = 0;

		assert_int_equal(tar_reader_next(in, &entry, &err), 1);
		assert_slice(entry.path, "b");
		assert_int_equal(entry.data_offset, 1536);
		do {
			assert_int_equal(
			    stream_next(tar_reader_stream(in), &part, &err), 0);
			assert_memory_equal(part.len ? part.ptr : "",
			    out.ptr + 1536 + n, part.len);
			n += part.len;
		} while (part.len > 0);
		assert_int_equal(n, 515);
		assert_int_equal(tar_reader_next(in, &entry, &err), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_all_that_a_header_says),
		cmocka_unit_test(an_extended_header_wins_over_the_plain_one),
		cmocka_unit_test(a_gnu_long_name_wins_over_all),
		cmocka_unit_test(only_a_file_has_content),
		cmocka_unit_test(refuses_what_has_no_place_in_an_image),
		cmocka_unit_test(refuses_extended_headers_that_make_no_sense),
		cmocka_unit_test(holds_its_limits),
		cmocka_unit_test(passes_over_content_without_reading_it),
		cmocka_unit_test(says_so_when_the_file_is_cut_off),
		cmocka_unit_test(its_end_reads_the_source_to_the_end),
		cmocka_unit_test(reads_the_same_however_the_source_is_cut),
	};

	return cmocka_run_group_tests_name("tar", tests, NULL, NULL);
}
