/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/cursor.h"

int
cursor_show(
    struct cursor *at, uint64_t max, struct slice *ret, struct error *err)
{
	if (at->rest.len == 0 && stream_next(at->source, &at->rest, err) < 0)
		return -1;

	*ret =
	    max < at->rest.len ? slice_first(at->rest, (size_t)max) : at->rest;
	at->rest = slice_after(at->rest, ret->len);
	at->offset += ret->len;
	return 0;
}

int
cursor_take(struct cursor *at, size_t n, char *room, struct slice *ret,
    struct error *err)
{
	struct slice part;
	size_t len = 0;

	if (at->rest.len >= n)
		return cursor_show(at, n, ret, err);
	while (len < n) {
		if (cursor_show(at, n - len, &part, err) < 0)
			return -1;
		if (part.len == 0)
			break;
		/* All of it in a fresh chunk: no need to gather. */
		if (part.len == n) {
			*ret = part;
			return 0;
		}
		memcpy(room + len, part.ptr, part.len);
		len += part.len;
	}
	*ret = slice_of(room, len);
	return 0;
}

static int
skip_unread(struct cursor *at, uint64_t n, struct error *err)
{
	if (at->skip(at->source, n, err) < 0)
		return -1;
	at->offset += n;
	return 0;
}

int
cursor_skip(
    struct cursor *at, uint64_t n, uint64_t *ret_missing, struct error *err)
{
	struct slice part;

	while (n > 0) {
		if (at->rest.len == 0 && at->skip) {
			*ret_missing = 0;
			return skip_unread(at, n, err);
		}
		if (cursor_show(at, n, &part, err) < 0)
			return -1;
		if (part.len == 0)
			break;
		n -= part.len;
	}
	*ret_missing = n;
	return 0;
}
