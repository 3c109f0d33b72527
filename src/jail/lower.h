/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

/*
 * An engine's layers as overlayfs takes them: each directory is a mount of
 * its own, read-only, on which the files of the host's id n belong to the
 * jail's id n (idmapped, Linux 5.12; below overlayfs, 5.19).
 */

/* Where the nth lies in the area, from 1; relative to it. */
#define LOWER_PATH "layers/%zu"

/* A path of that form, with its NUL. */
#define LOWER_PATH_SIZE 32

/*
 * Makes descriptors first_fd to first_fd + n - 1, which are directories, into
 * such mounts, which are nowhere yet. Still in the host's mount namespace.
 * ERROR_UNSUPPORTED: the kernel or a file system cannot; ERROR_SYSTEM.
 */
MUST_CHECK int lower_take(int first_fd, size_t n, struct error *err);

/* Mounts them in the working directory, which is the area, and closes them.
 * ERROR_SYSTEM. */
MUST_CHECK int lower_put(int first_fd, size_t n, struct error *err);
