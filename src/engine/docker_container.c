/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Containers of a Docker engine. Their log, unless they have a terminal,
 * comes in frames: one byte 1 (stdout) or 2 (stderr), three of zero, four of
 * length with the highest first, and the text.
 */
#include <stdlib.h>

#include "base/json.h"
#include "base/json_write.h"
#include "base/memory.h"
#include "engine/docker.h"

/* Where a container says nothing: the engine's own default. */
#define STOP_TIMEOUT_SEC_DEFAULT 10
/* On top of a stop's timeout: to kill, and to unmount. */
#define STOP_EXTRA_SEC 60
#define STOP_SEC_MAX   ((int64_t)24 * 60 * 60)
/* Creating and starting mount file systems, and may wait for volumes. */
#define SLOW_MS 300000
/* What a person reads of a log that tells why a start failed. */
#define LOG_BYTES_DEFAULT ((size_t)256 * 1024)

int
engine_list_containers(
    struct engine *engine, struct buf *ret, struct error *err)
{
	return docker_get(engine, "/containers/json?all=1", ret, err);
}

int
engine_inspect_container(
    struct engine *engine, const char *ref, struct buf *ret, struct error *err)
{
	CLEANUP(string_free)
	char *path = docker_path("/containers/", ref, "/json", err);

	return path ? docker_get(engine, path, ret, err) : -1;
}

int
engine_list_changes(
    struct engine *engine, const char *ref, struct buf *ret, struct error *err)
{
	CLEANUP(string_free)
	char *path = docker_path("/containers/", ref, "/changes", err);

	return path ? docker_get(engine, path, ret, err) : -1;
}

void
engine_created_clear(struct engine_created *created)
{
	free(created->id);
	free(created->warnings);
	*created = (struct engine_created){ 0 };
}

static char *
join_warnings(struct slice reply)
{
	CLEANUP(buf_clear) struct buf lines = { 0 };
	struct slice warnings = { NULL, 0 };
	struct slice warning;

	(void)json_find(reply, "Warnings", &warnings);
	struct json_iter iter = json_iter_of(warnings);
	while (json_array_next(&iter, &warning)) {
		CLEANUP(string_free) char *text = docker_text(warning);

		if (!text)
			return NULL;
		buf_put_format(&lines, "%s\n", text);
	}
	return buf_take_string(&lines);
}

static int
read_created(struct slice reply, struct engine_created *ret, struct error *err)
{
	struct slice id = { NULL, 0 };

	if (json_validate(reply, err) < 0)
		return error_wrap(err, "engine: create");
	(void)json_find(reply, "Id", &id);
	ret->id = docker_text(id);
	ret->warnings = join_warnings(reply);
	if (!ret->id || !ret->warnings)
		return error_nomem(err);
	if (*ret->id == '\0')
		return error_set(
		    err, ERROR_FORMAT, "engine: create: it tells no ID");
	return 0;
}

int
engine_create_container(struct engine *engine, const char *name,
    struct slice body, struct engine_created *ret, struct error *err)
{
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	CLEANUP(engine_created_clear) struct engine_created created = { 0 };
	CLEANUP(string_free)
	char *path = docker_path("/containers/create?name=", name, "", err);

	if (!path)
		return -1;
	if (docker_call(engine,
		&(struct docker_call){
		    .method = "POST",
		    .path = path,
		    .body = body,
		    .deadline_ms = SLOW_MS,
		    .names = true,
		},
		&reply, err) < 0 ||
	    read_created(buf_slice(&reply.body), &created, err) < 0)
		return -1;
	*ret = created;
	created = (struct engine_created){ 0 };
	return 0;
}

/* A call that answers nothing of use. path is the caller's, or NULL when it
 * could not be made. */
static int
act(struct engine *engine, const char *path, struct docker_call call,
    struct error *err)
{
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };

	if (!path)
		return -1;
	call.path = path;
	if (!call.method)
		call.method = "POST";
	return docker_call(engine, &call, &reply, err);
}

int
engine_start_container(
    struct engine *engine, const char *ref, struct error *err)
{
	CLEANUP(string_free)
	char *path = docker_path("/containers/", ref, "/start", err);

	if (act(engine, path, (struct docker_call){ .deadline_ms = SLOW_MS },
		err) == 0)
		return 0;
	/* Its 400 is no complaint about us: there is nothing in the request.
	 * It is the container that has no such command. */
	if (err->kind == ERROR_FORMAT)
		err->kind = ERROR_SYSTEM;
	return -1;
}

/* The container's own timeout in *ret; negative: it has none. */
static int
own_stop_timeout(
    struct engine *engine, const char *ref, int64_t *ret, struct error *err)
{
	CLEANUP(buf_clear) struct buf inspect = { 0 };
	struct slice value = { NULL, 0 };

	if (engine_inspect_container(engine, ref, &inspect, err) < 0)
		return -1;
	(void)json_find_path(
	    buf_slice(&inspect), JSON_PATH("Config", "StopTimeout"), &value);
	*ret = STOP_TIMEOUT_SEC_DEFAULT;
	(void)json_i64(value, ret);
	return 0;
}

int
engine_stop_container(
    struct engine *engine, const char *ref, int timeout_sec, struct error *err)
{
	CLEANUP(string_free)
	char *path = docker_path("/containers/", ref, "/stop", err);
	struct docker_call call = { .for_long = false };
	int64_t sec = timeout_sec;

	if (!path)
		return -1;
	if (timeout_sec < 0 && own_stop_timeout(engine, ref, &sec, err) < 0)
		return -1;
	if (sec < 0 || sec > STOP_SEC_MAX)
		sec = STOP_SEC_MAX;
	call.deadline_ms = (uint32_t)(sec + STOP_EXTRA_SEC) * 1000;
	if (timeout_sec < 0)
		return act(engine, path, call, err);

	CLEANUP(string_free)
	char *timed = string_format("%s?t=%d", path, timeout_sec);
	return timed ? act(engine, timed, call, err) : error_nomem(err);
}

static char *
add_query(
    const char *path, const char *name, const char *value, struct error *err)
{
	CLEANUP(string_free) char *escaped = docker_path("", value, "", err);

	if (!escaped)
		return NULL;
	char *ret = string_format("%s?%s=%s", path, name, escaped);
	if (!ret)
		(void)error_nomem(err);
	return ret;
}

int
engine_kill_container(struct engine *engine, const char *ref,
    const char *signal, struct error *err)
{
	CLEANUP(string_free)
	char *path = docker_path("/containers/", ref, "/kill", err);
	CLEANUP(string_free)
	char *full = path ? add_query(path, "signal", signal, err) : NULL;

	return act(engine, full, (struct docker_call){ 0 }, err);
}

int
engine_rename_container(
    struct engine *engine, const char *ref, const char *name, struct error *err)
{
	CLEANUP(string_free)
	char *path = docker_path("/containers/", ref, "/rename", err);
	CLEANUP(string_free)
	char *full = path ? add_query(path, "name", name, err) : NULL;

	return act(engine, full, (struct docker_call){ .names = true }, err);
}

int
engine_update_container(struct engine *engine, const char *ref,
    struct slice body, struct error *err)
{
	CLEANUP(string_free)
	char *path = docker_path("/containers/", ref, "/update", err);

	return act(engine, path, (struct docker_call){ .body = body }, err);
}

int
engine_remove_container(
    struct engine *engine, const char *ref, struct error *err)
{
	CLEANUP(string_free)
	char *path = docker_path("/containers/", ref, "?v=0&force=0", err);

	return act(engine, path,
	    (struct docker_call){ .method = "DELETE", .deadline_ms = SLOW_MS },
	    err);
}

int
engine_connect_network(struct engine *engine, const char *network,
    const char *container, struct slice body, struct error *err)
{
	CLEANUP(string_free)
	char *path = docker_path("/networks/", network, "/connect", err);
	CLEANUP(buf_clear) struct buf request = { 0 };
	struct json_writer w = json_writer_of(&request);

	json_write_object(&w);
	json_write_member(&w, "Container", slice_of_string(container));
	if (body.len > 0)
		json_write_member_raw(&w, "EndpointConfig", body);
	json_write_object_end(&w);
	if (buf_check(&request, err) < 0)
		return -1;
	return act(engine, path,
	    (struct docker_call){
		.body = buf_slice(&request),
		.names = true,
	    },
	    err);
}

/* A log that comes, of which the end is kept. */
struct tail {
	struct buf text;
	size_t max_bytes;
	bool framed;
	uint8_t head[8];
	size_t n_head; /* bytes of a head that have come */
	size_t left;   /* bytes of the frame's text still to come */
};

static void
tail_put(struct tail *tail, struct slice bytes)
{
	if (bytes.len > tail->max_bytes)
		bytes = slice_after(bytes, bytes.len - tail->max_bytes);
	/* Dropped seldom, at twice the size, since that moves the rest. */
	if (tail->text.len + bytes.len > 2 * tail->max_bytes)
		buf_drop(
		    &tail->text, tail->text.len + bytes.len - tail->max_bytes);
	buf_put(&tail->text, bytes);
}

static void
tail_head(struct tail *tail, char byte)
{
	tail->head[tail->n_head++] = (uint8_t)byte;
	if (tail->n_head < sizeof(tail->head))
		return;
	tail->n_head = 0;
	tail->left = (size_t)tail->head[4] << 24 | (size_t)tail->head[5] << 16 |
	    (size_t)tail->head[6] << 8 | tail->head[7];
}

static int
take_log(void *ctx, struct slice bytes, struct error *err)
{
	struct tail *tail = ctx;

	if (!tail->framed)
		tail->left = SIZE_MAX;
	while (bytes.len > 0) {
		struct slice text = slice_first(bytes, tail->left);

		if (text.len == 0) {
			tail_head(tail, bytes.ptr[0]);
			bytes = slice_after(bytes, 1);
			continue;
		}
		tail_put(tail, text);
		tail->left -= text.len;
		bytes = slice_after(bytes, text.len);
	}
	return buf_check(&tail->text, err);
}

static int
fetch_log(struct engine *engine, const char *path, unsigned int n_lines,
    struct tail *tail, struct error *err)
{
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	CLEANUP(string_free)
	char *full =
	    string_format("%s?stdout=1&stderr=1&tail=%u", path, n_lines);

	if (!full)
		return error_nomem(err);
	return docker_call(engine,
	    &(struct docker_call){
		.path = full,
		.on_data = take_log,
		.ctx = tail,
	    },
	    &reply, err);
}

int
engine_read_logs(struct engine *engine, const char *ref, unsigned int n_lines,
    struct buf *ret, struct error *err)
{
	CLEANUP(string_free)
	char *path = docker_path("/containers/", ref, "/logs", err);
	CLEANUP(buf_clear) struct buf inspect = { 0 };
	struct slice value = { NULL, 0 };
	struct tail tail = { .max_bytes = ret->max_bytes > 0
		    ? ret->max_bytes
		    : LOG_BYTES_DEFAULT };
	bool terminal = false;

	if (!path || engine_inspect_container(engine, ref, &inspect, err) < 0)
		return -1;
	(void)json_find_path(
	    buf_slice(&inspect), JSON_PATH("Config", "Tty"), &value);
	(void)json_bool(value, &terminal);
	tail.framed = !terminal;

	int r = fetch_log(engine, path, n_lines, &tail, err);
	if (r == 0 && tail.text.len > tail.max_bytes)
		buf_drop(&tail.text, tail.text.len - tail.max_bytes);
	if (r == 0)
		buf_put(ret, buf_slice(&tail.text));
	buf_clear(&tail.text);
	return r < 0 ? -1 : buf_check(ret, err);
}
