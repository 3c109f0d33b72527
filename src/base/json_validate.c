/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The check that lets all other JSON code be simple: RFC 8259, and what is
 * said in json.h. One pass, without recursion: what is open lies on a stack
 * of JSON_DEPTH_MAX, and the keys of the objects that are open on another,
 * so that a key that comes twice is found at the end of its object.
 *
 *	{"schemaVersion": 2, "layers": [{"size": 29126484}]}
 */
#include "base/json.h"

#include <stdlib.h>

#include "base/json_scan.h"
#include "base/memory.h"
#include "base/utf8.h"

/* Up to so many keys, comparing each with each is faster than sorting. */
#define PAIRWISE_MAX 12

struct open {
	char close;       /* what ends it: '}' or ']' */
	size_t first_key; /* number of its first key */
};

struct scan {
	struct slice text;
	size_t at;
	struct open open[JSON_DEPTH_MAX];
	size_t depth;
	struct slice *keys; /* of all objects that are open, outermost first */
	size_t n_keys;
	size_t keys_size;
	bool escaped; /* there was a key with a backslash */
};

static void
scan_clear(struct scan *s)
{
	free(s->keys);
}
DEFINE_CLEANUP_IN_PLACE(struct scan, scan_clear)

static int
scan_error(const struct scan *s, const char *what, struct error *err)
{
	size_t line = 1;

	for (size_t i = 0; i < s->at && i < s->text.len; i++)
		line += s->text.ptr[i] == '\n';
	return error_set(
	    err, ERROR_FORMAT, "byte %zu, line %zu: %s", s->at, line, what);
}

/* The byte that comes next, or 0, which is legal nowhere, at the end. */
static char
scan_peek(const struct scan *s)
{
	if (s->at == s->text.len)
		return '\0';
	return s->text.ptr[s->at];
}

static char
scan_peek_token(struct scan *s)
{
	char c = scan_peek(s);

	while (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
		s->at++;
		c = scan_peek(s);
	}
	return c;
}

static int
scan_hex(struct scan *s, uint32_t *ret, struct error *err)
{
	uint32_t code = 0;

	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(scan_peek(s));

		if (digit < 0)
			return scan_error(s, "not a hex digit", err);
		code = code << 4 | (uint32_t)digit;
		s->at++;
	}
	*ret = code;
	return 0;
}

/* What follows "\u". */
static int
scan_unicode_escape(struct scan *s, struct error *err)
{
	uint32_t code = 0;

	if (scan_hex(s, &code, err) < 0)
		return -1;
	if (code == 0)
		return scan_error(s, "NUL in a string", err);
	if (code < 0xd800 || code > 0xdfff)
		return 0;

	if (code > 0xdbff || scan_peek(s) != '\\')
		return scan_error(s, "half a surrogate pair", err);
	s->at++;
	if (scan_peek(s) != 'u')
		return scan_error(s, "half a surrogate pair", err);
	s->at++;
	if (scan_hex(s, &code, err) < 0)
		return -1;
	if (code < 0xdc00 || code > 0xdfff)
		return scan_error(s, "half a surrogate pair", err);
	return 0;
}

/* What follows a backslash. */
static int
scan_escape(struct scan *s, struct error *err)
{
	char c = scan_peek(s);

	if (c == '\0' || !strchr("\"\\/bfnrtu", c))
		return scan_error(s, "not an escape", err);
	s->at++;
	return c == 'u' ? scan_unicode_escape(s, err) : 0;
}

/* From behind its first quote to behind its last. */
static int
scan_string(struct scan *s, struct error *err)
{
	for (;;) {
		s->at = json_plain_end(s->text, s->at);
		if (s->at == s->text.len)
			return scan_error(s, "the string has no end", err);
		char c = s->text.ptr[s->at];
		uint32_t code;
		size_t n = (uint8_t)c >= 0x80
		    ? utf8_next(slice_after(s->text, s->at), &code)
		    : 1;

		if (n == 0)
			return scan_error(s, "not UTF-8", err);
		if ((uint8_t)c < ' ')
			return scan_error(s, "control character", err);
		s->at += n;
		if (c == '"')
			return 0;
		if (c == '\\' && scan_escape(s, err) < 0)
			return -1;
	}
}

static int
scan_digits(struct scan *s, struct error *err)
{
	size_t from = s->at;

	while (scan_peek(s) >= '0' && scan_peek(s) <= '9')
		s->at++;
	return s->at > from ? 0 : scan_error(s, "not a digit", err);
}

static int
scan_number(struct scan *s, struct error *err)
{
	if (scan_peek(s) == '-')
		s->at++;
	if (scan_peek(s) == '0')
		s->at++; /* and no digit may follow */
	else if (scan_digits(s, err) < 0)
		return -1;

	if (scan_peek(s) == '.') {
		s->at++;
		if (scan_digits(s, err) < 0)
			return -1;
	}
	if ((scan_peek(s) | 0x20) != 'e')
		return 0;
	s->at++;
	if (scan_peek(s) == '+' || scan_peek(s) == '-')
		s->at++;
	return scan_digits(s, err);
}

static int
scan_literal(struct scan *s, struct slice literal, struct error *err)
{
	if (!slice_starts_with(slice_after(s->text, s->at), literal))
		return scan_error(s, "not a value", err);
	s->at += literal.len;
	return 0;
}

static int
scan_scalar(struct scan *s, struct error *err)
{
	switch (scan_peek(s)) {
	case '"': s->at++; return scan_string(s, err);
	case 't': return scan_literal(s, SLICE("true"), err);
	case 'f': return scan_literal(s, SLICE("false"), err);
	case 'n': return scan_literal(s, SLICE("null"), err);
	case '-':
	case '0' ... '9': return scan_number(s, err);
	default: return scan_error(s, "not a value", err);
	}
}

static bool
keys_room(struct scan *s)
{
	if (s->n_keys < s->keys_size)
		return true;

	size_t size = s->keys_size > 0 ? 2 * s->keys_size : 64;
	struct slice *grown = reallocarray(s->keys, size, sizeof(*grown));
	if (!grown)
		return false;
	s->keys = grown;
	s->keys_size = size;
	return true;
}

/* A key, the colon after it, and the spaces around them. */
static int
scan_key(struct scan *s, struct error *err)
{
	if (scan_peek_token(s) != '"')
		return scan_error(s, "not a key", err);

	size_t from = s->at++;
	if (scan_string(s, err) < 0)
		return -1;
	if (!keys_room(s))
		return error_nomem(err);

	struct slice key = slice_of(s->text.ptr + from, s->at - from);
	if (memchr(key.ptr, '\\', key.len))
		s->escaped = true;
	s->keys[s->n_keys++] = key;

	if (scan_peek_token(s) != ':')
		return scan_error(s, "not a colon", err);
	s->at++;
	return 0;
}

static int
key_cmp(const void *a, const void *b)
{
	return json_string_cmp(
	    *(const struct slice *)a, *(const struct slice *)b);
}

static bool
keys_differ_pairwise(const struct slice *keys, size_t n, bool escaped)
{
	for (size_t i = 1; i < n; i++)
		for (size_t j = 0; j < i; j++)
			if (escaped ? json_string_cmp(keys[i], keys[j]) == 0
				    : slice_eq(keys[i], keys[j]))
				return false;
	return true;
}

/* Sorts them when there are many. */
static bool
keys_differ(struct slice *keys, size_t n, bool escaped)
{
	if (n <= PAIRWISE_MAX)
		return keys_differ_pairwise(keys, n, escaped);

	qsort(keys, n, sizeof(*keys), key_cmp);
	for (size_t i = 1; i < n; i++)
		if (key_cmp(&keys[i - 1], &keys[i]) == 0)
			return false;
	return true;
}

/* Takes the '{' or '['; *ret: a value comes first, rather than the end. */
static int
scan_open(struct scan *s, char close, bool *ret, struct error *err)
{
	if (s->depth == JSON_DEPTH_MAX)
		return error_set(err, ERROR_LIMIT,
		    "byte %zu: nested deeper than %d", s->at, JSON_DEPTH_MAX);
	s->at++;
	s->open[s->depth++] = (struct open){ close, s->n_keys };

	*ret = scan_peek_token(s) != close;
	return *ret && close == '}' ? scan_key(s, err) : 0;
}

/* Takes the end of what was opened last. */
static int
scan_close(struct scan *s, struct error *err)
{
	const struct open *open = &s->open[s->depth - 1];
	size_t n = s->n_keys - open->first_key;

	if (n > 1 && !keys_differ(s->keys + open->first_key, n, s->escaped))
		return scan_error(s, "an object with a key twice", err);
	s->at++;
	s->n_keys = open->first_key;
	s->depth--;
	return 0;
}

/* After a value: takes what ends there; *ret: and then a value comes. */
static int
scan_after(struct scan *s, bool *ret, struct error *err)
{
	while (s->depth > 0) {
		char close = s->open[s->depth - 1].close;
		char c = scan_peek_token(s);

		if (c == ',') {
			s->at++;
			*ret = true;
			return close == '}' ? scan_key(s, err) : 0;
		}
		if (c != close)
			return scan_error(
			    s, "neither a comma nor the end", err);
		if (scan_close(s, err) < 0)
			return -1;
	}
	*ret = false;
	return 0;
}

int
json_validate(struct slice text, struct error *err)
{
	CLEANUP(scan_clear) struct scan s = { .text = text };
	bool more = true;

	while (more) {
		char c = scan_peek_token(&s);
		bool opened = false;
		int r = c == '{' ? scan_open(&s, '}', &opened, err)
		    : c == '['   ? scan_open(&s, ']', &opened, err)
				 : scan_scalar(&s, err);

		if (r < 0 || (!opened && scan_after(&s, &more, err) < 0))
			return -1;
	}
	(void)scan_peek_token(&s);
	if (s.at < text.len)
		return scan_error(&s, "more than one value", err);
	return 0;
}
