/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory as the tar of a layer, written as it is read, for the worker
 * that makes whole lists of files: so that notes in programs are parsed there.
 * Whiteouts are those of the OCI image specification again. Owners and times
 * are left out, and of files that an inventory does not keep all but what says
 * whether they are programs.
 *
 * In a root file system a name that begins with .wh. would be taken for a
 * whiteout: it is left out.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "archive/tar_write.h"
#include "base/fd.h"
#include "base/memory.h"
#include "layer/elf_note.h"
#include "layer/wanted.h"
#include "storage/storage.h"
#include "storage/walk.h"

/* Entries are put together up to so much, before they are shown. */
#define BATCH_BYTES ((size_t)64 * 1024)

struct storage_tar {
	struct stream stream;
	struct walk *walk;
	struct walk_entry entry; /* that fd is of */
	int fd;                  /* of the file that is being read, or -1 */
	uint64_t left;           /* bytes of it still to come */
	uint64_t size_bytes;     /* of it, as the header says */
	struct buf batch;
	struct buf path;
	char *chunk;
	bool is_shown; /* batch, by the last call */
	bool is_done;
};

static struct slice
base_name(struct slice path, struct slice *ret_dir)
{
	const char *slash =
	    path.len > 0 ? memrchr(path.ptr, '/', path.len) : NULL;
	size_t len = slash ? (size_t)(slash - path.ptr) + 1 : 0;

	*ret_dir = slice_first(path, len);
	return slice_after(path, len);
}

static int
put_header(struct storage_tar *tar, struct slice path, enum tar_type type,
    struct slice link, uint64_t size_bytes, struct error *err)
{
	const struct tar_entry entry = {
		.path = path,
		.type = type,
		.link = link,
		.mode = 0755,
		.size_bytes = size_bytes,
	};

	if (tar_put_header(&tar->batch, &entry, err) < 0)
		return -1;
	return buf_check(&tar->batch, err);
}

static int
put_plain(struct storage_tar *tar, struct slice path, enum tar_type type,
    struct error *err)
{
	return put_header(tar, path, type, SLICE(""), 0, err);
}

/* A whiteout of the name, or of all names (".wh..wh..opq") in a directory. */
static int
put_whiteout(struct storage_tar *tar, struct slice dir, const char *before,
    struct slice name, struct error *err)
{
	tar->path.len = 0;
	buf_put(&tar->path, dir);
	buf_put_string(&tar->path, before);
	buf_put(&tar->path, name);
	if (buf_check(&tar->path, err) < 0)
		return -1;
	return put_plain(tar, buf_slice(&tar->path), TAR_FILE, err);
}

static int
put_directory(
    struct storage_tar *tar, const struct walk_entry *entry, struct error *err)
{
	if (put_plain(tar, entry->path, TAR_DIRECTORY, err) < 0)
		return -1;
	if (!entry->is_opaque)
		return 0;
	return put_whiteout(tar, entry->path,
	    entry->path.len > 0 ? "/.wh..wh..opq" : ".wh..wh..opq", SLICE(""),
	    err);
}

/* How much of a file is shown of which no content is kept: of a program, what
 * its note is looked for in. */
static int
head_size(int fd, uint64_t size_bytes, uint64_t *ret, struct error *err)
{
	char head[64];
	ssize_t n = pread(fd, head, sizeof(head), 0);

	if (n < 0)
		return error_errno(err, "read");
	*ret = 0;
	if (n > 0 && elf_may_begin(slice_of(head, (size_t)n)))
		*ret = size_bytes < ELF_NOTE_HEAD_BYTES ? size_bytes
							: ELF_NOTE_HEAD_BYTES;
	return 0;
}

static int
put_file(
    struct storage_tar *tar, const struct walk_entry *entry, struct error *err)
{
	const struct wanted *wanted = wanted_find(entry->path, INVENTORY_FILES);
	uint64_t n = (uint64_t)entry->st.st_size;
	CLEANUP(fd_close) int fd = -1;

	if (n == 0)
		return put_plain(tar, entry->path, TAR_FILE, err);
	fd = walk_open(tar->walk, entry, err);
	if (fd < 0)
		return -1;
	if (!wanted && head_size(fd, n, &n, err) < 0)
		return -1;
	if (wanted && wanted->head_bytes > 0 && n > wanted->head_bytes)
		n = wanted->head_bytes;
	if (put_header(tar, entry->path, TAR_FILE, SLICE(""), n, err) < 0)
		return -1;
	if (n == 0)
		return 0;
	tar->entry = *entry;
	tar->fd = TAKE_FD(fd);
	tar->size_bytes = tar->left = n;
	return 0;
}

static int
put_entry(
    struct storage_tar *tar, const struct walk_entry *entry, struct error *err)
{
	struct slice dir;
	struct slice name = base_name(entry->path, &dir);

	switch (entry->kind) {
	case INVENTORY_WHITEOUT:
		return put_whiteout(tar, dir, ".wh.", name, err);
	case INVENTORY_DIRECTORY: return put_directory(tar, entry, err);
	case INVENTORY_SYMLINK:
		return put_header(
		    tar, entry->path, TAR_SYMLINK, entry->link, 0, err);
	case INVENTORY_FILE:
		if (slice_starts_with(name, SLICE(".wh.")))
			return 0;
		return put_file(tar, entry, err);
	case INVENTORY_OTHER:
	case INVENTORY_HARDLINK:
	case INVENTORY_OPAQUE:
	case INVENTORY_COMPLETE:
	case INVENTORY_KINDS: break;
	}
	return put_plain(tar, entry->path, TAR_FIFO, err);
}

/* Puts entries until there are enough of them, or a file is to be read. */
static int
fill(struct storage_tar *tar, struct error *err)
{
	struct walk_entry entry;
	int r = 1;

	while (tar->batch.len < BATCH_BYTES && tar->fd < 0) {
		r = walk_next(tar->walk, &entry, err);
		if (r <= 0)
			break;
		if (put_entry(tar, &entry, err) < 0)
			return walk_wrap(&entry, err);
	}
	if (r < 0)
		return -1;
	if (r == 0) {
		tar_put_end(&tar->batch);
		tar->is_done = true;
	}
	return buf_check(&tar->batch, err);
}

/* The file's next bytes; after its last ones, its padding begins a batch. */
static int
show_content(struct storage_tar *tar, struct slice *ret, struct error *err)
{
	size_t want = tar->left < STREAM_CHUNK_BYTES ? (size_t)tar->left
						     : STREAM_CHUNK_BYTES;
	ssize_t n;

	do
		n = read(tar->fd, tar->chunk, want);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_errno(err, "read");
	if (n == 0)
		return error_set(
		    err, ERROR_CONFLICT, "a file shrank while it was read");
	tar->left -= (uint64_t)n;
	*ret = slice_of(tar->chunk, (size_t)n);
	if (tar->left > 0)
		return 0;
	if (walk_check(&tar->entry, tar->fd, err) < 0)
		return -1;
	tar_put_padding(&tar->batch, tar->size_bytes);
	fd_close(TAKE_FD(tar->fd));
	return 0;
}

static int
tar_next(struct stream *self, struct slice *ret, struct error *err)
{
	struct storage_tar *tar = (struct storage_tar *)self;

	if (tar->is_shown)
		tar->batch.len = 0;
	tar->is_shown = false;
	/* A file's header is shown before the file. */
	if (tar->fd >= 0 && tar->batch.len == 0)
		return show_content(tar, ret, err) < 0
		    ? walk_wrap(&tar->entry, err)
		    : 0;
	if (tar->fd < 0 && !tar->is_done && fill(tar, err) < 0)
		return -1;
	tar->is_shown = true;
	*ret = buf_slice(&tar->batch);
	return 0;
}

struct storage_tar *
storage_tar_new(int dir_fd, enum storage_form form, struct error *err)
{
	CLEANUP(storage_tar_free)
	struct storage_tar *tar = calloc(1, sizeof(*tar));

	if (!tar || !(tar->chunk = malloc(STREAM_CHUNK_BYTES))) {
		(void)error_nomem(err);
		return NULL;
	}
	tar->stream.next = tar_next;
	tar->fd = -1;
	tar->walk = walk_new(dir_fd, form, true, err);
	return tar->walk ? TAKE(tar) : NULL;
}

struct stream *
storage_tar_stream(struct storage_tar *tar)
{
	return &tar->stream;
}

void
storage_tar_free(struct storage_tar *tar)
{
	if (!tar)
		return;
	fd_close(tar->fd);
	walk_free(tar->walk);
	buf_clear(&tar->batch);
	buf_clear(&tar->path);
	free(tar->chunk);
	free(tar);
}
