/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rooms of the cache hold files whose names begin with 64 hex digits. When a
 * file was used last is the later of its access and modification times.
 *
 * The file `trimmed` is as old as the last look, and holds the size that was
 * kept to then: as long as it is younger than the rooms, no file came. It is
 * also the lock of who looks.
 */
#include "fetch/trim.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/hash.h"
#include "base/memory.h"

/* What a file takes of a disk is a whole number of these. */
#define BLOCK_BYTES ((uint64_t)4096)

/* One that is being written, "HEX.XXXXXX", is left alone for so long. */
#define WRITING_SEC 3600

/* More is not one run's doing; the rest is for the next. */
#define FILES_MAX ((size_t)1000000)

static const char *const rooms[] = { "blobs", "named", "partial" };

struct used_file {
	size_t room;
	char *name;
	struct timespec used;
	uint64_t size_bytes;
};

struct used_files {
	struct used_file *items;
	size_t n_items;
	uint64_t size_bytes; /* of all */
};

static void
used_files_clear(struct used_files *files)
{
	for (size_t i = 0; i < files->n_items; i++)
		free(files->items[i].name);
	free(files->items);
}
DEFINE_CLEANUP_IN_PLACE(struct used_files, used_files_clear)

static void
directory_close(DIR *dir)
{
	if (dir)
		(void)closedir(dir);
}
DEFINE_CLEANUP(DIR, directory_close)

static int
time_cmp(const struct timespec *a, const struct timespec *b)
{
	if (a->tv_sec != b->tv_sec)
		return a->tv_sec < b->tv_sec ? -1 : 1;
	if (a->tv_nsec != b->tv_nsec)
		return a->tv_nsec < b->tv_nsec ? -1 : 1;
	return 0;
}

static struct timespec
used_at(const struct stat *st)
{
	return time_cmp(&st->st_atim, &st->st_mtim) > 0 ? st->st_atim
							: st->st_mtim;
}

/* HEX, or HEX and a suffix that begins with a dot. */
static bool
is_cache_name(const char *name)
{
	struct slice text = slice_of_string(name);
	struct sha256 ignored;

	return sha256_from_string(
		   slice_first(text, 2 * SHA256_BYTES), &ignored) &&
	    (text.len == 2 * SHA256_BYTES || text.ptr[2 * SHA256_BYTES] == '.');
}

static bool
is_being_written(const char *name, const struct stat *st)
{
	return name[2 * SHA256_BYTES] != '\0' &&
	    st->st_mtim.tv_sec > time(NULL) - WRITING_SEC;
}

static int
file_add(struct used_files *files, size_t room, const char *name,
    const struct stat *st, struct error *err)
{
	if (files->n_items == FILES_MAX)
		return 0;
	if (!ARRAY_GROW(files->items, files->n_items))
		return error_nomem(err);

	struct used_file *file = &files->items[files->n_items];
	*file = (struct used_file){
		.room = room,
		.name = string_format("%s", name),
		.used = used_at(st),
		.size_bytes = ((uint64_t)st->st_size + BLOCK_BYTES - 1) /
		    BLOCK_BYTES * BLOCK_BYTES,
	};
	if (!file->name)
		return error_nomem(err);
	files->n_items++;
	files->size_bytes += file->size_bytes;
	return 0;
}

static int
room_list(int dir_fd, size_t room, struct used_files *files, struct error *err)
{
	const struct dirent *entry;
	struct stat st;

	int fd = openat(dir_fd, rooms[room],
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0
				       : error_errno(err, "%s", rooms[room]);
	CLEANUP(directory_close) DIR *dir = fdopendir(fd);
	if (!dir) {
		fd_close(fd);
		return error_errno(err, "%s", rooms[room]);
	}
	while ((entry = readdir(dir)))
		if (is_cache_name(entry->d_name) &&
		    fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) &&
		    !is_being_written(entry->d_name, &st) &&
		    file_add(files, room, entry->d_name, &st, err) < 0)
			return -1;
	return 0;
}

/* Removes it, if nobody has used it meanwhile or is at it; whether it is gone.
 * What cannot be removed is left, and something else goes. */
static bool
file_remove(int dir_fd, const struct used_file *file)
{
	CLEANUP(string_free)
	char *path = string_format("%s/%s", rooms[file->room], file->name);
	struct stat st;

	if (!path)
		return false;
	CLEANUP(fd_close)
	int fd = openat(
	    dir_fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 || fstat(fd, &st) < 0)
		return false;

	struct timespec used = used_at(&st);
	return time_cmp(&used, &file->used) == 0 &&
	    unlinkat(dir_fd, path, 0) == 0;
}

static int
oldest_first(const void *a, const void *b)
{
	const struct used_file *left = a;
	const struct used_file *right = b;

	return time_cmp(&left->used, &right->used);
}

static int
rooms_trim(int dir_fd, uint64_t max_bytes, struct error *err)
{
	CLEANUP(used_files_clear) struct used_files files = { 0 };

	for (size_t i = 0; i < N_ITEMS(rooms); i++)
		if (room_list(dir_fd, i, &files, err) < 0)
			return -1;
	if (files.size_bytes <= max_bytes)
		return 0;
	qsort(files.items, files.n_items, sizeof(*files.items), oldest_first);
	for (size_t i = 0; i < files.n_items && files.size_bytes > max_bytes;
	     i++)
		if (file_remove(dir_fd, &files.items[i]))
			files.size_bytes -= files.items[i].size_bytes;
	return 0;
}

/* Whether nothing came since the stamp was set, for the same size. */
static bool
is_trimmed(int dir_fd, int stamp_fd, const char *size)
{
	char kept[32];
	struct stat stamp, room;
	ssize_t n = pread(stamp_fd, kept, sizeof(kept), 0);

	if (n < 0 || fstat(stamp_fd, &stamp) < 0 ||
	    !slice_eq(slice_of(kept, (size_t)n), slice_of_string(size)))
		return false;
	for (size_t i = 0; i < N_ITEMS(rooms); i++)
		if (fstatat(dir_fd, rooms[i], &room, 0) == 0 &&
		    time_cmp(&room.st_mtim, &stamp.st_mtim) >= 0)
			return false;
	return true;
}

int
cache_trim(const char *dir, uint64_t max_bytes, struct error *err)
{
	char size[24];

	CLEANUP(fd_close)
	int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		return errno == ENOENT ? 0 : error_errno(err, "%s", dir);
	CLEANUP(fd_close)
	int stamp_fd = openat(
	    dir_fd, "trimmed", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (stamp_fd < 0)
		return error_errno(err, "%s/trimmed", dir);

	(void)snprintf(size, sizeof(size), "%" PRIu64 "\n", max_bytes);
	/* Who has it locked does the work for us. */
	if (is_trimmed(dir_fd, stamp_fd, size) ||
	    flock(stamp_fd, LOCK_EX | LOCK_NB) < 0)
		return 0;
	if (rooms_trim(dir_fd, max_bytes, err) < 0)
		return error_wrap(err, "%s", dir);
	/* Without a stamp, on a full disk, all of it is looked at again. */
	if (ftruncate(stamp_fd, 0) < 0 ||
	    pwrite(stamp_fd, size, strlen(size), 0) < 0)
		return error_errno(err, "%s/trimmed", dir);
	return 0;
}
