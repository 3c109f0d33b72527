/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory's inventory. Each step takes one name that readdir(3) gave,
 * opens what it is without following or reading it (O_PATH), looks at that
 * descriptor, and goes on from it: nobody can put something else in its place
 * in between, and no name leads out. A device is never opened, nor is a FIFO.
 *
 * In a layer, overlayfs has a character device 0:0 where a name of the layers
 * below is gone, and says of a directory that it hides all of them by the
 * attribute "opaque" (Documentation/filesystems/overlayfs.rst). Storage that
 * cannot have such devices has names that begin with .wh., as layers' tars
 * have; no two engines agree on these in a directory, so that layer is to be
 * exported. In a root file system both are what they look like.
 */
#include "storage/storage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "archive/printable.h"
#include "base/fd.h"
#include "base/memory.h"
#include "layer/inventory.h"
#include "storage/step.h"

/* As layer/inventory.c of a file in a tar, and of entries. */
#define FILE_MAX_BYTES ((size_t)128 * 1024 * 1024)
#define ENTRIES_MAX    10000
/* All that a worker takes of the layers of an image is 512 MiB. */
#define INVENTORY_MAX_BYTES ((size_t)256 * 1024 * 1024)
/* The largest images have some 500,000 files. */
#define NAMES_MAX 10000000
/* node_modules is about 60 deep at its worst. Each has a descriptor open, of
 * which a process has 1024. */
#define DEPTH_MAX 200
/* As the kernel's PATH_MAX. */
#define PATH_MAX_BYTES ((size_t)4096)

struct level {
	DIR *dir;
	size_t path_len; /* of its own path */
};

struct walk {
	enum storage_form form;
	dev_t dev; /* of the root */
	struct buf *out;
	struct buf content;
	struct level levels[DEPTH_MAX];
	size_t depth;
	char path[PATH_MAX_BYTES + 1];
	char link[PATH_MAX_BYTES + 1];
	size_t path_len;
	size_t n_entries;
	size_t n_names;
};

static void
walk_free(struct walk *walk)
{
	if (!walk)
		return;
	while (walk->depth > 0)
		(void)closedir(walk->levels[--walk->depth].dir);
	buf_clear(&walk->content);
	free(walk);
}
DEFINE_CLEANUP(struct walk, walk_free)

static struct slice
walk_path(const struct walk *walk)
{
	return slice_of(walk->path, walk->path_len);
}

static int
walk_wrap(const struct walk *walk, struct error *err)
{
	struct printable path = printable_of(walk_path(walk));

	return error_wrap(err, "%s", walk->path_len > 0 ? path.text : "/");
}

static int
put(struct walk *walk, enum inventory_kind kind, struct slice link,
    struct slice content, struct error *err)
{
	const struct inventory_entry entry = {
		.kind = kind,
		.path = walk_path(walk),
		.link = link,
		.content = content,
	};

	if (++walk->n_entries > ENTRIES_MAX)
		return error_set(err, ERROR_LIMIT,
		    "more than %d entries that matter", ENTRIES_MAX);
	inventory_put(walk->out, &entry);
	return buf_check(walk->out, err);
}

static int
put_kind(struct walk *walk, enum inventory_kind kind, struct error *err)
{
	return put(walk, kind, SLICE(""), SLICE(""), err);
}

/* What is no disk: its files are made up when they are read, or wait. */
static bool
is_made_up(int fd)
{
	static const uint32_t types[] = { PROC_SUPER_MAGIC, SYSFS_MAGIC,
		CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC,
		TRACEFS_MAGIC, SECURITYFS_MAGIC, DEVPTS_SUPER_MAGIC,
		BPF_FS_MAGIC, PSTOREFS_MAGIC, EFIVARFS_MAGIC, BINFMTFS_MAGIC,
		AUTOFS_SUPER_MAGIC, SELINUX_MAGIC, NSFS_MAGIC,
		0x19800202 /* mqueue */, 0x62656570 /* configfs */,
		0x65735543 /* fusectl */, 0x958458f6 /* hugetlbfs */,
		0x67596969 /* rpc_pipefs */ };
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return true;
	for (size_t i = 0; i < N_ITEMS(types); i++)
		if ((uint32_t)fs.f_type == types[i])
			return true;
	return false;
}

/* 1: go on; 0: a file system that is none of the tree's; or -1. */
static int
check_mount(const struct walk *walk, int fd, dev_t dev, struct error *err)
{
	if (dev == walk->dev)
		return 1;
	if (walk->form == STORAGE_PLAIN)
		return is_made_up(fd) ? 0 : 1;
	return error_set(
	    err, ERROR_UNSUPPORTED, "something is mounted in the layer");
}

static int
check_attributes(
    const struct walk *walk, int fd, bool *ret_opaque, struct error *err)
{
	enum step_attributes is = STEP_NOTHING;

	if (walk->form != STORAGE_PLAIN &&
	    step_attributes(fd, walk->form, &is, err) < 0)
		return -1;
	if (is == STEP_OTHER)
		return error_set(err, ERROR_UNSUPPORTED,
		    "attributes that hide or move what is below");
	*ret_opaque = is == STEP_OPAQUE;
	return 0;
}

/* Makes the directory that fd is the one whose names come next; takes fd. */
static int
descend(struct walk *walk, int fd, struct error *err)
{
	CLEANUP(fd_close) int owned = fd;
	DIR *dir;

	if (walk->depth == DEPTH_MAX)
		return error_set(err, ERROR_LIMIT, "deeper than %d", DEPTH_MAX);
	dir = fdopendir(owned);
	if (!dir)
		return error_errno(err, "open");
	(void)TAKE_FD(owned);
	walk->levels[walk->depth++] = (struct level){
		.dir = dir,
		.path_len = walk->path_len,
	};
	return 0;
}

static int
add_directory(struct walk *walk, int at, dev_t dev, struct error *err)
{
	CLEANUP(fd_close) int fd = -1;
	bool is_opaque;
	int r;

	if (put_kind(walk, INVENTORY_DIRECTORY, err) < 0)
		return -1;
	r = check_mount(walk, at, dev, err);
	if (r <= 0)
		return r;
	fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "open");
	if (check_attributes(walk, fd, &is_opaque, err) < 0 ||
	    (is_opaque && put_kind(walk, INVENTORY_OPAQUE, err) < 0))
		return -1;
	return descend(walk, TAKE_FD(fd), err);
}

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int
read_content(
    struct walk *walk, int fd, const struct stat *was, struct error *err)
{
	struct stat is;

	if (was->st_size > (off_t)FILE_MAX_BYTES)
		return error_set(
		    err, ERROR_LIMIT, "larger than %zu bytes", FILE_MAX_BYTES);
	walk->content.len = 0;
	if (fd_read_all(fd, &walk->content, err) < 0)
		return -1;
	if (fstat(fd, &is) < 0)
		return error_errno(err, "stat");
	if (!is_same(was, &is) || (size_t)is.st_size != walk->content.len)
		return error_set(
		    err, ERROR_CONFLICT, "it changed while it was read");
	return 0;
}

static int
add_file(struct walk *walk, int at, const struct stat *st, struct error *err)
{
	CLEANUP(fd_close) int fd = -1;
	bool is_opaque;
	int r;

	if (!inventory_reads(walk_path(walk)))
		return put_kind(walk, INVENTORY_FILE, err);
	r = check_mount(walk, at, st->st_dev, err);
	if (r < 0)
		return -1;
	if (r == 0)
		return error_set(err, ERROR_UNSUPPORTED, "not on a disk");
	fd = step_reopen(at, err);
	if (fd < 0 || check_attributes(walk, fd, &is_opaque, err) < 0 ||
	    read_content(walk, fd, st, err) < 0)
		return -1;
	return put(
	    walk, INVENTORY_FILE, SLICE(""), buf_slice(&walk->content), err);
}

static int
add_symlink(struct walk *walk, int at, struct error *err)
{
	ssize_t len = readlinkat(at, "", walk->link, sizeof(walk->link));

	if (len < 0)
		return error_errno(err, "readlink");
	return put(walk, INVENTORY_SYMLINK, slice_of(walk->link, (size_t)len),
	    SLICE(""), err);
}

static int
add_other(struct walk *walk, const struct stat *st, struct error *err)
{
	bool is_whiteout = walk->form != STORAGE_PLAIN &&
	    S_ISCHR(st->st_mode) && st->st_rdev == 0;

	return put_kind(
	    walk, is_whiteout ? INVENTORY_WHITEOUT : INVENTORY_OTHER, err);
}

/* What is gone meanwhile was not there, of a tree that is in use. */
static int
add_gone(const struct walk *walk, struct error *err)
{
	if (walk->form == STORAGE_PLAIN && errno == ENOENT)
		return 0;
	return error_errno(err, "open");
}

static int
add_entry(struct walk *walk, int dir_fd, const char *name, struct error *err)
{
	CLEANUP(fd_close)
	int at = openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (at < 0)
		return add_gone(walk, err);
	if (fstat(at, &st) < 0)
		return error_errno(err, "stat");
	switch (st.st_mode & S_IFMT) {
	case S_IFDIR: return add_directory(walk, at, st.st_dev, err);
	case S_IFREG: return add_file(walk, at, &st, err);
	case S_IFLNK: return add_symlink(walk, at, err);
	default: return add_other(walk, &st, err);
	}
}

/* A name as storage has it that cannot have devices 0:0. */
static int
check_name(const struct walk *walk, struct slice name, struct error *err)
{
	if (walk->form == STORAGE_PLAIN ||
	    !slice_starts_with(name, SLICE(".wh.")))
		return 0;
	/* Notes of storage drivers to themselves, but for this one. */
	if (slice_starts_with(name, SLICE(".wh..wh.")) &&
	    !slice_eq(name, SLICE(".wh..wh..opq")))
		return 0;
	return error_set(
	    err, ERROR_UNSUPPORTED, "a name that may hide what is below");
}

/* The next name of the directory that the walk is in, now its path. */
static int
take_name(struct walk *walk, const char *name, struct error *err)
{
	const struct level *level = &walk->levels[walk->depth - 1];
	struct slice text = slice_of_string(name);
	size_t slash = level->path_len > 0 ? 1 : 0;

	walk->path_len = level->path_len;
	if (check_name(walk, text, err) < 0)
		return -1;
	if (level->path_len + slash + text.len > PATH_MAX_BYTES)
		return error_set(err, ERROR_LIMIT, "path too long");
	if (slash > 0)
		walk->path[walk->path_len++] = '/';
	memcpy(walk->path + walk->path_len, text.ptr, text.len);
	walk->path_len += text.len;
	if (!inventory_wants(walk_path(walk)))
		return 0;
	return add_entry(walk, dirfd(level->dir), name, err);
}

static int
walk_step(struct walk *walk, struct error *err)
{
	struct level *level = &walk->levels[walk->depth - 1];
	const struct dirent *entry;

	errno = 0;
	/* Each walk has its own stream. NOLINTNEXTLINE(concurrency-mt-unsafe)
	 */
	entry = readdir(level->dir);
	if (!entry && errno != 0)
		return error_errno(err, "readdir");
	if (!entry) {
		(void)closedir(level->dir);
		walk->depth--;
		return 0;
	}
	if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
		return 0;
	if (++walk->n_names > NAMES_MAX)
		return error_set(
		    err, ERROR_LIMIT, "more than %d names", NAMES_MAX);
	return take_name(walk, entry->d_name, err);
}

int
storage_inventory(
    int dir_fd, enum storage_form form, struct buf *out, struct error *err)
{
	CLEANUP(walk_free) struct walk *walk = calloc(1, sizeof(*walk));
	struct stat st;

	if (!walk)
		return error_nomem(err);
	walk->form = form;
	walk->out = out;
	walk->content.max_bytes = FILE_MAX_BYTES;
	if (fstat(dir_fd, &st) < 0)
		return error_errno(err, "/");
	walk->dev = st.st_dev;
	if (add_directory(walk, dir_fd, st.st_dev, err) < 0)
		return error_wrap(err, "/");
	while (walk->depth > 0)
		if (walk_step(walk, err) < 0)
			return walk_wrap(walk, err);
	return 0;
}
