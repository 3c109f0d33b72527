/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/decompress.h"

#include <libdeflate.h>
#include <lzma.h>
#include <zstd.h>

#include "../pieces.h"
#include "base/buf.h"
#include "base/memory.h"
#include "unit.h"

/* More than one chunk of output, and then some. */
#define TEXT_BYTES ((size_t)700000)

static struct buf text;

/* Bytes that compress, but not to nothing. */
static int
setup(void **state)
{
	uint32_t random = 1;

	(void)state;
	for (size_t i = 0; i < TEXT_BYTES; i++) {
		random = random * 1664525 + 1013904223;
		buf_put_u8(&text, (uint8_t)('a' + (random >> 28)));
	}
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	buf_clear(&text);
	return 0;
}

static void
put_gzip(struct buf *out, struct slice bytes)
{
	struct libdeflate_compressor *z = libdeflate_alloc_compressor(6);
	size_t max = libdeflate_gzip_compress_bound(z, bytes.len);
	char *room = buf_reserve(out, max);

	out->len +=
	    libdeflate_gzip_compress(z, bytes.ptr, bytes.len, room, max);
	libdeflate_free_compressor(z);
}

static void
put_zstd(struct buf *out, struct slice bytes)
{
	size_t max = ZSTD_compressBound(bytes.len);
	char *room = buf_reserve(out, max);

	out->len += ZSTD_compress(room, max, bytes.ptr, bytes.len, 1);
}

static void
put_xz(struct buf *out, struct slice bytes)
{
	size_t max = lzma_stream_buffer_bound(bytes.len);
	char *room = buf_reserve(out, max);
	size_t n = 0;

	assert_int_equal(lzma_easy_buffer_encode(0, LZMA_CHECK_CRC64, NULL,
			     (const uint8_t *)bytes.ptr, bytes.len,
			     (uint8_t *)room, &n, max),
	    LZMA_OK);
	out->len += n;
}

static void
put_plain(struct buf *out, struct slice bytes)
{
	buf_put(out, bytes);
}

static const struct {
	enum compression kind;
	void (*put)(struct buf *out, struct slice bytes);
} codecs[] = {
	{ COMPRESSION_NONE, put_plain },
	{ COMPRESSION_GZIP, put_gzip },
	{ COMPRESSION_ZSTD, put_zstd },
	{ COMPRESSION_XZ, put_xz },
};

/* All of it, in pieces of step; 0 and what came out, or -1. */
static int
run(struct slice in, size_t step, const struct decompress_limits *limits,
    struct buf *ret, struct error *err)
{
	CLEANUP(pieces_clear) struct pieces source = pieces_of(in, step);
	CLEANUP(decompress_free) struct decompress *d = NULL;
	struct slice chunk;

	if (decompress_new(&source.stream, limits, &d, err) < 0)
		return -1;
	do {
		if (stream_next(decompress_stream(d), &chunk, err) < 0) {
			struct error again;

			/* It stays as it is. */
			assert_int_equal(
			    stream_next(decompress_stream(d), &chunk, &again),
			    -1);
			assert_string_equal(again.msg, err->msg);
			return -1;
		}
		buf_put(ret, chunk);
	} while (chunk.len > 0);
	assert_int_equal(source.rest.len, 0);
	return 0;
}

static void
assert_gives(struct slice in, size_t step, struct slice expected)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct error err;

	if (run(in, step, NULL, &out, &err) < 0)
		fail_msg("%s", err.msg);
	assert_true(slice_eq(buf_slice(&out), expected));
}

static void
assert_refuses(struct slice in, enum error_kind kind, const char *msg)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct error err;

	assert_int_equal(run(in, SIZE_MAX, NULL, &out, &err), -1);
	assert_string_equal(err.msg, msg);
	assert_int_equal(err.kind, kind);
}

static void
gives_back_what_was_compressed(void **state)
{
	(void)state;
	static const size_t steps[] = { 101, 65536, SIZE_MAX };

	for (size_t i = 0; i < N_ITEMS(codecs); i++) {
		CLEANUP(buf_clear) struct buf in = { 0 };

		codecs[i].put(&in, buf_slice(&text));
		for (size_t j = 0; j < N_ITEMS(steps); j++)
			assert_gives(
			    buf_slice(&in), steps[j], buf_slice(&text));
	}
}

static void
takes_one_after_the_other(void **state)
{
	(void)state;
	const struct slice part = slice_first(buf_slice(&text), 5000);

	for (size_t i = 0; i < N_ITEMS(codecs); i++) {
		CLEANUP(buf_clear) struct buf in = { 0 };

		codecs[i].put(&in, slice_first(part, 3000));
		codecs[i].put(&in, SLICE(""));
		codecs[i].put(&in, slice_after(part, 3000));
		for (size_t step = 1; step < 600; step += 23)
			assert_gives(buf_slice(&in), step, part);
	}
}

static void
tells_the_kind_by_the_first_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ITEMS(codecs); i++) {
		for (size_t step = 1; step < 8; step++) {
			CLEANUP(buf_clear) struct buf in = { 0 };
			CLEANUP(decompress_free) struct decompress *d = NULL;
			struct error err;

			codecs[i].put(&in, SLICE("hello"));
			CLEANUP(pieces_clear)
			struct pieces source = pieces_of(buf_slice(&in), step);
			assert_int_equal(
			    decompress_new(&source.stream, NULL, &d, &err), 0);
			assert_int_equal(decompress_kind(d), codecs[i].kind);
		}
	}
	assert_gives(SLICE(""), 1, SLICE(""));
	assert_gives(SLICE("\x1f"), 1, SLICE("\x1f"));
	assert_string_equal(compression_to_string(COMPRESSION_ZSTD), "zstd");
	assert_string_equal(
	    compression_to_string((enum compression)9), "unknown");
}

static void
shows_what_is_not_compressed_where_it_lies(void **state)
{
	(void)state;
	const struct slice plain = SLICE("not compressed");
	struct slice_stream source = slice_stream_of(plain);
	CLEANUP(decompress_free) struct decompress *d = NULL;
	struct slice chunk;
	struct error err;

	assert_int_equal(decompress_new(&source.stream, NULL, &d, &err), 0);
	assert_int_equal(stream_next(decompress_stream(d), &chunk, &err), 0);
	assert_ptr_equal(chunk.ptr, plain.ptr);
	assert_int_equal(chunk.len, plain.len);
}

static void
refuses_what_is_cut_off_anywhere(void **state)
{
	(void)state;
	for (size_t i = 1; i < N_ITEMS(codecs); i++) {
		CLEANUP(buf_clear) struct buf in = { 0 };

		codecs[i].put(&in, slice_first(buf_slice(&text), 50));
		for (size_t len = 6; len < in.len; len++) {
			CLEANUP(buf_clear) struct buf out = { 0 };
			struct error err;

			if (run(slice_first(buf_slice(&in), len), SIZE_MAX,
				NULL, &out, &err) != -1)
				fail_msg("%s: %zu bytes are enough",
				    compression_to_string(codecs[i].kind), len);
			assert_int_equal(err.kind, ERROR_FORMAT);
		}
	}
}

static void
refuses_a_bit_that_changed(void **state)
{
	(void)state;
	for (size_t i = 1; i < N_ITEMS(codecs); i++) {
		CLEANUP(buf_clear) struct buf in = { 0 };
		CLEANUP(buf_clear) struct buf out = { 0 };
		struct error err;

		if (codecs[i].kind == COMPRESSION_ZSTD)
			continue; /* no checksum unless asked for */
		codecs[i].put(&in, buf_slice(&text));
		in.ptr[in.len / 2] ^= 1;
		assert_int_equal(
		    run(buf_slice(&in), SIZE_MAX, NULL, &out, &err), -1);
		assert_int_equal(err.kind, ERROR_FORMAT);
	}
}

static void
holds_its_limits(void **state)
{
	(void)state;
	const struct decompress_limits fits = { TEXT_BYTES, 0 };
	const struct decompress_limits less = { TEXT_BYTES - 1, 0 };

	for (size_t i = 0; i < N_ITEMS(codecs); i++) {
		CLEANUP(buf_clear) struct buf in = { 0 };
		CLEANUP(buf_clear) struct buf out = { 0 };
		struct error err;

		codecs[i].put(&in, buf_slice(&text));
		assert_int_equal(
		    run(buf_slice(&in), 5000, &fits, &out, &err), 0);
		assert_int_equal(
		    run(buf_slice(&in), 5000, &less, &out, &err), -1);
		assert_int_equal(err.kind, ERROR_LIMIT);
		assert_string_equal(
		    err.msg, "decompressed it is over 699999 bytes");
	}
}

/* 80 MiB of zeroes: over what the ratio is judged after. */
static void
refuses_a_bomb(void **state)
{
	(void)state;
	const size_t n = (size_t)80 << 20;
	CLEANUP(string_free) char *zeroes = calloc(1, n);
	const struct slice bytes = slice_of(zeroes, n);

	assert_non_null(zeroes);
	for (size_t i = 1; i < N_ITEMS(codecs); i++) {
		CLEANUP(buf_clear) struct buf in = { 0 };
		struct slice chunk;
		struct error err;
		int r;

		codecs[i].put(&in, bytes);
		struct slice_stream source = slice_stream_of(buf_slice(&in));
		CLEANUP(decompress_free) struct decompress *d = NULL;
		assert_int_equal(
		    decompress_new(&source.stream, NULL, &d, &err), 0);
		do
			r = stream_next(decompress_stream(d), &chunk, &err);
		while (r == 0 && chunk.len > 0);
		assert_int_equal(r, -1);
		assert_int_equal(err.kind, ERROR_LIMIT);
		assert_non_null(
		    strstr(err.msg, "decompressed it is over 400 times"));
	}
}

static void
takes_the_padding_that_the_tools_take(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf gzip = { 0 };
	CLEANUP(buf_clear) struct buf xz = { 0 };

	put_gzip(&gzip, SLICE("hello"));
	buf_put(&gzip, SLICE("\0\0\0"));
	assert_gives(buf_slice(&gzip), 1, SLICE("hello"));
	assert_gives(buf_slice(&gzip), SIZE_MAX, SLICE("hello"));
	put_xz(&xz, SLICE("hello"));
	buf_put(&xz, SLICE("\0\0\0\0"));
	assert_gives(buf_slice(&xz), 1, SLICE("hello"));
	buf_put(&gzip, SLICE("x"));
	assert_refuses(buf_slice(&gzip), ERROR_FORMAT,
	    "gzip: neither a member nor padding follows");
	buf_put(&xz, SLICE("\0"));
	assert_refuses(buf_slice(&xz), ERROR_FORMAT, "xz: the data is corrupt");
}

static void
passes_over_skippable_frames(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf in = { 0 };

	buf_put(&in, SLICE("\x5f\x2a\x4d\x18\x03\0\0\0abc"));
	put_zstd(&in, SLICE("hello"));
	buf_put(&in, SLICE("\x50\x2a\x4d\x18\x03\0\0\0abc"));
	for (size_t step = 1; step < 9; step++)
		assert_gives(buf_slice(&in), step, SLICE("hello"));
}

/*
 * eStargz (containerd/stargz-snapshotter, docs/estargz.md): a member for each
 * file or chunk, one for the table of contents, and at the end an empty one
 * of 51 bytes, whose extra field says where the table is.
 */
static void
reads_estargz_as_the_plain_stream_that_it_is(void **state)
{
	static const char footer[] = "\x1f\x8b\x08\x04\0\0\0\0\0\xff\x1a\0"
				     "SG\x16\0"
				     "00000000000001f4STARGZ"
				     "\x01\0\0\xff\xff\0\0\0\0\0\0\0\0";
	CLEANUP(buf_clear) struct buf in = { 0 };
	struct slice rest = buf_slice(&text);

	(void)state;
	for (; rest.len > 0; rest = slice_after(rest, 9000))
		put_gzip(&in, slice_first(rest, 9000));
	buf_put(&in, slice_of(footer, sizeof(footer) - 1));
	assert_int_equal(sizeof(footer) - 1, 51);
	assert_gives(buf_slice(&in), 307, buf_slice(&text));
	assert_gives(buf_slice(&in), SIZE_MAX, buf_slice(&text));

	in.len--;
	assert_refuses(buf_slice(&in), ERROR_FORMAT, "gzip: cut off");
	in.len++;
	buf_put(&in, SLICE("x"));
	assert_refuses(buf_slice(&in), ERROR_FORMAT,
	    "gzip: neither a member nor padding follows");
}

/*
 * zstd:chunked (containers/storage): a frame for each file, then the table of
 * contents and the split tar headers, both compressed inside of skippable
 * frames, and one of 64 bytes that says where they are.
 */
static void
reads_zstd_chunked_as_the_plain_stream_that_it_is(void **state)
{
	CLEANUP(buf_clear) struct buf table = { 0 };
	CLEANUP(buf_clear) struct buf in = { 0 };
	struct slice rest = buf_slice(&text);

	(void)state;
	for (; rest.len > 0; rest = slice_after(rest, 9000))
		put_zstd(&in, slice_first(rest, 9000));
	put_zstd(&table, SLICE("{\"version\":1,\"entries\":[]}"));
	buf_put(&in, SLICE("\x50\x2a\x4d\x18"));
	buf_put_sized(&in, buf_slice(&table));
	buf_put(&in, SLICE("\x50\x2a\x4d\x18"));
	buf_put_sized(&in, buf_slice(&table));
	buf_put(&in, SLICE("\x50\x2a\x4d\x18\x40\0\0\0"));
	for (int i = 0; i < 7; i++)
		buf_put_u64le(&in, 500);
	buf_put(&in, SLICE("GNUlInUx"));
	assert_gives(buf_slice(&in), 307, buf_slice(&text));
	assert_gives(buf_slice(&in), SIZE_MAX, buf_slice(&text));

	in.len--;
	assert_refuses(buf_slice(&in), ERROR_FORMAT, "zstd: cut off");
	in.len++;
	buf_put(&in, SLICE("GNUl"));
	assert_refuses(
	    buf_slice(&in), ERROR_FORMAT, "zstd: Unknown frame descriptor");
}

static void
reads_all_fields_of_a_gzip_header(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf plain = { 0 };
	CLEANUP(buf_clear) struct buf in = { 0 };

	put_gzip(&plain, SLICE("hello"));
	buf_put(&in, SLICE("\x1f\x8b\x08\x1e\0\0\0\0\0\x03\x02\0xxname\0text"));
	buf_put(&in, SLICE("\0"));
	uint32_t crc = libdeflate_crc32(0, in.ptr, in.len);
	buf_put_u16le(&in, (uint16_t)crc);
	buf_put(&in, slice_after(buf_slice(&plain), 10));
	for (size_t step = 1; step < 40; step++)
		assert_gives(buf_slice(&in), step, SLICE("hello"));

	in.ptr[12] = 'y';
	assert_refuses(buf_slice(&in), ERROR_FORMAT,
	    "gzip: the header's checksum does not match");
	in.ptr[3] = 0x20;
	assert_refuses(buf_slice(&in), ERROR_FORMAT,
	    "gzip: the header has flags that it must not have");
	in.ptr[2] = 7;
	assert_refuses(buf_slice(&in), ERROR_UNSUPPORTED,
	    "gzip: the method is not deflate");
}

static void
refuses_what_needs_too_much_memory(void **state)
{
	(void)state;
	/* A frame whose window is 256 MiB. */
	assert_refuses(SLICE("\x28\xb5\x2f\xfd\0\x90\x01\0\0"), ERROR_LIMIT,
	    "zstd: Frame requires too much memory for decoding");
	assert_refuses(SLICE("BZh9"), ERROR_UNSUPPORTED,
	    "compressed with bzip2, which is not supported");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_back_what_was_compressed),
		cmocka_unit_test(takes_one_after_the_other),
		cmocka_unit_test(tells_the_kind_by_the_first_bytes),
		cmocka_unit_test(shows_what_is_not_compressed_where_it_lies),
		cmocka_unit_test(refuses_what_is_cut_off_anywhere),
		cmocka_unit_test(refuses_a_bit_that_changed),
		cmocka_unit_test(holds_its_limits),
		cmocka_unit_test(refuses_a_bomb),
		cmocka_unit_test(takes_the_padding_that_the_tools_take),
		cmocka_unit_test(passes_over_skippable_frames),
		cmocka_unit_test(reads_estargz_as_the_plain_stream_that_it_is),
		cmocka_unit_test(
		    reads_zstd_chunked_as_the_plain_stream_that_it_is),
		cmocka_unit_test(reads_all_fields_of_a_gzip_header),
		cmocka_unit_test(refuses_what_needs_too_much_memory),
	};

	return cmocka_run_group_tests_name(
	    "decompress", tests, setup, teardown);
}
