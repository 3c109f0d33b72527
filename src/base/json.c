/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walking over JSON that json_validate() accepted, where it lies. A value
 * that is not looked at is skipped by its brackets and quotes alone.
 */
#include "base/json.h"

#include "base/json_scan.h"
#include "base/memory.h"

static struct slice
skip_blank(struct slice s)
{
	while (s.len > 0 &&
	    (s.ptr[0] == ' ' || s.ptr[0] == '\n' || s.ptr[0] == '\t' ||
		s.ptr[0] == '\r'))
		s = slice_after(s, 1);
	return s;
}

/* Where the string ends that begins, with its quote, at byte `from` of s. */
static size_t
string_end(struct slice s, size_t from)
{
	size_t at = from + 1;

	while (at < s.len) {
		at = json_plain_end(s, at);
		if (at == s.len)
			break;

		char c = s.ptr[at++];
		if (c == '"')
			return at;
		if (c == '\\')
			at++;
	}
	return s.len;
}

static size_t
container_end(struct slice s)
{
	size_t depth = 0;
	size_t at = 0;

	while (at < s.len) {
		char c = s.ptr[at];

		if (c == '"') {
			at = string_end(s, at);
			continue;
		}
		at++;
		/* Only brackets and braces, which differ in one bit. */
		if ((c | 0x20) == '{')
			depth++;
		else if ((c | 0x20) == '}' && --depth == 0)
			return at;
	}
	return s.len;
}

static size_t
scalar_end(struct slice s)
{
	size_t i = 0;

	while (i < s.len && (uint8_t)s.ptr[i] > ' ' && s.ptr[i] != ',' &&
	    s.ptr[i] != '}' && s.ptr[i] != ']')
		i++;
	return i;
}

/* Takes the value that *rest begins with off its front. */
static struct slice
take_value(struct slice *rest)
{
	size_t n = 0;

	switch (json_type(*rest)) {
	case JSON_STRING: n = string_end(*rest, 0); break;
	case JSON_OBJECT:
	case JSON_ARRAY: n = container_end(*rest); break;
	case JSON_NULL:
	case JSON_BOOL:
	case JSON_NUMBER:
	case JSON_NONE: n = scalar_end(*rest); break;
	}

	struct slice value = slice_first(*rest, n);
	*rest = slice_after(*rest, n);
	return value;
}

enum json_type
json_type(struct slice value)
{
	value = skip_blank(value);
	switch (value.len > 0 ? value.ptr[0] : '\0') {
	case '{': return JSON_OBJECT;
	case '[': return JSON_ARRAY;
	case '"': return JSON_STRING;
	case 't':
	case 'f': return JSON_BOOL;
	case 'n': return JSON_NULL;
	case '-':
	case '0' ... '9': return JSON_NUMBER;
	default: return JSON_NONE;
	}
}

const char *
json_type_to_string(enum json_type type)
{
	static const char *const names[] = {
		[JSON_NONE] = "none",
		[JSON_NULL] = "null",
		[JSON_BOOL] = "bool",
		[JSON_NUMBER] = "number",
		[JSON_STRING] = "string",
		[JSON_ARRAY] = "array",
		[JSON_OBJECT] = "object",
	};

	return (size_t)type < N_ITEMS(names) ? names[type] : "unknown";
}

struct json_iter
json_iter_of(struct slice value)
{
	enum json_type type = json_type(value);

	if (type != JSON_OBJECT && type != JSON_ARRAY)
		return (struct json_iter){ 0 };
	return (struct json_iter){
		.rest = slice_after(skip_blank(value), 1),
		.close = type == JSON_OBJECT ? '}' : ']',
	};
}

/* Goes to the next item or member; false, and for ever, when none follows. */
static bool
iter_step(struct json_iter *iter, char close)
{
	struct slice rest = skip_blank(iter->rest);

	if (rest.len > 0 && rest.ptr[0] == ',')
		rest = skip_blank(slice_after(rest, 1));
	if (iter->close != close || rest.len == 0 || rest.ptr[0] == close) {
		*iter = (struct json_iter){ 0 };
		return false;
	}
	iter->rest = rest;
	return true;
}

bool
json_object_next(
    struct json_iter *iter, struct slice *ret_key, struct slice *ret_value)
{
	if (!iter_step(iter, '}'))
		return false;

	struct slice key = take_value(&iter->rest);
	iter->rest = skip_blank(iter->rest);
	if (iter->rest.len == 0 || iter->rest.ptr[0] != ':') {
		*iter = (struct json_iter){ 0 };
		return false;
	}
	iter->rest = skip_blank(slice_after(iter->rest, 1));
	*ret_key = key;
	*ret_value = take_value(&iter->rest);
	return true;
}

bool
json_array_next(struct json_iter *iter, struct slice *ret)
{
	if (!iter_step(iter, ']'))
		return false;

	struct slice value = take_value(&iter->rest);
	if (value.len == 0) {
		*iter = (struct json_iter){ 0 };
		return false;
	}
	*ret = value;
	return true;
}

size_t
json_count(struct slice value)
{
	struct json_iter iter = json_iter_of(value);
	struct slice key;
	struct slice item;
	size_t n = 0;

	if (iter.close == '}')
		while (json_object_next(&iter, &key, &item))
			n++;
	else
		while (json_array_next(&iter, &item))
			n++;
	return n;
}

bool
json_find_key(struct slice object, struct slice key, struct slice *ret)
{
	struct json_iter iter = json_iter_of(object);
	struct slice name;
	struct slice value;

	while (json_object_next(&iter, &name, &value))
		if (json_string_eq(name, key)) {
			*ret = value;
			return true;
		}
	return false;
}

bool
json_find(struct slice object, const char *key, struct slice *ret)
{
	return json_find_key(object, slice_of_string(key), ret);
}

bool
json_find_path(struct slice object, const char *const *keys, struct slice *ret)
{
	for (; *keys; keys++)
		if (!json_find(object, *keys, &object))
			return false;
	*ret = object;
	return true;
}

bool
json_bool(struct slice value, bool *ret)
{
	value = slice_trim(value);
	if (!slice_eq(value, SLICE("true")) && !slice_eq(value, SLICE("false")))
		return false;
	*ret = value.ptr[0] == 't';
	return true;
}

bool
json_u64(struct slice value, uint64_t *ret)
{
	return slice_to_u64(slice_trim(value), UINT64_MAX, ret);
}

bool
json_i64(struct slice value, int64_t *ret)
{
	value = slice_trim(value);
	bool negative = slice_starts_with(value, SLICE("-"));
	uint64_t max = (uint64_t)INT64_MAX + (negative ? 1 : 0);
	uint64_t size;

	if (!slice_to_u64(slice_after(value, negative ? 1 : 0), max, &size))
		return false;
	/* In this order, INT64_MIN has a way to be said too. */
	*ret = negative && size > 0 ? -(int64_t)(size - 1) - 1 : (int64_t)size;
	return true;
}
