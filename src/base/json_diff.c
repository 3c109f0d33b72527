/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where two values differ. Members are put in order first, so that objects of
 * many members cost what sorting costs, whatever order they come in. No
 * recursion: pairs of objects or arrays that are open lie on a stack.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/json_edit.h"
#include "base/memory.h"

struct member {
	struct slice key; /* empty: of an array */
	struct slice value;
};

/* The members of an object or the items of an array. */
struct members {
	struct member *items;
	size_t n_items;
	size_t next;
};

/* Two objects or two arrays, side by side. */
struct pair {
	struct members a;
	struct members b;
	size_t path_len;
};

struct diff {
	struct pair open[JSON_DEPTH_MAX];
	size_t depth;
	struct buf path;
	void (*report)(
	    void *ctx, struct slice path, struct slice in_a, struct slice in_b);
	void *ctx;
};

static void
diff_clear(struct diff *diff)
{
	for (size_t i = 0; i < diff->depth; i++) {
		free(diff->open[i].a.items);
		free(diff->open[i].b.items);
	}
	buf_clear(&diff->path);
}
DEFINE_CLEANUP_IN_PLACE(struct diff, diff_clear)

static int
member_cmp(const void *a, const void *b)
{
	return json_string_cmp(
	    ((const struct member *)a)->key, ((const struct member *)b)->key);
}

static bool
container_next(struct json_iter *iter, struct member *ret)
{
	*ret = (struct member){ 0 };
	return iter->close == '}'
	    ? json_object_next(iter, &ret->key, &ret->value)
	    : json_array_next(iter, &ret->value);
}

static int
members_init(struct members *members, struct slice value, struct error *err)
{
	struct json_iter iter = json_iter_of(value);
	size_t n = json_count(value);

	*members = (struct members){ 0 };
	if (n == 0)
		return 0;
	members->items = calloc(n, sizeof(*members->items));
	if (!members->items)
		return error_nomem(err);

	bool is_object = iter.close == '}';
	struct member member;
	while (members->n_items < n && container_next(&iter, &member))
		members->items[members->n_items++] = member;
	if (is_object)
		qsort(members->items, members->n_items, sizeof(*members->items),
		    member_cmp);
	return 0;
}

/* "/key", with '~' and '/' in it written as RFC 6901 has it; or "/3". */
static void
path_put(struct buf *path, struct slice key, size_t number)
{
	CLEANUP(buf_clear) struct buf name = { 0 };
	struct error err;

	buf_put_u8(path, '/');
	if (key.len == 0) {
		buf_put_format(path, "%zu", number);
		return;
	}
	if (json_string(key, &name, &err) < 0 || name.failed)
		path->failed = true;
	for (size_t i = 0; i < name.len; i++) {
		if (name.ptr[i] == '~')
			buf_put_string(path, "~0");
		else if (name.ptr[i] == '/')
			buf_put_string(path, "~1");
		else
			buf_put_u8(path, (uint8_t)name.ptr[i]);
	}
}

/* Takes the next two values to compare; one is empty where only the other
 * side has such a member. */
static bool
pair_next(struct pair *pair, struct buf *path, struct slice *ret_a,
    struct slice *ret_b)
{
	struct members *a = &pair->a;
	struct members *b = &pair->b;
	const struct member *in_a =
	    a->next < a->n_items ? &a->items[a->next] : NULL;
	const struct member *in_b =
	    b->next < b->n_items ? &b->items[b->next] : NULL;

	if (!in_a && !in_b)
		return false;
	if (in_a && in_b) {
		int order = member_cmp(in_a, in_b);

		in_a = order <= 0 ? in_a : NULL;
		in_b = order >= 0 ? in_b : NULL;
	}

	path->len = pair->path_len;
	path_put(path, in_a ? in_a->key : in_b->key, a->next);
	a->next += in_a != NULL;
	b->next += in_b != NULL;
	*ret_a = in_a ? in_a->value : (struct slice){ 0 };
	*ret_b = in_b ? in_b->value : (struct slice){ 0 };
	return true;
}

/* True if the two are to be compared part by part. */
static bool
is_pair(struct slice a, struct slice b)
{
	enum json_type type = json_type(a);

	if (json_type(b) != type)
		return false;
	return type == JSON_OBJECT ||
	    (type == JSON_ARRAY && json_count(a) == json_count(b));
}

static int
diff_open(struct diff *diff, struct slice a, struct slice b, struct error *err)
{
	struct pair *pair = &diff->open[diff->depth++];

	*pair = (struct pair){ .path_len = diff->path.len };
	if (members_init(&pair->a, a, err) < 0)
		return -1;
	return members_init(&pair->b, b, err);
}

static void
diff_close(struct diff *diff)
{
	struct pair *pair = &diff->open[--diff->depth];

	free(pair->a.items);
	free(pair->b.items);
}

static int
diff_values(
    struct diff *diff, struct slice a, struct slice b, struct error *err)
{
	/* Most of what is compared is the same to the byte. */
	if (slice_eq(a, b))
		return 0;
	if (is_pair(a, b) && diff->depth < JSON_DEPTH_MAX)
		return diff_open(diff, a, b, err);
	if (json_type(a) == JSON_STRING && json_type(b) == JSON_STRING &&
	    json_string_cmp(a, b) == 0)
		return 0;

	if (buf_check(&diff->path, err) < 0)
		return -1;
	diff->report(diff->ctx, buf_slice(&diff->path), a, b);
	return 0;
}

int
json_diff(struct slice a, struct slice b,
    void (*report)(
	void *ctx, struct slice path, struct slice in_a, struct slice in_b),
    void *ctx, struct error *err)
{
	CLEANUP(diff_clear)
	struct diff diff = { .report = report, .ctx = ctx };

	if (diff_values(&diff, slice_trim(a), slice_trim(b), err) < 0)
		return -1;
	while (diff.depth > 0) {
		struct slice in_a;
		struct slice in_b;

		if (!pair_next(
			&diff.open[diff.depth - 1], &diff.path, &in_a, &in_b))
			diff_close(&diff);
		else if (diff_values(&diff, in_a, in_b, err) < 0)
			return -1;
	}
	return 0;
}

static void
clear_flag(void *ctx, struct slice path, struct slice in_a, struct slice in_b)
{
	(void)path;
	(void)in_a;
	(void)in_b;
	*(bool *)ctx = false;
}

int
json_equal(struct slice a, struct slice b, bool *ret, struct error *err)
{
	bool equal = true;

	if (json_diff(a, b, clear_flag, &equal, err) < 0)
		return -1;
	*ret = equal;
	return 0;
}
