/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/memory.h"

/*
 * URLs as libcurl reads them, so that what is judged here is what is
 * connected to.
 */

/*
 * The URL as it may be shown: without user, password, query and fragment; to
 * be freed. "?" when it is not a URL. NULL if out of memory.
 */
char *url_to_show(const char *url) __attribute__((malloc));

/* 0 when url is http or https; ERROR_FORMAT when it is no URL, else
 * ERROR_DENIED. */
MUST_CHECK int url_check(const char *url, struct error *err);

/* True for a URL whose host is "localhost", 127.0.0.0/8 or ::1, as written:
 * what a name stands for is not looked up. */
bool url_is_loopback(const char *url);

/*
 * Whether a redirect from one absolute URL to another may be followed: http
 * or https, not from https to http, and with no user or password in it.
 * ERROR_DENIED, ERROR_FORMAT, ERROR_NOMEM. *ret_same_origin tells whether
 * scheme, host and port are the same, so that credentials may go along.
 */
MUST_CHECK int url_check_redirect(
    const char *from, const char *to, bool *ret_same_origin, struct error *err);
