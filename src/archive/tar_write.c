/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes tar as POSIX.1-2017 has it (pax): a ustar header, and where a path,
 * link, number or attribute does not fit into it, an extended header before
 * it, whose name and times are always the same. tar.c shows what it is like.
 */
#include "archive/tar_write.h"

#include "archive/tar_header.h"

/* The end of a field that holds octal digits. */
#define NUL_BYTES ((size_t)1)

#define MODE_EXTENDED 0644
#define NAME_EXTENDED SLICE("PaxHeaders.0/")
#define XATTR_KEY     SLICE("SCHILY.xattr.")

static const char type_flags[] = {
	[TAR_FILE] = '0',
	[TAR_HARDLINK] = '1',
	[TAR_SYMLINK] = '2',
	[TAR_CHAR] = '3',
	[TAR_BLOCK] = '4',
	[TAR_DIRECTORY] = '5',
	[TAR_FIFO] = '6',
};

/* The largest number that a field of octal digits and a NUL holds. */
static uint64_t
octal_max(enum tar_field field)
{
	return ((uint64_t)1 << 3 * (tar_fields[field].length - NUL_BYTES)) - 1;
}

static bool
fits(enum tar_field field, uint64_t value)
{
	return value <= octal_max(field);
}

static void
put_text(char *block, enum tar_field field, struct slice text)
{
	text = slice_first(text, tar_fields[field].length);
	if (text.len > 0)
		memcpy(block + tar_fields[field].offset, text.ptr, text.len);
}

static void
put_octal(char *block, enum tar_field field, uint64_t value)
{
	char *at = block + tar_fields[field].offset;

	for (size_t i = tar_fields[field].length - NUL_BYTES; i-- > 0;) {
		at[i] = (char)('0' + (value & 7));
		value >>= 3;
	}
}

/* Six digits, a NUL, and the space that was counted in. */
static void
put_checksum(char *block)
{
	struct slice whole = slice_of(block, TAR_BLOCK_BYTES);
	char *at = block + tar_fields[TAR_CHECKSUM].offset;

	put_octal(block, TAR_CHECKSUM, tar_checksum(whole));
	memmove(at, at + 1, tar_fields[TAR_CHECKSUM].length - 2);
	at[6] = '\0';
	at[7] = ' ';
}

/* Where the slash is that parts prefix and name; 0 where there is no need or
 * no way to: then the name is as much of the path as fits. */
static size_t
prefix_len(struct slice path)
{
	size_t name_max = tar_fields[TAR_NAME].length;
	size_t prefix_max = tar_fields[TAR_PREFIX].length;

	if (path.len <= name_max)
		return 0;
	/* The name is not empty, so what it begins after is not the slash
	 * that ends a directory. */
	for (size_t i = path.len - name_max - 1;
	     i <= prefix_max && i + 1 < path.len; i++)
		if (i > 0 && path.ptr[i] == '/')
			return i;
	return 0;
}

static bool
path_fits(struct slice path)
{
	return path.len <= tar_fields[TAR_NAME].length || prefix_len(path) > 0;
}

static void
put_path(char *block, struct slice path)
{
	size_t n = prefix_len(path);

	put_text(block, TAR_PREFIX, slice_first(path, n));
	put_text(block, TAR_NAME, n > 0 ? slice_after(path, n + 1) : path);
}

/* A number that does not fit is 0 here and right in the extended header. */
static void
put_number(char *block, enum tar_field field, uint64_t value)
{
	put_octal(block, field, fits(field, value) ? value : 0);
}

static void
put_block(struct buf *out, struct slice path, char type,
    const struct tar_entry *entry)
{
	char block[TAR_BLOCK_BYTES] = { 0 };
	uint64_t mtime = entry->mtime_sec > 0 ? (uint64_t)entry->mtime_sec : 0;

	put_path(block, path);
	put_text(block, TAR_LINK, entry->link);
	put_text(block, TAR_TYPE, slice_of(&type, 1));
	put_text(block, TAR_MAGIC, SLICE("ustar\00000"));
	put_octal(block, TAR_MODE, entry->mode);
	put_number(block, TAR_UID, entry->uid);
	put_number(block, TAR_GID, entry->gid);
	put_number(block, TAR_SIZE, entry->size_bytes);
	put_number(block, TAR_MTIME, mtime);
	put_octal(block, TAR_DEV_MAJOR, entry->dev_major);
	put_octal(block, TAR_DEV_MINOR, entry->dev_minor);
	put_checksum(block);
	buf_put(out, slice_of(block, sizeof(block)));
}

static size_t
digits_of(size_t n)
{
	size_t digits = 1;

	for (; n >= 10; n /= 10)
		digits++;
	return digits;
}

/* "LEN key=value\n", where LEN counts itself. */
static void
put_record(
    struct buf *pax, struct slice prefix, struct slice key, struct slice value)
{
	size_t rest = prefix.len + key.len + value.len + strlen(" =\n");
	size_t len = rest + digits_of(rest);

	/* Its own digits may make it a digit longer. */
	len = rest + digits_of(len);
	buf_put_format(pax, "%zu ", len);
	buf_put(pax, prefix);
	buf_put(pax, key);
	buf_put(pax, SLICE("="));
	buf_put(pax, value);
	buf_put(pax, SLICE("\n"));
}

static void
put_number_record(struct buf *pax, const char *key, int64_t value)
{
	CLEANUP(buf_clear) struct buf digits = { 0 };

	buf_put_format(&digits, "%jd", (intmax_t)value);
	pax->failed = pax->failed || digits.failed;
	put_record(pax, SLICE(""), slice_of_string(key), buf_slice(&digits));
}

/* The first xattr by name after that of last; NULL when there is none. */
static const struct tar_xattr *
xattr_after(const struct tar_entry *entry, const struct tar_xattr *last)
{
	const struct tar_xattr *first = NULL;

	for (size_t i = 0; i < entry->n_xattrs; i++) {
		const struct tar_xattr *x = &entry->xattrs[i];

		if ((!last || slice_cmp(x->name, last->name) > 0) &&
		    (!first || slice_cmp(x->name, first->name) < 0))
			first = x;
	}
	return first;
}

/* Puts the records of what the header cannot say; none is fine. */
static void
put_records(struct buf *pax, struct slice path, const struct tar_entry *entry)
{
	int64_t mtime = entry->mtime_sec;

	if (!path_fits(path))
		put_record(pax, SLICE(""), SLICE("path"), path);
	if (entry->link.len > tar_fields[TAR_LINK].length)
		put_record(pax, SLICE(""), SLICE("linkpath"), entry->link);
	if (!fits(TAR_SIZE, entry->size_bytes))
		put_number_record(pax, "size", (int64_t)entry->size_bytes);
	if (!fits(TAR_UID, entry->uid))
		put_number_record(pax, "uid", (int64_t)entry->uid);
	if (!fits(TAR_GID, entry->gid))
		put_number_record(pax, "gid", (int64_t)entry->gid);
	if (mtime < 0 || !fits(TAR_MTIME, (uint64_t)mtime))
		put_number_record(pax, "mtime", mtime);

	const struct tar_xattr *x = NULL;
	while ((x = xattr_after(entry, x)))
		put_record(pax, XATTR_KEY, x->name, x->value);
}

static struct slice
last_name(struct slice path)
{
	struct slice name = { 0 };

	while (slice_split(&path, '/', &name))
		continue;
	return name;
}

static void
put_extended(struct buf *out, struct slice pax, struct slice path)
{
	CLEANUP(buf_clear) struct buf name = { 0 };
	const struct tar_entry entry = {
		.mode = MODE_EXTENDED,
		.size_bytes = pax.len,
	};

	buf_put(&name, NAME_EXTENDED);
	buf_put(&name,
	    slice_first(last_name(path),
		tar_fields[TAR_NAME].length - NAME_EXTENDED.len));
	out->failed = out->failed || name.failed;
	put_block(out, buf_slice(&name), 'x', &entry);
	buf_put(out, pax);
	tar_put_padding(out, pax.len);
}

static bool
has_nul(struct slice s)
{
	return s.len > 0 && memchr(s.ptr, '\0', s.len);
}

static int
xattrs_check(const struct tar_entry *entry, struct error *err)
{
	for (size_t i = 0; i < entry->n_xattrs; i++) {
		struct slice name = entry->xattrs[i].name;

		if (name.len == 0 || has_nul(name) ||
		    memchr(name.ptr, '=', name.len))
			return error_set(err, ERROR_UNSUPPORTED,
			    "tar: an extended attribute's name cannot be "
			    "written");
	}
	return 0;
}

static int
entry_check(const struct tar_entry *entry, struct error *err)
{
	bool linked = entry->type == TAR_HARDLINK || entry->type == TAR_SYMLINK;

	if ((size_t)entry->type >= sizeof(type_flags) ||
	    (entry->path.len == 0 && entry->type != TAR_DIRECTORY) ||
	    has_nul(entry->path) || has_nul(entry->link) ||
	    linked != (entry->link.len > 0) || entry->uid > INT64_MAX ||
	    entry->gid > INT64_MAX || entry->size_bytes > INT64_MAX)
		return error_set(
		    err, ERROR_FORMAT, "tar: an entry that cannot be");
	if (!fits(TAR_DEV_MAJOR, entry->dev_major) ||
	    !fits(TAR_DEV_MINOR, entry->dev_minor))
		return error_set(err, ERROR_UNSUPPORTED,
		    "tar: the device's number is too large");
	return xattrs_check(entry, err);
}

int
tar_put_header(
    struct buf *out, const struct tar_entry *entry, struct error *err)
{
	CLEANUP(buf_clear) struct buf path = { 0 };
	CLEANUP(buf_clear) struct buf pax = { 0 };
	struct tar_entry plain = *entry;

	if (entry_check(entry, err) < 0)
		return -1;
	if (entry->type != TAR_FILE)
		plain.size_bytes = 0;
	plain.mode &= 07777;

	buf_put(&path, entry->path.len > 0 ? entry->path : SLICE("."));
	if (entry->type == TAR_DIRECTORY)
		buf_put(&path, SLICE("/"));
	put_records(&pax, buf_slice(&path), &plain);
	out->failed = out->failed || path.failed || pax.failed;
	if (pax.len > 0)
		put_extended(out, buf_slice(&pax), buf_slice(&path));
	put_block(out, buf_slice(&path), type_flags[entry->type], &plain);
	return 0;
}

static void
put_zeroes(struct buf *out, size_t n)
{
	static const char zeroes[2 * TAR_BLOCK_BYTES];

	buf_put(out, slice_of(zeroes, n));
}

void
tar_put_padding(struct buf *out, uint64_t size_bytes)
{
	put_zeroes(out, (size_t)(-size_bytes % TAR_BLOCK_BYTES));
}

void
tar_put_end(struct buf *out)
{
	put_zeroes(out, 2 * TAR_BLOCK_BYTES);
}
