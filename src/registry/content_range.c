/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content-Range (RFC 9110, section 14.4), of a reply with status 206:
 *
 *	bytes 42-1233/1234
 *	bytes 42-1233/x      with x being an asterisk: the size is not known
 */
#include "registry/content_range.h"

#include <strings.h>

bool
content_range_fits(struct slice header, uint64_t from, uint64_t size_bytes)
{
	struct slice rest = slice_after(header, 6);
	struct slice first, last;
	uint64_t n_first, n_last, n_size;

	if (header.len < 6 || strncasecmp(header.ptr, "bytes ", 6) != 0 ||
	    !slice_split(&rest, '-', &first) ||
	    !slice_split(&rest, '/', &last) ||
	    !slice_to_u64(first, UINT64_MAX, &n_first) ||
	    !slice_to_u64(last, UINT64_MAX, &n_last))
		return false;
	if (n_first != from || n_last < n_first || n_last >= size_bytes)
		return false;
	return slice_eq(rest, SLICE("*")) ||
	    (slice_to_u64(rest, UINT64_MAX, &n_size) && n_size == size_bytes);
}
