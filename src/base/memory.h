/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/slice.h"

/* A copy of the bytes of s and a NUL, to be freed; NULL if out of memory. */
char *slice_copy(struct slice s) __attribute__((malloc));

/* A formatted string, to be freed; NULL if out of memory. */
char *string_format(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), malloc));

static inline void
string_free(char *string)
{
	free(string);
}
DEFINE_CLEANUP(char, string_free)

#define N_ITEMS(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Makes room in array for one item more than the n it holds. False if out of
 * memory, and then array is as it was.
 */
#define ARRAY_GROW(array, n) \
	({ \
		void *_grown = array_grow((array), (n), sizeof(*(array))); \
		if (_grown) \
			(array) = _grown; \
		_grown != NULL; \
	})

void *array_grow(void *array, size_t n, size_t item_size);
