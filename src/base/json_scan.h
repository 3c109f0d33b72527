/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <endian.h>

#include "base/slice.h"

/*
 * For JSON's own files: how many bytes of s, from number `from` on, can be
 * passed over inside a string: up to the first that is a quote, a backslash,
 * a control character or not ASCII, or to less than a word before the end of
 * s. Strings are most of any text, so this looks at a word at a time.
 */
static inline size_t
json_plain_end(struct slice s, size_t from)
{
	const uint64_t ones = 0x0101010101010101;
	const uint64_t tops = 0x8080808080808080;
	size_t at = from;

	while (s.len - at >= sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, s.ptr + at, sizeof(word));
		word = le64toh(word);

		/* What stops us gets its top bit set; so may bytes after the
		 * first that does, by the borrow. */
		uint64_t stops =
		    (word | (word - ones * ' ') | ((word ^ ones * '"') - ones) |
			((word ^ ones * '\\') - ones)) &
		    tops;
		if (stops)
			return at + (size_t)__builtin_ctzll(stops) / 8;
		at += sizeof(word);
	}
	return at;
}
