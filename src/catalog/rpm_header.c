/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A header of rpm's: what is known of one package, as tags with values. All
 * numbers have their highest byte first.
 *
 *	u32 n_entries, u32 n_data
 *	n_entries of { u32 tag, u32 type, i32 offset, u32 count }
 *	n_data bytes, into which the offsets point
 *
 * The first entry is normally a region (HEADERIMMUTABLE, 63): what came with
 * the package and was signed. Its value, at the end of the region's data, is
 * an entry of 16 bytes whose offset is how far back the region's entries
 * begin, negative. Entries behind the region's were added when the package
 * was installed, and take the place of those in the region.
 *
 * "RPM V4 Package format" of rpm's documentation, and LSB Core 5.0, 22.2.
 * The checks are those that rpm makes before it takes a header from its
 * database.
 */
#include "catalog/rpm_header.h"

#include "base/bytes.h"
#include "base/memory.h"

/* rpm's own limits: more tags than it would ever define, a header of 256 MiB
 * (with a signature for each of a million files), a million files. */
#define ENTRIES_MAX  0xffff
#define DATA_MAX     0x0fffffff
#define ELEMENTS_MAX 0xfffff

#define ENTRY_BYTES 16

/* What is smaller is a region, or nothing that has a place in a header. */
#define TAG_MIN 100

enum region {
	REGION_IMAGE = 61,
	REGION_SIGNATURES = 62,
	REGION_IMMUTABLE = 63,
};

enum type {
	TYPE_CHAR = 1,
	TYPE_INT8,
	TYPE_INT16,
	TYPE_INT32,
	TYPE_INT64,
	TYPE_STRING,
	TYPE_BIN,
	TYPE_STRING_ARRAY,
	TYPE_I18N_STRING,
	N_TYPES,
};

/* Bytes of an element, which its offset is a multiple of; 0: strings. */
static const uint8_t type_bytes[N_TYPES] = {
	[TYPE_CHAR] = 1,
	[TYPE_INT8] = 1,
	[TYPE_INT16] = 2,
	[TYPE_INT32] = 4,
	[TYPE_INT64] = 8,
	[TYPE_BIN] = 1,
};

static const struct {
	uint32_t number;
	bool is_string; /* else numbers of four bytes */
} tags[N_RPM_TAGS] = {
	[RPM_NAME] = { 1000, true },
	[RPM_VERSION] = { 1001, true },
	[RPM_RELEASE] = { 1002, true },
	[RPM_EPOCH] = { 1003, false },
	[RPM_INSTALL_TIME] = { 1008, false },
	[RPM_VENDOR] = { 1011, true },
	[RPM_LICENCE] = { 1014, true },
	[RPM_PACKAGER] = { 1015, true },
	[RPM_ARCH] = { 1022, true },
	[RPM_OLD_FILE_NAMES] = { 1027, true },
	[RPM_SOURCE_RPM] = { 1044, true },
	[RPM_DIR_INDEXES] = { 1116, false },
	[RPM_BASE_NAMES] = { 1117, true },
	[RPM_DIR_NAMES] = { 1118, true },
	[RPM_MODULARITY_LABEL] = { 5096, true },
};

struct entry {
	uint32_t tag;
	uint32_t type;
	uint32_t offset;
	uint32_t count;
};

/* Where the parts of a header are. */
struct parts {
	uint32_t n_entries; /* the region's own not counted */
	uint32_t n_region;  /* of them in the region */
	struct bytes_reader entries;
	struct slice data;
	struct slice trailer; /* of the region, in data; empty: no region */
};

static bool
entry_read(struct bytes_reader *in, struct entry *ret)
{
	return bytes_u32be(in, &ret->tag) && bytes_u32be(in, &ret->type) &&
	    bytes_u32be(in, &ret->offset) && bytes_u32be(in, &ret->count);
}

static bool
is_region(const struct entry *entry, uint32_t tag)
{
	return entry->tag == tag && entry->type == TYPE_BIN &&
	    entry->count == ENTRY_BYTES;
}

/* The first entry is a region: finds its trailer, and from that its end. */
static int
region_parse(const struct entry *first, struct parts *parts, struct error *err)
{
	struct bytes_reader at =
	    bytes_reader_of(slice_after(parts->data, first->offset));
	struct entry trailer;

	if (!bytes_take(&at, ENTRY_BYTES, &parts->trailer))
		return error_set(
		    err, ERROR_FORMAT, "its region ends outside of its data");
	at = bytes_reader_of(parts->trailer);
	if (!is_region(first, first->tag) || !entry_read(&at, &trailer) ||
	    !is_region(&trailer, first->tag))
		return error_set(err, ERROR_FORMAT, "its region is broken");

	uint32_t back = 0 - trailer.offset;
	if (back % ENTRY_BYTES != 0 || back < ENTRY_BYTES ||
	    back / ENTRY_BYTES > parts->n_entries)
		return error_set(err, ERROR_FORMAT,
		    "its region has more entries than there are");
	parts->n_region = back / ENTRY_BYTES - 1;
	parts->n_entries--;
	return 0;
}

static int
parts_parse(struct slice blob, struct parts *ret, struct error *err)
{
	struct bytes_reader in = bytes_reader_of(blob);
	struct parts parts = { 0 };
	struct slice entries;
	struct entry first;
	uint32_t n_data;

	if (!bytes_u32be(&in, &parts.n_entries) || !bytes_u32be(&in, &n_data))
		return error_set(err, ERROR_FORMAT, "it is cut off");
	if (parts.n_entries < 1 || parts.n_entries > ENTRIES_MAX ||
	    n_data > DATA_MAX)
		return error_set(err, ERROR_FORMAT,
		    "it claims to have %u entries and %u bytes",
		    parts.n_entries, n_data);
	if (!bytes_take(&in, (size_t)parts.n_entries * ENTRY_BYTES, &entries) ||
	    in.rest.len != n_data)
		return error_set(err, ERROR_FORMAT,
		    "%u entries and %u bytes are not its size", parts.n_entries,
		    n_data);

	parts.data = in.rest;
	parts.n_region = parts.n_entries;
	parts.entries = bytes_reader_of(entries);
	struct bytes_reader ahead = parts.entries;
	/* Without a region it is of rpm 3: as if all were in one. */
	if (entry_read(&ahead, &first) && first.tag >= REGION_IMAGE &&
	    first.tag <= REGION_IMMUTABLE) {
		parts.entries = ahead;
		if (region_parse(&first, &parts, err) < 0)
			return -1;
	}
	*ret = parts;
	return 0;
}

/* How many bytes of s count strings take, their NULs too; 0 when s has not
 * so many. */
static size_t
strings_length(struct slice s, uint32_t count)
{
	struct slice rest = s;

	for (; count > 0 && rest.len > 0; count--) {
		const char *nul = memchr(rest.ptr, '\0', rest.len);

		if (!nul)
			return 0;
		rest = slice_after(rest, (size_t)(nul - rest.ptr) + 1);
	}
	return count == 0 ? s.len - rest.len : 0;
}

/* The bytes of an entry's value; false when it is not in the data. */
static bool
entry_value(const struct entry *entry, struct slice data, struct slice *ret)
{
	if (entry->type == 0 || entry->type >= N_TYPES || entry->count == 0 ||
	    entry->count > data.len || entry->offset > data.len)
		return false;

	struct slice from = slice_after(data, entry->offset);
	size_t size = type_bytes[entry->type];
	size_t len = size * entry->count;

	if (entry->type != TYPE_BIN && entry->count > ELEMENTS_MAX)
		return false;
	if (size > 0 && entry->offset % size != 0)
		return false;
	if (entry->type == TYPE_STRING && entry->count != 1)
		return false;
	if (size == 0)
		len = strings_length(from, entry->count);
	*ret = slice_first(from, len);
	return len > 0 && len <= from.len;
}

/* True when value, which is in data, has bytes of the region's trailer. */
static bool
is_in_trailer(const struct parts *parts, struct slice value)
{
	return parts->trailer.len > 0 &&
	    value.ptr < parts->trailer.ptr + ENTRY_BYTES &&
	    value.ptr + value.len > parts->trailer.ptr;
}

/* Keeps the value when its tag is one of ours. */
static int
entry_keep(const struct entry *entry, struct slice value,
    struct rpm_header *header, struct error *err)
{
	bool is_string = entry->type == TYPE_STRING ||
	    entry->type == TYPE_STRING_ARRAY || entry->type == TYPE_I18N_STRING;

	for (size_t i = 0; i < N_RPM_TAGS; i++) {
		if (tags[i].number != entry->tag)
			continue;
		if (tags[i].is_string ? !is_string : entry->type != TYPE_INT32)
			return error_set(err, ERROR_FORMAT,
			    "tag %u has type %u", entry->tag, entry->type);
		if (header->values[i].count > 0)
			return error_set(err, ERROR_FORMAT,
			    "tag %u is there twice", entry->tag);
		header->values[i].count = entry->count;
		header->values[i].data = value;
	}
	return 0;
}

/*
 * Reads n entries into *header. The values follow one another, as rpm wants
 * it: so the time that this takes is bounded by the bytes. *end is where the
 * last one ended.
 */
static int
entries_parse(struct parts *parts, uint32_t n, size_t *end,
    struct rpm_header *header, struct error *err)
{
	for (uint32_t i = 0; i < n; i++) {
		struct entry entry;
		struct slice value;

		if (!entry_read(&parts->entries, &entry))
			return error_set(err, ERROR_FORMAT, "it is cut off");
		if (entry.tag < TAG_MIN || entry.offset < *end ||
		    !entry_value(&entry, parts->data, &value) ||
		    is_in_trailer(parts, value))
			return error_set(err, ERROR_FORMAT,
			    "tag %u: %u of type %u at %u: no such value",
			    entry.tag, entry.count, entry.type, entry.offset);
		*end = entry.offset + value.len;
		if (entry_keep(&entry, value, header, err) < 0)
			return -1;
	}
	return 0;
}

/* What was added at installation takes the place of what was there. */
static void
header_override(struct rpm_header *header, const struct rpm_header *added)
{
	for (size_t i = 0; i < N_RPM_TAGS; i++)
		if (added->values[i].count > 0)
			header->values[i] = added->values[i];
	if (added->values[RPM_BASE_NAMES].count > 0 &&
	    added->values[RPM_OLD_FILE_NAMES].count == 0)
		header->values[RPM_OLD_FILE_NAMES].count = 0;
}

int
rpm_header_parse(struct slice blob, struct rpm_header *ret, struct error *err)
{
	struct rpm_header header = { 0 };
	struct rpm_header added = { 0 };
	struct parts parts;
	size_t end = 0;

	if (parts_parse(blob, &parts, err) < 0 ||
	    entries_parse(&parts, parts.n_region, &end, &header, err) < 0 ||
	    entries_parse(&parts, parts.n_entries - parts.n_region, &end,
		&added, err) < 0)
		return -1;
	header_override(&header, &added);
	*ret = header;
	return 0;
}

bool
rpm_value_string(struct rpm_value *values, struct slice *ret)
{
	const char *nul = values->count > 0
	    ? memchr(values->data.ptr, '\0', values->data.len)
	    : NULL;

	if (!nul)
		return false;
	*ret = slice_of(values->data.ptr, (size_t)(nul - values->data.ptr));
	values->data = slice_after(values->data, ret->len + 1);
	values->count--;
	return true;
}

bool
rpm_value_number(struct rpm_value *values, uint32_t *ret)
{
	struct bytes_reader in = bytes_reader_of(values->data);

	if (values->count == 0 || !bytes_u32be(&in, ret))
		return false;
	values->data = in.rest;
	values->count--;
	return true;
}

struct slice
rpm_header_string(const struct rpm_header *header, enum rpm_tag tag)
{
	struct rpm_value values = header->values[tag];
	struct slice string = { 0 };

	(void)rpm_value_string(&values, &string);
	return string;
}

uint32_t
rpm_header_number(const struct rpm_header *header, enum rpm_tag tag)
{
	struct rpm_value values = header->values[tag];
	uint32_t number = 0;

	(void)rpm_value_number(&values, &number);
	return number;
}
