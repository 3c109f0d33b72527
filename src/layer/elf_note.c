/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An ELF file of either class and byte order, and in one of its segments of
 * type PT_NOTE the note of its package:
 *
 *	u32 4, u32 n, u32 0xcafe1a7e, "FDO\0", n bytes:
 *	{"type":"deb","os":"debian","name":"zlib","version":"1:1.3","...":...}
 *
 * System V ABI, "ELF Header", "Program Header", "Note Section"; UAPI group,
 * "Package Metadata for Executable Files". Sections are not looked at: they
 * lie at the end, and strip may take them away.
 */
#include "layer/elf_note.h"

#include "base/bytes.h"

#define MAGIC \
	SLICE("\x7f" \
	      "ELF")
#define IDENT_BYTES  16
#define SEGMENT_NOTE 4

#define NOTE_OWNER SLICE("FDO\0")
#define NOTE_TYPE  0xcafe1a7e
/* Real ones have 100 to 300 bytes. */
#define NOTE_MAX_BYTES ((size_t)4096)
/* Programs have 5 to 15 segments, cores thousands. */
#define SEGMENTS_MAX 64
/* Of one segment; programs have 1 to 5. */
#define NOTES_MAX 32

/* A file's head, and how its numbers are written. */
struct elf {
	struct slice head;
	bool is_64;
	bool is_big;
};

static bool
get_u16(const struct elf *elf, struct bytes_reader *in, uint16_t *ret)
{
	return elf->is_big ? bytes_u16be(in, ret) : bytes_u16le(in, ret);
}

static bool
get_u32(const struct elf *elf, struct bytes_reader *in, uint32_t *ret)
{
	return elf->is_big ? bytes_u32be(in, ret) : bytes_u32le(in, ret);
}

/* An address, an offset or a size: as wide as the class says. */
static bool
get_word(const struct elf *elf, struct bytes_reader *in, uint64_t *ret)
{
	uint32_t narrow;

	if (elf->is_64)
		return elf->is_big ? bytes_u64be(in, ret)
				   : bytes_u64le(in, ret);
	if (!get_u32(elf, in, &narrow))
		return false;
	*ret = narrow;
	return true;
}

static bool
get_nothing(struct bytes_reader *in, size_t n)
{
	struct slice ignored;

	return bytes_take(in, n, &ignored);
}

/* What of head lies from offset on, n bytes or fewer. */
static struct slice
part(const struct elf *elf, uint64_t offset, uint64_t n)
{
	struct slice rest = offset < elf->head.len
	    ? slice_after(elf->head, (size_t)offset)
	    : slice_of(NULL, 0);

	return n < rest.len ? slice_first(rest, (size_t)n) : rest;
}

struct segment {
	uint32_t type;
	uint64_t offset, size_bytes, align;
};

/* Elf32_Phdr and Elf64_Phdr differ in where the flags are. */
static bool
segment_get(const struct elf *elf, struct bytes_reader *in, struct segment *ret)
{
	size_t flags = sizeof(uint32_t);
	size_t addresses =
	    elf->is_64 ? 2 * sizeof(uint64_t) : 2 * sizeof(uint32_t);
	uint64_t memory_size;

	return get_u32(elf, in, &ret->type) &&
	    (!elf->is_64 || get_nothing(in, flags)) &&
	    get_word(elf, in, &ret->offset) && get_nothing(in, addresses) &&
	    get_word(elf, in, &ret->size_bytes) &&
	    get_word(elf, in, &memory_size) &&
	    (elf->is_64 || get_nothing(in, flags)) &&
	    get_word(elf, in, &ret->align);
}

/* Takes n bytes and those that fill up to the next multiple of align. */
static bool
take_padded(struct bytes_reader *in, size_t n, size_t align, struct slice *ret)
{
	size_t padding = (align - n % align) % align;

	if (!bytes_take(in, n, ret))
		return false;
	/* After the last note it may lack. */
	in->rest = slice_after(in->rest, padding);
	return true;
}

/* The text up to its NUL, if it is a package's. */
static bool
is_package_note(uint32_t type, struct slice owner, struct slice *text)
{
	const char *nul;

	if (type != NOTE_TYPE || !slice_eq(owner, NOTE_OWNER) ||
	    text->len == 0 || text->len > NOTE_MAX_BYTES)
		return false;
	nul = memchr(text->ptr, '\0', text->len);
	if (nul)
		*text = slice_first(*text, (size_t)(nul - text->ptr));
	return text->len > 0;
}

static bool
notes_find(
    const struct elf *elf, const struct segment *segment, struct slice *ret)
{
	struct bytes_reader in =
	    bytes_reader_of(part(elf, segment->offset, segment->size_bytes));
	size_t align = segment->align == 8 ? 8 : 4;

	for (unsigned i = 0; i < NOTES_MAX; i++) {
		uint32_t n_owner, n_text, type;
		struct slice owner, text;

		if (!get_u32(elf, &in, &n_owner) ||
		    !get_u32(elf, &in, &n_text) || !get_u32(elf, &in, &type) ||
		    /* The three numbers count in the alignment. */
		    !take_padded(&in, n_owner, 4, &owner))
			return false;
		if (align == 8 && (12 + (n_owner + 3) / 4 * 4) % 8 != 0)
			in.rest = slice_after(in.rest, 4);
		if (!take_padded(&in, n_text, align, &text))
			return false;
		if (is_package_note(type, owner, &text)) {
			*ret = text;
			return true;
		}
	}
	return false;
}

/* Where the program headers are. */
struct table {
	uint64_t offset;
	uint16_t entry_bytes;
	uint16_t n_entries;
};

static bool
table_get(const struct elf *elf, struct table *ret)
{
	struct bytes_reader in =
	    bytes_reader_of(slice_after(elf->head, IDENT_BYTES));
	size_t machine = 2 * sizeof(uint16_t) + sizeof(uint32_t);
	size_t flags = sizeof(uint32_t) + sizeof(uint16_t);
	uint64_t entry, sections;

	return get_nothing(&in, machine) && get_word(elf, &in, &entry) &&
	    get_word(elf, &in, &ret->offset) && get_word(elf, &in, &sections) &&
	    get_nothing(&in, flags) && get_u16(elf, &in, &ret->entry_bytes) &&
	    get_u16(elf, &in, &ret->n_entries);
}

static bool
elf_begin(struct slice head, struct elf *ret)
{
	if (head.len < IDENT_BYTES || !slice_starts_with(head, MAGIC))
		return false;

	char class = head.ptr[4], order = head.ptr[5];
	if ((class != 1 && class != 2) || (order != 1 && order != 2))
		return false;
	*ret = (struct elf){
		.head = head,
		.is_64 = class == 2,
		.is_big = order == 2,
	};
	return true;
}

bool
elf_may_begin(struct slice head)
{
	return slice_starts_with(head, slice_first(MAGIC, head.len));
}

bool
elf_note_find(struct slice head, struct slice *ret)
{
	struct elf elf;
	struct table table;

	head = slice_first(head, ELF_NOTE_HEAD_BYTES);
	if (!elf_begin(head, &elf) || !table_get(&elf, &table) ||
	    table.n_entries > SEGMENTS_MAX)
		return false;
	for (unsigned i = 0; i < table.n_entries; i++) {
		uint64_t at = (uint64_t)i * table.entry_bytes;
		struct segment segment;

		if (table.offset >= head.len)
			return false;
		struct bytes_reader in = bytes_reader_of(
		    part(&elf, table.offset + at, table.entry_bytes));
		if (!segment_get(&elf, &in, &segment))
			return false;
		if (segment.type == SEGMENT_NOTE &&
		    notes_find(&elf, &segment, ret))
			return true;
	}
	return false;
}
