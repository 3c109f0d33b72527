/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/slice.h"

/*
 * Puts the short names of the licences that text, the whole of a
 * usr/share/doc/PACKAGE/copyright, names into out: each once, in the order
 * of the C locale, joined by " AND "; a name that is itself a choice ("GPL-2
 * or MIT") in parentheses. Nothing when text is not machine-readable, or
 * names more than can be shown. text is untrusted: what is put is printable
 * ASCII. Fails as buf_put().
 */
void copyright_licences(struct slice text, struct buf *out);
