/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

char *
slice_copy(struct slice s)
{
	char *copy = s.len < SIZE_MAX ? malloc(s.len + 1) : NULL;

	if (!copy)
		return NULL;
	if (s.len > 0)
		memcpy(copy, s.ptr, s.len);
	copy[s.len] = '\0';
	return copy;
}

char *
string_format(const char *fmt, ...)
{
	va_list args;
	char *ret = NULL;

	va_start(args, fmt);
	int n = vasprintf(&ret, fmt, args);
	va_end(args);
	return n >= 0 ? ret : NULL;
}

void *
array_grow(void *array, size_t n, size_t item_size)
{
	/* Only at 0, 1, 2, 4, 8… items, so that no capacity need be stored. */
	if (n > 0 && (n & (n - 1)) != 0)
		return array;
	return reallocarray(array, n > 0 ? 2 * n : 1, item_size);
}
