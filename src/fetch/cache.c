/* SPDX-License-Identifier: Apache-2.0 */
/*
 * named/HEX: the 32 bytes of the SHA-256 of the key, a NUL, and what follows
 * them; then the bytes themselves. It is there against damage (a full disk, a
 * lost sector, a power cut: nothing here is synced), not against people: who
 * can write here can also write what we would fetch.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/memory.h"
#include "fetch/fetch.h"

/* Larger than any inventory of an image. */
#define ENTRY_MAX_BYTES ((size_t)512 * 1024 * 1024)

static char *
entry_path(const struct fetch *fetch, const char *key)
{
	char hex[SHA256_HEX_SIZE];
	struct sha256 sum = sha256_of(slice_of_string(key));

	sha256_to_string(&sum, hex);
	return string_format("%s/named/%s", fetch->dir, hex);
}

/* Of what is kept under that key, so that no entry is taken for another. */
static int
entry_sum(
    const char *key, struct slice bytes, struct sha256 *ret, struct error *err)
{
	CLEANUP(hash_free) struct hash *hash = hash_new();

	if (!hash)
		return error_nomem(err);
	hash_put(hash, slice_of(key, strlen(key) + 1));
	hash_put(hash, bytes);
	*ret = hash_end(hash);
	return 0;
}

static int
entry_write(const char *path, const struct sha256 *sum, struct slice bytes,
    struct error *err)
{
	CLEANUP(string_free) char *beside = string_format("%s.XXXXXX", path);
	if (!beside)
		return error_nomem(err);

	CLEANUP(fd_close) int fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "%s", beside);
	if (fd_write_all(fd, slice_of((const char *)sum->bytes, SHA256_BYTES),
		err) == 0 &&
	    fd_write_all(fd, bytes, err) == 0) {
		if (rename(beside, path) == 0)
			return 0;
		(void)error_errno(err, "%s", path);
	}
	(void)unlink(beside);
	return -1;
}

int
cache_save(const struct fetch *fetch, const char *key, struct slice bytes,
    struct error *err)
{
	CLEANUP(string_free) char *path = entry_path(fetch, key);
	CLEANUP(string_free) char *dir = string_format("%s/named", fetch->dir);
	struct sha256 sum;

	if (!path || !dir)
		return error_nomem(err);
	if (entry_sum(key, bytes, &sum, err) < 0 ||
	    directory_make(dir, 0755, err) < 0)
		return -1;
	return entry_write(path, &sum, bytes, err);
}

/* Reads the file, and notes that it was: where the file system notes nothing
 * of reading, cache_trim() would know only when it was written. */
static int
entry_read(const char *path, struct buf *ret, struct error *err)
{
	const struct timespec times[2] = {
		{ .tv_nsec = UTIME_NOW },
		{ .tv_nsec = UTIME_OMIT },
	};
	CLEANUP(fd_close)
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, "%s", path);
	/* Of another user's cache it may be denied. */
	(void)futimens(fd, times);
	return fd_read_all(fd, ret, err);
}

int
cache_load(const struct fetch *fetch, const char *key, struct buf *ret,
    struct error *err)
{
	CLEANUP(string_free) char *path = entry_path(fetch, key);
	CLEANUP(buf_clear) struct buf entry = buf_limited(ENTRY_MAX_BYTES);

	if (!path)
		return error_nomem(err);
	if (entry_read(path, &entry, err) < 0) {
		/* A file too large, or one that cannot be read, is damage. */
		if (err->kind == ERROR_LIMIT || err->kind == ERROR_SYSTEM)
			err->kind = ERROR_NOT_FOUND;
		return -1;
	}

	struct slice sum = slice_first(buf_slice(&entry), SHA256_BYTES);
	struct slice bytes = slice_after(buf_slice(&entry), SHA256_BYTES);
	struct sha256 is;
	if (entry_sum(key, bytes, &is, err) < 0)
		return -1;
	if (!slice_eq(sum, slice_of((const char *)is.bytes, SHA256_BYTES)))
		return error_set(err, ERROR_NOT_FOUND, "%s: damaged", path);
	/* It may be large: it is handed over and not held twice. */
	buf_drop(&entry, SHA256_BYTES);
	entry.max_bytes = ret->max_bytes;
	buf_clear(ret);
	*ret = entry;
	entry = (struct buf){ 0 };
	return 0;
}
