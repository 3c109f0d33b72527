/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "net/http.h"

/* True for a status that says "later": 429, 502, 503, 504. */
bool retry_is_wanted(unsigned int status);

/*
 * How long to wait after the nth try (from 1) before the next: 0.5 s doubled
 * each time and then varied by a quarter, so that many clients do not come
 * back together; or what Retry-After says, in seconds or as a date, if that is
 * longer. Never more than max_ms. *ret_asked_sec, unless NULL, is what
 * Retry-After asked for, 0 when it did not or made no sense.
 */
uint64_t retry_pause_ms(const struct http_reply *reply, uint32_t n_tries,
    uint64_t max_ms, uint64_t *ret_asked_sec);
