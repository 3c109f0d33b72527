/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each step takes one name that readdir(3) gave, opens what it is without
 * following or reading it (O_PATH), looks at that descriptor, and goes on from
 * it: nobody can put something else in its place in between, and no name leads
 * out. A device is never opened, nor is a FIFO.
 *
 * In a layer, overlayfs has a character device 0:0 where a name of the layers
 * below is gone, and says of a directory that it hides all of them by the
 * attribute "opaque" (Documentation/filesystems/overlayfs.rst). Storage that
 * cannot have such devices has names that begin with .wh., as layers' tars
 * have; no two engines agree on these in a directory, so that layer is to be
 * exported. In a root file system both are what they look like.
 */
#include "storage/walk.h"

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
#include "storage/step.h"

/* As layer/inventory.c of entries; what is only looked at counts, too. */
#define NAMES_MAX 2000000
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
	bool all;
	bool has_begun;
	dev_t dev;   /* of the root */
	int root_fd; /* not owned */
	int fd;      /* of the last entry */
	struct level levels[DEPTH_MAX];
	size_t depth;
	size_t n_names;
	char path[PATH_MAX_BYTES + 1];
	size_t path_len;
	char link[PATH_MAX_BYTES + 1];
};

struct walk *
walk_new(int dir_fd, enum storage_form form, bool all, struct error *err)
{
	struct walk *walk = calloc(1, sizeof(*walk));

	if (!walk) {
		(void)error_nomem(err);
		return NULL;
	}
	walk->form = form;
	walk->all = all;
	walk->root_fd = dir_fd;
	walk->fd = -1;
	return walk;
}

void
walk_free(struct walk *walk)
{
	if (!walk)
		return;
	while (walk->depth > 0)
		(void)closedir(walk->levels[--walk->depth].dir);
	fd_close(walk->fd);
	free(walk);
}

int
walk_wrap(const struct walk_entry *entry, struct error *err)
{
	struct printable path = printable_of(entry->path);

	return error_wrap(err, "%s", entry->path.len > 0 ? path.text : "/");
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
check_mount(
    const struct walk *walk, const struct walk_entry *entry, struct error *err)
{
	if (entry->st.st_dev == walk->dev)
		return 1;
	if (walk->form == STORAGE_PLAIN)
		return is_made_up(entry->fd) ? 0 : 1;
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
look_at_directory(
    struct walk *walk, struct walk_entry *entry, struct error *err)
{
	CLEANUP(fd_close) int fd = -1;
	int r = check_mount(walk, entry, err);

	entry->kind = INVENTORY_DIRECTORY;
	if (r <= 0)
		return r < 0 ? -1 : 1;
	fd = openat(entry->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "open");
	if (check_attributes(walk, fd, &entry->is_opaque, err) < 0 ||
	    descend(walk, TAKE_FD(fd), err) < 0)
		return -1;
	return 1;
}

static int
look_at_link(struct walk *walk, struct walk_entry *entry, struct error *err)
{
	ssize_t len = readlinkat(entry->fd, "", walk->link, sizeof(walk->link));

	if (len < 0)
		return error_errno(err, "readlink");
	entry->kind = INVENTORY_SYMLINK;
	entry->link = slice_of(walk->link, (size_t)len);
	return 1;
}

/* What is at entry->fd. */
static int
look(struct walk *walk, struct walk_entry *entry, struct error *err)
{
	if (fstat(entry->fd, &entry->st) < 0)
		return error_errno(err, "stat");
	entry->kind = INVENTORY_OTHER;
	switch (entry->st.st_mode & S_IFMT) {
	case S_IFDIR: return look_at_directory(walk, entry, err);
	case S_IFLNK: return look_at_link(walk, entry, err);
	case S_IFREG: entry->kind = INVENTORY_FILE; return 1;
	case S_IFCHR:
		if (walk->form != STORAGE_PLAIN && entry->st.st_rdev == 0)
			entry->kind = INVENTORY_WHITEOUT;
		return 1;
	default: return 1;
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

/* Makes name, in the directory that the walk is in, its path. */
static int
enter(struct walk *walk, struct slice name, struct error *err)
{
	size_t len = walk->levels[walk->depth - 1].path_len;
	size_t slash = len > 0 ? 1 : 0;

	if (len + slash + name.len > PATH_MAX_BYTES)
		return error_set(err, ERROR_LIMIT, "path too long");
	if (slash > 0)
		walk->path[len++] = '/';
	memcpy(walk->path + len, name.ptr, name.len);
	walk->path_len = len + name.len;
	return check_name(walk, name, err);
}

static int
take_name(struct walk *walk, const char *name, struct walk_entry *entry,
    struct error *err)
{
	int dir_fd = dirfd(walk->levels[walk->depth - 1].dir);

	if (enter(walk, slice_of_string(name), err) < 0)
		return -1;
	entry->path = slice_of(walk->path, walk->path_len);
	if (!walk->all && !inventory_wants(entry->path))
		return 0;
	walk->fd = openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	/* What is gone meanwhile was not there, of a tree that is in use. */
	if (walk->fd < 0 && errno == ENOENT && walk->form == STORAGE_PLAIN)
		return 0;
	if (walk->fd < 0)
		return error_errno(err, "open");
	entry->fd = walk->fd;
	return look(walk, entry, err);
}

static bool
is_dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

/* Takes one name of the directory that the walk is in: 1 when it is shown. */
static int
step(struct walk *walk, struct walk_entry *entry, struct error *err)
{
	struct level *level = &walk->levels[walk->depth - 1];
	const struct dirent *found;

	*entry = (struct walk_entry){
		.path = slice_of(walk->path, level->path_len),
		.fd = -1,
	};
	errno = 0;
	/* Each has a stream of its own. NOLINTNEXTLINE(concurrency-mt-unsafe)
	 */
	found = readdir(level->dir);
	if (!found && errno != 0)
		return error_errno(err, "readdir");
	if (!found) {
		(void)closedir(level->dir);
		walk->depth--;
		return 0;
	}
	if (is_dots(found->d_name))
		return 0;
	if (++walk->n_names > NAMES_MAX)
		return error_set(
		    err, ERROR_LIMIT, "more than %d names", NAMES_MAX);
	return take_name(walk, found->d_name, entry, err);
}

static int
begin(struct walk *walk, struct walk_entry *entry, struct error *err)
{
	struct stat st;

	walk->has_begun = true;
	*entry = (struct walk_entry){ .fd = walk->root_fd };
	if (fstat(walk->root_fd, &st) < 0)
		return error_errno(err, "stat");
	walk->dev = st.st_dev;
	return look(walk, entry, err);
}

int
walk_next(struct walk *walk, struct walk_entry *ret, struct error *err)
{
	int r = 0;

	if (!walk->has_begun)
		r = begin(walk, ret, err);
	while (r == 0 && walk->depth > 0) {
		fd_close(TAKE_FD(walk->fd));
		r = step(walk, ret, err);
	}
	return r < 0 ? walk_wrap(ret, err) : r;
}

int
walk_open(
    const struct walk *walk, const struct walk_entry *entry, struct error *err)
{
	CLEANUP(fd_close) int fd = -1;
	bool is_opaque;
	int r = check_mount(walk, entry, err);

	if (r == 0)
		return error_set(err, ERROR_UNSUPPORTED, "not on a disk");
	if (r < 0)
		return -1;
	fd = step_reopen(entry->fd, err);
	if (fd < 0 || check_attributes(walk, fd, &is_opaque, err) < 0)
		return -1;
	return TAKE_FD(fd);
}

int
walk_check(const struct walk_entry *entry, int fd, struct error *err)
{
	const struct stat *was = &entry->st;
	struct stat is;

	if (fstat(fd, &is) < 0)
		return error_errno(err, "stat");
	if (was->st_size != is.st_size ||
	    was->st_mtim.tv_sec != is.st_mtim.tv_sec ||
	    was->st_mtim.tv_nsec != is.st_mtim.tv_nsec)
		return error_set(
		    err, ERROR_CONFLICT, "it changed while it was read");
	return 0;
}
