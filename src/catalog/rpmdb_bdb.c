/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rpm's database in Berkeley DB, Packages: a hash, whose keys are numbers of
 * four bytes and whose values are headers; that of key 0 is the last number
 * that was given out. All numbers have the byte order of the machine that it
 * was made on.
 *
 *	page:	u64 log position, u32 number, previous, next, u16 n_items,
 *		free, u8 level, type
 *	page 0:	at 12 u32 magic, version, page size, u8 encryption, type,
 *		flags, unused, u32 free list, last page; at 72 u32 highest
 *		bucket; at 88 number of pairs; at 96 u32 spares[32]
 *	page of a bucket, and those that it leads to: u16 offsets of items, a
 *		key and a value in turn; an item ends where the one before
 *		begins, the first at the page's end
 *	item:	u8 1 and bytes; or u8 3, 0[3], u32 page, length: a chain of
 *		pages, whose "free" is how many bytes are in each
 *
 * Source: dbinc/db_page.h of Berkeley DB. It is read by its buckets, as its
 * own library does. Values that share a key, which that would allow, rpm never
 * has in this file and its own reader refuses.
 */
#include "base/buf.h"
#include "base/bytes.h"
#include "catalog/rpmdb_source.h"

#define MAGIC 0x00061561
/* Of Berkeley DB 4.0 to 5.3: RHEL 3 on. */
#define VERSION_MIN 8
#define VERSION_MAX 10

/* The library's own bounds. */
#define PAGE_BYTES_MIN 512
#define PAGE_BYTES_MAX 65536

#define PAGE_HEAD   ((size_t)26)
#define KEY_BYTES   4
#define META_BYTES  ((size_t)512)
#define META_CHECKS 1 /* flag: each page has a checksum */
#define N_SPARES    32

enum page_type {
	PAGE_NEW = 0, /* all zeroes: made with others, never written */
	PAGE_HASH_UNSORTED = 2,
	PAGE_OVERFLOW = 7,
	PAGE_HASH_META = 8,
	PAGE_HASH = 13,
};

enum item_type {
	ITEM_BYTES = 1,
	ITEM_CHAIN = 3,
};

struct bdb {
	struct slice main;
	bool big_endian;
	uint32_t page_bytes;
	uint32_t max_bucket;
	uint32_t n_pairs_told; /* by the first page */
	uint32_t spares[N_SPARES];
	uint32_t n_pairs;  /* so far */
	uint32_t new_page; /* one that was never written; 0: none */
	struct page_set seen;
	struct buf value; /* of a chain */
};

struct page {
	uint32_t number;
	uint32_t next;
	uint16_t n_items;
	uint16_t n_bytes; /* of a chain's page */
	uint8_t type;
	struct slice bytes;
};

static void
bdb_clear(struct bdb *db)
{
	page_set_clear(&db->seen);
	buf_clear(&db->value);
}
DEFINE_CLEANUP_IN_PLACE(struct bdb, bdb_clear)

static bool
u16_read(const struct bdb *db, struct bytes_reader *in, uint16_t *ret)
{
	return db->big_endian ? bytes_u16be(in, ret) : bytes_u16le(in, ret);
}

static bool
u32_read(const struct bdb *db, struct bytes_reader *in, uint32_t *ret)
{
	return db->big_endian ? bytes_u32be(in, ret) : bytes_u32le(in, ret);
}

static bool
u32_at(const struct bdb *db, size_t offset, uint32_t *ret)
{
	struct bytes_reader in = bytes_reader_of(slice_after(db->main, offset));

	return u32_read(db, &in, ret);
}

static bool
page_parse(const struct bdb *db, struct page *page)
{
	struct bytes_reader in = bytes_reader_of(slice_after(page->bytes, 8));
	uint32_t number;
	uint32_t previous;
	uint8_t level;

	if (!u32_read(db, &in, &number) || !u32_read(db, &in, &previous) ||
	    !u32_read(db, &in, &page->next) ||
	    !u16_read(db, &in, &page->n_items) ||
	    !u16_read(db, &in, &page->n_bytes) || !bytes_u8(&in, &level) ||
	    !bytes_u8(&in, &page->type))
		return false;
	return number == page->number ||
	    (number == 0 && page->type == PAGE_NEW && page->next == 0);
}

static int
page_read(struct bdb *db, uint32_t number, struct page *page, struct error *err)
{
	if (page_set_take(&db->seen, number, err) < 0)
		return -1;
	page->number = number;
	page->bytes =
	    slice_first(slice_after(db->main, (size_t)number * db->page_bytes),
		db->page_bytes);
	if (!page_parse(db, page))
		return error_set(err, ERROR_FORMAT,
		    "page %u: it has another number", number);
	return 0;
}

/* Sets *ret to the n bytes of the chain that begins in a page. */
static int
chain_read(struct bdb *db, uint32_t number, uint32_t n, struct slice *ret,
    struct error *err)
{
	db->value.len = 0;
	while (db->value.len < n) {
		struct page page;

		if (page_read(db, number, &page, err) < 0)
			return -1;
		if (page.type != PAGE_OVERFLOW || page.n_bytes == 0 ||
		    page.n_bytes > page.bytes.len - PAGE_HEAD ||
		    page.n_bytes > n - db->value.len)
			return error_set(err, ERROR_FORMAT,
			    "page %u: not of a value", number);
		buf_put(&db->value,
		    slice_first(
			slice_after(page.bytes, PAGE_HEAD), page.n_bytes));
		if (buf_check(&db->value, err) < 0)
			return -1;
		number = page.next;
	}
	*ret = buf_slice(&db->value);
	return 0;
}

/* The bytes of item i as they are in the page. */
static bool
item_find(
    const struct bdb *db, const struct page *page, size_t i, struct slice *ret)
{
	size_t offsets = PAGE_HEAD + 2 * (i > 0 ? i - 1 : 0);
	struct bytes_reader in =
	    bytes_reader_of(slice_after(page->bytes, offsets));
	uint16_t before = 0;
	uint16_t start;

	if ((i > 0 && !u16_read(db, &in, &before)) ||
	    !u16_read(db, &in, &start))
		return false;

	size_t end = i > 0 ? before : page->bytes.len;
	if (start < PAGE_HEAD + 2 * (size_t)page->n_items || start >= end ||
	    end > page->bytes.len)
		return false;
	*ret = slice_first(slice_after(page->bytes, start), end - start);
	return true;
}

static int
value_read(struct bdb *db, const struct page *page, size_t i, struct slice *ret,
    struct error *err)
{
	struct bytes_reader in;
	struct slice item;
	struct slice padding;
	uint32_t chain;
	uint32_t n;
	uint8_t type;

	if (!item_find(db, page, i, &item))
		return error_set(err, ERROR_FORMAT,
		    "page %u: item %zu is outside of it", page->number, i);
	in = bytes_reader_of(item);
	if (!bytes_u8(&in, &type) || (type != ITEM_BYTES && type != ITEM_CHAIN))
		return error_set(err, ERROR_FORMAT,
		    "page %u: item %zu is of a kind that rpm does not write",
		    page->number, i);
	if (type == ITEM_BYTES) {
		*ret = in.rest;
		return 0;
	}
	if (!bytes_take(&in, 3, &padding) || !u32_read(db, &in, &chain) ||
	    !u32_read(db, &in, &n) || in.rest.len > 0)
		return error_set(err, ERROR_FORMAT,
		    "page %u: item %zu is broken", page->number, i);
	return chain_read(db, chain, n, ret, err);
}

static int
items_walk(struct bdb *db, const struct page *page,
    const struct rpmdb_visitor *to, struct error *err)
{
	for (size_t i = 0; i < page->n_items; i += 2) {
		struct slice value;
		uint32_t key = 0;

		if (value_read(db, page, i, &value, err) < 0)
			return -1;
		struct bytes_reader in = bytes_reader_of(value);
		if (!u32_read(db, &in, &key) || in.rest.len > 0)
			return error_set(err, ERROR_FORMAT,
			    "page %u: item %zu is no key", page->number, i);
		if (value_read(db, page, i + 1, &value, err) < 0)
			return -1;
		db->n_pairs++;
		if (key != 0 && to->header(to->ctx, key, value, err) < 0)
			return -1;
	}
	return 0;
}

/* The page that a bucket begins in: each time that the hash doubled, its new
 * buckets got pages in a row, and spares says where. */
static uint64_t
bucket_page(const struct bdb *db, uint32_t bucket)
{
	size_t n_doubled = 0;

	for (uint32_t left = bucket; left > 0 && n_doubled < N_SPARES - 1;
	     left >>= 1)
		n_doubled++;
	return (uint64_t)bucket + db->spares[n_doubled];
}

static int
bucket_walk(struct bdb *db, uint32_t bucket, const struct rpmdb_visitor *to,
    struct error *err)
{
	uint64_t number = bucket_page(db, bucket);

	if (number == 0 || number > UINT32_MAX)
		return error_set(
		    err, ERROR_FORMAT, "bucket %u has no page", bucket);
	while (number != 0) {
		struct page page;

		if (page_read(db, (uint32_t)number, &page, err) < 0)
			return -1;
		if (page.type == PAGE_NEW) {
			db->new_page = page.number;
			return 0;
		}
		if ((page.type != PAGE_HASH &&
			page.type != PAGE_HASH_UNSORTED) ||
		    page.n_items % 2 != 0)
			return error_set(err, ERROR_FORMAT,
			    "page %u: not of a hash", page.number);
		if (items_walk(db, &page, to, err) < 0)
			return -1;
		number = page.next;
	}
	return 0;
}

static int
version_check(const struct bdb *db, struct error *err)
{
	struct bytes_reader in = bytes_reader_of(slice_after(db->main, 24));
	uint32_t version = 0;
	uint8_t encryption = 0;
	uint8_t type = 0;
	uint8_t flags = 0;

	if (!u32_at(db, 16, &version) || !bytes_u8(&in, &encryption) ||
	    !bytes_u8(&in, &type) || !bytes_u8(&in, &flags) ||
	    type != PAGE_HASH_META)
		return error_set(err, ERROR_FORMAT, "page 0: not of a hash");
	if (version < VERSION_MIN || version > VERSION_MAX)
		return error_set(
		    err, ERROR_UNSUPPORTED, "hash of version %u", version);
	if (encryption != 0 || (flags & META_CHECKS))
		return error_set(err, ERROR_UNSUPPORTED,
		    "it is encrypted, or has checksums");
	return 0;
}

static int
meta_parse(struct bdb *db, struct error *err)
{
	uint32_t last_page = 0;
	bool whole = db->main.len >= META_BYTES &&
	    u32_at(db, 20, &db->page_bytes) && u32_at(db, 32, &last_page) &&
	    u32_at(db, 72, &db->max_bucket) &&
	    u32_at(db, 88, &db->n_pairs_told);

	for (size_t i = 0; i < N_SPARES; i++)
		whole = whole && u32_at(db, 96 + 4 * i, &db->spares[i]);
	if (!whole)
		return error_set(err, ERROR_FORMAT, "page 0: it is cut off");
	if (version_check(db, err) < 0)
		return -1;
	if (db->page_bytes < PAGE_BYTES_MIN ||
	    db->page_bytes > PAGE_BYTES_MAX ||
	    (db->page_bytes & (db->page_bytes - 1)) != 0)
		return error_set(err, ERROR_FORMAT, "page 0: pages of %u bytes",
		    db->page_bytes);

	uint64_t n_pages = db->main.len / db->page_bytes;
	if (last_page >= n_pages)
		return error_set(err, ERROR_FORMAT,
		    "it is cut off: page %u is not there", last_page);
	if (page_set_init(&db->seen, last_page + 1, err) < 0)
		return -1;
	return page_set_take(&db->seen, 0, err);
}

bool
rpmdb_bdb_is(struct slice main)
{
	struct slice magic = slice_first(slice_after(main, 12), 4);

	return slice_eq(magic, SLICE("\x61\x15\x06\x00")) ||
	    slice_eq(magic, SLICE("\x00\x06\x15\x61"));
}

int
rpmdb_bdb_walk(const struct rpmdb_files *files, const struct rpmdb_visitor *to,
    struct error *err)
{
	CLEANUP(bdb_clear)
	struct bdb db = { .main = files->main, .big_endian = true };
	uint32_t magic;

	db.big_endian = u32_at(&db, 12, &magic) && magic == MAGIC;
	if (meta_parse(&db, err) < 0)
		return -1;
	for (uint32_t bucket = 0; bucket <= db.max_bucket; bucket++)
		if (bucket_walk(&db, bucket, to, err) < 0)
			return -1;
	/* An empty bucket, or one that was wiped. */
	if (db.new_page != 0 && db.n_pairs != db.n_pairs_told)
		return error_set(err, ERROR_FORMAT,
		    "page %u is empty, and of %u items %u are there",
		    db.new_page, db.n_pairs_told, db.n_pairs);
	return 0;
}
