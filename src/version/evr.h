/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/slice.h"

/* The three parts of what dpkg and rpm both cut in the same places:
 * [epoch:]version[-release]. */
struct evr {
	struct slice epoch; /* digits; empty when there is none: the number 0 */
	struct slice version;
	struct slice release; /* what follows the last dash */
	bool has_release;
};

/* Views of text, which is untrusted and may be any bytes. */
struct evr evr_of(struct slice text);
