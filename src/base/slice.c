/* SPDX-License-Identifier: Apache-2.0 */
#include "base/slice.h"

int
slice_cmp(struct slice a, struct slice b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;

	if (order != 0)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice
slice_trim(struct slice s)
{
	while (s.len > 0 && is_blank(s.ptr[0]))
		s = slice_after(s, 1);
	while (s.len > 0 && is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

bool
slice_split(struct slice *rest, char separator, struct slice *ret)
{
	if (rest->len == 0)
		return false;

	const char *end = memchr(rest->ptr, separator, rest->len);
	size_t len = end ? (size_t)(end - rest->ptr) : rest->len;

	*ret = slice_of(rest->ptr, len);
	*rest = slice_after(*rest, end ? len + 1 : len);
	return true;
}

bool
slice_is_graph(struct slice s)
{
	/* Not isgraph(3), which the locale may change. */
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= ' ' || s.ptr[i] > '~')
			return false;
	return s.len > 0;
}

static bool
is_print(char c)
{
	return c >= ' ' && c <= '~';
}

bool
slice_is_print(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_print(s.ptr[i]))
			return false;
	return true;
}

bool
slice_is_lines(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_print(s.ptr[i]) && s.ptr[i] != '\t' && s.ptr[i] != '\n')
			return false;
	return true;
}

int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
slice_to_u64(struct slice s, uint64_t max, uint64_t *ret)
{
	uint64_t value = 0;

	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;

		uint64_t digit = (uint64_t)(s.ptr[i] - '0');
		if (value > (max - digit) / 10 || digit > max)
			return false;
		value = 10 * value + digit;
	}
	*ret = value;
	return true;
}
