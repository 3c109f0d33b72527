/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

/*
 * In the unpacked image, which is the root: makes the directories where
 * root_enter() will mount, where they are missing. In the lower layer they
 * are no change. ERROR_SYSTEM.
 */
MUST_CHECK int root_prepare(struct error *err);

/*
 * In a child: gives AREA_ROOT its file systems, of which none reaches the
 * layer (noise.h), and makes it the root. ERROR_UNSUPPORTED: where one would
 * be mounted is something else than a directory. ERROR_SYSTEM, ERROR_NOMEM.
 */
MUST_CHECK int root_enter(struct error *err);
