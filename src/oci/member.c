/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/member.h"

#include "base/json.h"
#include "oci/digest.h"

/* Media types are at most 127 + 1 + 127 (RFC 6838), names of images 255. */
#define WORD_BYTES_MAX 255

int
member_text_init(struct buf *text, struct slice json, struct error *err)
{
	*text = buf_limited(json.len + 1);
	return buf_reserve(text, json.len + 1) ? 0 : error_nomem(err);
}

/* The member, empty when it is absent or null. */
static struct slice
member_of(struct slice object, const char *key)
{
	struct slice value = { 0 };

	if (!json_find(object, key, &value) || json_type(value) == JSON_NULL)
		return (struct slice){ 0 };
	return value;
}

int
value_word(
    struct slice value, struct buf *text, struct slice *ret, struct error *err)
{
	size_t from = text->len;

	if (json_string(value, text, err) < 0 || buf_check(text, err) < 0)
		return -1;

	struct slice word = slice_after(buf_slice(text), from);
	if (!slice_is_graph(word))
		return error_set(
		    err, ERROR_FORMAT, "a text that is empty or not printable");
	if (word.len > WORD_BYTES_MAX)
		return error_set(err, ERROR_LIMIT,
		    "a text of more than %d bytes", WORD_BYTES_MAX);
	*ret = word;
	return 0;
}

int
member_word(struct slice object, const char *key, struct buf *text,
    struct slice *ret, struct error *err)
{
	struct slice value = member_of(object, key);

	/* Docker writes "variant": "" and the like. */
	if (value.len == 0 || json_string_eq(value, SLICE(""))) {
		*ret = SLICE("");
		return 0;
	}
	if (value_word(value, text, ret, err) < 0)
		return error_wrap(err, "\"%s\"", key);
	return 0;
}

int
value_digest(struct slice value, struct sha256 *ret, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };

	if (json_string(value, &text, err) < 0 || buf_check(&text, err) < 0)
		return -1;
	if (text.len == 0)
		return error_set(err, ERROR_FORMAT, "not a digest");
	return digest_parse(buf_slice(&text), ret, err);
}

int
member_digest(
    struct slice object, const char *key, struct sha256 *ret, struct error *err)
{
	if (value_digest(member_of(object, key), ret, err) < 0)
		return error_wrap(err, "\"%s\"", key);
	return 0;
}

static int
member_container(struct slice object, const char *key, enum json_type type,
    struct slice *ret, struct error *err)
{
	struct slice value = member_of(object, key);

	if (value.len > 0 && json_type(value) != type)
		return error_set(err, ERROR_FORMAT,
		    "\"%s\": %s instead of an %s", key,
		    json_type_to_string(json_type(value)),
		    json_type_to_string(type));
	*ret = value;
	return 0;
}

int
member_array(
    struct slice object, const char *key, struct slice *ret, struct error *err)
{
	return member_container(object, key, JSON_ARRAY, ret, err);
}

int
member_object(
    struct slice object, const char *key, struct slice *ret, struct error *err)
{
	return member_container(object, key, JSON_OBJECT, ret, err);
}

bool
bytes_word(struct bytes_reader *in, struct slice *ret)
{
	struct slice word;

	if (!bytes_sized(in, &word) || word.len > WORD_BYTES_MAX ||
	    (word.len > 0 && !slice_is_graph(word)))
		return false;
	*ret = word;
	return true;
}
