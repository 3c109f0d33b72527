/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The strings of JSON, and what they read once their escapes are undone.
 */
#include "base/json.h"

#include "base/json_scan.h"
#include "base/utf8.h"

/* Characters still to come; with escapes to undo, or plain. */
struct text {
	struct slice rest;
	bool escaped;
};

/* What stands between the quotes; false when value is no string. */
static bool
string_inside(struct slice value, struct slice *ret)
{
	value = slice_trim(value);
	if (value.len < 2 || value.ptr[0] != '"' ||
	    value.ptr[value.len - 1] != '"')
		return false;
	*ret = slice_of(value.ptr + 1, value.len - 2);
	return true;
}

/* Where the first backslash is, or s.len. */
static size_t
plain_len(struct slice s)
{
	const char *found = s.len > 0 ? memchr(s.ptr, '\\', s.len) : NULL;

	return found ? (size_t)(found - s.ptr) : s.len;
}

/* The four hex digits after "\u"; 0 when they are not. */
static uint32_t
hex_of(struct slice digits)
{
	uint32_t code = 0;

	for (size_t i = 0; i < digits.len; i++) {
		int digit = hex_digit(digits.ptr[i]);

		if (digit < 0)
			return 0;
		code = code << 4 | (uint32_t)digit;
	}
	return digits.len == 4 ? code : 0;
}

/* Takes what follows "\u", and the second half of a surrogate pair. */
static uint32_t
take_unicode(struct slice *rest)
{
	uint32_t code = hex_of(slice_first(*rest, 4));
	*rest = slice_after(*rest, 4);

	if (code < 0xd800 || code > 0xdfff)
		return code;
	if (code > 0xdbff || !slice_starts_with(*rest, SLICE("\\u")))
		return UTF8_REPLACEMENT;

	uint32_t low = hex_of(slice_first(slice_after(*rest, 2), 4));
	if (low < 0xdc00 || low > 0xdfff)
		return UTF8_REPLACEMENT;
	*rest = slice_after(*rest, 6);
	return 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
}

/* Takes the escape that *rest begins with. */
static uint32_t
take_escape(struct slice *rest)
{
	char letter = 0;

	if (rest->len > 1)
		letter = rest->ptr[1];
	*rest = slice_after(*rest, 2);
	switch (letter) {
	case 'b': return '\b';
	case 'f': return '\f';
	case 'n': return '\n';
	case 'r': return '\r';
	case 't': return '\t';
	case 'u': return take_unicode(rest);
	case '"':
	case '\\':
	case '/': return (uint8_t)letter;
	default: return UTF8_REPLACEMENT;
	}
}

static bool
text_next(struct text *text, uint32_t *ret)
{
	if (text->rest.len == 0)
		return false;
	if (text->escaped && text->rest.ptr[0] == '\\') {
		*ret = take_escape(&text->rest);
		return true;
	}

	uint32_t code = UTF8_REPLACEMENT;
	size_t n = utf8_next(text->rest, &code);
	text->rest = slice_after(text->rest, n > 0 ? n : 1);
	*ret = code;
	return true;
}

/* Code points are in the order of the UTF-8 that they make. */
static int
text_cmp(struct text a, struct text b)
{
	for (;;) {
		uint32_t in_a;
		uint32_t in_b;
		bool more_a = text_next(&a, &in_a);
		bool more_b = text_next(&b, &in_b);

		if (!more_a || !more_b)
			return (int)more_a - (int)more_b;
		if (in_a != in_b)
			return in_a < in_b ? -1 : 1;
	}
}

bool
json_string_eq(struct slice value, struct slice text)
{
	struct slice inside;

	if (!string_inside(value, &inside))
		return false;
	if (plain_len(inside) == inside.len)
		return slice_eq(inside, text);
	return text_cmp((struct text){ inside, true },
		   (struct text){ text, false }) == 0;
}

int
json_string_cmp(struct slice a, struct slice b)
{
	struct slice in_a = { 0 };
	struct slice in_b = { 0 };

	(void)string_inside(a, &in_a);
	(void)string_inside(b, &in_b);
	if (plain_len(in_a) == in_a.len && plain_len(in_b) == in_b.len)
		return slice_cmp(in_a, in_b);
	return text_cmp(
	    (struct text){ in_a, true }, (struct text){ in_b, true });
}

int
json_string(struct slice value, struct buf *out, struct error *err)
{
	struct slice rest;

	if (!string_inside(value, &rest))
		return error_set(err, ERROR_FORMAT, "%s instead of a string",
		    json_type_to_string(json_type(value)));
	while (rest.len > 0) {
		size_t n = plain_len(rest);

		if (n > 0)
			buf_put(out, slice_first(rest, n));
		rest = slice_after(rest, n);
		if (rest.len > 0)
			utf8_put(out, take_escape(&rest));
	}
	return 0;
}

int
json_string_copy(struct slice value, char **ret, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };

	if (json_string(value, &text, err) < 0)
		return -1;

	char *string = buf_take_string(&text);
	if (!string)
		return error_nomem(err);
	*ret = string;
	return 0;
}
