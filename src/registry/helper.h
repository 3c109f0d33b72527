/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "base/slice.h"
#include "registry/auth_file.h"

/*
 * Asks docker-credential-NAME, found in PATH, for what it has for server;
 * *ret stays empty when it has nothing. What it prints is not repeated in any
 * message. ERROR_FORMAT: a name that is none, or an answer that is none;
 * ERROR_NOT_FOUND: no such program; ERROR_TIMEOUT: longer than timeout_ms;
 * ERROR_DENIED: it failed; ERROR_LIMIT, ERROR_SYSTEM, ERROR_NOMEM.
 */
MUST_CHECK int helper_ask(const char *name, struct slice server,
    uint32_t timeout_ms, struct credential *ret, struct error *err);
