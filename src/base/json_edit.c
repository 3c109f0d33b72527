/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes to JSON that leave alone what they are not about: an engine's or a
 * registry's text goes through us unchanged, with the members that we have
 * never heard of, the digits of its numbers, its order and its spaces.
 */
#include "base/json_edit.h"

#include "base/json.h"
#include "base/json_write.h"
#include "base/utf8.h"

/* An object or an array on its way from one text into another. */
struct copy {
	struct slice rest;    /* of the old text, not yet looked at */
	struct slice pending; /* spaces after what was put last */
	struct buf *out;
	bool filled;
};

/* Takes what stands before ptr, which is in it, off the front of *rest. */
static struct slice
take_until(struct slice *rest, const char *ptr)
{
	struct slice taken = slice_first(*rest, (size_t)(ptr - rest->ptr));

	*rest = slice_after(*rest, taken.len);
	return taken;
}

static struct slice
take_blank(struct slice *rest)
{
	size_t n = 0;

	while (n < rest->len && strchr(" \t\r\n", rest->ptr[n]))
		n++;
	return take_until(rest, rest->ptr + n);
}

/* Everything up to and with the bracket that opens, and spaces after it. */
static struct copy
copy_begin(struct slice text, struct buf *out)
{
	struct copy copy = { .rest = text, .out = out };

	struct slice before = take_blank(&copy.rest);
	if (before.len > 0)
		buf_put(out, before);
	buf_put(out, slice_first(copy.rest, 1));
	copy.rest = slice_after(copy.rest, 1);

	/* Of a member or an item, if there is one; else before the end. */
	struct slice inside = copy.rest;
	struct slice blank = take_blank(&inside);
	if (inside.len > 0 && strchr("}]", inside.ptr[0])) {
		copy.pending = blank;
		copy.rest = inside;
	}
	return copy;
}

static void
copy_separate(struct copy *copy)
{
	buf_put(copy->out, copy->pending);
	copy->pending = (struct slice){ 0 };
	if (copy->filled)
		buf_put_u8(copy->out, ',');
	copy->filled = true;
}

/* Takes old's place, and puts value with what stood before and after it; a
 * NULL value drops all of that. */
static void
copy_value(struct copy *copy, struct slice old, struct slice value)
{
	struct slice before = take_until(&copy->rest, old.ptr);
	(void)take_until(&copy->rest, old.ptr + old.len);
	struct slice after = take_blank(&copy->rest);

	if (slice_starts_with(copy->rest, SLICE(",")))
		copy->rest = slice_after(copy->rest, 1);
	if (!value.ptr)
		return;
	copy_separate(copy);
	buf_put(copy->out, before);
	buf_put(copy->out, value);
	copy->pending = after;
}

/* Spaces, the bracket that closes, and spaces. */
static void
copy_end(struct copy *copy)
{
	buf_put(copy->out, copy->pending);
	buf_put(copy->out, copy->rest);
}

/* Leaves in out what was put after its first len bytes if that is JSON. */
static int
check_result(struct buf *out, size_t len, struct error *err)
{
	int r = buf_check(out, err);

	if (r == 0)
		r = json_validate(slice_after(buf_slice(out), len), err);
	if (r == 0)
		return 0;
	out->len = len;
	return error_wrap(err, "edited JSON");
}

static int
check_type(struct slice text, enum json_type wanted, struct error *err)
{
	if (json_validate(text, err) < 0)
		return -1;
	if (json_type(text) != wanted)
		return error_set(err, ERROR_FORMAT, "%s instead of an %s",
		    json_type_to_string(json_type(text)),
		    json_type_to_string(wanted));
	return 0;
}

static int
check_edits(const struct json_edit *edits, size_t n_edits, struct error *err)
{
	for (size_t i = 0; i < n_edits; i++) {
		if (!utf8_is_valid(edits[i].key))
			return error_set(
			    err, ERROR_FORMAT, "a key that is not UTF-8");

		/* Each by itself: "1,2" would fit in where one value was. */
		if (edits[i].value.ptr &&
		    json_validate(edits[i].value, err) < 0)
			return error_wrap(err, "value of \"" SLICE_FMT "\"",
			    SLICE_ARG(edits[i].key));
		for (size_t j = 0; j < i; j++)
			if (slice_eq(edits[i].key, edits[j].key))
				return error_set(err, ERROR_EXISTS,
				    "two edits of \"" SLICE_FMT "\"",
				    SLICE_ARG(edits[i].key));
	}
	return 0;
}

/* What the member is to be: its own value if no edit names it. */
static struct slice
edited_value(struct slice key, struct slice value,
    const struct json_edit *edits, size_t n_edits)
{
	for (size_t i = 0; i < n_edits; i++)
		if (json_string_eq(key, edits[i].key))
			return edits[i].value;
	return value;
}

static void
copy_new_member(struct copy *copy, const struct json_edit *edit)
{
	struct json_writer w = json_writer_of(copy->out);
	struct slice after = copy->pending;

	copy->pending = (struct slice){ 0 };
	copy_separate(copy);
	json_write_key_slice(&w, edit->key);
	json_write_raw(&w, edit->value);
	copy->pending = after;
}

int
json_object_edit(struct slice object, const struct json_edit *edits,
    size_t n_edits, struct buf *out, struct error *err)
{
	size_t len = out->len;
	struct slice key;
	struct slice value;
	struct slice old;

	if (check_type(object, JSON_OBJECT, err) < 0 ||
	    check_edits(edits, n_edits, err) < 0)
		return -1;

	struct json_iter iter = json_iter_of(object);
	struct copy copy = copy_begin(object, out);
	while (json_object_next(&iter, &key, &value))
		copy_value(
		    &copy, value, edited_value(key, value, edits, n_edits));
	for (size_t i = 0; i < n_edits; i++)
		if (edits[i].value.ptr &&
		    !json_find_key(object, edits[i].key, &old))
			copy_new_member(&copy, &edits[i]);
	copy_end(&copy);
	return check_result(out, len, err);
}

static void
copy_new_item(struct copy *copy, struct slice value)
{
	struct slice after = copy->pending;

	copy->pending = (struct slice){ 0 };
	copy_separate(copy);
	buf_put(copy->out, value);
	copy->pending = after;
}

int
json_array_append(struct slice array, const struct slice *values,
    size_t n_values, struct buf *out, struct error *err)
{
	size_t len = out->len;
	struct slice item;

	if (check_type(array, JSON_ARRAY, err) < 0)
		return -1;
	for (size_t i = 0; i < n_values; i++)
		if (json_validate(values[i], err) < 0)
			return error_wrap(err, "new item");

	struct json_iter iter = json_iter_of(array);
	struct copy copy = copy_begin(array, out);
	while (json_array_next(&iter, &item))
		copy_value(&copy, item, item);
	for (size_t i = 0; i < n_values; i++)
		copy_new_item(&copy, values[i]);
	copy_end(&copy);
	return check_result(out, len, err);
}
