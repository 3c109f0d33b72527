/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

/*
 * Where the jail works: a file system in memory, in a mount namespace that
 * only the outer process and its children have, which is all that they see
 * of any file system. It goes when they go, however they end.
 *
 *	/lower  the image          /upper, /work  overlayfs's
 *	/root   the image as the package manager sees and changes it
 *	/run, /tmp   what is there in /root
 *	/proc   of the host        /dev           few devices of the host
 */
#define AREA_LOWER "/lower"
#define AREA_UPPER "/upper"
#define AREA_ROOT  "/root"
#define AREA_RUN   "/run"
#define AREA_TMP   "/tmp"

/* What is bound from the host's /dev, up to NULL. */
extern const char *const area_devices[];

/*
 * Leaves the host's file systems for a new area, which may hold memory_bytes
 * in files, and gives a descriptor of the host's /proc. ERROR_DENIED without
 * root; ERROR_UNSUPPORTED, ERROR_SYSTEM.
 */
MUST_CHECK int area_enter(
    uint64_t memory_bytes, int *ret_proc_fd, struct error *err);

/* Lays AREA_ROOT over AREA_LOWER. ERROR_UNSUPPORTED: no overlayfs. */
MUST_CHECK int area_overlay(struct error *err);
