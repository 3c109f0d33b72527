/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

/*
 * Removes from the cache in dir what was used longest ago, until its files
 * take no more than max_bytes; when nothing was added since the last time, it
 * looks no further. Many processes may do so at once, and use the cache
 * meanwhile: a file that somebody has a flock(2) on stays, and one that is
 * open stays theirs. Only files that a cache has are touched. ERROR_SYSTEM,
 * ERROR_DENIED, ERROR_NOMEM; no cache at all is fine.
 */
MUST_CHECK int cache_trim(
    const char *dir, uint64_t max_bytes, struct error *err);
