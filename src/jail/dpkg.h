/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

struct dpkg_job {
	int input_fd; /* records: the debs, and the end */
	int64_t epoch;
	uint64_t memory_bytes;
};

/*
 * Runs in a child (struct child_job), whose ctx is a struct dpkg_job: makes
 * AREA_ROOT its root, takes the debs in, gives up its rights and has dpkg
 * unpack and configure them. What dpkg prints goes to the child's output.
 *
 * ERROR_FORMAT: dpkg failed, and said why; ERROR_UNSUPPORTED: there is no
 * dpkg, or not one for this machine; ERROR_LIMIT, ERROR_SYSTEM, ERROR_NOMEM.
 */
MUST_CHECK int dpkg_run(void *ctx, struct error *err);

/* What dpkg calls the package in NAME_VERSION_ARCH.deb, to be freed: NAME
 * for ARCH "all", else NAME:ARCH. NULL: it has no such form, or no memory. */
char *dpkg_package_of(const char *file_name);
