/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/printable.h"

#define ESCAPE_BYTES ((size_t)4) /* \xHH */

static size_t
put_byte(char *at, uint8_t byte)
{
	static const char digits[] = "0123456789abcdef";

	if (byte >= ' ' && byte < 0x7f && byte != '\\') {
		*at = (char)byte;
		return 1;
	}
	at[0] = '\\';
	at[1] = 'x';
	at[2] = digits[byte >> 4];
	at[3] = digits[byte & 15];
	return ESCAPE_BYTES;
}

struct printable
printable_of(struct slice name)
{
	struct printable ret = { 0 };
	const struct slice more = SLICE("...");
	size_t len = 0;

	for (size_t i = 0; i < name.len; i++) {
		if (len + ESCAPE_BYTES + more.len >= sizeof(ret.text)) {
			memcpy(ret.text + len, more.ptr, more.len);
			break;
		}
		len += put_byte(ret.text + len, (uint8_t)name.ptr[i]);
	}
	return ret;
}
