/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/slice.h"

/* What stands for what could not be read: U+FFFD. */
#define UTF8_REPLACEMENT ((uint32_t)0xfffd)

/*
 * How many bytes (1 to 4) the character that s begins with takes, and its
 * code point in *ret; 0, and *ret as it was, when s is empty or does not
 * begin with well-formed UTF-8 (RFC 3629: no surrogates, nothing overlong,
 * nothing above U+10FFFF).
 */
size_t utf8_next(struct slice s, uint32_t *ret);

/* True if all of s is well-formed. */
bool utf8_is_valid(struct slice s);

/* Puts a code point, no surrogate and at most 0x10ffff, as buf_put(). */
void utf8_put(struct buf *buf, uint32_t code);
