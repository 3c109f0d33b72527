/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/ar.h"

#include <stdio.h>

#include "../pieces.h"
#include "archive/decompress.h"
#include "archive/tar.h"
#include "archive/tar_write.h"
#include "base/memory.h"
#include "unit.h"

#define REST_OF_HEADER "1342943816  0     0     100644  "

/* name has 16 bytes, size 10. */
static void
put_member(
    struct buf *out, const char *name, const char *size, struct slice content)
{
	buf_put_format(out, "%-16s" REST_OF_HEADER "%-10s`\n", name, size);
	buf_put(out, content);
	if (content.len % 2 != 0)
		buf_put_string(out, "\n");
}

static void
assert_slice(struct slice actual, const char *expected)
{
	if (!slice_eq(actual, slice_of_string(expected)))
		fail_msg("\"" SLICE_FMT "\" is not \"%s\"", SLICE_ARG(actual),
		    expected);
}

static void
reads_the_members_of_a_package(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct ar_member member;
	struct slice content;
	struct error err;

	buf_put_string(&out, "!<arch>\n");
	put_member(&out, "debian-binary", "4", SLICE("2.0\n"));
	put_member(&out, "control.tar.xz/", "3", SLICE("abc"));
	put_member(&out, "data.tar.zst0000", "0", SLICE(""));
	struct slice_stream source = slice_stream_of(buf_slice(&out));
	CLEANUP(ar_reader_free)
	struct ar_reader *in = ar_reader_new(&source.stream, &err);

	assert_int_equal(ar_reader_next(in, &member, &err), 1);
	assert_slice(member.name, "debian-binary");
	assert_int_equal(member.size_bytes, 4);
	assert_int_equal(ar_reader_data(in, &content, &err), 0);
	assert_slice(content, "2.0\n");
	assert_ptr_equal(content.ptr, out.ptr + 68);
	assert_int_equal(ar_reader_data(in, &content, &err), 0);
	assert_int_equal(content.len, 0);

	/* Content that nobody reads is passed over. */
	assert_int_equal(ar_reader_next(in, &member, &err), 1);
	assert_slice(member.name, "control.tar.xz");
	assert_int_equal(member.size_bytes, 3);
	assert_int_equal(ar_reader_next(in, &member, &err), 1);
	assert_slice(member.name, "data.tar.zst0000");
	assert_int_equal(ar_reader_next(in, &member, &err), 0);
	assert_int_equal(ar_reader_next(in, &member, &err), 0);
}

static void
decompress_and_tar_stand_on_a_member(void **state)
{
	(void)state;
	const struct tar_entry control = {
		.path = SLICE("control"), .size_bytes = 11, .mode = 0644
	};
	CLEANUP(buf_clear) struct buf tar = { 0 };
	CLEANUP(buf_clear) struct buf out = { 0 };
	CLEANUP(decompress_free) struct decompress *d = NULL;
	struct ar_member member;
	struct tar_entry entry;
	struct slice content;
	struct error err;
	char size[16];

	assert_int_equal(tar_put_header(&tar, &control, &err), 0);
	buf_put_string(&tar, "Package: a\n");
	tar_put_padding(&tar, 11);
	tar_put_end(&tar);
	(void)snprintf(size, sizeof(size), "%zu", tar.len);
	buf_put_string(&out, "!<arch>\n");
	put_member(&out, "control.tar", size, buf_slice(&tar));
	put_member(&out, "data.tar", "1", SLICE("x"));

	CLEANUP(pieces_clear)
	struct pieces source = pieces_of(buf_slice(&out), 100);
	CLEANUP(ar_reader_free)
	struct ar_reader *in = ar_reader_new(&source.stream, &err);
	assert_int_equal(ar_reader_next(in, &member, &err), 1);
	assert_int_equal(
	    decompress_new(ar_reader_stream(in), NULL, &d, &err), 0);
	CLEANUP(tar_reader_free)
	struct tar_reader *files =
	    tar_reader_new(decompress_stream(d), NULL, &err);
	assert_int_equal(tar_reader_next(files, &entry, &err), 1);
	assert_slice(entry.path, "control");
	assert_int_equal(tar_reader_data(files, &content, &err), 0);
	assert_slice(content, "Package: a\n");
	assert_int_equal(tar_reader_end(files, &err), 0);
	assert_int_equal(ar_reader_next(in, &member, &err), 1);
	assert_slice(member.name, "data.tar");
}

static void
the_last_newline_may_be_missing(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct ar_member member;
	struct error err;

	buf_put_string(&out, "!<arch>\n");
	put_member(&out, "a", "1", SLICE("x"));
	struct slice_stream source =
	    slice_stream_of(slice_first(buf_slice(&out), out.len - 1));
	CLEANUP(ar_reader_free)
	struct ar_reader *in = ar_reader_new(&source.stream, &err);
	assert_int_equal(ar_reader_next(in, &member, &err), 1);
	assert_int_equal(ar_reader_next(in, &member, &err), 0);
}

static void
refuses_what_dpkg_never_writes(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		const char *size;
		enum error_kind kind;
		const char *msg;
	} cases[] = {
		{ "a", "2", ERROR_FORMAT, "ar: cut off" },
		{ "a", "9999999999", ERROR_FORMAT, "ar: cut off" },
		{ "a", "-1", ERROR_FORMAT, "ar: \"a\" has no size" },
		{ "a", "1x", ERROR_FORMAT, "ar: \"a\" has no size" },
		{ "a", "", ERROR_FORMAT, "ar: \"a\" has no size" },
		{ "", "0", ERROR_FORMAT, "ar: \"\" is not a name" },
		{ "a b", "0", ERROR_FORMAT, "ar: \"a b\" is not a name" },
		{ "../a", "0", ERROR_FORMAT, "ar: \"../a\" is not a name" },
		{ "\x1b[2J", "0", ERROR_FORMAT,
		    "ar: \"\\x1b[2J\" is not a name" },
		{ "//", "0", ERROR_UNSUPPORTED,
		    "ar: a name outside its header, or an index" },
		{ "#1/20", "0", ERROR_UNSUPPORTED,
		    "ar: a name outside its header, or an index" },
		{ "a", "1234567890`\nx", ERROR_FORMAT, "ar: cut off" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(buf_clear) struct buf out = { 0 };
		struct ar_member member;
		struct error err;
		int r;

		buf_put_string(&out, "!<arch>\n");
		put_member(&out, cases[i].name, cases[i].size, SLICE(""));
		struct slice_stream source = slice_stream_of(buf_slice(&out));
		CLEANUP(ar_reader_free)
		struct ar_reader *in = ar_reader_new(&source.stream, &err);
		do
			r = ar_reader_next(in, &member, &err);
		while (r > 0);
		assert_int_equal(r, -1);
		assert_string_equal(err.msg, cases[i].msg);
		assert_int_equal(err.kind, cases[i].kind);
	}
}

static void
refuses_what_is_no_ar(void **state)
{
	(void)state;
	const struct slice texts[] = { SLICE(""), SLICE("!<arch>"),
		SLICE("!<thin>\n"),
		SLICE("!<arch>\ndebian-binary   1342943816  ") };

	for (size_t i = 0; i < N_ITEMS(texts); i++) {
		struct slice_stream source = slice_stream_of(texts[i]);
		struct ar_member member;
		struct error err;
		CLEANUP(ar_reader_free)
		struct ar_reader *in = ar_reader_new(&source.stream, &err);

		assert_int_equal(ar_reader_next(in, &member, &err), -1);
		assert_int_equal(err.kind, ERROR_FORMAT);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_members_of_a_package),
		cmocka_unit_test(decompress_and_tar_stand_on_a_member),
		cmocka_unit_test(the_last_newline_may_be_missing),
		cmocka_unit_test(refuses_what_dpkg_never_writes),
		cmocka_unit_test(refuses_what_is_no_ar),
	};

	return cmocka_run_group_tests_name("ar", tests, NULL, NULL);
}
