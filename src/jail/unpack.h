/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

struct unpack_job {
	int input_fd; /* records: the layers, and their end */
	uint64_t memory_bytes;
};

/*
 * Runs in a child (struct child_job), whose ctx is a struct unpack_job: makes
 * AREA_BASE its root and unpacks the layers there, each over the ones
 * before. ERROR_FORMAT, ERROR_UNSUPPORTED: a layer is nothing that can be
 * unpacked; ERROR_LIMIT: too large; ERROR_SYSTEM, ERROR_NOMEM.
 */
MUST_CHECK int unpack_run(void *ctx, struct error *err);
