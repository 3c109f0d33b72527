/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/json_edit.h"
#include "base/json_write.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A string that was accepted reads as text, and reads the same when what it
 * reads is written again. */
static void
check_string(struct slice value)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(buf_clear) struct buf again = { 0 };
	struct json_writer w = json_writer_of(&again);
	struct error err;

	if (json_string(value, &text, &err) < 0 ||
	    !utf8_is_valid(buf_slice(&text)) ||
	    !json_string_eq(value, buf_slice(&text)))
		abort();
	if (text.len > 0 && memchr(text.ptr, '\0', text.len))
		abort();
	json_write_string(&w, buf_slice(&text));
	if (json_string_cmp(value, buf_slice(&again)) != 0)
		abort();
}

/* Walks one level; an object's members must be found by their keys. */
static void
check_value(struct slice value, bool valid)
{
	struct json_iter iter = json_iter_of(value);
	struct slice key;
	struct slice item;
	size_t n = 0;

	if (valid && json_type(value) == JSON_STRING)
		check_string(value);
	if (valid && json_type(value) == JSON_NONE)
		abort();
	for (; n < 100 && json_object_next(&iter, &key, &item); n++) {
		CLEANUP(buf_clear) struct buf text = { 0 };
		struct slice found = { 0 };
		struct error err;

		if (!valid)
			continue;
		check_string(key);
		if (json_string(key, &text, &err) < 0 ||
		    !json_find_key(value, buf_slice(&text), &found) ||
		    found.ptr != item.ptr || json_validate(item, &err) < 0)
			abort();
	}
	iter = json_iter_of(value);
	for (; n < 200 && json_array_next(&iter, &item); n++) {
		struct error err;

		if (valid && json_validate(item, &err) < 0)
			abort();
	}
}

/* With nothing to change, the copy is the same to the byte. */
static void
check_edit(struct slice text)
{
	CLEANUP(buf_clear) struct buf copy = { 0 };
	CLEANUP(buf_clear) struct buf more = { 0 };
	const struct json_edit edit = { SLICE("\"n\xc3\xa9w"), SLICE("[1]") };
	const struct json_edit undo = { edit.key, { 0 } };
	struct error err;
	bool equal = false;

	if (json_object_edit(text, NULL, 0, &copy, &err) < 0 ||
	    !slice_eq(buf_slice(&copy), text) ||
	    json_object_edit(text, &edit, 1, &more, &err) < 0)
		abort();

	struct slice found = { 0 };
	if (!json_find_key(buf_slice(&more), edit.key, &found) ||
	    !slice_eq(found, edit.value))
		abort();
	if (json_find_key(text, edit.key, &found))
		return;
	copy.len = 0;
	if (json_object_edit(buf_slice(&more), &undo, 1, &copy, &err) < 0 ||
	    json_equal(text, buf_slice(&copy), &equal, &err) < 0 || !equal)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of((const char *)data, size);
	struct error err = { 0 };
	bool valid = json_validate(text, &err) == 0;
	bool equal = false;

	check_value(text, valid);
	if (!valid) {
		if (err.kind != ERROR_FORMAT && err.kind != ERROR_LIMIT)
			abort();
		return 0;
	}
	if (json_type(text) == JSON_OBJECT)
		check_edit(text);
	if (json_equal(text, text, &equal, &err) < 0 || !equal)
		abort();
	return 0;
}
