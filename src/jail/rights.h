/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

/* For a process whose files are bounded otherwise. */
#define RIGHTS_NO_LIMIT UINT64_MAX

/*
 * Takes from this process, root of its namespaces, and from all that it will
 * start, whatever a package manager and its scripts do not need: see
 * rights.c. memory_bytes limits each file. It cannot be undone. ERROR_SYSTEM,
 * ERROR_NOMEM.
 */
MUST_CHECK int rights_drop(uint64_t memory_bytes, struct error *err);
