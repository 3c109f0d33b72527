/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/slice.h"

/* ASCII alone, whatever the locale: as dpkg, apk and rpm have it. */
static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static inline bool
is_letter(char c)
{
	return is_lower(c) || (c >= 'A' && c <= 'Z');
}

/* How many digits s begins with. */
static inline size_t
digits_in(struct slice s)
{
	size_t n = 0;

	while (n < s.len && is_digit(s.ptr[n]))
		n++;
	return n;
}

/*
 * The order of the numbers that a and b, digits alone, are: of any length, and
 * zeroes before them do not count.
 */
static inline int
digits_cmp(struct slice a, struct slice b)
{
	while (a.len > 0 && a.ptr[0] == '0')
		a = slice_after(a, 1);
	while (b.len > 0 && b.ptr[0] == '0')
		b = slice_after(b, 1);
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	return slice_cmp(a, b);
}
