/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_write.h"

#include <assert.h>
#include <inttypes.h>

#include "base/json.h"
#include "base/utf8.h"

struct json_writer
json_writer_of(struct buf *out)
{
	return (struct json_writer){ .out = out };
}

/* The comma before what comes, where one belongs. */
static void
separate(struct json_writer *w)
{
	uint64_t bit = UINT64_C(1) << w->depth;

	if (w->keyed)
		w->keyed = false;
	else if (w->filled & bit)
		buf_put_u8(w->out, ',');
	w->filled |= bit;
}

static void
open_with(struct json_writer *w, char c)
{
	assert(w->depth < JSON_DEPTH_MAX);
	separate(w);
	buf_put_u8(w->out, (uint8_t)c);
	w->depth++;
	w->filled &= ~(UINT64_C(1) << w->depth);
}

static void
close_with(struct json_writer *w, char c)
{
	assert(w->depth > 0 && !w->keyed);
	buf_put_u8(w->out, (uint8_t)c);
	w->depth--;
}

void
json_write_object(struct json_writer *w)
{
	open_with(w, '{');
}

void
json_write_object_end(struct json_writer *w)
{
	close_with(w, '}');
}

void
json_write_array(struct json_writer *w)
{
	open_with(w, '[');
}

void
json_write_array_end(struct json_writer *w)
{
	close_with(w, ']');
}

static bool
is_plain(char c)
{
	return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

/* What a terminal obeys, or turns text around with (as report/text.c), if
 * somebody prints the document there. */
static bool
is_hidden(uint32_t code)
{
	return code < ' ' || (code >= 0x7f && code <= 0x9f) || code == 0x061c ||
	    code == 0x200e || code == 0x200f ||
	    (code >= 0x2028 && code <= 0x202e) ||
	    (code >= 0x2066 && code <= 0x2069);
}

static void
put_escaped(struct buf *out, uint32_t code)
{
	switch (code) {
	case '"': buf_put_string(out, "\\\""); break;
	case '\\': buf_put_string(out, "\\\\"); break;
	case '\n': buf_put_string(out, "\\n"); break;
	case '\r': buf_put_string(out, "\\r"); break;
	case '\t': buf_put_string(out, "\\t"); break;
	default:
		if (is_hidden(code))
			buf_put_format(out, "\\u%04" PRIx32, code);
		else
			utf8_put(out, code);
	}
}

static void
put_string(struct buf *out, struct slice text)
{
	buf_put_u8(out, '"');
	while (text.len > 0) {
		size_t n = 0;

		while (n < text.len && is_plain(text.ptr[n]))
			n++;
		buf_put(out, slice_first(text, n));
		text = slice_after(text, n);
		if (text.len == 0)
			break;

		uint32_t code = UTF8_REPLACEMENT;
		n = utf8_next(text, &code);
		put_escaped(out, code);
		text = slice_after(text, n > 0 ? n : 1);
	}
	buf_put_u8(out, '"');
}

void
json_write_key_slice(struct json_writer *w, struct slice key)
{
	assert(!w->keyed);
	separate(w);
	put_string(w->out, key);
	buf_put_u8(w->out, ':');
	w->keyed = true;
}

void
json_write_key(struct json_writer *w, const char *key)
{
	json_write_key_slice(w, slice_of_string(key));
}

void
json_write_string(struct json_writer *w, struct slice text)
{
	separate(w);
	put_string(w->out, text);
}

void
json_write_u64(struct json_writer *w, uint64_t value)
{
	separate(w);
	buf_put_format(w->out, "%" PRIu64, value);
}

void
json_write_i64(struct json_writer *w, int64_t value)
{
	separate(w);
	buf_put_format(w->out, "%" PRId64, value);
}

void
json_write_bool(struct json_writer *w, bool value)
{
	separate(w);
	buf_put_string(w->out, value ? "true" : "false");
}

void
json_write_null(struct json_writer *w)
{
	separate(w);
	buf_put_string(w->out, "null");
}

void
json_write_raw(struct json_writer *w, struct slice value)
{
	separate(w);
	buf_put(w->out, value);
}

void
json_write_member(struct json_writer *w, const char *key, struct slice text)
{
	json_write_key(w, key);
	json_write_string(w, text);
}

void
json_write_member_u64(struct json_writer *w, const char *key, uint64_t value)
{
	json_write_key(w, key);
	json_write_u64(w, value);
}

void
json_write_member_bool(struct json_writer *w, const char *key, bool value)
{
	json_write_key(w, key);
	json_write_bool(w, value);
}

void
json_write_member_raw(
    struct json_writer *w, const char *key, struct slice value)
{
	json_write_key(w, key);
	json_write_raw(w, value);
}
