/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

/*
 * Where the jail works: a file system in memory, in a mount namespace that
 * only the outer process and its children have, which is all that they see
 * of any file system. It goes when they go, however they end.
 *
 *	/base   what was unpacked  /layers        an engine's directories
 *	/lower  the image of them  /upper, /work  overlayfs's
 *	/root   the image as the package manager sees and changes it
 *	/run, /tmp   what is there in /root
 *	/proc   of the host        /dev           few devices of the host
 */
#define AREA_BASE  "/base"
#define AREA_LOWER "/lower"
#define AREA_UPPER "/upper"
#define AREA_ROOT  "/root"
#define AREA_RUN   "/run"
#define AREA_TMP   "/tmp"

/* What is bound from the host's /dev, up to NULL. */
extern const char *const area_devices[];

struct area {
	uint64_t memory_bytes; /* that its files may take */

	/* Of an engine's layers, the lowest first, which lie over what is in
	 * AREA_BASE; closed by area_enter(). */
	int first_directory_fd;
	size_t n_directories;

	int proc_fd; /* result: of the host's /proc */
};

/*
 * Leaves the host's file systems for a new area. ERROR_DENIED without root;
 * ERROR_UNSUPPORTED: also when a directory is on a file system whose owners
 * cannot be mapped; ERROR_SYSTEM.
 */
MUST_CHECK int area_enter(struct area *area, struct error *err);

/*
 * Lays AREA_LOWER over what makes the image, and AREA_ROOT over that.
 * ERROR_UNSUPPORTED: no overlayfs.
 */
MUST_CHECK int area_overlay(const struct area *area, struct error *err);
