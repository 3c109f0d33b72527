/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An entry is a byte for its kind and three sized strings: path, link,
 * content. Whiteouts are those of the OCI image specification, "Layer
 * Filesystem Changeset": .wh.NAME hides NAME, .wh..wh..opq hides all that the
 * layers below have in its directory; other names that begin with .wh..wh.
 * are notes of old storage drivers to themselves.
 *
 * Left out: a device 0:0 and attributes, with which overlayfs itself says the
 * same. No tool makes layers with them; the first is no file to us as it is
 * none to overlayfs, the second are refused where they would matter.
 */
#include "layer/inventory.h"

#include "archive/printable.h"
#include "base/bytes.h"
#include "base/memory.h"

/* The status of 100,000 packages; the largest distribution has 60,000. */
#define FILE_MAX_BYTES ((uint64_t)128 * 1024 * 1024)
/* More than any image has of all layers (tree.c). */
#define ENTRIES_MAX 10000

static const struct slice files[] = {
	SLICE("etc/os-release"),
	SLICE("usr/lib/os-release"),
	SLICE("var/lib/dpkg/status"),
	SLICE("var/lib/dpkg/arch"),
	SLICE("etc/apt/sources.list"),
	SLICE("etc/apt/preferences"),
};

/* Directories of which each file is read, but not what lies deeper. */
static const struct slice directories[] = {
	SLICE("var/lib/dpkg/status.d"),
	SLICE("etc/apt/sources.list.d"),
	SLICE("etc/apt/preferences.d"),
};

/* Of these it matters only that they are there. */
static const struct slice marks[] = {
	SLICE("lib/apk/db/installed"),
	SLICE("usr/lib/apk/db/installed"),
	SLICE("var/lib/rpm"),
	SLICE("usr/lib/sysimage/rpm"),
};

/* path is that, or a directory above it. */
static bool
leads_to(struct slice path, struct slice that)
{
	if (path.len == 0 || !slice_starts_with(that, path))
		return false;
	return path.len == that.len || that.ptr[path.len] == '/';
}

/* path lies directly in dir. */
static bool
is_in(struct slice path, struct slice dir)
{
	if (!slice_starts_with(path, dir) || path.len <= dir.len + 1 ||
	    path.ptr[dir.len] != '/')
		return false;

	struct slice name = slice_after(path, dir.len + 1);
	return !memchr(name.ptr, '/', name.len);
}

bool
inventory_reads(struct slice path)
{
	for (size_t i = 0; i < N_ITEMS(files); i++)
		if (slice_eq(path, files[i]))
			return true;
	for (size_t i = 0; i < N_ITEMS(directories); i++)
		if (is_in(path, directories[i]))
			return true;
	return false;
}

bool
inventory_lists(struct slice path)
{
	for (size_t i = 0; i < N_ITEMS(directories); i++)
		if (slice_eq(path, directories[i]))
			return true;
	return false;
}

bool
inventory_wants(struct slice path)
{
	for (size_t i = 0; i < N_ITEMS(files); i++)
		if (leads_to(path, files[i]))
			return true;
	for (size_t i = 0; i < N_ITEMS(directories); i++)
		if (leads_to(path, directories[i]) ||
		    is_in(path, directories[i]))
			return true;
	for (size_t i = 0; i < N_ITEMS(marks); i++)
		if (leads_to(path, marks[i]))
			return true;
	return false;
}

void
inventory_put(struct buf *out, const struct inventory_entry *entry)
{
	buf_put_u8(out, (uint8_t)entry->kind);
	buf_put_sized(out, entry->path);
	buf_put_sized(out, entry->link);
	buf_put_sized(out, entry->content);
}

int
inventory_next(
    struct slice *bytes, struct inventory_entry *ret, struct error *err)
{
	struct bytes_reader in = bytes_reader_of(*bytes);
	struct inventory_entry entry;
	uint8_t kind;

	if (bytes->len == 0)
		return 0;
	if (!bytes_u8(&in, &kind) || kind >= INVENTORY_KINDS ||
	    !bytes_sized(&in, &entry.path) || !bytes_sized(&in, &entry.link) ||
	    !bytes_sized(&in, &entry.content))
		return error_set(err, ERROR_FORMAT, "not a layer's inventory");
	entry.kind = (enum inventory_kind)kind;
	*bytes = in.rest;
	*ret = entry;
	return 1;
}

static enum inventory_kind
kind_of(enum tar_type type)
{
	switch (type) {
	case TAR_FILE: return INVENTORY_FILE;
	case TAR_HARDLINK: return INVENTORY_HARDLINK;
	case TAR_SYMLINK: return INVENTORY_SYMLINK;
	case TAR_DIRECTORY: return INVENTORY_DIRECTORY;
	case TAR_CHAR:
	case TAR_BLOCK:
	case TAR_FIFO: return INVENTORY_OTHER;
	}
	return INVENTORY_OTHER;
}

/* The last component of path, and in *dir what is before its slash. */
static struct slice
base_name(struct slice path, struct slice *dir)
{
	const char *slash =
	    path.len > 0 ? memrchr(path.ptr, '/', path.len) : NULL;
	size_t len = slash ? (size_t)(slash - path.ptr) : 0;

	*dir = slice_first(path, len);
	return slash ? slice_after(path, len + 1) : path;
}

/*
 * What the whiteout at path hides, in entry; hidden is where its path is put
 * together. 1, or 0 for notes of storage drivers.
 */
static int
whiteout_read(struct slice path, struct buf *hidden,
    struct inventory_entry *entry, struct error *err)
{
	struct slice dir;
	struct slice name = base_name(path, &dir);

	*entry = (struct inventory_entry){ 0 };
	if (slice_eq(name, SLICE(".wh..wh..opq"))) {
		entry->kind = INVENTORY_OPAQUE;
		entry->path = dir;
		return 1;
	}
	if (slice_starts_with(name, SLICE(".wh..wh.")))
		return 0;
	name = slice_after(name, sizeof(".wh.") - 1);
	/* Engines would take the directory, or the one above it. */
	if (name.len == 0 || slice_eq(name, SLICE(".")) ||
	    slice_eq(name, SLICE(".."))) {
		struct printable shown = printable_of(path);

		return error_set(
		    err, ERROR_FORMAT, "%s: a whiteout of nothing", shown.text);
	}
	hidden->len = 0;
	buf_put(hidden, dir);
	if (dir.len > 0)
		buf_put(hidden, SLICE("/"));
	buf_put(hidden, name);
	entry->kind = INVENTORY_WHITEOUT;
	entry->path = buf_slice(hidden);
	return buf_check(hidden, err) < 0 ? -1 : 1;
}

static bool
is_whiteout(struct slice path)
{
	struct slice dir;

	return slice_starts_with(base_name(path, &dir), SLICE(".wh."));
}

/* overlayfs takes these for "opaque" and for "look elsewhere". */
static int
check_xattrs(const struct tar_entry *entry, struct error *err)
{
	for (size_t i = 0; i < entry->n_xattrs; i++) {
		struct slice name = entry->xattrs[i].name;
		struct printable path;

		if (!slice_starts_with(name, SLICE("trusted.overlay.")) &&
		    !slice_starts_with(name, SLICE("user.overlay.")))
			continue;
		path = printable_of(entry->path);
		return error_set(err, ERROR_UNSUPPORTED,
		    "%s: attributes that hide what is below", path.text);
	}
	return 0;
}

static int
content_read(struct tar_reader *tar, const struct tar_entry *entry,
    struct buf *ret, struct error *err)
{
	if (entry->size_bytes > FILE_MAX_BYTES) {
		struct printable path = printable_of(entry->path);

		return error_set(err, ERROR_LIMIT, "%s: larger than %llu bytes",
		    path.text, (unsigned long long)FILE_MAX_BYTES);
	}
	ret->len = 0;
	return stream_read_all(tar_reader_stream(tar), ret, err);
}

/* What is put together for one entry, and used again for the next. */
struct scratch {
	struct buf hidden;
	struct buf content;
};

static void
scratch_clear(struct scratch *scratch)
{
	buf_clear(&scratch->hidden);
	buf_clear(&scratch->content);
}
DEFINE_CLEANUP_IN_PLACE(struct scratch, scratch_clear)

/* Puts a whiteout of what matters. 1, or 0 of what does not. */
static int
whiteout_add(const struct tar_entry *entry, struct buf *hidden, struct buf *out,
    struct error *err)
{
	struct inventory_entry item;
	int r = whiteout_read(entry->path, hidden, &item, err);

	if (r <= 0)
		return r;
	/* An opaque root hides all there is. */
	if (item.path.len > 0 && !inventory_wants(item.path))
		return 0;
	inventory_put(out, &item);
	return 1;
}

/* 1 when entry was put into out, 0 when it does not matter. */
static int
entry_add(struct tar_reader *tar, const struct tar_entry *entry,
    struct scratch *scratch, struct buf *out, struct error *err)
{
	struct inventory_entry item = {
		.kind = kind_of(entry->type),
		.path = entry->path,
		.link = entry->link,
	};

	if (is_whiteout(entry->path))
		return whiteout_add(entry, &scratch->hidden, out, err);
	if (entry->path.len == 0)
		/* It is there already; only its attributes could matter. */
		return check_xattrs(entry, err);
	if (!inventory_wants(entry->path))
		return 0;
	if (check_xattrs(entry, err) < 0)
		return -1;
	if (item.kind == INVENTORY_FILE && inventory_reads(entry->path)) {
		if (content_read(tar, entry, &scratch->content, err) < 0)
			return -1;
		item.content = buf_slice(&scratch->content);
	}
	inventory_put(out, &item);
	return 1;
}

/* So that no inventory is empty, whatever the layer has. */
static const struct inventory_entry root = { .kind = INVENTORY_DIRECTORY };

int
inventory_read(struct tar_reader *tar, struct buf *out, struct error *err)
{
	CLEANUP(scratch_clear) struct scratch scratch = { 0 };
	struct tar_entry entry;
	size_t n_entries = 0;
	int r;

	inventory_put(out, &root);
	while ((r = tar_reader_next(tar, &entry, err)) > 0) {
		r = entry_add(tar, &entry, &scratch, out, err);
		if (r < 0)
			return -1;
		n_entries += (size_t)r;
		if (n_entries > ENTRIES_MAX)
			return error_set(err, ERROR_LIMIT,
			    "more than %d entries that matter", ENTRIES_MAX);
	}
	if (r < 0)
		return -1;
	return buf_check(out, err);
}
