/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * A slice is a view of bytes that belong to somebody else. It is passed by
 * value, never freed, and not NUL-terminated: to print s, give printf()
 * SLICE_FMT and SLICE_ARG(s).
 */
struct slice {
	const char *ptr;
	size_t len;
};

#define SLICE(literal) ((struct slice){ "" literal, sizeof(literal) - 1 })
#define SLICE_FMT      "%.*s"
#define SLICE_ARG(s)   (int)(s).len, (s).ptr

static inline struct slice
slice_of(const char *ptr, size_t len)
{
	return (struct slice){ ptr, len };
}

/* A view of a NUL-terminated string; NULL gives an empty slice. */
static inline struct slice
slice_of_string(const char *string)
{
	return slice_of(string, string ? strlen(string) : 0);
}

static inline bool
slice_eq(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || !memcmp(a.ptr, b.ptr, a.len));
}

/* What follows the first n bytes; empty when there are no more than n. */
static inline struct slice
slice_after(struct slice s, size_t n)
{
	if (n > s.len)
		n = s.len;
	/* NULL plus 0 is undefined in C. */
	return n > 0 ? slice_of(s.ptr + n, s.len - n) : s;
}

/* The first n bytes; all of s when there are no more than n. */
static inline struct slice
slice_first(struct slice s, size_t n)
{
	return slice_of(s.ptr, n < s.len ? n : s.len);
}

static inline bool
slice_starts_with(struct slice s, struct slice prefix)
{
	return s.len >= prefix.len &&
	    slice_eq(slice_first(s, prefix.len), prefix);
}

static inline bool
slice_ends_with(struct slice s, struct slice suffix)
{
	return s.len >= suffix.len &&
	    slice_eq(slice_after(s, s.len - suffix.len), suffix);
}

/* As memcmp(3), a prefix before what it begins: the order of the C locale. */
int slice_cmp(struct slice a, struct slice b);

/* Without the spaces, tabs, CRs and LFs at either end. */
struct slice slice_trim(struct slice s);

/*
 * Takes what stands before the first separator off the front of *rest, the
 * separator too; all of it when there is none. False when *rest is empty.
 */
bool slice_split(struct slice *rest, char separator, struct slice *ret);

/* True for one or more printable ASCII characters, none of them a space. */
bool slice_is_graph(struct slice s);

/* True for printable ASCII, spaces too; also for nothing at all. */
bool slice_is_print(struct slice s);

/* As slice_is_print(), and tabs and newlines are fine. */
bool slice_is_lines(struct slice s);

/* What a hex digit of either case counts; -1 for what is none. */
int hex_digit(char c);

/*
 * The decimal number that s is, all of it digits and no more than max; false
 * when it is not, and *ret is as it was.
 */
bool slice_to_u64(struct slice s, uint64_t max, uint64_t *ret);
