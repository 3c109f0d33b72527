/* SPDX-License-Identifier: Apache-2.0 */
#include "report/text.h"

#include "base/memory.h"
#include "base/utf8.h"

/*
 * False for what a terminal obeys instead of showing it: control characters,
 * those of C1 too, ends of lines, and what turns the direction of text around
 * (Unicode, "Bidirectional Algorithm", 2). And for the backslash, with which
 * we write these.
 */
static bool
is_shown(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} hidden[] = {
		{ 0x00, 0x1f },
		{ '\\', '\\' },
		{ 0x7f, 0x9f },
		{ 0x061c, 0x061c },
		{ 0x200e, 0x200f },
		{ 0x2028, 0x202e },
		{ 0x2066, 0x2069 },
	};

	for (size_t i = 0; i < N_ITEMS(hidden); i++)
		if (code >= hidden[i].first && code <= hidden[i].last)
			return false;
	return true;
}

void
report_put_text(struct buf *out, struct slice text)
{
	while (text.len > 0) {
		uint32_t code = 0;
		size_t len = utf8_next(text, &code);
		bool shown = len > 0 && is_shown(code);

		if (len == 0)
			len = 1;
		if (shown)
			buf_put(out, slice_first(text, len));
		for (size_t i = 0; !shown && i < len; i++)
			buf_put_format(out, "\\x%02X", (uint8_t)text.ptr[i]);
		text = slice_after(text, len);
	}
}

static bool
begins_character(char c)
{
	return ((uint8_t)c & 0xc0) != 0x80;
}

size_t
report_width(struct slice text)
{
	size_t width = 0;

	for (size_t i = 0; i < text.len; i++)
		width += begins_character(text.ptr[i]);
	return width;
}

struct slice
report_first_columns(struct slice text, size_t width)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		if (begins_character(text.ptr[i]) && n++ == width)
			return slice_first(text, i);
	return text;
}

void
report_begin_json(struct json_writer *json, const char *name)
{
	CLEANUP(buf_clear) struct buf schema = { 0 };

	buf_put_format(&schema, "fother.%s/1", name);
	json_write_object(json);
	json_write_member(json, "schema", buf_slice(&schema));
	json_write_key(json, "items");
	json_write_array(json);
	json->out->failed |= schema.failed;
}

static void
write_json_error(struct json_writer *json, const struct error *error)
{
	json_write_object(json);
	json_write_member(
	    json, "kind", slice_of_string(error_kind_to_string(error->kind)));
	json_write_member(json, "message", slice_of_string(error->msg));
	json_write_object_end(json);
}

void
report_end_json(
    struct json_writer *json, const struct error *errors, size_t n_errors)
{
	json_write_key(json, "errors");
	json_write_array(json);
	for (size_t i = 0; i < n_errors; i++)
		write_json_error(json, &errors[i]);
	json_write_array_end(json);
	json_write_object_end(json);
	buf_put_string(json->out, "\n");
}
