/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

/* How a first byte tells the length: the bits of mask are those of lead. */
static const struct form {
	uint8_t mask;
	uint8_t lead;
	uint32_t least; /* what fewer bytes could say is overlong */
} forms[] = {
	{ 0x80, 0x00, 0 },
	{ 0xe0, 0xc0, 0x80 },
	{ 0xf0, 0xe0, 0x800 },
	{ 0xf8, 0xf0, 0x10000 },
};

#define N_FORMS (sizeof(forms) / sizeof(forms[0]))

size_t
utf8_next(struct slice s, uint32_t *ret)
{
	size_t n = 0;

	if (s.len == 0)
		return 0;

	uint8_t first = (uint8_t)s.ptr[0];
	while (n < N_FORMS && (first & forms[n].mask) != forms[n].lead)
		n++;
	if (n == N_FORMS || s.len <= n)
		return 0;

	uint32_t code = first & (uint8_t)~forms[n].mask;
	for (size_t i = 1; i <= n; i++) {
		uint8_t next = (uint8_t)s.ptr[i];

		if ((next & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (next & 0x3f);
	}
	if (code < forms[n].least || code > 0x10ffff ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*ret = code;
	return n + 1;
}

bool
utf8_is_valid(struct slice s)
{
	while (s.len > 0) {
		uint32_t code;
		size_t n = utf8_next(s, &code);

		if (n == 0)
			return false;
		s = slice_after(s, n);
	}
	return true;
}

void
utf8_put(struct buf *buf, uint32_t code)
{
	size_t n = 0;
	char bytes[N_FORMS];

	while (n + 1 < N_FORMS && code >= forms[n + 1].least)
		n++;
	for (size_t i = n; i > 0; i--) {
		bytes[i] = (char)(0x80 | (code & 0x3f));
		code >>= 6;
	}
	bytes[0] = (char)(forms[n].lead | code);
	buf_put(buf, slice_of(bytes, n + 1));
}
