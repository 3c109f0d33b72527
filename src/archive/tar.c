/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tar, one header of 512 bytes for each entry, then its content, padded to
 * blocks; at the end two blocks of zeroes, or nothing. Long names and such
 * come in entries of their own before the one that they belong to:
 *
 *	x PaxHeaders.0/...       "path", "size", ... of the next (tar_pax.c)
 *	L ././@LongLink          GNU's long path of the next
 *	K ././@LongLink          GNU's long link of the next
 *	0 usr/share/...          the entry
 *
 * POSIX.1-2017 (pax), the tar(5) of FreeBSD and of GNU. An image is what the
 * engines unpack, and they all read with Go's archive/tar, so we read as it:
 *
 *  - only a file has content; the size of a directory, link or device is not
 *    looked at (GNU tar would pass over as many bytes);
 *  - a GNU long name wins over pax; global headers change nothing;
 *  - content must be complete, its padding need not;
 *  - after a block of zeroes comes another, or the end.
 *
 * Where Go and the other tars would see different files, we see none: a file
 * whose name ends in a slash (a directory to GNU), two headers for one thing,
 * a global path or size, a GNU header with a prefix. Paths with ".." have no
 * place in an image; engines resolve some and refuse others.
 *
 * Left out: sparse files, in any of their formats; contiguous files, volume
 * headers, multi-volume parts and dump directories; owners' names.
 */
#include "archive/tar.h"

#include <stdlib.h>

#include "archive/cursor.h"
#include "archive/printable.h"
#include "archive/tar_header.h"
#include "archive/tar_pax.h"
#include "base/buf.h"
#include "base/memory.h"

const struct tar_limits tar_limits_default = {
	/* The largest images have some 500,000 files; ten times that takes
	 * us a second or two. */
	.max_entries = 5000000,
	/* PATH_MAX: a longer one cannot be opened at once. */
	.max_path_bytes = 4096,
	/* As Go has it. Linux allows 64 KiB of attributes on most file
	 * systems; the rest is two paths and a few numbers. */
	.max_pax_bytes = (size_t)1 << 20,
	/* Files have one or two: a capability, a label, an ACL. */
	.max_xattrs = 256,
};

struct tar_reader {
	struct stream stream; /* over the entry's content */
	struct cursor at;
	struct tar_limits limits;
	uint64_t left;    /* of the entry's content */
	uint64_t padding; /* after it */
	uint64_t n_entries;
	bool ended;

	/* What the headers before an entry said of it. */
	bool has_pax, has_long_name, has_long_link;
	struct buf pax_text, long_name, long_link;
	struct tar_pax pax;

	struct buf joined; /* prefix and name */
	struct buf path, link;
	char block[TAR_BLOCK_BYTES];
};

const char *
tar_type_to_string(enum tar_type type)
{
	static const char *const names[] = {
		[TAR_FILE] = "file",
		[TAR_HARDLINK] = "hardlink",
		[TAR_SYMLINK] = "symlink",
		[TAR_CHAR] = "char",
		[TAR_BLOCK] = "block",
		[TAR_DIRECTORY] = "directory",
		[TAR_FIFO] = "fifo",
	};

	return (size_t)type < N_ITEMS(names) ? names[type] : "unknown";
}

int
tar_reader_data(struct tar_reader *in, struct slice *ret, struct error *err)
{
	if (in->left == 0) {
		*ret = slice_of(NULL, 0);
		return 0;
	}
	if (cursor_show(&in->at, in->left, ret, err) < 0)
		return -1;
	if (ret->len == 0)
		return error_set(err, ERROR_FORMAT, "tar: cut off");
	in->left -= ret->len;
	return 0;
}

static int
tar_stream_next(struct stream *self, struct slice *ret, struct error *err)
{
	return tar_reader_data((struct tar_reader *)self, ret, err);
}

struct stream *
tar_reader_stream(struct tar_reader *in)
{
	return &in->stream;
}

struct tar_reader *
tar_reader_new(
    struct stream *source, const struct tar_limits *limits, struct error *err)
{
	struct tar_reader *in = calloc(1, sizeof(*in));

	if (!in) {
		(void)error_nomem(err);
		return NULL;
	}
	in->stream.next = tar_stream_next;
	in->at.source = source;
	in->limits = limits ? *limits : tar_limits_default;
	return in;
}

void
tar_reader_set_skip(struct tar_reader *in,
    int (*skip)(struct stream *source, uint64_t n_bytes, struct error *err))
{
	in->at.skip = skip;
}

static uint64_t
padding_of(uint64_t size_bytes)
{
	return -size_bytes % TAR_BLOCK_BYTES;
}

/* Passes over what is left of the content and its padding. */
static int
content_end(struct tar_reader *in, struct error *err)
{
	uint64_t missing = 0;
	struct slice padding;

	if (cursor_skip(&in->at, in->left, &missing, err) < 0)
		return -1;
	if (missing > 0)
		return error_set(err, ERROR_FORMAT, "tar: cut off");
	in->left = 0;
	if (in->padding > 0 &&
	    cursor_take(&in->at, in->padding, in->block, &padding, err) < 0)
		return -1;
	in->padding = 0;
	return 0;
}

static bool
is_zero(struct slice block)
{
	return block.len > 0 && *block.ptr == '\0' &&
	    (block.len == 1 ||
		!memcmp(block.ptr, block.ptr + 1, block.len - 1));
}

/* After a block of zeroes. */
static int
end_check(struct tar_reader *in, struct error *err)
{
	struct slice block;

	if (cursor_take(&in->at, TAR_BLOCK_BYTES, in->block, &block, err) < 0)
		return -1;
	if (block.len != 0 && (block.len != TAR_BLOCK_BYTES || !is_zero(block)))
		return error_set(err, ERROR_FORMAT,
		    "tar: something follows half an end of the archive");
	in->ended = true;
	return 0;
}

/* 1 and a header, whose slices view the block; 0 at the end. */
static int
header_next(struct tar_reader *in, struct tar_header *ret, struct error *err)
{
	uint64_t offset = in->at.offset;
	struct slice block;

	if (cursor_take(&in->at, TAR_BLOCK_BYTES, in->block, &block, err) < 0)
		return -1;
	if (block.len == 0) {
		in->ended = true;
		return 0;
	}
	if (block.len < TAR_BLOCK_BYTES)
		return error_set(err, ERROR_FORMAT, "tar: cut off in a header");
	if (is_zero(block))
		return end_check(in, err);
	if (tar_header_parse(block, ret, err) < 0)
		return error_wrap(err, "tar: at byte %ju", (uintmax_t)offset);
	return 1;
}

/* Takes the content of a header of headers, whole. */
static int
special_take(struct tar_reader *in, uint64_t size_bytes, size_t max,
    struct buf *ret, struct error *err)
{
	struct slice part;

	if (size_bytes > max)
		return error_set(err, ERROR_LIMIT,
		    "tar: an extended header or long name of over %zu bytes",
		    max);
	buf_clear(ret);
	in->left = size_bytes;
	in->padding = padding_of(size_bytes);
	while (in->left > 0) {
		if (tar_reader_data(in, &part, err) < 0)
			return -1;
		buf_put(ret, part);
	}
	if (content_end(in, err) < 0)
		return -1;
	return buf_check(ret, err);
}

static int
long_take(struct tar_reader *in, const struct tar_header *header, bool *has,
    struct buf *ret, struct error *err)
{
	if (*has)
		return error_set(
		    err, ERROR_FORMAT, "tar: two long names for one entry");
	*has = true;
	return special_take(
	    in, header->size_bytes, in->limits.max_path_bytes + 1, ret, err);
}

static int
pax_take(
    struct tar_reader *in, const struct tar_header *header, struct error *err)
{
	if (in->has_pax)
		return error_set(err, ERROR_FORMAT,
		    "tar: two extended headers for one entry");
	in->has_pax = true;
	if (special_take(in, header->size_bytes, in->limits.max_pax_bytes,
		&in->pax_text, err) < 0)
		return -1;
	tar_pax_clear(&in->pax);
	if (tar_pax_parse(buf_slice(&in->pax_text), in->limits.max_xattrs,
		&in->pax, err) < 0)
		return error_wrap(err, "tar");
	return 0;
}

static int
global_take(
    struct tar_reader *in, const struct tar_header *header, struct error *err)
{
	if (in->has_pax || in->has_long_name || in->has_long_link)
		return error_set(err, ERROR_FORMAT,
		    "tar: a global header between an entry and its own");
	if (special_take(in, header->size_bytes, in->limits.max_pax_bytes,
		&in->pax_text, err) < 0)
		return -1;
	if (tar_pax_check_global(buf_slice(&in->pax_text), err) < 0)
		return error_wrap(err, "tar");
	return 0;
}

/* 1 when header was one of those that speak of others; 0 when it is an
 * entry's. */
static int
special_header(
    struct tar_reader *in, const struct tar_header *header, struct error *err)
{
	int r;

	switch (header->type) {
	case 'x': r = pax_take(in, header, err); break;
	case 'g': r = global_take(in, header, err); break;
	case 'L':
		r = long_take(
		    in, header, &in->has_long_name, &in->long_name, err);
		break;
	case 'K':
		r = long_take(
		    in, header, &in->has_long_link, &in->long_link, err);
		break;
	default: return 0;
	}
	return r < 0 ? -1 : 1;
}

static struct slice
up_to_nul(struct slice s)
{
	const char *nul = s.len > 0 ? memchr(s.ptr, '\0', s.len) : NULL;

	return nul ? slice_first(s, (size_t)(nul - s.ptr)) : s;
}

/* The path as it is written, wherever that is. */
static struct slice
raw_path(struct tar_reader *in, const struct tar_header *header)
{
	if (in->has_long_name)
		return up_to_nul(buf_slice(&in->long_name));
	if (in->has_pax && in->pax.path.len > 0)
		return in->pax.path;
	if (header->prefix.len == 0)
		return header->name;

	in->joined.len = 0;
	buf_put(&in->joined, header->prefix);
	buf_put(&in->joined, SLICE("/"));
	buf_put(&in->joined, header->name);
	return buf_slice(&in->joined);
}

static struct slice
raw_link(struct tar_reader *in, const struct tar_header *header)
{
	if (in->has_long_link)
		return up_to_nul(buf_slice(&in->long_link));
	if (in->has_pax && in->pax.link.len > 0)
		return in->pax.link;
	return header->link;
}

/* Puts raw, without "." and needless slashes, into ret. */
static int
path_clean(
    struct tar_reader *in, struct slice raw, struct buf *ret, struct error *err)
{
	struct slice name;

	if (raw.len > in->limits.max_path_bytes)
		return error_set(err, ERROR_LIMIT, "the path is over %zu bytes",
		    in->limits.max_path_bytes);
	ret->len = 0;
	while (slice_split(&raw, '/', &name)) {
		if (name.len == 0 || slice_eq(name, SLICE(".")))
			continue;
		if (slice_eq(name, SLICE("..")))
			return error_set(
			    err, ERROR_FORMAT, "the path has \"..\" in it");
		if (ret->len > 0)
			buf_put(ret, SLICE("/"));
		buf_put(ret, name);
	}
	return buf_check(ret, err);
}

static int
type_of(const struct tar_header *header, struct slice path, enum tar_type *ret,
    struct error *err)
{
	bool slash = slice_ends_with(path, SLICE("/"));

	switch (header->type) {
	case '\0':
		/* v7 has no directories but by their slash. */
		*ret = slash ? TAR_DIRECTORY : TAR_FILE;
		return 0;
	case '0':
		if (slash)
			return error_set(err, ERROR_FORMAT,
			    "a file whose name ends in a slash");
		*ret = TAR_FILE;
		return 0;
	case '1': *ret = TAR_HARDLINK; return 0;
	case '2': *ret = TAR_SYMLINK; return 0;
	case '3': *ret = TAR_CHAR; return 0;
	case '4': *ret = TAR_BLOCK; return 0;
	case '5': *ret = TAR_DIRECTORY; return 0;
	case '6': *ret = TAR_FIFO; return 0;
	case 'S': return error_set(err, ERROR_UNSUPPORTED, "a sparse file");
	default:
		return error_set(err, ERROR_UNSUPPORTED,
		    "an entry of type \\x%02x", (uint8_t)header->type);
	}
}

static int
link_fill(struct tar_reader *in, const struct tar_header *header,
    struct tar_entry *entry, struct error *err)
{
	struct slice raw = raw_link(in, header);

	if (entry->type == TAR_SYMLINK) {
		if (raw.len > in->limits.max_path_bytes)
			return error_set(err, ERROR_LIMIT,
			    "the link is over %zu bytes",
			    in->limits.max_path_bytes);
		in->link.len = 0;
		buf_put(&in->link, raw);
	} else if (path_clean(in, raw, &in->link, err) < 0) {
		return error_wrap(err, "what it links to");
	}
	if (buf_check(&in->link, err) < 0)
		return -1;

	entry->link = buf_slice(&in->link);
	if (entry->link.len == 0)
		return error_set(err, ERROR_FORMAT, "a link to nothing");
	/* An engine would unlink it, and then find nothing to link to. */
	if (entry->type == TAR_HARDLINK && slice_eq(entry->link, entry->path))
		return error_set(err, ERROR_FORMAT, "a hard link to itself");
	return 0;
}

static void
pax_apply(const struct tar_pax *pax, struct tar_entry *entry)
{
	if (pax->has_size)
		entry->size_bytes = pax->size_bytes;
	if (pax->has_uid)
		entry->uid = pax->uid;
	if (pax->has_gid)
		entry->gid = pax->gid;
	if (pax->has_mtime) {
		entry->mtime_sec = pax->mtime_sec;
		entry->mtime_nsec = pax->mtime_nsec;
	}
	entry->xattrs = pax->xattrs;
	entry->n_xattrs = pax->n_xattrs;
}

static int
entry_fill(struct tar_reader *in, const struct tar_header *header,
    struct slice raw, struct tar_entry *entry, struct error *err)
{
	*entry = (struct tar_entry){
		.mode = header->mode,
		.uid = header->uid,
		.gid = header->gid,
		.size_bytes = header->size_bytes,
		.mtime_sec = header->mtime_sec,
		.dev_major = header->dev_major,
		.dev_minor = header->dev_minor,
		.data_offset = in->at.offset,
	};
	if (path_clean(in, raw, &in->path, err) < 0 ||
	    type_of(header, raw, &entry->type, err) < 0)
		return -1;
	entry->path = buf_slice(&in->path);
	if (entry->path.len == 0 && entry->type != TAR_DIRECTORY)
		return error_set(err, ERROR_FORMAT,
		    "it has no name, and is not a directory");
	if (in->has_pax)
		pax_apply(&in->pax, entry);
	if (entry->type != TAR_FILE)
		entry->size_bytes = 0;
	if (entry->type == TAR_HARDLINK || entry->type == TAR_SYMLINK)
		return link_fill(in, header, entry, err);
	return 0;
}

static int
entry_begin(struct tar_reader *in, const struct tar_header *header,
    struct tar_entry *ret, struct error *err)
{
	struct slice raw = raw_path(in, header);
	struct tar_entry entry;

	if (buf_check(&in->joined, err) < 0)
		return -1;
	if (in->n_entries == in->limits.max_entries)
		return error_set(err, ERROR_LIMIT, "tar: over %ju entries",
		    (uintmax_t)in->limits.max_entries);
	if (entry_fill(in, header, raw, &entry, err) < 0)
		return error_wrap(err, "tar: \"%s\"", printable_of(raw).text);

	in->n_entries++;
	in->left = entry.size_bytes;
	in->padding = padding_of(entry.size_bytes);
	*ret = entry;
	return 1;
}

/* 1 and the header of an entry, those that speak of it taken; 0 at the end. */
static int
entry_header_next(
    struct tar_reader *in, struct tar_header *ret, struct error *err)
{
	in->has_pax = in->has_long_name = in->has_long_link = false;
	for (;;) {
		int r = header_next(in, ret, err);
		if (r < 0)
			return -1;
		if (r == 0)
			break;

		r = special_header(in, ret, err);
		if (r <= 0)
			return r < 0 ? -1 : 1;
	}
	if (in->has_pax || in->has_long_name || in->has_long_link)
		return error_set(
		    err, ERROR_FORMAT, "tar: it ends after an extended header");
	return 0;
}

int
tar_reader_next(struct tar_reader *in, struct tar_entry *ret, struct error *err)
{
	struct tar_header header;

	if (in->ended)
		return 0;
	if (content_end(in, err) < 0)
		return -1;

	int r = entry_header_next(in, &header, err);
	return r > 0 ? entry_begin(in, &header, ret, err) : r;
}

int
tar_reader_end(struct tar_reader *in, struct error *err)
{
	in->left = 0;
	in->padding = 0;
	in->ended = true;
	return stream_drain(in->at.source, err);
}

void
tar_reader_free(struct tar_reader *in)
{
	if (!in)
		return;
	tar_pax_clear(&in->pax);
	buf_clear(&in->pax_text);
	buf_clear(&in->long_name);
	buf_clear(&in->long_link);
	buf_clear(&in->joined);
	buf_clear(&in->path);
	buf_clear(&in->link);
	free(in);
}
