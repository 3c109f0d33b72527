/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define SIZE_FIRST 256

static bool
buf_room(struct buf *buf, size_t n)
{
	if (buf->failed)
		return false;
	if (n <= buf->size - buf->len)
		return true;

	size_t needed;
	size_t size = buf->size > 0 ? buf->size : SIZE_FIRST;
	if (__builtin_add_overflow(buf->len, n, &needed) ||
	    needed > SIZE_MAX / 2)
		return false;
	while (size < needed)
		size *= 2;

	char *grown = realloc(buf->ptr, size);
	if (!grown)
		return false;
	buf->ptr = grown;
	buf->size = size;
	return true;
}

char *
buf_reserve(struct buf *buf, size_t n)
{
	bool over = buf->max_bytes > 0 &&
	    (buf->len > buf->max_bytes || n > buf->max_bytes - buf->len);

	if (over || !buf_room(buf, n)) {
		buf->failed = true;
		return NULL;
	}
	return buf->ptr + buf->len;
}

void
buf_put(struct buf *buf, struct slice bytes)
{
	/* An empty buf has no pointer to add to. */
	if (bytes.len == 0)
		return;

	char *room = buf_reserve(buf, bytes.len);
	if (!room)
		return;
	memcpy(room, bytes.ptr, bytes.len);
	buf->len += bytes.len;
}

void
buf_put_string(struct buf *buf, const char *string)
{
	buf_put(buf, slice_of_string(string));
}

void
buf_put_format(struct buf *buf, const char *fmt, ...)
{
	va_list args;
	char *text = NULL;

	va_start(args, fmt);
	int n = vasprintf(&text, fmt, args);
	va_end(args);
	if (n < 0) {
		buf->failed = true;
		return;
	}
	buf_put(buf, slice_of(text, (size_t)n));
	free(text);
}

static void
put_le(struct buf *buf, uint64_t value, size_t n)
{
	char bytes[sizeof(value)];

	for (size_t i = 0; i < n; i++)
		bytes[i] = (char)(uint8_t)(value >> (8 * i));
	buf_put(buf, slice_of(bytes, n));
}

void
buf_put_u8(struct buf *buf, uint8_t value)
{
	put_le(buf, value, sizeof(value));
}

void
buf_put_u16le(struct buf *buf, uint16_t value)
{
	put_le(buf, value, sizeof(value));
}

void
buf_put_u32le(struct buf *buf, uint32_t value)
{
	put_le(buf, value, sizeof(value));
}

void
buf_put_u64le(struct buf *buf, uint64_t value)
{
	put_le(buf, value, sizeof(value));
}

void
buf_put_sized(struct buf *buf, struct slice bytes)
{
	if (bytes.len > UINT32_MAX) {
		buf->failed = true;
		return;
	}
	buf_put_u32le(buf, (uint32_t)bytes.len);
	buf_put(buf, bytes);
}

void
buf_drop(struct buf *buf, size_t n)
{
	if (n > buf->len)
		n = buf->len;
	if (n == 0)
		return;
	memmove(buf->ptr, buf->ptr + n, buf->len - n);
	buf->len -= n;
}

int
buf_check(const struct buf *buf, struct error *err)
{
	if (!buf->failed)
		return 0;
	if (buf->max_bytes > 0)
		return error_set(
		    err, ERROR_LIMIT, "more than %zu bytes", buf->max_bytes);
	return error_nomem(err);
}

char *
buf_take_string(struct buf *buf)
{
	/* The NUL does not count against the limit. */
	if (buf->failed || !buf_room(buf, 1))
		return NULL;
	buf->ptr[buf->len] = '\0';

	char *ret = buf->ptr;
	*buf = buf_limited(buf->max_bytes);
	return ret;
}

void
buf_clear(struct buf *buf)
{
	free(buf->ptr);
	*buf = buf_limited(buf->max_bytes);
}
