/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads Docker's ContainerInspect reply:
 *
 *     {"Id":"8c1f...","Name":"/web","Image":"sha256:...",
 *      "State":{"Running":true,...},"Config":{"Labels":{...},...},
 *      "HostConfig":{"NetworkMode":"bridge",...},"Mounts":[...],...}
 *
 * Any key may be missing or null: engines differ in what they leave out.
 */
#include "engine/container_view.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/memory.h"

/* Compose writes some 10 labels, the worst of images 100. */
#define LABELS_MAX ((size_t)4096)
/* Each is a mount(2) at every start. */
#define MOUNTS_MAX ((size_t)4096)

#define HEALTH_INTERVAL_MS_DEFAULT 30000
#define HEALTH_TIMEOUT_MS_DEFAULT  30000
#define HEALTH_RETRIES_DEFAULT     3
#define STOP_TIMEOUT_SEC_DEFAULT   10
#define NS_PER_MS                  1000000

static const char *const health_names[] = {
	[CONTAINER_HEALTH_NONE] = "none",
	[CONTAINER_HEALTH_STARTING] = "starting",
	[CONTAINER_HEALTH_HEALTHY] = "healthy",
	[CONTAINER_HEALTH_UNHEALTHY] = "unhealthy",
};

const char *
container_health_to_string(enum container_health health)
{
	return (size_t)health < N_ITEMS(health_names) ? health_names[health]
						      : "unknown";
}

/* The value at a path, empty when it is null or not there. */
static struct slice
value_at(struct slice object, const char *const *path)
{
	struct slice value = { NULL, 0 };

	(void)json_find_path(object, path, &value);
	if (json_type(value) == JSON_NULL)
		return slice_of(NULL, 0);
	return value;
}

struct field {
	const char *path[4]; /* NULL after the last */
	size_t offset;       /* in struct container_view */
};

#define FIELD(member, ...) \
	{ \
		{ __VA_ARGS__, NULL }, offsetof(struct container_view, member) \
	}

static const struct field string_fields[] = {
	FIELD(id, "Id"),
	FIELD(name, "Name"),
	FIELD(image_id, "Image"),
	FIELD(image_ref, "Config", "Image"),
	FIELD(status, "State", "Status"),
	FIELD(started_at, "State", "StartedAt"),
	FIELD(finished_at, "State", "FinishedAt"),
	FIELD(error, "State", "Error"),
	FIELD(restart_name, "HostConfig", "RestartPolicy", "Name"),
	FIELD(network_mode, "HostConfig", "NetworkMode"),
	FIELD(network_container, "HostConfig", "NetworkMode"),
	FIELD(pid_container, "HostConfig", "PidMode"),
	FIELD(ipc_container, "HostConfig", "IpcMode"),
	FIELD(
	    compose_project, "Config", "Labels", "com.docker.compose.project"),
	FIELD(
	    compose_service, "Config", "Labels", "com.docker.compose.service"),
};

static const struct field bool_fields[] = {
	FIELD(running, "State", "Running"),
	FIELD(paused, "State", "Paused"),
	FIELD(restarting, "State", "Restarting"),
	FIELD(dead, "State", "Dead"),
	FIELD(oom_killed, "State", "OOMKilled"),
	FIELD(auto_remove, "HostConfig", "AutoRemove"),
};

static void *
member_at(struct container_view *view, size_t offset)
{
	return (char *)view + offset;
}

/* "" for what is not there; anything but a string is an error. */
static int
copy_string(struct slice value, char **ret, struct error *err)
{
	char *copy = NULL;

	if (value.len > 0)
		return json_string_copy(value, ret, err);
	copy = slice_copy(SLICE(""));
	if (!copy)
		return error_nomem(err);
	*ret = copy;
	return 0;
}

static int
read_strings(
    struct container_view *view, struct slice inspect, struct error *err)
{
	for (size_t i = 0; i < N_ITEMS(string_fields); i++) {
		const struct field *field = &string_fields[i];
		char **member = member_at(view, field->offset);

		if (copy_string(value_at(inspect, field->path), member, err) <
		    0)
			return error_wrap(err, "%s.%s", field->path[0],
			    field->path[1] ? field->path[1] : "");
	}
	if (view->name[0] == '/')
		memmove(view->name, view->name + 1, strlen(view->name));
	return 0;
}

static int
read_bools(struct container_view *view, struct slice inspect, struct error *err)
{
	for (size_t i = 0; i < N_ITEMS(bool_fields); i++) {
		const struct field *field = &bool_fields[i];
		struct slice value = value_at(inspect, field->path);

		if (value.len > 0 &&
		    !json_bool(value, member_at(view, field->offset)))
			return error_set(err, ERROR_FORMAT,
			    "%s.%s: neither true nor false", field->path[0],
			    field->path[1]);
	}
	return 0;
}

static int
read_number(struct slice inspect, const char *const *path, int64_t *ret,
    struct error *err)
{
	struct slice value = value_at(inspect, path);

	if (value.len == 0 || json_i64(value, ret))
		return 0;
	return error_set(err, ERROR_FORMAT, "%s: not a whole number", path[0]);
}

static int
read_numbers(
    struct container_view *view, struct slice inspect, struct error *err)
{
	int64_t restarts = 0;

	view->stop_timeout_sec = STOP_TIMEOUT_SEC_DEFAULT;
	if (read_number(inspect, JSON_PATH("State", "ExitCode"),
		&view->exit_code, err) < 0 ||
	    read_number(inspect, JSON_PATH("Config", "StopTimeout"),
		&view->stop_timeout_sec, err) < 0 ||
	    read_number(inspect, JSON_PATH("RestartCount"), &restarts, err) < 0)
		return -1;
	view->restart_count = restarts > 0 ? (uint64_t)restarts : 0;
	return 0;
}

/* Nanoseconds at key, as milliseconds, rounded up; or the default. */
static int
read_duration(struct slice check, const char *key, uint64_t default_ms,
    uint64_t *ret_ms, struct error *err)
{
	int64_t ns = 0;

	if (read_number(check, JSON_PATH(key), &ns, err) < 0)
		return -1;
	*ret_ms = default_ms;
	if (ns > 0)
		*ret_ms = ((uint64_t)ns + NS_PER_MS - 1) / NS_PER_MS;
	return 0;
}

static bool
is_disabled(struct slice check)
{
	struct slice test = value_at(check, JSON_PATH("Test"));
	struct slice first = { NULL, 0 };
	struct json_iter iter = json_iter_of(test);

	return !json_array_next(&iter, &first) ||
	    json_string_eq(first, SLICE("NONE"));
}

static int
read_health_check(
    struct container_view *view, struct slice inspect, struct error *err)
{
	struct slice check =
	    value_at(inspect, JSON_PATH("Config", "Healthcheck"));
	int64_t retries = 0;

	if (check.len == 0 || is_disabled(check))
		return 0;
	view->has_health_check = true;
	if (read_duration(check, "Interval", HEALTH_INTERVAL_MS_DEFAULT,
		&view->health_interval_ms, err) < 0 ||
	    read_duration(check, "Timeout", HEALTH_TIMEOUT_MS_DEFAULT,
		&view->health_timeout_ms, err) < 0 ||
	    read_duration(check, "StartPeriod", 0,
		&view->health_start_period_ms, err) < 0 ||
	    read_number(check, JSON_PATH("Retries"), &retries, err) < 0)
		return error_wrap(err, "Config.Healthcheck");
	view->health_retries =
	    retries > 0 ? (uint64_t)retries : HEALTH_RETRIES_DEFAULT;
	return 0;
}

static void
read_health(struct container_view *view, struct slice inspect)
{
	struct slice status =
	    value_at(inspect, JSON_PATH("State", "Health", "Status"));

	for (size_t i = 0; i < N_ITEMS(health_names); i++)
		if (json_string_eq(status, slice_of_string(health_names[i])))
			view->health = (enum container_health)i;
}

/* "container:NAME" becomes NAME, all else "". */
static void
keep_container(char *mode)
{
	static const char prefix[] = "container:";
	size_t n = sizeof(prefix) - 1;

	if (strncmp(mode, prefix, n) != 0)
		*mode = '\0';
	else
		memmove(mode, mode + n, strlen(mode + n) + 1);
}

static int
read_volumes_from(
    struct container_view *view, struct slice inspect, struct error *err)
{
	struct slice value;
	struct json_iter iter = json_iter_of(
	    value_at(inspect, JSON_PATH("HostConfig", "VolumesFrom")));

	while (json_array_next(&iter, &value)) {
		char *name = NULL;

		if (view->n_volumes_from >= MOUNTS_MAX)
			return error_set(err, ERROR_LIMIT,
			    "more than %zu volumes", MOUNTS_MAX);
		if (!ARRAY_GROW(view->volumes_from, view->n_volumes_from))
			return error_nomem(err);
		if (json_string_copy(value, &name, err) < 0)
			return error_wrap(err, "HostConfig.VolumesFrom");
		/* "NAME:ro" */
		name[strcspn(name, ":")] = '\0';
		view->volumes_from[view->n_volumes_from++] = name;
	}
	return 0;
}

static int
read_labels(
    struct container_view *view, struct slice inspect, struct error *err)
{
	struct slice key;
	struct slice value;
	struct json_iter iter =
	    json_iter_of(value_at(inspect, JSON_PATH("Config", "Labels")));

	while (json_object_next(&iter, &key, &value)) {
		if (view->n_labels >= LABELS_MAX)
			return error_set(err, ERROR_LIMIT,
			    "more than %zu labels", LABELS_MAX);
		if (!ARRAY_GROW(view->labels, view->n_labels))
			return error_nomem(err);
		struct container_label *label = &view->labels[view->n_labels];
		*label = (struct container_label){ 0 };
		view->n_labels++;
		if (json_string_copy(key, &label->key, err) < 0 ||
		    json_string_copy(value, &label->value, err) < 0)
			return error_wrap(err, "Config.Labels");
	}
	return 0;
}

static int
read_mount(struct container_mount *mount, struct slice value, struct error *err)
{
	(void)json_bool(value_at(value, JSON_PATH("RW")), &mount->writable);
	if (copy_string(value_at(value, JSON_PATH("Type")), &mount->type, err) <
		0 ||
	    copy_string(value_at(value, JSON_PATH("Name")), &mount->name, err) <
		0 ||
	    copy_string(value_at(value, JSON_PATH("Source")), &mount->source,
		err) < 0 ||
	    copy_string(value_at(value, JSON_PATH("Destination")),
		&mount->destination, err) < 0)
		return error_wrap(err, "Mounts");
	return 0;
}

static int
read_mounts(
    struct container_view *view, struct slice inspect, struct error *err)
{
	struct slice value;
	struct json_iter iter =
	    json_iter_of(value_at(inspect, JSON_PATH("Mounts")));

	while (json_array_next(&iter, &value)) {
		if (view->n_mounts >= MOUNTS_MAX)
			return error_set(err, ERROR_LIMIT,
			    "more than %zu mounts", MOUNTS_MAX);
		if (!ARRAY_GROW(view->mounts, view->n_mounts))
			return error_nomem(err);
		view->mounts[view->n_mounts] = (struct container_mount){ 0 };
		if (read_mount(&view->mounts[view->n_mounts++], value, err) < 0)
			return -1;
	}
	return 0;
}

static int
read_all(struct container_view *view, struct slice inspect, struct error *err)
{
	if (json_type(inspect) != JSON_OBJECT)
		return error_set(err, ERROR_FORMAT, "not an object");
	if (read_strings(view, inspect, err) < 0 ||
	    read_bools(view, inspect, err) < 0 ||
	    read_numbers(view, inspect, err) < 0 ||
	    read_health_check(view, inspect, err) < 0 ||
	    read_volumes_from(view, inspect, err) < 0 ||
	    read_labels(view, inspect, err) < 0 ||
	    read_mounts(view, inspect, err) < 0)
		return -1;
	read_health(view, inspect);
	keep_container(view->network_container);
	keep_container(view->pid_container);
	keep_container(view->ipc_container);
	view->restart_policy = slice_copy(
	    value_at(inspect, JSON_PATH("HostConfig", "RestartPolicy")));
	return view->restart_policy ? 0 : error_nomem(err);
}

int
container_view_parse(
    struct slice inspect, struct container_view **ret, struct error *err)
{
	CLEANUP(container_view_free)
	struct container_view *view = calloc(1, sizeof(*view));

	if (!view)
		return error_nomem(err);
	if (json_validate(inspect, err) < 0 || read_all(view, inspect, err) < 0)
		return error_wrap(err, "inspection of a container");
	*ret = TAKE(view);
	return 0;
}

static void
mount_clear(struct container_mount *mount)
{
	free(mount->type);
	free(mount->name);
	free(mount->source);
	free(mount->destination);
}

void
container_view_free(struct container_view *view)
{
	if (!view)
		return;
	for (size_t i = 0; i < N_ITEMS(string_fields); i++)
		free(*(char **)member_at(view, string_fields[i].offset));
	for (size_t i = 0; i < view->n_volumes_from; i++)
		free(view->volumes_from[i]);
	for (size_t i = 0; i < view->n_labels; i++) {
		free(view->labels[i].key);
		free(view->labels[i].value);
	}
	for (size_t i = 0; i < view->n_mounts; i++)
		mount_clear(&view->mounts[i]);
	free(view->restart_policy);
	free(view->volumes_from);
	free(view->labels);
	free(view->mounts);
	free(view);
}

const char *
container_view_label(const struct container_view *view, const char *key)
{
	for (size_t i = 0; i < view->n_labels; i++)
		if (!strcmp(view->labels[i].key, key))
			return view->labels[i].value;
	return NULL;
}
