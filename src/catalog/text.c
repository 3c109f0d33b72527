/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/text.h"

#include "base/utf8.h"

size_t
text_make_printable(char *text, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n;) {
		uint32_t code;
		size_t size = utf8_next(slice_of(text + i, n - i), &code);
		char c = text[i];

		if (size != 1)
			c = '?';
		else if (c < ' ' || c == 0x7f)
			c = ' ';
		text[len++] = c;
		i += size > 0 ? size : 1;
	}
	return len;
}

bool
text_split(struct slice *rest, struct slice word, struct slice *ret)
{
	if (rest->len == 0)
		return false;

	const char *found = memmem(rest->ptr, rest->len, word.ptr, word.len);
	size_t len = found ? (size_t)(found - rest->ptr) : rest->len;

	*ret = slice_first(*rest, len);
	*rest = slice_after(*rest, found ? len + word.len : len);
	return true;
}
