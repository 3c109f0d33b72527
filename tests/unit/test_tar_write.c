/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/tar_write.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "unit.h"

static char long_text[4097];

static int
setup(void **state)
{
	(void)state;
	for (size_t i = 0; i + 1 < sizeof(long_text); i++)
		long_text[i] = i % 60 == 59 ? '/' : (char)('a' + i % 26);
	return 0;
}

static struct slice
text_of(size_t len)
{
	return slice_of(long_text, len);
}

/* entry is written as n_blocks, and read again as it was. */
static void
assert_round_trip(const struct tar_entry *entry, size_t n_blocks)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct tar_entry again;
	struct error err;

	if (tar_put_header(&out, entry, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(out.len, n_blocks * 512);
	struct slice_stream source = slice_stream_of(buf_slice(&out));
	CLEANUP(tar_reader_free)
	struct tar_reader *in = tar_reader_new(&source.stream, NULL, &err);
	if (tar_reader_next(in, &again, &err) != 1)
		fail_msg("%s", err.msg);

	assert_true(slice_eq(again.path, entry->path));
	assert_true(slice_eq(again.link, entry->link));
	assert_int_equal(again.type, entry->type);
	assert_int_equal(again.mode, entry->mode);
	assert_int_equal(again.uid, entry->uid);
	assert_int_equal(again.gid, entry->gid);
	assert_int_equal(again.size_bytes, entry->size_bytes);
	assert_int_equal(again.mtime_sec, entry->mtime_sec);
	assert_int_equal(again.mtime_nsec, 0);
	assert_int_equal(again.dev_major, entry->dev_major);
	assert_int_equal(again.dev_minor, entry->dev_minor);
	assert_int_equal(again.n_xattrs, entry->n_xattrs);
	for (size_t i = 0; i < again.n_xattrs; i++) {
		assert_true(
		    slice_eq(again.xattrs[i].name, entry->xattrs[i].name));
		assert_true(
		    slice_eq(again.xattrs[i].value, entry->xattrs[i].value));
	}
}

static void
what_fits_is_one_block(void **state)
{
	(void)state;
	const struct tar_entry entries[] = {
		{ .path = SLICE("a"),
		    .mode = 04755,
		    .size_bytes = 077777777777,
		    .uid = 07777777,
		    .gid = 07777777,
		    .mtime_sec = 077777777777,
		    .mtime_nsec = 5 },
		{ .path = SLICE(""), .type = TAR_DIRECTORY, .mode = 0755 },
		{ .path = SLICE("d"), .type = TAR_DIRECTORY, .mode = 01777 },
		{ .path = SLICE("l"),
		    .type = TAR_SYMLINK,
		    .link = text_of(100) },
		{ .path = SLICE("h"),
		    .type = TAR_HARDLINK,
		    .link = SLICE("d/x") },
		{ .path = SLICE("c"),
		    .type = TAR_CHAR,
		    .dev_major = 1,
		    .dev_minor = 3 },
		{ .path = SLICE("b"),
		    .type = TAR_BLOCK,
		    .dev_major = 2097151,
		    .dev_minor = 2097151 },
		{ .path = SLICE("p"), .type = TAR_FIFO },
		{ .path = text_of(99) },
		{ .path = text_of(100) },
		{ .path = text_of(199) },
		{ .path = text_of(218), .type = TAR_DIRECTORY },
	};

	for (size_t i = 0; i < N_ITEMS(entries); i++)
		assert_round_trip(&entries[i], 1);
}

static void
what_does_not_fit_gets_an_extended_header(void **state)
{
	(void)state;
	const struct tar_xattr xattrs[] = {
		{ SLICE("security.capability"), SLICE("\1\0\0\2=\n") },
		{ SLICE("user.a"), SLICE("") },
	};
	const struct tar_entry entries[] = {
		{ .path = SLICE("a"), .size_bytes = 0100000000000 },
		{ .path = SLICE("a"), .size_bytes = INT64_MAX },
		{ .path = SLICE("a"), .uid = 010000000, .gid = 4294967294 },
		{ .path = SLICE("a"), .mtime_sec = -1 },
		{ .path = SLICE("a"), .mtime_sec = 0100000000000 },
		{ .path = SLICE("a"),
		    .type = TAR_SYMLINK,
		    .link = text_of(101) },
		{ .path = text_of(279) },
		{ .path = slice_of(long_text + 1, 58),
		    .xattrs = xattrs,
		    .n_xattrs = 1 },
	};

	for (size_t i = 0; i < N_ITEMS(entries); i++)
		assert_round_trip(&entries[i], 3);
	assert_round_trip(
	    &(struct tar_entry){ .path = text_of(4090) }, 2 + 8 + 1);
}

/* Every length around those where a record's length gains a digit. */
static void
counts_the_digits_of_a_record(void **state)
{
	(void)state;
	for (size_t len = 1; len < 1100; len++) {
		const struct tar_xattr xattr = { SLICE("u"), text_of(len) };
		const struct tar_entry entry = {
			.path = SLICE("a"), .xattrs = &xattr, .n_xattrs = 1
		};
		size_t n_blocks = len <= 492 ? 3 : len <= 1003 ? 4 : 5;

		assert_round_trip(&entry, n_blocks);
	}
}

static void
the_same_entry_is_the_same_bytes(void **state)
{
	(void)state;
	const struct tar_xattr forwards[] = { { SLICE("a"), SLICE("1") },
		{ SLICE("b"), SLICE("2") } };
	const struct tar_xattr backwards[] = { { SLICE("b"), SLICE("2") },
		{ SLICE("a"), SLICE("1") } };
	struct tar_entry entry = { .path = SLICE("x/y"),
		.xattrs = forwards,
		.n_xattrs = 2,
		.mtime_sec = 1700000000,
		.mode = 0644 };
	CLEANUP(buf_clear) struct buf one = { 0 };
	CLEANUP(buf_clear) struct buf other = { 0 };
	struct error err;
	char hex[SHA256_HEX_SIZE];

	assert_int_equal(tar_put_header(&one, &entry, &err), 0);
	entry.xattrs = backwards;
	entry.mtime_nsec = 7;
	entry.data_offset = 12345;
	assert_int_equal(tar_put_header(&other, &entry, &err), 0);
	assert_true(slice_eq(buf_slice(&one), buf_slice(&other)));

	/* Images that were built stay the same: this may never change. */
	struct sha256 sum = sha256_of(buf_slice(&one));
	sha256_to_string(&sum, hex);
	assert_string_equal(hex,
	    "1c71b467ff946b83117caa5f770db0b8"
	    "dad09fae7623309e234876b593621d89");
}

static void
pads_to_blocks_and_ends_with_two(void **state)
{
	(void)state;
	static const struct {
		uint64_t size_bytes;
		size_t padding;
	} cases[] = { { 0, 0 }, { 1, 511 }, { 511, 1 }, { 512, 0 },
		{ ((uint64_t)1 << 40) + 3, 509 } };

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(buf_clear) struct buf out = { 0 };

		tar_put_padding(&out, cases[i].size_bytes);
		assert_int_equal(out.len, cases[i].padding);
	}
	CLEANUP(buf_clear) struct buf end = { 0 };
	tar_put_end(&end);
	assert_int_equal(end.len, 1024);
}

static void
refuses_what_tar_cannot_hold(void **state)
{
	(void)state;
	const struct tar_xattr bad = { SLICE("a=b"), SLICE("1") };
	const struct {
		struct tar_entry entry;
		enum error_kind kind;
	} cases[] = {
		{ { .path = SLICE("") }, ERROR_FORMAT },
		{ { .path = SLICE("a\0b") }, ERROR_FORMAT },
		{ { .path = SLICE("a"), .type = TAR_SYMLINK }, ERROR_FORMAT },
		{ { .path = SLICE("a"), .link = SLICE("b") }, ERROR_FORMAT },
		{ { .path = SLICE("a"), .uid = UINT64_MAX }, ERROR_FORMAT },
		{ { .path = SLICE("a"),
		      .type = TAR_CHAR,
		      .dev_minor = 2097152 },
		    ERROR_UNSUPPORTED },
		{ { .path = SLICE("a"), .xattrs = &bad, .n_xattrs = 1 },
		    ERROR_UNSUPPORTED },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(buf_clear) struct buf out = { 0 };
		struct error err;

		assert_int_equal(
		    tar_put_header(&out, &cases[i].entry, &err), -1);
		assert_int_equal(err.kind, cases[i].kind);
		assert_int_equal(out.len, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_fits_is_one_block),
		cmocka_unit_test(what_does_not_fit_gets_an_extended_header),
		cmocka_unit_test(counts_the_digits_of_a_record),
		cmocka_unit_test(the_same_entry_is_the_same_bytes),
		cmocka_unit_test(pads_to_blocks_and_ends_with_two),
		cmocka_unit_test(refuses_what_tar_cannot_hold),
	};

	return cmocka_run_group_tests_name("tar_write", tests, setup, NULL);
}
