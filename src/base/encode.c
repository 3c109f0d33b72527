/* SPDX-License-Identifier: Apache-2.0 */
#include "base/encode.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
base64_encode(struct slice bytes, struct buf *ret)
{
	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t n = bytes.len - i < 3 ? bytes.len - i : 3;
		uint32_t group = 0;
		char text[] = "====";

		for (size_t k = 0; k < 3; k++)
			group = group << 8 |
			    (k < n ? (uint8_t)bytes.ptr[i + k] : 0U);
		for (size_t k = 0; k <= n; k++, group <<= 6)
			text[k] = alphabet[group >> 18 & 63];
		buf_put(ret, slice_of(text, 4));
	}
}

static int
value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* Puts what the n_text characters of a group without padding stand for into
 * bytes: one byte fewer. The bits that are left over must be 0. */
static bool
group_decode(const char *text, size_t n_text, char bytes[3])
{
	uint32_t group = 0;

	for (size_t k = 0; k < n_text; k++) {
		int value = value_of(text[k]);
		if (value < 0)
			return false;
		group |= (uint32_t)value << (18 - 6 * k);
	}
	if (n_text < 4 && (group & (0xffffffU >> (8 * (n_text - 1)))) != 0)
		return false;
	for (size_t k = 0; k + 1 < n_text; k++)
		bytes[k] = (char)(uint8_t)(group >> (16 - 8 * k));
	return true;
}

/* How many characters of the last group are not padding, or 0. */
static size_t
last_group_len(const char text[4])
{
	size_t n = 4;

	while (n > 0 && text[n - 1] == '=')
		n--;
	return n >= 2 ? n : 0;
}

bool
base64_decode(struct slice text, struct buf *ret)
{
	size_t len_before = ret->len;

	if (text.len % 4 != 0)
		return false;
	for (size_t i = 0; i < text.len; i += 4) {
		bool last = i + 4 == text.len;
		size_t n = last ? last_group_len(text.ptr + i) : 4;
		char bytes[3];

		if (n == 0 || !group_decode(text.ptr + i, n, bytes)) {
			ret->len = len_before;
			return false;
		}
		buf_put(ret, slice_of(bytes, n - 1));
	}
	return true;
}
