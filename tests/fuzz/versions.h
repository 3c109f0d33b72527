/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Three versions, cut from the input at newlines: the order is total on any,
 * and it is that of the keys which a second, slow model makes of them.
 */
#include <stdlib.h>

#include "version/version.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The model is asked of no longer versions, so that a key has a size. */
#define MODEL_MAX     ((size_t)64)
#define KEY_MAX_BYTES ((size_t)8192)

/* Keys are in memcmp(3)'s order: a model that is total by itself. */
struct key {
	uint8_t bytes[KEY_MAX_BYTES];
	size_t len;
};

static inline int
sign_of(int order)
{
	return (order > 0) - (order < 0);
}

static inline void
key_put(struct key *key, uint8_t byte)
{
	if (key->len == KEY_MAX_BYTES)
		abort();
	key->bytes[key->len++] = byte;
}

static inline void
key_put_u64(struct key *key, uint64_t value)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		key_put(key, (uint8_t)(value >> shift));
}

/* A text after which something of the key follows; it has no byte of 0. */
static inline void
key_put_text(struct key *key, struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		key_put(key, (uint8_t)text.ptr[i]);
	key_put(key, 0);
}

/* A number of any length: how many digits first. */
static inline void
key_put_digits(struct key *key, struct slice digits)
{
	while (digits.len > 0 && digits.ptr[0] == '0')
		digits = slice_after(digits, 1);
	key_put(key, (uint8_t)digits.len);
	for (size_t i = 0; i < digits.len; i++)
		key_put(key, (uint8_t)digits.ptr[i]);
}

/* Takes what is in one of two ranges off the front of *rest. */
static inline struct slice
span_next(struct slice *rest, char from, char to, char from2, char to2)
{
	struct slice s = slice_first(*rest, 0);

	while (rest->len > 0) {
		char c = rest->ptr[0];
		if (!(c >= from && c <= to) && !(c >= from2 && c <= to2))
			break;
		s.len++;
		*rest = slice_after(*rest, 1);
	}
	return s;
}

static inline struct slice
digits_next(struct slice *rest)
{
	return span_next(rest, '0', '9', '0', '9');
}

static inline int
key_cmp(const struct key *a, const struct key *b)
{
	return slice_cmp(slice_of((const char *)a->bytes, a->len),
	    slice_of((const char *)b->bytes, b->len));
}

/* Two comparisons of a row say how the first and the last compare. */
static inline void
check_three(const struct slice v[static 3], version_compare_fn *compare)
{
	int ab = sign_of(compare(v[0], v[1]));
	int bc = sign_of(compare(v[1], v[2]));
	int ac = sign_of(compare(v[0], v[2]));

	if (compare(v[0], v[0]) != 0 || sign_of(compare(v[1], v[0])) != -ab)
		abort();
	if (ab <= 0 && bc <= 0 && ac != (ab + bc < 0 ? -1 : 0))
		abort();
	if (ab >= 0 && bc >= 0 && ac != (ab + bc > 0 ? 1 : 0))
		abort();
}

/* check is for any two versions, none longer than MODEL_MAX. */
static inline void
check_versions(const uint8_t *data, size_t size, version_compare_fn *compare,
    void (*check)(struct slice a, struct slice b))
{
	struct slice rest = slice_of((const char *)data, size);
	struct slice v[3] = { 0 };

	for (size_t i = 0; i < 3; i++)
		(void)slice_split(&rest, '\n', &v[i]);
	for (size_t i = 0; i < 3; i++) {
		struct slice turned[3] = { v[i], v[(i + 1) % 3],
			v[(i + 2) % 3] };
		check_three(turned, compare);
		if (turned[0].len <= MODEL_MAX && turned[1].len <= MODEL_MAX)
			check(turned[0], turned[1]);
	}
}
