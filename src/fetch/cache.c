/* SPDX-License-Identifier: Apache-2.0 */
/*
 * named/HEX: the 32 bytes of the SHA-256 of what follows them, then the bytes
 * themselves. It is there against damage (a full disk, a lost sector), not
 * against people: who can write here can also write what we would fetch.
 */
#include "fetch/fetch.h"

#include "base/bytes.h"
#include "base/fd.h"
#include "base/memory.h"

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

int
cache_save(const struct fetch *fetch, const char *key, struct slice bytes,
    struct error *err)
{
	CLEANUP(string_free) char *path = entry_path(fetch, key);
	CLEANUP(string_free) char *dir = string_format("%s/named", fetch->dir);
	CLEANUP(buf_clear) struct buf entry = { 0 };
	struct sha256 sum = sha256_of(bytes);

	if (!path || !dir)
		return error_nomem(err);
	buf_put(&entry, slice_of((const char *)sum.bytes, SHA256_BYTES));
	buf_put(&entry, bytes);
	if (buf_check(&entry, err) < 0 || directory_make(dir, 0755, err) < 0)
		return -1;
	return file_write_atomic(path, buf_slice(&entry), err);
}

int
cache_load(const struct fetch *fetch, const char *key, struct buf *ret,
    struct error *err)
{
	CLEANUP(string_free) char *path = entry_path(fetch, key);
	CLEANUP(buf_clear) struct buf entry = buf_limited(ENTRY_MAX_BYTES);

	if (!path)
		return error_nomem(err);
	if (file_read(path, &entry, err) < 0) {
		/* A file too large, or one that cannot be read, is damage. */
		if (err->kind == ERROR_LIMIT || err->kind == ERROR_SYSTEM)
			err->kind = ERROR_NOT_FOUND;
		return -1;
	}

	struct slice sum = slice_first(buf_slice(&entry), SHA256_BYTES);
	struct slice bytes = slice_after(buf_slice(&entry), SHA256_BYTES);
	struct sha256 is = sha256_of(bytes);
	if (!slice_eq(sum, slice_of((const char *)is.bytes, SHA256_BYTES)))
		return error_set(err, ERROR_NOT_FOUND, "%s: damaged", path);
	buf_put(ret, bytes);
	return buf_check(ret, err);
}
