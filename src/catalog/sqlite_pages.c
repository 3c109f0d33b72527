/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sqlite database, "Database File Format" of its documentation, sections
 * 1.2, 1.3 and 4. All numbers have their highest byte first.
 *
 *	main: pages; the first begins with "SQLite format 3\0", at 16 the size
 *	      of a page, at 20 the reserved bytes of each, at 28 their number
 *	wal:  u32 magic, version, page size, sequence, salt[2], sum[2]; then
 *	      frames: u32 page, database size if it commits, salt[2], sum[2]
 *	      and the page
 *
 * A rollback journal is not read: rpm writes none. Who reads the database sees
 * to it that there is none (databases.c).
 */
#include "catalog/sqlite_pages.h"

#include <endian.h>
#include <stdlib.h>

#include "base/bytes.h"

/* The smallest and largest that sqlite makes. */
#define PAGE_BYTES_MIN 512
#define PAGE_BYTES_MAX 65536
/* Fewer, and a cell of an index does not fit. */
#define USABLE_BYTES_MIN 480

#define HEADER_BYTES ((size_t)100)

/* The lowest bit: whether the sums are over words with the highest byte
 * first. */
#define WAL_MAGIC          0x377f0682
#define WAL_MAGIC_MASK     0xfffffffe
#define WAL_VERSION        3007000
#define WAL_HEADER_BYTES   ((size_t)32)
#define FRAME_HEADER_BYTES ((size_t)24)

struct sums {
	uint32_t s0;
	uint32_t s1;
	bool big_endian;
};

struct wal {
	struct slice frames; /* behind the header; empty: there are none */
	uint32_t page_bytes;
	uint32_t salt[2];
	struct sums sums;  /* so far */
	uint32_t n_frames; /* up to the last commit */
	uint32_t n_pages;  /* of the database, then */
};

struct frame {
	uint32_t page;
	uint32_t n_pages; /* of the database; 0: it does not commit */
	uint32_t salt[2];
	uint32_t sum[2];
	struct slice content;
};

bool
sqlite_pages_is(struct slice main)
{
	return slice_starts_with(main, SLICE("SQLite format 3\0"));
}

static bool
page_bytes_ok(uint32_t n)
{
	return n >= PAGE_BYTES_MIN && n <= PAGE_BYTES_MAX && (n & (n - 1)) == 0;
}

/* Adds bytes, whose number is a multiple of 8. A log has millions of words. */
static void
sums_add(struct sums *sums, struct slice bytes)
{
	for (size_t i = 0; i + 8 <= bytes.len; i += 8) {
		uint32_t words[2];

		memcpy(words, bytes.ptr + i, sizeof(words));
		words[0] =
		    sums->big_endian ? be32toh(words[0]) : le32toh(words[0]);
		words[1] =
		    sums->big_endian ? be32toh(words[1]) : le32toh(words[1]);
		sums->s0 += words[0] + sums->s1;
		sums->s1 += words[1] + sums->s0;
	}
}

static size_t
frame_bytes(const struct wal *wal)
{
	return FRAME_HEADER_BYTES + wal->page_bytes;
}

/* True, and the frame in *ret, when it is of one piece with those before. */
static bool
frame_next(struct wal *wal, struct slice *rest, struct frame *ret)
{
	struct slice whole = slice_first(*rest, frame_bytes(wal));
	struct bytes_reader in = bytes_reader_of(whole);

	if (!bytes_u32be(&in, &ret->page) || !bytes_u32be(&in, &ret->n_pages) ||
	    !bytes_u32be(&in, &ret->salt[0]) ||
	    !bytes_u32be(&in, &ret->salt[1]) ||
	    !bytes_u32be(&in, &ret->sum[0]) ||
	    !bytes_u32be(&in, &ret->sum[1]) ||
	    !bytes_take(&in, wal->page_bytes, &ret->content) ||
	    ret->page == 0 || ret->salt[0] != wal->salt[0] ||
	    ret->salt[1] != wal->salt[1])
		return false;
	sums_add(&wal->sums, slice_first(whole, 8));
	sums_add(&wal->sums, ret->content);
	*rest = slice_after(*rest, whole.len);
	return wal->sums.s0 == ret->sum[0] && wal->sums.s1 == ret->sum[1];
}

/* Finds the frames that count. What is no log at all has none, as sqlite has
 * it: it is what a crash before the first commit leaves. */
static int
wal_recover(struct slice bytes, struct wal *ret, struct error *err)
{
	struct bytes_reader in = bytes_reader_of(bytes);
	struct wal wal = { 0 };
	struct frame frame;
	uint32_t magic;
	uint32_t version;
	uint32_t sequence;
	uint32_t sum[2];

	*ret = wal;
	if (!bytes_u32be(&in, &magic) || !bytes_u32be(&in, &version) ||
	    !bytes_u32be(&in, &wal.page_bytes) ||
	    !bytes_u32be(&in, &sequence) || !bytes_u32be(&in, &wal.salt[0]) ||
	    !bytes_u32be(&in, &wal.salt[1]) || !bytes_u32be(&in, &sum[0]) ||
	    !bytes_u32be(&in, &sum[1]) ||
	    (magic & WAL_MAGIC_MASK) != WAL_MAGIC ||
	    !page_bytes_ok(wal.page_bytes))
		return 0;
	wal.sums.big_endian = magic & 1;
	sums_add(&wal.sums, slice_first(bytes, WAL_HEADER_BYTES - 8));
	if (wal.sums.s0 != sum[0] || wal.sums.s1 != sum[1])
		return 0;
	if (version != WAL_VERSION)
		return error_set(err, ERROR_UNSUPPORTED,
		    "its write-ahead log is of version %u", version);

	wal.frames = in.rest;
	struct slice rest = wal.frames;
	for (uint32_t i = 1; frame_next(&wal, &rest, &frame); i++) {
		if (frame.n_pages == 0)
			continue;
		wal.n_frames = i;
		wal.n_pages = frame.n_pages;
	}
	*ret = wal;
	return 0;
}

static struct slice
frame_at(const struct wal *wal, uint32_t i)
{
	return slice_first(
	    slice_after(wal->frames, i * frame_bytes(wal)), frame_bytes(wal));
}

/* Notes where each page of the database is last in the log. A page has to be
 * somewhere: so a log cannot make the database larger than both are. */
static int
frames_place(
    const struct wal *wal, struct sqlite_pages *pages, struct error *err)
{
	uint64_t n_main = pages->main.len / wal->page_bytes + 1;

	if (wal->n_pages > n_main + wal->n_frames)
		return error_set(err, ERROR_FORMAT,
		    "its write-ahead log claims %u pages", wal->n_pages);
	pages->frames =
	    calloc((size_t)wal->n_pages + 1, sizeof(*pages->frames));
	if (!pages->frames)
		return error_nomem(err);
	for (uint32_t i = 0; i < wal->n_frames; i++) {
		struct bytes_reader in = bytes_reader_of(frame_at(wal, i));
		uint32_t page;

		/* Those behind the end were there before it shrank. */
		if (bytes_u32be(&in, &page) && page <= wal->n_pages)
			pages->frames[page] = i + 1;
	}
	pages->wal = wal->frames;
	pages->n_pages = wal->n_pages;
	return 0;
}

static uint32_t
u32_at(struct slice bytes, size_t offset)
{
	struct bytes_reader in = bytes_reader_of(slice_after(bytes, offset));
	uint32_t value = 0;

	(void)bytes_u32be(&in, &value);
	return value;
}

/* The first page, of which the size is not known before it is read. */
static struct slice
first_page(const struct sqlite_pages *pages, const struct wal *wal)
{
	if (!pages->frames || pages->frames[1] == 0)
		return pages->main;
	return slice_after(
	    frame_at(wal, pages->frames[1] - 1), FRAME_HEADER_BYTES);
}

/* The number of pages: the header's, unless a sqlite that does not know of it
 * wrote last. */
static int
n_pages_parse(
    struct slice header, struct sqlite_pages *pages, struct error *err)
{
	uint32_t n = u32_at(header, 28);
	uint64_t n_file = pages->frames
	    ? pages->n_pages
	    : (pages->main.len + pages->page_bytes - 1) / pages->page_bytes;

	if (n_file > UINT32_MAX)
		return error_set(err, ERROR_LIMIT, "it has too many pages");
	if (n == 0 || u32_at(header, 24) != u32_at(header, 92))
		n = (uint32_t)n_file;
	if (n > n_file)
		return error_set(err, ERROR_FORMAT,
		    "it is cut off: page %u is not there", n);
	pages->n_pages = n;
	return 0;
}

static int
header_parse(struct slice header, struct sqlite_pages *pages, struct error *err)
{
	if (header.len < HEADER_BYTES || !sqlite_pages_is(header))
		return error_set(
		    err, ERROR_FORMAT, "page 1: not a sqlite database");

	uint32_t page_bytes = u32_at(header, 16) >> 16;
	uint32_t read_version = u32_at(header, 16) & 0xff;
	uint32_t reserved = u32_at(header, 20) >> 24;
	uint32_t encoding = u32_at(header, 56);

	if (page_bytes == 1)
		page_bytes = PAGE_BYTES_MAX;
	if (!page_bytes_ok(page_bytes) ||
	    reserved + USABLE_BYTES_MIN > page_bytes ||
	    (u32_at(header, 20) & 0xffffff) != 0x402020)
		return error_set(err, ERROR_FORMAT,
		    "page 1: pages of %u bytes, %u of them reserved",
		    page_bytes, reserved);
	if (read_version > 2)
		return error_set(err, ERROR_UNSUPPORTED,
		    "sqlite format of version %u", read_version);
	/* 0: nothing was ever stored. */
	if (encoding > SQLITE_UTF16BE)
		return error_set(
		    err, ERROR_FORMAT, "page 1: text encoding %u", encoding);
	pages->encoding =
	    encoding == 0 ? SQLITE_UTF8 : (enum sqlite_encoding)encoding;
	pages->page_bytes = page_bytes;
	pages->usable_bytes = page_bytes - reserved;
	return n_pages_parse(header, pages, err);
}

int
sqlite_pages_init(struct slice main, struct slice wal, struct sqlite_pages *ret,
    struct error *err)
{
	struct wal recovered;

	*ret = (struct sqlite_pages){ .main = main };
	if (wal_recover(wal, &recovered, err) < 0)
		return -1;
	if (recovered.n_frames > 0 && frames_place(&recovered, ret, err) < 0)
		return -1;
	if (header_parse(first_page(ret, &recovered), ret, err) < 0)
		return -1;
	if (ret->frames && recovered.page_bytes != ret->page_bytes)
		return error_set(err, ERROR_FORMAT,
		    "its pages have %u bytes, those of its log %u",
		    ret->page_bytes, recovered.page_bytes);
	return 0;
}

int
sqlite_pages_get(const struct sqlite_pages *pages, uint32_t page,
    struct slice *ret, struct error *err)
{
	struct slice from = pages->main;
	size_t offset = (size_t)(page - 1) * pages->page_bytes;

	if (page == 0 || page > pages->n_pages)
		return error_set(
		    err, ERROR_FORMAT, "page %u: there is none", page);
	if (pages->frames && pages->frames[page] > 0) {
		from = pages->wal;
		offset = (size_t)(pages->frames[page] - 1) *
			(FRAME_HEADER_BYTES + pages->page_bytes) +
		    FRAME_HEADER_BYTES;
	}
	from = slice_first(slice_after(from, offset), pages->page_bytes);
	if (from.len < pages->page_bytes)
		return error_set(
		    err, ERROR_FORMAT, "page %u: it is cut off", page);
	*ret = slice_first(from, pages->usable_bytes);
	return 0;
}

void
sqlite_pages_clear(struct sqlite_pages *pages)
{
	free(pages->frames);
	*pages = (struct sqlite_pages){ 0 };
}
