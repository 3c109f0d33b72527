/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

struct capture_job {
	int answer_fd;     /* frames go here */
	int64_t epoch;     /* seconds; no file of the layer is younger */
	int64_t start_sec; /* of the jail: what is younger was made in it */
};

/*
 * Runs in a child (struct child_job), whose ctx is a struct capture_job:
 * writes what is changed between AREA_LOWER and AREA_ROOT, as far as it is in
 * AREA_UPPER, as a tar in frames. ERROR_LIMIT: a path is longer than can be
 * opened, or there are too many; ERROR_SYSTEM, ERROR_NOMEM.
 */
MUST_CHECK int capture_run(void *ctx, struct error *err);
