/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/stat.h>

#include "base/buf.h"
#include "base/error.h"
#include "storage/storage.h"

/* For this room: how a file is reached and read. */

/*
 * Opens path, relative, below dir_fd, with no symbolic link on the way nor at
 * its end; flags are open(2)'s. A descriptor to be closed, or -1. Errors as
 * error_errno(); ERROR_UNSUPPORTED: the kernel has no openat2(2), or a link
 * is there.
 */
int step_below(int dir_fd, const char *path, int flags, struct error *err);

/* A descriptor that reads the regular file that path_fd (O_PATH) is, or -1.
 * It never waits, nor wakes a device. */
int step_reopen(int path_fd, struct error *err);

/* Reads a small file below dir_fd, of at most ret's limit. Errors as
 * step_below() and fd_read_all(). */
MUST_CHECK int step_read(
    int dir_fd, const char *path, struct buf *ret, struct error *err);

/*
 * How whiteouts are written in an engine's storage, of which fd is the root.
 * ERROR_UNSUPPORTED: this process would not see all of them.
 */
MUST_CHECK int step_form(int fd, enum storage_form *ret, struct error *err);

/* What the attributes of overlayfs on a directory or file say. */
enum step_attributes {
	STEP_NOTHING,
	STEP_OPAQUE, /* hides what the layers below have in it */
	STEP_OTHER,  /* that it is not what it looks like */
};

MUST_CHECK int step_attributes(int fd, enum storage_form form,
    enum step_attributes *ret, struct error *err);
