/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A partial file belongs to who has the lock on it; who finds it locked
 * fetches for himself. It is renamed while it is locked, so a lock got late
 * may be that of a file which has its name in blobs/ by now: that is looked
 * at after locking.
 */
#include "fetch/blob.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/memory.h"

static char *
path_in(const struct fetch *fetch, const char *room, const struct sha256 *sum)
{
	char hex[SHA256_HEX_SIZE];

	sha256_to_string(sum, hex);
	return string_format("%s/%s/%s", fetch->dir, room, hex);
}

static int
room_make(const struct fetch *fetch, const char *room, struct error *err)
{
	CLEANUP(string_free)
	char *dir = string_format("%s/%s", fetch->dir, room);

	return dir ? directory_make(dir, 0755, err) : error_nomem(err);
}

static int
rewind_to_start(int fd, struct error *err)
{
	return lseek(fd, 0, SEEK_SET) < 0 ? error_errno(err, "lseek") : 0;
}

int
blob_open(const struct fetch *fetch, const struct sha256 *sum,
    uint64_t size_bytes, int *ret_fd, struct error *err)
{
	CLEANUP(string_free) char *path = path_in(fetch, "blobs", sum);
	CLEANUP(fd_stream_clear) struct fd_stream file = { 0 };
	CLEANUP(hash_stream_clear) struct hash_stream tap = { 0 };

	if (!path)
		return error_nomem(err);
	CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "%s", path);
	if (fd_stream_init(&file, fd, err) < 0 ||
	    hash_stream_init(&tap, &file.stream, err) < 0 ||
	    stream_drain(&tap.stream, err) < 0)
		return error_wrap(err, "%s", path);

	struct sha256 is = hash_stream_end(&tap);
	if (tap.n_bytes != size_bytes || !sha256_eq(&is, sum))
		return error_set(err, ERROR_NOT_FOUND, "%s: damaged", path);
	if (rewind_to_start(fd, err) < 0)
		return -1;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int
blob_read(const struct fetch *fetch, const struct sha256 *sum, struct buf *ret,
    struct error *err)
{
	CLEANUP(string_free) char *path = path_in(fetch, "blobs", sum);
	size_t before = ret->len;

	if (!path)
		return error_nomem(err);
	if (file_read(path, ret, err) < 0)
		return -1;

	struct sha256 is = sha256_of(slice_after(buf_slice(ret), before));
	if (!sha256_eq(&is, sum)) {
		ret->len = before;
		return error_set(err, ERROR_NOT_FOUND, "%s: damaged", path);
	}
	return 0;
}

int
blob_save(const struct fetch *fetch, struct slice bytes, struct error *err)
{
	struct sha256 sum = sha256_of(bytes);
	CLEANUP(string_free) char *path = path_in(fetch, "blobs", &sum);

	if (!path)
		return error_nomem(err);
	if (room_make(fetch, "blobs", err) < 0)
		return -1;
	return file_write_atomic(path, bytes, err);
}

/* Whether fd is a file, and still what path names. */
static bool
is_named(int fd, const char *path)
{
	struct stat ours, named;

	return fstat(fd, &ours) == 0 && S_ISREG(ours.st_mode) &&
	    stat(path, &named) == 0 && ours.st_dev == named.st_dev &&
	    ours.st_ino == named.st_ino;
}

/* The partial file, locked, or -1 when that is not to be had. */
static int
partial_lock(const char *path)
{
	CLEANUP(fd_close)
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 || !is_named(fd, path))
		return -1;
	return TAKE_FD(fd);
}

int
blob_part_restart(struct blob_part *part, struct error *err)
{
	hash_free(TAKE(part->hash));
	part->n_bytes = 0;
	part->hash = hash_new();
	if (!part->hash)
		return error_nomem(err);
	if (ftruncate(part->fd, 0) < 0)
		return error_errno(err, "ftruncate");
	return rewind_to_start(part->fd, err);
}

/* Hashes what an earlier run left; too much of it is nothing at all. */
static int
take_left(struct blob_part *part, struct error *err)
{
	CLEANUP(fd_stream_clear) struct fd_stream file = { 0 };
	struct slice chunk = { NULL, 0 };

	if (fd_stream_init(&file, part->fd, err) < 0)
		return -1;
	do {
		if (stream_next(&file.stream, &chunk, err) < 0)
			return -1;
		hash_put(part->hash, chunk);
		part->n_bytes += chunk.len;
	} while (chunk.len > 0 && part->n_bytes < part->size_bytes);
	if (part->n_bytes >= part->size_bytes)
		return blob_part_restart(part, err);
	return 0;
}

static int
part_init(const struct fetch *fetch, const struct sha256 *sum,
    uint64_t size_bytes, struct blob_part *ret, struct error *err)
{
	*ret = (struct blob_part){
		.sum = *sum,
		.size_bytes = size_bytes,
		.hash = hash_new(),
		.path_whole = path_in(fetch, "blobs", sum),
		.fd = -1,
	};
	if (!ret->hash || !ret->path_whole)
		return error_nomem(err);
	return room_make(fetch, "blobs", err);
}

int
blob_part_open_unnamed(const struct fetch *fetch, const struct sha256 *sum,
    uint64_t size_bytes, struct blob_part *ret, struct error *err)
{
	CLEANUP(string_free) char *dir = string_format("%s/blobs", fetch->dir);
	CLEANUP(blob_part_clear) struct blob_part part = { .fd = -1 };

	if (!dir)
		return error_nomem(err);
	if (part_init(fetch, sum, size_bytes, &part, err) < 0)
		return -1;
	part.fd = file_temporary(dir, err);
	if (part.fd < 0)
		return -1;
	*ret = part;
	part = (struct blob_part){ .fd = -1 };
	return 0;
}

int
blob_part_open(const struct fetch *fetch, const struct sha256 *sum,
    uint64_t size_bytes, struct blob_part *ret, struct error *err)
{
	CLEANUP(blob_part_clear) struct blob_part part = { .fd = -1 };

	if (part_init(fetch, sum, size_bytes, &part, err) < 0 ||
	    room_make(fetch, "partial", err) < 0)
		return -1;
	part.path = path_in(fetch, "partial", sum);
	if (!part.path)
		return error_nomem(err);
	part.fd = partial_lock(part.path);
	if (part.fd < 0)
		return blob_part_open_unnamed(fetch, sum, size_bytes, ret, err);
	if (take_left(&part, err) < 0)
		return error_wrap(err, "%s", part.path);
	*ret = part;
	part = (struct blob_part){ .fd = -1 };
	return 0;
}

int
blob_part_put(struct blob_part *part, struct slice bytes, struct error *err)
{
	if (bytes.len > part->size_bytes - part->n_bytes)
		return error_set(err, ERROR_UNTRUSTED,
		    "more than the %llu bytes that it must have",
		    (unsigned long long)part->size_bytes);
	if (fd_write_all(part->fd, bytes, err) < 0)
		return -1;
	hash_put(part->hash, bytes);
	part->n_bytes += bytes.len;
	return 0;
}

static int
part_check(struct blob_part *part, struct error *err)
{
	struct sha256 is = hash_end(part->hash);
	uint64_t n_bytes = part->n_bytes;
	char is_hex[SHA256_HEX_SIZE], want_hex[SHA256_HEX_SIZE];

	if (n_bytes == part->size_bytes && sha256_eq(&is, &part->sum))
		return 0;
	if (blob_part_restart(part, err) < 0)
		return -1;
	sha256_to_string(&is, is_hex);
	sha256_to_string(&part->sum, want_hex);
	return error_set(err, ERROR_UNTRUSTED,
	    "%llu bytes with SHA-256 %.12s..., not %llu with %.12s...",
	    (unsigned long long)n_bytes, is_hex,
	    (unsigned long long)part->size_bytes, want_hex);
}

/* Gives a file without a name its own; that it has one already is fine. */
static int
link_whole(const struct blob_part *part, struct error *err)
{
	char self[64];

	(void)snprintf(self, sizeof(self), "/proc/self/fd/%d", part->fd);
	(void)unlink(part->path_whole); /* only a damaged one is there */
	if (linkat(AT_FDCWD, self, AT_FDCWD, part->path_whole,
		AT_SYMLINK_FOLLOW) == 0)
		return 0;
	(void)error_errno(err, "%s", part->path_whole);
	return err->kind == ERROR_EXISTS ? 0 : -1;
}

int
blob_part_end(struct blob_part *part, int *ret_fd, struct error *err)
{
	if (part_check(part, err) < 0)
		return -1;
	if (fsync(part->fd) < 0)
		return error_errno(err, "fsync");
	if (!part->path) {
		if (link_whole(part, err) < 0)
			return -1;
	} else if (rename(part->path, part->path_whole) < 0) {
		return error_errno(err, "%s", part->path_whole);
	}
	if (rewind_to_start(part->fd, err) < 0)
		return -1;
	*ret_fd = TAKE_FD(part->fd);
	return 0;
}

void
blob_part_clear(struct blob_part *part)
{
	/* What nothing came of need not stay. */
	if (part->fd >= 0 && part->path && part->n_bytes == 0)
		(void)unlink(part->path);
	fd_close(TAKE_FD(part->fd));
	hash_free(TAKE(part->hash));
	free(TAKE(part->path));
	free(TAKE(part->path_whole));
}
