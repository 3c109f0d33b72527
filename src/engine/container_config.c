/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an engine does when it creates a container: where the request says
 * nothing, the image's value is taken, and an inspection no longer tells
 * which was which. So it is told by comparing with the image that the
 * container was made from: what is the same came from there, and follows the
 * new image; what is not was set by a person, and stays.
 *
 * Left out: a person who set the very value of the old image. That looks the
 * same, and follows.
 */
#include <stdlib.h>

#include "base/json.h"
#include "base/json_write.h"
#include "base/memory.h"
#include "engine/container_parts.h"

/* Labels, ports, variables: the worst of images have a hundred. They are
 * compared each with each. */
#define MEMBERS_MAX ((size_t)4096)

static int
is_same(struct slice a, struct slice b, bool *ret, struct error *err)
{
	if (json_is_empty(a) && json_is_empty(b)) {
		*ret = true;
		return 0;
	}
	return json_equal(a, b, ret, err);
}

/* Whether the value at key came from the old image, and the new one has
 * another. */
static int
follows(const struct container_parts *parts, const char *key, bool *ret_came,
    bool *ret_changed, struct error *err)
{
	struct slice old = json_at(parts->old_config, key);
	bool same = false;

	if (is_same(json_at(parts->config, key), old, ret_came, err) < 0 ||
	    is_same(old, json_at(parts->new_config, key), &same, err) < 0)
		return -1;
	*ret_changed = !same;
	return 0;
}

static void
put_or_null(struct buf *out, struct slice value)
{
	buf_put(out, value.len > 0 ? value : SLICE("null"));
}

static int
follow_value(const struct container_parts *parts, const char *key,
    struct changes *changes, struct error *err)
{
	bool came = false;
	bool changed = false;

	if (follows(parts, key, &came, &changed, err) < 0)
		return -1;
	if (came && changed)
		put_or_null(
		    changes_put(changes, key), json_at(parts->new_config, key));
	return 0;
}

/* The command is the image's only together with the image's entry point. */
static int
follow_command(const struct container_parts *parts, struct changes *changes,
    struct error *err)
{
	bool came = false;
	bool changed = false;

	if (follows(parts, "Entrypoint", &came, &changed, err) < 0)
		return -1;
	if (!came)
		return 0;
	if (changed)
		put_or_null(changes_put(changes, "Entrypoint"),
		    json_at(parts->new_config, "Entrypoint"));
	return follow_value(parts, "Cmd", changes, err);
}

static bool
find_member(struct slice object, struct slice key, struct slice *ret)
{
	struct json_iter iter = json_iter_of(object);
	struct slice name;
	struct slice value;

	while (json_object_next(&iter, &name, &value))
		if (json_string_cmp(name, key) == 0) {
			*ret = value;
			return true;
		}
	return false;
}

/* Members are copied with the keys as they are written. */
static void
put_member(struct buf *out, struct slice key, struct slice value)
{
	buf_put(out, out->len > 1 ? SLICE(",") : SLICE(""));
	buf_put(out, key);
	buf_put(out, SLICE(":"));
	buf_put(out, value);
}

static int
put_followed(const struct slice sides[3], struct buf *out, struct error *err)
{
	struct json_iter iter = json_iter_of(sides[0]);
	struct slice key;
	struct slice value;

	while (json_object_next(&iter, &key, &value)) {
		struct slice old = { NULL, 0 };
		struct slice new = { NULL, 0 };
		bool came = false;

		if (find_member(sides[1], key, &old) &&
		    json_equal(value, old, &came, err) < 0)
			return -1;
		if (!came)
			put_member(out, key, value);
		else if (find_member(sides[2], key, &new))
			put_member(out, key, new);
	}
	return 0;
}

static void
put_added(const struct slice sides[3], struct buf *out)
{
	struct json_iter iter = json_iter_of(sides[2]);
	struct slice key;
	struct slice value;
	struct slice had;

	while (json_object_next(&iter, &key, &value))
		if (!find_member(sides[0], key, &had))
			put_member(out, key, value);
}

/* An object whose members follow one by one. */
static int
follow_members(const struct container_parts *parts, const char *key,
    struct changes *changes, struct error *err)
{
	const struct slice sides[3] = {
		json_at(parts->config, key),
		json_at(parts->old_config, key),
		json_at(parts->new_config, key),
	};
	bool same = false;

	if (is_same(sides[1], sides[2], &same, err) < 0)
		return -1;
	if (same)
		return 0;
	for (size_t i = 0; i < N_ITEMS(sides); i++)
		if (json_count(sides[i]) > MEMBERS_MAX)
			return error_set(err, ERROR_LIMIT,
			    "more than %zu in %s", MEMBERS_MAX, key);
	struct buf *out = changes_put(changes, key);
	buf_put(out, SLICE("{"));
	if (put_followed(sides, out, err) < 0)
		return -1;
	put_added(sides, out);
	buf_put(out, SLICE("}"));
	return 0;
}

/* The variables of an environment: "NAME=value", or "NAME" that takes the
 * image's away. */
struct variables {
	char **items;
	size_t n_items;
};

static void
variables_clear(struct variables *list)
{
	for (size_t i = 0; i < list->n_items; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct variables){ 0 };
}

static int
variables_read(struct slice config, struct variables *ret, struct error *err)
{
	struct json_iter iter = json_iter_of(json_at(config, "Env"));
	struct slice value;

	while (json_array_next(&iter, &value)) {
		if (ret->n_items >= MEMBERS_MAX)
			return error_set(err, ERROR_LIMIT,
			    "more than %zu variables", MEMBERS_MAX);
		if (!ARRAY_GROW(ret->items, ret->n_items))
			return error_nomem(err);
		if (json_string_copy(value, &ret->items[ret->n_items], err) < 0)
			return error_wrap(err, "Env");
		ret->n_items++;
	}
	return 0;
}

/* The variable of the same name; NULL when there is none. */
static const char *
variables_find(const struct variables *list, const char *variable)
{
	size_t len = strcspn(variable, "=");

	for (size_t i = 0; i < list->n_items; i++)
		if (strcspn(list->items[i], "=") == len &&
		    !strncmp(list->items[i], variable, len))
			return list->items[i];
	return NULL;
}

static void
write_variables(const struct variables sides[3], struct buf *out)
{
	struct json_writer w = json_writer_of(out);

	json_write_array(&w);
	for (size_t i = 0; i < sides[0].n_items; i++) {
		const char *mine = sides[0].items[i];
		const char *old = variables_find(&sides[1], mine);

		if (old && !strcmp(old, mine))
			mine = variables_find(&sides[2], mine);
		if (mine)
			json_write_string(&w, slice_of_string(mine));
	}
	for (size_t i = 0; i < sides[2].n_items; i++)
		if (!variables_find(&sides[0], sides[2].items[i]))
			json_write_string(
			    &w, slice_of_string(sides[2].items[i]));
	json_write_array_end(&w);
}

static int
follow_variables(const struct container_parts *parts, struct changes *changes,
    struct error *err)
{
	bool same = false;

	if (is_same(json_at(parts->old_config, "Env"),
		json_at(parts->new_config, "Env"), &same, err) < 0)
		return -1;
	if (same)
		return 0;

	struct variables sides[3] = { { 0 } };
	int r = variables_read(parts->config, &sides[0], err);
	if (r == 0)
		r = variables_read(parts->old_config, &sides[1], err);
	if (r == 0)
		r = variables_read(parts->new_config, &sides[2], err);
	if (r == 0)
		write_variables(sides, changes_put(changes, "Env"));
	for (size_t i = 0; i < N_ITEMS(sides); i++)
		variables_clear(&sides[i]);
	return r;
}

int
container_config_follow(const struct container_parts *parts,
    struct changes *changes, struct error *err)
{
	static const char *const values[] = { "User", "WorkingDir",
		"StopSignal", "StopTimeout", "Shell", "ArgsEscaped" };
	static const char *const objects[] = { "ExposedPorts", "Volumes",
		"Healthcheck", "Labels" };

	if (parts->old_config.len == 0 || parts->new_config.len == 0)
		return 0;
	for (size_t i = 0; i < N_ITEMS(values); i++)
		if (follow_value(parts, values[i], changes, err) < 0)
			return -1;
	for (size_t i = 0; i < N_ITEMS(objects); i++)
		if (follow_members(parts, objects[i], changes, err) < 0)
			return -1;
	if (follow_command(parts, changes, err) < 0)
		return -1;
	return follow_variables(parts, changes, err);
}
