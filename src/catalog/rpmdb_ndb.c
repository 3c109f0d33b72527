/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rpm's database in a format of its own, Packages.db (openSUSE, SLE). All
 * numbers have their lowest byte first; places are in blocks of 16 bytes.
 *
 *	header: "RpmP", u32 version, generation, pages of slots, next number,
 *	        in the room of the first two slots
 *	slots, in pages of 4096 bytes: "Slot", u32 number, place, blocks
 *	at a place: "BlbS", u32 number, generation, length; the header of a
 *	        package; zeroes to a block's end; u32 adler32 of all before,
 *	        length, "BlbE"
 *
 * The format is described nowhere but in rpm. It reads without a look at the
 * sum; here one that is wrong is damage.
 */
#include <stdlib.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "catalog/rpmdb_source.h"

/* rpm gives out one for 255 packages: 1000 pages are a distribution. */
#define SLOT_PAGES_MAX 2048

#define PAGE_BYTES  ((size_t)4096)
#define BLOCK_BYTES ((size_t)16)
#define SLOT_BYTES  ((size_t)16)
#define HEAD_BYTES  ((size_t)32)
#define TAIL_BYTES  ((size_t)12)

/* RFC 1950, section 8; so many bytes cannot overflow. */
#define ADLER_MODULUS 65521
#define ADLER_RUN     ((size_t)5552)

#define MAGIC      SLICE("RpmP")
#define SLOT_MAGIC SLICE("Slot")
#define BLOB_MAGIC SLICE("BlbS")
#define BLOB_END   SLICE("BlbE")

struct slot {
	uint32_t number;
	uint32_t place;
	uint32_t n_blocks;
};

struct slots {
	struct slot *items;
	size_t n_items;
};

static void
slots_clear(struct slots *slots)
{
	free(slots->items);
}
DEFINE_CLEANUP_IN_PLACE(struct slots, slots_clear)

static uint32_t
adler32(struct slice bytes)
{
	uint32_t a = 1;
	uint32_t b = 0;

	while (bytes.len > 0) {
		struct slice run = slice_first(bytes, ADLER_RUN);

		for (size_t i = 0; i < run.len; i++) {
			a += (uint8_t)run.ptr[i];
			b += a;
		}
		a %= ADLER_MODULUS;
		b %= ADLER_MODULUS;
		bytes = slice_after(bytes, run.len);
	}
	return b << 16 | a;
}

static bool
magic_take(struct bytes_reader *in, struct slice magic)
{
	struct slice found;

	return bytes_take(in, magic.len, &found) && slice_eq(found, magic);
}

/* Reads the slots that are in use, in the order of the file. */
static int
slots_read(struct slice table, uint32_t first_block, struct slots *ret,
    struct error *err)
{
	struct bytes_reader in = bytes_reader_of(table);

	for (size_t i = HEAD_BYTES / SLOT_BYTES; in.rest.len > 0; i++) {
		struct slot slot;

		if (!magic_take(&in, SLOT_MAGIC) ||
		    !bytes_u32le(&in, &slot.number) ||
		    !bytes_u32le(&in, &slot.place) ||
		    !bytes_u32le(&in, &slot.n_blocks))
			return error_set(
			    err, ERROR_FORMAT, "slot %zu is none", i);
		if (slot.place == 0)
			continue;
		if (slot.number == 0 || slot.place < first_block)
			return error_set(
			    err, ERROR_FORMAT, "slot %zu is broken", i);
		if (!ARRAY_GROW(ret->items, ret->n_items))
			return error_nomem(err);
		ret->items[ret->n_items++] = slot;
	}
	return 0;
}

static int
number_cmp(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a;
	uint32_t right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}

/* rpm would list one of two twice. */
static int
check_unique(const struct slots *slots, struct error *err)
{
	uint32_t *numbers = calloc(slots->n_items + 1, sizeof(*numbers));
	int r = 0;

	if (!numbers)
		return error_nomem(err);
	for (size_t i = 0; i < slots->n_items; i++)
		numbers[i] = slots->items[i].number;
	qsort(numbers, slots->n_items, sizeof(*numbers), number_cmp);
	for (size_t i = 1; i < slots->n_items && r == 0; i++)
		if (numbers[i - 1] == numbers[i])
			r = error_set(err, ERROR_FORMAT,
			    "header %u is there twice", numbers[i]);
	free(numbers);
	return r;
}

static int
blob_read(struct slice main, const struct slot *slot, struct slice *ret,
    struct error *err)
{
	size_t size = slot->n_blocks * BLOCK_BYTES;
	struct slice blocks =
	    slice_first(slice_after(main, slot->place * BLOCK_BYTES), size);
	struct bytes_reader in = bytes_reader_of(blocks);
	uint32_t number;
	uint32_t generation;
	uint32_t len;
	uint32_t sum;
	uint32_t len_again;

	if (blocks.len < size)
		return error_set(err, ERROR_FORMAT, "it is cut off");
	if (!magic_take(&in, BLOB_MAGIC) || !bytes_u32le(&in, &number) ||
	    !bytes_u32le(&in, &generation) || !bytes_u32le(&in, &len) ||
	    number != slot->number || !bytes_take(&in, len, ret) ||
	    in.rest.len < TAIL_BYTES || in.rest.len >= TAIL_BYTES + BLOCK_BYTES)
		return error_set(
		    err, ERROR_FORMAT, "it is not at block %u", slot->place);

	in.rest = slice_after(in.rest, in.rest.len - TAIL_BYTES);
	if (!bytes_u32le(&in, &sum) || !bytes_u32le(&in, &len_again) ||
	    len_again != len || !slice_eq(in.rest, BLOB_END))
		return error_set(err, ERROR_FORMAT, "its end is not its own");
	if (sum != adler32(slice_first(blocks, size - TAIL_BYTES)))
		return error_set(err, ERROR_FORMAT, "its checksum is wrong");
	return 0;
}

bool
rpmdb_ndb_is(struct slice main)
{
	return slice_starts_with(main, MAGIC);
}

int
rpmdb_ndb_walk(const struct rpmdb_files *files, const struct rpmdb_visitor *to,
    struct error *err)
{
	CLEANUP(slots_clear) struct slots slots = { 0 };
	struct bytes_reader in = bytes_reader_of(files->main);
	struct slice table;
	uint32_t version;
	uint32_t generation;
	uint32_t n_pages;

	if (!magic_take(&in, MAGIC) || !bytes_u32le(&in, &version) ||
	    !bytes_u32le(&in, &generation) || !bytes_u32le(&in, &n_pages))
		return error_set(err, ERROR_FORMAT, "it is cut off");
	if (version != 0)
		return error_set(
		    err, ERROR_UNSUPPORTED, "it is of version %u", version);
	if (n_pages == 0 || n_pages > SLOT_PAGES_MAX ||
	    n_pages * PAGE_BYTES > files->main.len)
		return error_set(err, ERROR_FORMAT,
		    "it claims to have %u pages of slots", n_pages);

	table = slice_first(files->main, n_pages * PAGE_BYTES);
	if (slots_read(slice_after(table, HEAD_BYTES),
		(uint32_t)(table.len / BLOCK_BYTES), &slots, err) < 0 ||
	    check_unique(&slots, err) < 0)
		return -1;
	for (size_t i = 0; i < slots.n_items; i++) {
		uint32_t number = slots.items[i].number;
		struct slice blob;

		if (blob_read(files->main, &slots.items[i], &blob, err) < 0)
			return error_wrap(err, "header %u", number);
		if (to->header(to->ctx, number, blob, err) < 0)
			return -1;
	}
	return 0;
}
