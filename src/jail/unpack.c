/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layers of an image, unpacked over each other as docker and containerd do:
 * what an entry names replaces what is there, but a directory keeps what is
 * in it; ".wh.NAME" removes NAME and ".wh..wh..opq" all that is in its
 * directory, both only of the layers below (OCI image-spec, layer.md).
 * Symbolic links on the way to an entry are followed, as containerd does.
 * Since the tree is this process's root, there is nowhere else to get to.
 *
 * Left out: devices, which a user namespace cannot make; an empty file takes
 * the place of each. Extended attributes other than security.capability that
 * the file system does not hold.
 */
#include "jail/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "archive/decompress.h"
#include "archive/tar.h"
#include "base/fd.h"
#include "base/memory.h"
#include "jail/area.h"
#include "jail/child.h"
#include "jail/paths.h"
#include "jail/records.h"
#include "jail/rights.h"
#include "jail/root.h"

#define WHITEOUT_PREFIX SLICE(".wh.")
#define OPAQUE          SLICE(".wh..wh..opq")

/* Other names in ".wh..wh." were AUFS's own; docker passes over them too. */
#define AUFS_PREFIX SLICE(".wh..wh.")

/* When a directory was last changed; set when its layer is all there. */
struct directory_time {
	char *path;
	struct timespec mtime;
};

struct layer {
	struct paths made; /* of this layer, without the slash before */
	struct directory_time *times;
	size_t n_times;
};

static void
layer_clear(struct layer *layer)
{
	paths_clear(&layer->made);
	for (size_t i = 0; i < layer->n_times; i++)
		free(layer->times[i].path);
	free(layer->times);
	*layer = (struct layer){ 0 };
}
DEFINE_CLEANUP_IN_PLACE(struct layer, layer_clear)

static int
entry_errno(const struct tar_entry *entry, struct error *err)
{
	int number = errno;

	if (number == ENOSPC)
		return error_set(err, ERROR_LIMIT, "no space left");
	(void)error_errno(err, SLICE_FMT, SLICE_ARG(entry->path));
	switch (number) {
	case EEXIST:
	case EISDIR:
	case ELOOP:
	case ENAMETOOLONG:
	case ENOENT:
	case ENOTDIR:
		/* Its own other entries are in its way, not the system. */
		err->kind = ERROR_FORMAT;
		return -1;
	default: return -1;
	}
}

/* What is in it, which is kept, keeps a directory. */
static int
remove_one(const FTSENT *at, const struct paths *keep)
{
	if (at->fts_info != FTS_DP)
		return unlink(at->fts_path);
	if (rmdir(at->fts_path) == 0 || (keep && errno == ENOTEMPTY))
		return 0;
	return -1;
}

/* Removes path and all below, but what keep has. path begins with '/'. */
static int
remove_tree(char *path, const struct paths *keep)
{
	char *roots[] = { path, NULL };
	int failed = 0;
	FTSENT *at;

	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	if (!walk)
		return -1;
	while (!failed && (at = fts_read(walk))) {
		struct slice name = slice_of_string(at->fts_path + 1);

		if (at->fts_info == FTS_D || (keep && paths_has(keep, name)))
			continue;
		if (remove_one(at, keep) < 0)
			failed = errno;
	}
	if (!failed)
		failed = errno;
	(void)fts_close(walk);
	errno = failed;
	return failed ? -1 : 0;
}

/* The path's directories, where they are missing. */
static int
make_parents(char *path)
{
	char *last = strrchr(path, '/');

	*last = '\0';
	bool there = last == path || access(path, F_OK) == 0;
	*last = '/';
	if (there)
		return 0;
	for (char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		int r = mkdir(path, 0755);
		*p = '/';
		if (r < 0 && errno != EEXIST)
			return -1;
	}
	return 0;
}

/* Removes what is in the way of an entry. */
static int
make_room(char *path, bool for_directory)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : -1;
	if (!S_ISDIR(st.st_mode))
		return unlink(path);
	return for_directory ? 0 : remove_tree(path, NULL);
}

static int
write_content(int fd, struct tar_reader *tar, const struct tar_entry *entry,
    struct error *err)
{
	struct slice chunk;

	do {
		if (tar_reader_data(tar, &chunk, err) < 0)
			return -1;
		errno = 0;
		if (fd_write_all(fd, chunk, err) < 0)
			return entry_errno(entry, err);
	} while (chunk.len > 0);
	return 0;
}

static int
make_file(const char *path, struct tar_reader *tar,
    const struct tar_entry *entry, struct error *err)
{
	CLEANUP(fd_close)
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return entry_errno(entry, err);
	return write_content(fd, tar, entry, err);
}

static int
make_hardlink(
    const char *path, const struct tar_entry *entry, struct error *err)
{
	CLEANUP(string_free)
	char *target = string_format("/" SLICE_FMT, SLICE_ARG(entry->link));

	if (!target)
		return error_nomem(err);
	if (link(target, path) == 0)
		return 0;
	if (errno == ENOENT)
		return error_set(err, ERROR_FORMAT,
		    SLICE_FMT ": a hard link to nothing",
		    SLICE_ARG(entry->path));
	return entry_errno(entry, err);
}

static int
make_symlink(const char *path, const struct tar_entry *entry, struct error *err)
{
	CLEANUP(string_free) char *target = slice_copy(entry->link);

	if (!target)
		return error_nomem(err);
	return symlink(target, path) < 0 ? entry_errno(entry, err) : 0;
}

static int
make_directory(
    const char *path, const struct tar_entry *entry, struct error *err)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return 0;
	return entry_errno(entry, err);
}

static int
make_entry(const char *path, struct tar_reader *tar,
    const struct tar_entry *entry, struct error *err)
{
	switch (entry->type) {
	case TAR_HARDLINK: return make_hardlink(path, entry, err);
	case TAR_SYMLINK: return make_symlink(path, entry, err);
	case TAR_DIRECTORY: return make_directory(path, entry, err);
	case TAR_FIFO:
		return mkfifo(path, 0600) < 0 ? entry_errno(entry, err) : 0;
	case TAR_FILE:
	case TAR_CHAR:
	case TAR_BLOCK:
	default: return make_file(path, tar, entry, err);
	}
}

static int
set_xattrs(const char *path, const struct tar_entry *entry, struct error *err)
{
	for (size_t i = 0; i < entry->n_xattrs; i++) {
		const struct tar_xattr *xattr = &entry->xattrs[i];
		CLEANUP(string_free) char *name = slice_copy(xattr->name);

		if (!name)
			return error_nomem(err);
		if (lsetxattr(
			path, name, xattr->value.ptr, xattr->value.len, 0) == 0)
			continue;
		/* Without its capabilities a program is another one. */
		if (errno == ENOSPC ||
		    slice_eq(xattr->name, SLICE("security.capability")))
			return entry_errno(entry, err);
	}
	return 0;
}

static int
defer_time(struct layer *layer, const char *path, struct timespec mtime,
    struct error *err)
{
	char *copy = strdup(path);

	if (!copy || !ARRAY_GROW(layer->times, layer->n_times)) {
		free(copy);
		return error_nomem(err);
	}
	layer->times[layer->n_times++] = (struct directory_time){ copy, mtime };
	return 0;
}

/* Owner before mode before attributes: each takes some of the next away. */
static int
set_metadata(struct layer *layer, const char *path,
    const struct tar_entry *entry, struct error *err)
{
	const struct timespec times[2] = {
		{ .tv_nsec = UTIME_OMIT },
		{ .tv_sec = entry->mtime_sec, .tv_nsec = entry->mtime_nsec },
	};

	if (lchown(path, (uid_t)entry->uid, (gid_t)entry->gid) < 0)
		return entry_errno(entry, err);
	if (entry->type != TAR_SYMLINK && chmod(path, entry->mode) < 0)
		return entry_errno(entry, err);
	if (set_xattrs(path, entry, err) < 0)
		return -1;
	if (entry->type == TAR_DIRECTORY)
		return defer_time(layer, path, times[1], err);
	if (utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) < 0)
		return entry_errno(entry, err);
	return 0;
}

/* The last name of a path, and what it is in ("" or with a slash after). */
static struct slice
split_name(struct slice path, struct slice *ret_directory)
{
	const char *slash = memrchr(path.ptr, '/', path.len);
	size_t n = slash ? (size_t)(slash - path.ptr) + 1 : 0;

	*ret_directory = slice_first(path, n);
	return slice_after(path, n);
}

/* Children one by one: their directory itself stays. */
static int
empty_directory(const char *path, const struct paths *keep)
{
	char *roots[] = { (char *)path, NULL };
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	int failed = 0;

	if (!walk)
		return -1;
	FTSENT *at = fts_read(walk);
	FTSENT *child =
	    at && at->fts_info == FTS_D ? fts_children(walk, 0) : NULL;
	for (; child && !failed; child = child->fts_link) {
		CLEANUP(string_free)
		char *below = string_format("%s%s%s", path,
		    path[1] == '\0' ? "" : "/", child->fts_name);

		if (!below || remove_tree(below, keep) < 0)
			failed = below ? errno : ENOMEM;
	}
	(void)fts_close(walk);
	errno = failed;
	return failed ? -1 : 0;
}

/* A whiteout hides what is of the layers below, and nothing of its own. */
static int
apply_whiteout(struct layer *layer, const struct tar_entry *entry,
    struct slice directory, struct slice name, struct error *err)
{
	bool opaque = slice_eq(name, OPAQUE);
	struct slice hidden = slice_after(name, WHITEOUT_PREFIX.len);

	if (!opaque && slice_starts_with(name, AUFS_PREFIX))
		return 0;
	if (opaque)
		hidden = SLICE("");
	if (opaque && directory.len > 0)
		directory.len--;
	if (!opaque && hidden.len == 0)
		return error_set(err, ERROR_FORMAT,
		    SLICE_FMT ": a whiteout of nothing",
		    SLICE_ARG(entry->path));

	CLEANUP(string_free)
	char *path = string_format(
	    "/" SLICE_FMT SLICE_FMT, SLICE_ARG(directory), SLICE_ARG(hidden));
	if (!path)
		return error_nomem(err);
	int r = opaque ? empty_directory(path, &layer->made)
		       : remove_tree(path, &layer->made);
	if (r < 0 && errno != ENOENT && errno != ENOTDIR)
		return entry_errno(entry, err);
	return 0;
}

static int
check_owner(const struct tar_entry *entry, struct error *err)
{
	if (entry->uid < CHILD_N_IDS && entry->gid < CHILD_N_IDS)
		return 0;
	return error_set(err, ERROR_UNSUPPORTED,
	    SLICE_FMT ": its owner, %llu:%llu, is higher than a jail has",
	    SLICE_ARG(entry->path), (unsigned long long)entry->uid,
	    (unsigned long long)entry->gid);
}

static int
apply_entry(struct layer *layer, struct tar_reader *tar,
    const struct tar_entry *entry, struct error *err)
{
	struct slice directory;
	struct slice name = split_name(entry->path, &directory);

	if (slice_starts_with(name, WHITEOUT_PREFIX))
		return apply_whiteout(layer, entry, directory, name, err);
	if (check_owner(entry, err) < 0)
		return -1;
	if (entry->type == TAR_HARDLINK && slice_eq(entry->path, entry->link))
		return 0;
	if (entry->path.len == 0 && entry->type != TAR_DIRECTORY)
		return error_set(err, ERROR_FORMAT, "the root is no directory");

	CLEANUP(string_free)
	char *path = string_format("/" SLICE_FMT, SLICE_ARG(entry->path));
	if (!path)
		return error_nomem(err);
	if (make_parents(path) < 0 ||
	    make_room(path, entry->type == TAR_DIRECTORY) < 0)
		return entry_errno(entry, err);
	if (make_entry(path, tar, entry, err) < 0 ||
	    paths_add(&layer->made, entry->path, err) < 0)
		return -1;
	if (entry->type == TAR_HARDLINK)
		return 0;
	return set_metadata(layer, path, entry, err);
}

static int
set_directory_times(const struct layer *layer)
{
	for (size_t i = 0; i < layer->n_times; i++) {
		const struct timespec times[2] = {
			{ .tv_nsec = UTIME_OMIT },
			layer->times[i].mtime,
		};
		/* It may have been replaced by a later entry: no matter. */
		(void)utimensat(
		    AT_FDCWD, layer->times[i].path, times, AT_SYMLINK_NOFOLLOW);
	}
	return 0;
}

static int
unpack_layer(struct stream *data, struct error *err)
{
	CLEANUP(decompress_free) struct decompress *inflate = NULL;
	CLEANUP(layer_clear) struct layer layer = { 0 };
	struct tar_entry entry;
	int r;

	if (decompress_new(data, NULL, &inflate, err) < 0)
		return -1;
	CLEANUP(tar_reader_free)
	struct tar_reader *tar =
	    tar_reader_new(decompress_stream(inflate), NULL, err);
	if (!tar)
		return -1;
	while ((r = tar_reader_next(tar, &entry, err)) > 0)
		if (apply_entry(&layer, tar, &entry, err) < 0)
			return -1;
	if (r < 0)
		return -1;
	return set_directory_times(&layer);
}

static int
unpack_layers(int input_fd, struct error *err)
{
	CLEANUP(record_reader_clear) struct record_reader in = { .fd = -1 };
	struct record record;

	if (record_reader_init(&in, input_fd, err) < 0)
		return -1;
	for (size_t n = 1;; n++) {
		if (record_next(&in, &record, err) < 0)
			return -1;
		if (record.kind == RECORD_LAYERS_END)
			return 0;
		if (record.kind != RECORD_LAYER)
			return error_set(err, ERROR_FORMAT, "not a layer");
		if (unpack_layer(&in.data, err) < 0)
			return error_wrap(err, "layer %zu", n);
	}
}

int
unpack_run(void *ctx, struct error *err)
{
	const struct unpack_job *job = ctx;

	if (child_pivot(AREA_BASE, err) < 0 ||
	    rights_drop(job->memory_bytes, err) < 0 ||
	    unpack_layers(job->input_fd, err) < 0)
		return -1;
	return root_prepare(err);
}
