/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An entry is a byte for its kind and four sized strings: path, link, content,
 * note. Whiteouts are those of the OCI image specification, "Layer
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
#include "layer/elf_note.h"
#include "layer/wanted.h"

/* The status of 100,000 packages, where the largest distribution has 60,000;
 * rpm's database of 10,000. */
#define FILE_MAX_BYTES ((uint64_t)128 * 1024 * 1024)
/* As a pipe takes it at once. */
#define PIECE_BYTES ((size_t)64 * 1024)

static const char *const levels[] = {
	[INVENTORY_PACKAGES] = "packages",
	[INVENTORY_FILES] = "files",
};

const char *
inventory_level_to_string(enum inventory_level level)
{
	return (size_t)level < N_ITEMS(levels) ? levels[level] : "unknown";
}

bool
inventory_level_from_string(struct slice name, enum inventory_level *ret)
{
	for (size_t i = 0; i < N_ITEMS(levels); i++)
		if (slice_eq(name, slice_of_string(levels[i]))) {
			*ret = (enum inventory_level)i;
			return true;
		}
	return false;
}

void
inventory_put(struct buf *out, const struct inventory_entry *entry)
{
	buf_put_u8(out, (uint8_t)entry->kind);
	buf_put_sized(out, entry->path);
	buf_put_sized(out, entry->link);
	buf_put_sized(out, entry->content);
	buf_put_sized(out, entry->note);
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
	    !bytes_sized(&in, &entry.content) || !bytes_sized(&in, &entry.note))
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

/* A layer on its way into its inventory. */
struct reading {
	struct tar_reader *tar;
	enum inventory_level level;
	const struct inventory_sink *sink;
	uint64_t n_bytes; /* given to the sink */
	struct buf out;   /* not given to it yet */
	/* What is put together for one entry, and used again for the next. */
	struct buf hidden;
	struct buf head;
};

static void
reading_clear(struct reading *in)
{
	buf_clear(&in->out);
	buf_clear(&in->hidden);
	buf_clear(&in->head);
}
DEFINE_CLEANUP_IN_PLACE(struct reading, reading_clear)

static int
flush(struct reading *in, struct error *err)
{
	const struct inventory_sink *sink = in->sink;

	if (buf_check(&in->out, err) < 0)
		return -1;
	in->n_bytes += in->out.len;
	if (sink->max_bytes > 0 && in->n_bytes > sink->max_bytes)
		return error_set(err, ERROR_LIMIT,
		    "an inventory of more than %ju bytes",
		    (uintmax_t)sink->max_bytes);
	if (sink->put(sink->ctx, buf_slice(&in->out), err) < 0)
		return -1;
	in->out.len = 0;
	return 0;
}

/* Gives the sink what there is, when it is worth it. */
static int
flush_some(struct reading *in, struct error *err)
{
	return in->out.len < PIECE_BYTES ? 0 : flush(in, err);
}

/* Puts n bytes of the content, straight from where they pass by. */
static int
content_put(struct reading *in, uint64_t n, struct error *err)
{
	struct slice chunk;

	buf_put_u32le(&in->out, (uint32_t)n);
	while (n > 0) {
		if (tar_reader_data(in->tar, &chunk, err) < 0)
			return -1;
		chunk = slice_first(chunk, (size_t)n);
		buf_put(&in->out, chunk);
		n -= chunk.len;
		if (flush_some(in, err) < 0)
			return -1;
	}
	return 0;
}

/* The first of the content, as much as elf_note_find() looks at; valid until
 * the reader goes on. Of what is no ELF file less. */
static int
head_read(struct reading *in, uint64_t size_bytes, struct slice *ret,
    struct error *err)
{
	struct slice chunk;
	size_t want = ELF_NOTE_HEAD_BYTES;

	if (size_bytes < want)
		want = (size_t)size_bytes;
	if (tar_reader_data(in->tar, &chunk, err) < 0)
		return -1;
	*ret = chunk;
	in->head.len = 0;
	while (ret->len < want && elf_may_begin(*ret)) {
		/* It goes on in the source's next chunk. */
		if (in->head.len == 0)
			buf_put(&in->head, chunk);
		if (tar_reader_data(in->tar, &chunk, err) < 0)
			return -1;
		buf_put(&in->head, chunk);
		if (buf_check(&in->head, err) < 0)
			return -1;
		*ret = buf_slice(&in->head);
	}
	return 0;
}

/*
 * Puts a file whose content is kept: its size is known before it comes, so
 * that it need not be held twice.
 */
static int
file_put(struct reading *in, const struct tar_entry *entry,
    const struct wanted *wanted, struct error *err)
{
	uint64_t n = entry->size_bytes;

	struct printable path = printable_of(entry->path);

	if (wanted->head_bytes > 0 && n > wanted->head_bytes)
		n = wanted->head_bytes;
	if (n > FILE_MAX_BYTES)
		return error_set(err, ERROR_LIMIT, "%s: larger than %ju bytes",
		    path.text, (uintmax_t)FILE_MAX_BYTES);
	buf_put_u8(&in->out, INVENTORY_FILE);
	buf_put_sized(&in->out, entry->path);
	buf_put_sized(&in->out, SLICE(""));
	if (content_put(in, n, err) < 0)
		return error_wrap(err, "%s", path.text);
	buf_put_sized(&in->out, SLICE(""));
	return 0;
}

/* Puts what need not be read, or is an ELF file whose note is. */
static int
plain_put(struct reading *in, const struct tar_entry *entry, struct error *err)
{
	struct inventory_entry item = {
		.kind = kind_of(entry->type),
		.path = entry->path,
		.link = entry->link,
	};
	struct slice head;

	if (in->level == INVENTORY_FILES && entry->size_bytes > 0) {
		if (head_read(in, entry->size_bytes, &head, err) < 0)
			return -1;
		(void)elf_note_find(head, &item.note);
	}
	inventory_put(&in->out, &item);
	return 0;
}

static bool
is_wanted(const struct reading *in, struct slice path)
{
	return in->level == INVENTORY_FILES || inventory_wants(path);
}

/* Puts a whiteout of what matters. */
static int
whiteout_add(
    struct reading *in, const struct tar_entry *entry, struct error *err)
{
	struct inventory_entry item;
	int r = whiteout_read(entry->path, &in->hidden, &item, err);

	/* An opaque root hides all there is. */
	if (r > 0 && (item.path.len == 0 || is_wanted(in, item.path)))
		inventory_put(&in->out, &item);
	return r < 0 ? -1 : 0;
}

static int
entry_add(struct reading *in, const struct tar_entry *entry, struct error *err)
{
	const struct wanted *wanted = NULL;

	if (is_whiteout(entry->path))
		return whiteout_add(in, entry, err);
	if (entry->path.len == 0)
		/* It is there already; only its attributes could matter. */
		return check_xattrs(entry, err);
	if (!is_wanted(in, entry->path))
		return 0;
	if (check_xattrs(entry, err) < 0)
		return -1;
	if (entry->type == TAR_FILE)
		wanted = wanted_find(entry->path, in->level);
	return wanted ? file_put(in, entry, wanted, err)
		      : plain_put(in, entry, err);
}

static void
begin_put(struct reading *in)
{
	static const struct inventory_entry complete = {
		.kind = INVENTORY_COMPLETE,
	};
	/* So that no inventory is empty, whatever the layer has. */
	static const struct inventory_entry root = {
		.kind = INVENTORY_DIRECTORY,
	};

	if (in->level == INVENTORY_FILES)
		inventory_put(&in->out, &complete);
	inventory_put(&in->out, &root);
}

int
inventory_write(struct tar_reader *tar, enum inventory_level level,
    const struct inventory_sink *sink, struct error *err)
{
	CLEANUP(reading_clear)
	struct reading in = { .tar = tar, .level = level, .sink = sink };
	struct tar_entry entry;
	int r;

	begin_put(&in);
	while ((r = tar_reader_next(tar, &entry, err)) > 0)
		if (entry_add(&in, &entry, err) < 0 || flush_some(&in, err) < 0)
			return -1;
	return r < 0 ? -1 : flush(&in, err);
}

static int
piece_keep(void *ctx, struct slice bytes, struct error *err)
{
	buf_put(ctx, bytes);
	return buf_check(ctx, err);
}

int
inventory_read(struct tar_reader *tar, enum inventory_level level,
    struct buf *out, struct error *err)
{
	const struct inventory_sink sink = { .put = piece_keep, .ctx = out };

	return inventory_write(tar, level, &sink, err);
}
