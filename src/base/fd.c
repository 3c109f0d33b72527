/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

#define READ_BYTES ((size_t)64 * 1024)

void
fd_close(int fd)
{
	int saved = errno;

	if (fd >= 0)
		(void)close(fd);
	errno = saved;
}

int
fd_write_all(int fd, struct slice bytes, struct error *err)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.ptr, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "write");
		bytes = slice_after(bytes, (size_t)n);
	}
	return 0;
}

int
fd_read_all(int fd, struct buf *ret, struct error *err)
{
	char *chunk = malloc(READ_BYTES);
	ssize_t n;

	if (!chunk)
		return error_nomem(err);
	while ((n = read(fd, chunk, READ_BYTES)) != 0 && !ret->failed) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		buf_put(ret, slice_of(chunk, (size_t)n));
	}
	free(chunk);
	if (n < 0)
		return error_errno(err, "read");
	return buf_check(ret, err);
}

int
file_read(const char *path, struct buf *ret, struct error *err)
{
	CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, "%s", path);
	if (fd_read_all(fd, ret, err) < 0)
		return error_wrap(err, "%s", path);
	return 0;
}

int
file_open_regular(const char *path, struct error *err)
{
	/* Who opens a FIFO waits for a writer, unless told not to. */
	CLEANUP(fd_close)
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(err, "%s", path);
	if (!S_ISREG(st.st_mode))
		return error_set(
		    err, ERROR_UNSUPPORTED, "%s: not a regular file", path);
	return TAKE_FD(fd);
}

static int
write_synced(int fd, struct slice bytes, struct error *err)
{
	if (fd_write_all(fd, bytes, err) < 0)
		return -1;
	return fsync(fd) < 0 ? error_errno(err, "fsync") : 0;
}

int
file_write_atomic(const char *path, struct slice bytes, struct error *err)
{
	CLEANUP(string_free) char *beside = string_format("%s.XXXXXX", path);
	if (!beside)
		return error_nomem(err);

	CLEANUP(fd_close) int fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "%s", beside);
	if (write_synced(fd, bytes, err) < 0) {
		(void)unlink(beside);
		return error_wrap(err, "%s", path);
	}
	if (rename(beside, path) < 0) {
		(void)error_errno(err, "%s", path);
		(void)unlink(beside);
		return -1;
	}
	return 0;
}

int
directory_make(const char *path, unsigned int mode, struct error *err)
{
	CLEANUP(string_free) char *part = slice_copy(slice_of_string(path));
	if (!part)
		return error_nomem(err);

	for (char *p = part + 1;; p++) {
		char end = *p;

		if (end != '/' && end != '\0')
			continue;
		*p = '\0';
		if (mkdir(part, mode) < 0 && errno != EEXIST)
			return error_errno(err, "%s", part);
		*p = end;
		if (end == '\0')
			return 0;
	}
}

int
file_temporary(const char *dir, struct error *err)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		return error_errno(err, "%s", dir);
	return fd;
}
