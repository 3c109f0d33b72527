/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/error.h"
#include "jail/changes.h"

/* The frames of the jail's answer; see sandbox/frame.h. */
enum jail_frame {
	JAIL_FRAME_LOG = 2, /* FRAME_ROLE: of what dpkg said, to be shown */
	JAIL_FRAME_TAR,     /* the next bytes of the layer */
};

/* A tar under way to the parent. */
struct emit {
	int answer_fd;
	int64_t epoch;
	int64_t start_sec;
	struct buf pending;
};

/*
 * Writes one change, whose files are in CAPTURE_UPPER and CAPTURE_LOWER.
 * ERROR_SYSTEM, ERROR_NOMEM, ERROR_UNSUPPORTED: tar cannot hold it.
 */
MUST_CHECK int emit_change(
    struct emit *out, const struct change *change, struct error *err);

/* Writes the tar's end, and all that is pending. */
MUST_CHECK int emit_end(struct emit *out, struct error *err);
