/* SPDX-License-Identifier: Apache-2.0 */
#include "version/evr.h"

#include "version/chars.h"

struct evr
evr_of(struct slice text)
{
	struct evr v = { .version = text };

	/* A colon after anything but digits is no epoch's: dpkg refuses such
	 * a version, to rpm it belongs to the version, and there it stays. */
	size_t n = digits_in(text);
	if (n < text.len && text.ptr[n] == ':') {
		v.epoch = slice_first(text, n);
		v.version = slice_after(text, n + 1);
	}

	const char *dash = v.version.len == 0
	    ? NULL
	    : memrchr(v.version.ptr, '-', v.version.len);
	if (dash) {
		size_t len = (size_t)(dash - v.version.ptr);
		v.has_release = true;
		v.release = slice_after(v.version, len + 1);
		v.version = slice_first(v.version, len);
	}
	return v;
}
