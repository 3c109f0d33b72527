/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/* close(2), keeping errno; a negative fd is fine. */
void fd_close(int fd);

/* CLEANUP(fd_close) int fd = -1; */
static inline void
fd_close_at(const int *fd)
{
	fd_close(*fd);
}

#define TAKE_FD(fd) \
	({ \
		int _taken_fd = (fd); \
		(fd) = -1; \
		_taken_fd; \
	})

/* Writes all of bytes, however many writes it takes. ERROR_SYSTEM. */
MUST_CHECK int fd_write_all(int fd, struct slice bytes, struct error *err);

/*
 * Reads from fd's offset to its end and puts it into ret, whose limit holds:
 * ERROR_LIMIT, ERROR_NOMEM, ERROR_SYSTEM.
 */
MUST_CHECK int fd_read_all(int fd, struct buf *ret, struct error *err);

/*
 * Opens path for reading and puts all of it into ret, as fd_read_all().
 * ERROR_NOT_FOUND, ERROR_DENIED or ERROR_SYSTEM when it cannot be opened.
 */
MUST_CHECK int file_read(const char *path, struct buf *ret, struct error *err);

/*
 * Opens for reading what somebody else may have put there: a regular file, or
 * a link to one. Nothing is waited for, and no device is read. -1 with
 * ERROR_UNSUPPORTED for what is no regular file, else as file_read().
 */
MUST_CHECK int file_open_regular(const char *path, struct error *err);

/*
 * Puts bytes at path so that a reader sees all or nothing of them, also after
 * a power cut: a new file beside it, synced, then renamed.
 */
MUST_CHECK int file_write_atomic(
    const char *path, struct slice bytes, struct error *err);

/* mkdir -p; what is there already is fine. New directories get mode. */
MUST_CHECK int directory_make(
    const char *path, unsigned int mode, struct error *err);

/* A new file in dir that has no name and goes when it is closed, or -1. */
int file_temporary(const char *dir, struct error *err);
