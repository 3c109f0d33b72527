/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Volumes without a name. A container asks for one with VOLUME in its image,
 * with -v /PATH or with --mount type=volume,dst=/PATH; the engine makes one
 * with a random name, and only Mounts of an inspection tells which. A
 * successor that asks the same would get an empty one; so each is asked for
 * by its name:
 *
 *     "Mounts":[{"Type":"volume","Name":"0dea...","Destination":"/data",
 *                "RW":true}]         ->  "Binds":["0dea...:/data"]
 */
#include <stdlib.h>

#include "base/json.h"
#include "base/json_write.h"
#include "base/memory.h"
#include "engine/container_parts.h"

/* Each is a mount(2) at every start; they are compared each with each. */
#define MOUNTS_MAX ((size_t)4096)

static bool
same_path(const char *a, const char *b)
{
	while (*a && *a == *b) {
		/* "/data//x" and "/data/x" are one. */
		while (a[0] == '/' && a[1] == '/')
			a++;
		while (b[0] == '/' && b[1] == '/')
			b++;
		a++;
		b++;
	}
	return a[strspn(a, "/")] == '\0' && b[strspn(b, "/")] == '\0';
}

static bool
path_is(struct slice value, const char *path)
{
	CLEANUP(string_free) char *text = NULL;
	struct error err;

	return json_string_copy(value, &text, &err) == 0 &&
	    same_path(text, path);
}

/* Whether a bind, "SOURCE:/PATH:OPTIONS", is at path; one that is a path
 * alone asks for a volume without a name, and does not count. */
static bool
bind_is_at(struct slice bind, const char *path)
{
	CLEANUP(string_free) char *text = NULL;
	struct error err;

	if (json_string_copy(bind, &text, &err) < 0)
		return false;
	char *target = strchr(text, ':');
	if (!target)
		return false;
	target++;
	target[strcspn(target, ":")] = '\0';
	return same_path(target, path);
}

static bool
has_bind(struct slice host_config, const char *path)
{
	struct json_iter iter = json_iter_of(json_at(host_config, "Binds"));
	struct slice bind;

	while (json_array_next(&iter, &bind))
		if (bind_is_at(bind, path))
			return true;
	return false;
}

static bool
has_mount(struct slice host_config, const char *path)
{
	struct json_iter iter = json_iter_of(json_at(host_config, "Mounts"));
	struct slice mount;

	while (json_array_next(&iter, &mount))
		if (path_is(json_at(mount, "Target"), path))
			return true;
	return false;
}

static bool
has_key(struct slice object, const char *path)
{
	struct json_iter iter = json_iter_of(object);
	struct slice key;
	struct slice value;

	while (json_object_next(&iter, &key, &value))
		if (path_is(key, path))
			return true;
	return false;
}

static bool
is_volume(struct slice mount)
{
	return json_string_eq(json_at(mount, "Type"), SLICE("volume"));
}

/* The volume that is mounted at a path, a JSON string; empty if none. */
static struct slice
volume_at(struct slice mounts, struct slice path)
{
	CLEANUP(string_free) char *text = NULL;
	struct json_iter iter = json_iter_of(mounts);
	struct slice mount;
	struct error err;

	if (json_string_copy(path, &text, &err) < 0)
		return slice_of(NULL, 0);
	while (json_array_next(&iter, &mount))
		if (is_volume(mount) &&
		    path_is(json_at(mount, "Destination"), text))
			return json_at(mount, "Name");
	return slice_of(NULL, 0);
}

/* Binds to add. The engine lists mounts in another order each time; sorted,
 * the same container gives the same request. */
struct binds {
	char **items;
	size_t n_items;
};

static void
binds_clear(struct binds *binds)
{
	for (size_t i = 0; i < binds->n_items; i++)
		free(binds->items[i]);
	free(binds->items);
}
DEFINE_CLEANUP_IN_PLACE(struct binds, binds_clear)

static int
binds_add(struct binds *binds, const char *name, const char *path,
    bool writable, struct error *err)
{
	if (!ARRAY_GROW(binds->items, binds->n_items))
		return error_nomem(err);
	char *bind =
	    string_format("%s:%s%s", name, path, writable ? "" : ":ro");
	if (!bind)
		return error_nomem(err);
	binds->items[binds->n_items++] = bind;
	return 0;
}

static int
compare_binds(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Adds the bind of a mount that has no other way to be asked for. */
static int
carry_mount(const struct container_parts *parts, struct slice mount,
    struct binds *binds, struct container_spec *spec, struct error *err)
{
	CLEANUP(string_free) char *path = NULL;
	CLEANUP(string_free) char *name = NULL;
	bool writable = true;

	if (json_string_copy(json_at(mount, "Destination"), &path, err) < 0 ||
	    json_string_copy(json_at(mount, "Name"), &name, err) < 0)
		return error_wrap(err, "Mounts");
	(void)json_bool(json_at(mount, "RW"), &writable);
	if (has_bind(parts->host_config, path) ||
	    has_mount(parts->host_config, path))
		return 0;
	if (has_key(json_at(parts->host_config, "Tmpfs"), path))
		return container_spec_note(spec, err,
		    "the volume %s at %s lies under a tmpfs, and is left", name,
		    path);
	if (*name == '\0' || strchr(name, ':') || strchr(path, ':'))
		return error_set(err, ERROR_UNSUPPORTED,
		    "the volume \"%s\" at %s cannot be asked for by name", name,
		    path);
	return binds_add(binds, name, path, writable, err);
}

static bool
has_colon(struct slice value)
{
	return memchr(value.ptr, ':', value.len) != NULL;
}

static int
carry_binds(const struct container_parts *parts, struct buf *out,
    struct container_spec *spec, struct error *err)
{
	CLEANUP(binds_clear) struct binds binds = { NULL, 0 };
	struct json_writer w = json_writer_of(out);
	struct json_iter iter = json_iter_of(parts->mounts);
	struct slice value;

	while (json_array_next(&iter, &value))
		if (is_volume(value) &&
		    carry_mount(parts, value, &binds, spec, err) < 0)
			return -1;
	if (binds.n_items > 0)
		qsort(binds.items, binds.n_items, sizeof(*binds.items),
		    compare_binds);
	iter = json_iter_of(json_at(parts->host_config, "Binds"));
	json_write_array(&w);
	while (json_array_next(&iter, &value))
		if (has_colon(value))
			json_write_raw(&w, value);
	for (size_t i = 0; i < binds.n_items; i++)
		json_write_string(&w, slice_of_string(binds.items[i]));
	json_write_array_end(&w);
	return 0;
}

/* A mount as it was asked for, with the name that its volume got. */
static int
name_mount(const struct container_parts *parts, struct slice mount,
    struct json_writer *w, struct error *err)
{
	CLEANUP(buf_clear) struct buf named = { 0 };
	struct slice volume =
	    volume_at(parts->mounts, json_at(mount, "Target"));

	if (!is_volume(mount) || !json_is_empty(json_at(mount, "Source"))) {
		json_write_raw(w, mount);
		return 0;
	}
	if (json_is_empty(volume))
		return error_set(err, ERROR_UNSUPPORTED,
		    "HostConfig.Mounts asks for a volume, and the container "
		    "has none there");
	if (json_object_edit(mount,
		&(struct json_edit){ SLICE("Source"), volume }, 1, &named,
		err) < 0)
		return -1;
	json_write_raw(w, buf_slice(&named));
	return 0;
}

static int
name_mounts(
    const struct container_parts *parts, struct buf *out, struct error *err)
{
	struct json_writer w = json_writer_of(out);
	struct json_iter iter =
	    json_iter_of(json_at(parts->host_config, "Mounts"));
	struct slice mount;

	json_write_array(&w);
	while (json_array_next(&iter, &mount))
		if (name_mount(parts, mount, &w, err) < 0)
			return -1;
	json_write_array_end(&w);
	return 0;
}

int
container_mounts_carry(const struct container_parts *parts,
    struct changes *changes, struct container_spec *spec, struct error *err)
{
	struct slice asked = json_at(parts->host_config, "Mounts");
	struct slice binds = json_at(parts->host_config, "Binds");

	if (json_count(parts->mounts) > MOUNTS_MAX ||
	    json_count(asked) > MOUNTS_MAX || json_count(binds) > MOUNTS_MAX)
		return error_set(
		    err, ERROR_LIMIT, "more than %zu mounts", MOUNTS_MAX);
	if (!json_is_empty(json_at(parts->host_config, "VolumesFrom")) &&
	    container_spec_note(spec, err,
		"volumes from other containers are asked for by name") < 0)
		return -1;
	if (!json_is_empty(asked) &&
	    name_mounts(parts, changes_put(changes, "Mounts"), err) < 0)
		return -1;
	/* Binds that are null stay null when there is nothing to carry. */
	if (json_is_empty(binds) && json_is_empty(parts->mounts))
		return 0;
	return carry_binds(parts, changes_put(changes, "Binds"), spec, err);
}

static void
write_mount(struct json_writer *w, struct slice mount)
{
	static const char *const keys[] = { "Type", "Name", "RW" };

	json_write_object(w);
	for (size_t i = 0; i < N_ITEMS(keys); i++) {
		struct slice value = json_at(mount, keys[i]);

		if (!json_is_empty(value))
			json_write_member_raw(w, keys[i], value);
	}
	/* Where a volume lies is its driver's affair. */
	if (!is_volume(mount))
		json_write_member_raw(w, "Source", json_at(mount, "Source"));
	json_write_object_end(w);
}

int
container_mounts_write(
    struct slice mounts, struct slice tmpfs, struct buf *ret, struct error *err)
{
	struct json_writer w = json_writer_of(ret);
	struct json_iter iter = json_iter_of(mounts);
	struct slice mount;

	json_write_object(&w);
	while (json_array_next(&iter, &mount)) {
		CLEANUP(string_free) char *path = NULL;
		struct slice type = json_at(mount, "Type");

		if (!json_string_eq(type, SLICE("volume")) &&
		    !json_string_eq(type, SLICE("bind")))
			continue;
		if (json_string_copy(
			json_at(mount, "Destination"), &path, err) < 0)
			return error_wrap(err, "Mounts");
		if (json_type(json_at(mount, "Source")) != JSON_STRING ||
		    has_key(tmpfs, path))
			continue;
		json_write_key(&w, path);
		write_mount(&w, mount);
	}
	json_write_object_end(&w);
	return buf_check(ret, err);
}
