/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/slice.h"

enum licence_kind {
	LICENCE_NONE,       /* nothing is said */
	LICENCE_ID,         /* one identifier of the SPDX License List */
	LICENCE_EXPRESSION, /* more than that: AND, OR, WITH, LicenseRef- */
	LICENCE_NAME,       /* some other text */
};

/*
 * What text, the untrusted licence of a package, is to SPDX. Puts it into out
 * as SPDX writes it: identifiers in the list's case, one blank between words,
 * none inside parentheses; a name is put as it is, without blanks around it.
 * Whether there was room, buf_check() tells.
 */
enum licence_kind licence_read(struct slice text, struct buf *out);

/*
 * Takes the next LicenseRef- off the front of *rest, an expression as
 * licence_read() puts it; false when there is none any more.
 */
bool licence_next_ref(struct slice *rest, struct slice *ret);
