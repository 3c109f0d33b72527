/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/slice.h"

/* Puts bytes as base64 (RFC 4648, section 4), padded and without line breaks,
 * into ret; whether that could be done, buf_check() tells. */
void base64_encode(struct slice bytes, struct buf *ret);

/*
 * Puts the bytes that text stands for into ret; text is untrusted. False, and
 * ret as it was, unless it is exactly what base64_encode() would write: no
 * other alphabet, no blanks, all of the padding, and no stray bits in it.
 * True does not say that there was room: ask buf_check().
 */
MUST_CHECK bool base64_decode(struct slice text, struct buf *ret);
