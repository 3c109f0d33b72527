/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Docker's Engine API: HTTP with JSON over a Unix socket.
 *
 *     GET /version                       {"ApiVersion":"1.41",...}
 *     GET /v1.41/containers/web/json     {"Id":"8c1f...","Name":"/web",...}
 *     POST /v1.41/containers/web/start   404 {"message":"No such container..."}
 *
 * https://docs.docker.com/reference/api/engine/. Left out: TLS and ssh to
 * remote engines, events, exec, builds, swarm.
 */
#include "engine/docker.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/memory.h"

/* What is known to hold for us; Docker 28 speaks it. */
#define API_MAX 51U
/* Docker 1.12, of 2016: before it, containers have no health. */
#define API_MIN 24U
/* An inspection is some 10 KiB, a list of a thousand containers 2 MiB. */
#define REPLY_BYTES_MAX ((uint64_t)64 * 1024 * 1024)
/* Archives of images: as large as a disk may be. */
#define ARCHIVE_BYTES_MAX ((uint64_t)1 << 42)
/* A daemon under load answers an inspection in seconds. */
#define DEADLINE_MS_DEFAULT 60000
/* Loading goes silent while a disk is slow to sync. */
#define STALL_SEC  600
#define CONNECT_MS 5000
/* Of the daemon's own words, so that ours still fit into an error. */
#define MESSAGE_BYTES_MAX ((size_t)300)

char *
docker_text(struct slice value)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct error err;

	if (json_type(value) != JSON_STRING)
		return slice_copy(SLICE(""));
	if (json_string(value, &text, &err) < 0)
		return NULL;
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] < ' ' || text.ptr[i] > '~')
			text.ptr[i] = text.ptr[i] == '\n' ? ' ' : '?';
	return buf_take_string(&text);
}

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (c != '\0' && strchr("-_.~:@", c));
}

/* A part of a path that a server may take for another path. */
static bool
is_step(struct slice part)
{
	return part.len == 0 || slice_eq(part, SLICE(".")) ||
	    slice_eq(part, SLICE(".."));
}

static bool
has_step(struct slice ref)
{
	struct slice rest = ref;
	struct slice part;

	if (ref.len == 0 || slice_ends_with(ref, SLICE("/")))
		return true;
	while (slice_split(&rest, '/', &part))
		if (is_step(part))
			return true;
	return false;
}

static void
put_escaped(struct buf *out, struct slice text, bool slashes)
{
	for (size_t i = 0; i < text.len; i++)
		if (is_plain(text.ptr[i]) || (slashes && text.ptr[i] == '/'))
			buf_put(out, slice_of(text.ptr + i, 1));
		else
			buf_put_format(
			    out, "%%%02X", (unsigned int)(uint8_t)text.ptr[i]);
}

static char *
make_path(const char *before, const char *ref, const char *after, bool slashes,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf path = { 0 };
	struct slice text = slice_of_string(ref);

	if (has_step(text) || (!slashes && strchr(ref, '/'))) {
		(void)error_set(err, ERROR_NOT_FOUND,
		    "no engine has anything of the name \"%.200s\"", ref);
		return NULL;
	}
	buf_put_string(&path, before);
	put_escaped(&path, text, slashes);
	buf_put_string(&path, after);
	char *ret = buf_take_string(&path);
	if (!ret)
		(void)error_nomem(err);
	return ret;
}

char *
docker_path(
    const char *before, const char *ref, const char *after, struct error *err)
{
	return make_path(before, ref, after, false, err);
}

char *
docker_path_image(
    const char *before, const char *ref, const char *after, struct error *err)
{
	return make_path(before, ref, after, true, err);
}

static enum error_kind
kind_of_status(const struct docker_call *call, unsigned int status)
{
	switch (status) {
	case 400: return ERROR_FORMAT;
	case 401:
	case 403: return ERROR_DENIED;
	case 404: return ERROR_NOT_FOUND;
	case 409: return call->names ? ERROR_EXISTS : ERROR_CONFLICT;
	default: break;
	}
	return status >= 500 ? ERROR_SYSTEM : ERROR_FORMAT;
}

static int
explain(const struct docker_call *call, const struct http_reply *reply,
    struct error *err)
{
	struct slice body = buf_slice(&reply->body);
	struct slice message = { NULL, 0 };
	enum error_kind kind = kind_of_status(call, reply->status);

	if (json_validate(body, err) == 0)
		(void)json_find(body, "message", &message);
	CLEANUP(string_free) char *text = docker_text(message);
	if (!text)
		return error_nomem(err);
	/* Where connecting twice is 403, and not 409. */
	if (call->names && kind == ERROR_DENIED &&
	    strstr(text, "already exists"))
		kind = ERROR_EXISTS;
	if (*text == '\0')
		return error_set(err, kind, "status %u", reply->status);
	return error_set(err, kind, "%.*s", (int)MESSAGE_BYTES_MAX, text);
}

static int
wrap_call(const struct docker_call *call, struct error *err)
{
	size_t len = strcspn(call->path, "?");

	return error_wrap(err, "engine: %s %.*s",
	    call->method ? call->method : "GET", (int)(len < 160 ? len : 160),
	    call->path);
}

static int
send_to(struct engine *engine, const struct docker_call *call, const char *url,
    struct http_reply *ret, struct error *err)
{
	static const char *const json[] = { "Content-Type: application/json",
		NULL };
	static const char *const tar[] = { "Content-Type: application/x-tar",
		NULL };
	struct http_request request = {
		.method = call->method,
		.url = url,
		.unix_socket = engine->socket,
		.body = call->body,
		.body_stream = call->archive,
		.on_data = call->on_data,
		.ctx = call->ctx,
		.max_bytes =
		    call->on_data ? ARCHIVE_BYTES_MAX : REPLY_BYTES_MAX,
		.connect_ms = CONNECT_MS,
		.stall_sec = call->for_long ? STALL_SEC : 0,
		.deadline_ms = call->deadline_ms,
	};

	if (call->archive)
		request.headers = tar;
	else if (call->body.len > 0)
		request.headers = json;
	if (!call->for_long && request.deadline_ms == 0)
		request.deadline_ms = DEADLINE_MS_DEFAULT;
	if (http_send(engine->http, &request, ret, err) < 0)
		return -1;
	if ((ret->status >= 200 && ret->status <= 299) || ret->status == 304)
		return 0;
	(void)explain(call, ret, err);
	return wrap_call(call, err);
}

int
docker_call(struct engine *engine, const struct docker_call *call,
    struct http_reply *ret, struct error *err)
{
	CLEANUP(string_free)
	char *url =
	    string_format("%s/v1.%u%s", engine->base, engine->api, call->path);

	if (!url)
		return error_nomem(err);
	return send_to(engine, call, url, ret, err);
}

static int
take_json(const struct docker_call *call, struct http_reply *reply,
    struct buf *ret, struct error *err)
{
	if (json_validate(buf_slice(&reply->body), err) < 0)
		return wrap_call(call, err);
	buf_clear(ret);
	*ret = reply->body;
	reply->body = (struct buf){ 0 };
	return 0;
}

int
docker_get(
    struct engine *engine, const char *path, struct buf *ret, struct error *err)
{
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	const struct docker_call call = { .path = path };

	if (docker_call(engine, &call, &reply, err) < 0)
		return -1;
	return take_json(&call, &reply, ret, err);
}

/* 41 for "1.41". */
static bool
read_api(struct slice version, const char *key, unsigned int *ret)
{
	CLEANUP(string_free) char *text = NULL;
	struct slice value;
	struct error err;
	uint64_t minor;

	if (!json_find(version, key, &value) ||
	    json_string_copy(value, &text, &err) < 0 ||
	    strncmp(text, "1.", 2) != 0 ||
	    !slice_to_u64(slice_of_string(text + 2), 9999, &minor))
		return false;
	*ret = (unsigned int)minor;
	return true;
}

static int
negotiate(struct engine *engine, struct error *err)
{
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	CLEANUP(buf_clear) struct buf version = { 0 };
	CLEANUP(string_free)
	char *url = string_format("%s/version", engine->base);
	const struct docker_call call = { .path = "/version" };
	unsigned int max = 0;
	unsigned int min = 0;

	if (!url)
		return error_nomem(err);
	if (send_to(engine, &call, url, &reply, err) < 0 ||
	    take_json(&call, &reply, &version, err) < 0)
		return -1;
	if (!read_api(buf_slice(&version), "ApiVersion", &max))
		return error_set(err, ERROR_UNSUPPORTED,
		    "engine: it does not speak version 1 of Docker's API");
	(void)read_api(buf_slice(&version), "MinAPIVersion", &min);
	if (max < API_MIN)
		return error_set(err, ERROR_UNSUPPORTED,
		    "engine: it speaks API 1.%u at the most, and 1.%u is "
		    "needed",
		    max, API_MIN);
	if (min > API_MAX)
		return error_set(err, ERROR_UNSUPPORTED,
		    "engine: it wants API 1.%u or later, and 1.%u is the "
		    "last that we know",
		    min, API_MAX);
	engine->api = max < API_MAX ? max : API_MAX;
	return 0;
}

static int
read_url(struct engine *engine, const char *url, struct error *err)
{
	struct slice text = slice_of_string(url);

	if (slice_starts_with(text, SLICE("unix:///"))) {
		engine->socket = slice_copy(slice_after(text, 7));
		engine->base = slice_copy(SLICE("http://docker"));
		return engine->socket && engine->base ? 0 : error_nomem(err);
	}
	if (slice_starts_with(text, SLICE("tcp://"))) {
		struct slice host = slice_after(text, 6);

		while (slice_ends_with(host, SLICE("/")))
			host.len--;
		engine->base =
		    string_format("http://" SLICE_FMT, SLICE_ARG(host));
		return engine->base ? 0 : error_nomem(err);
	}
	return error_set(err, ERROR_UNSUPPORTED,
	    "engine: \"%.200s\" is neither unix:///PATH nor tcp://HOST:PORT",
	    url);
}

int
engine_open(const char *url, bool (*canceled)(void *ctx), void *ctx,
    struct engine **ret, struct error *err)
{
	CLEANUP(engine_free) struct engine *engine = calloc(1, sizeof(*engine));

	if (!engine)
		return error_nomem(err);
	if (read_url(engine, url, err) < 0 ||
	    http_new(canceled, ctx, &engine->http, err) < 0 ||
	    negotiate(engine, err) < 0)
		return -1;
	*ret = TAKE(engine);
	return 0;
}

void
engine_free(struct engine *engine)
{
	if (!engine)
		return;
	http_free(engine->http);
	free(engine->socket);
	free(engine->base);
	free(engine);
}

unsigned int
engine_api(const struct engine *engine)
{
	return engine->api;
}

void
engine_info_free(struct engine_info *info)
{
	if (!info)
		return;
	free(info->version);
	free(info->id);
	free(info->host_name);
	free(info->os);
	free(info->arch);
	free(info->driver);
	free(info->root_dir);
	free(info);
}

static char *
text_of(struct slice object, const char *key)
{
	struct slice value = { NULL, 0 };

	(void)json_find(object, key, &value);
	return docker_text(value);
}

/* Whether DriverStatus, pairs of strings, names containerd's snapshotters. */
static bool
has_containerd_store(struct slice info)
{
	struct slice pairs = { NULL, 0 };
	struct slice pair;
	struct slice text;

	(void)json_find(info, "DriverStatus", &pairs);
	struct json_iter iter = json_iter_of(pairs);
	while (json_array_next(&iter, &pair)) {
		struct json_iter texts = json_iter_of(pair);

		while (json_array_next(&texts, &text))
			if (json_string_eq(
				text, SLICE("io.containerd.snapshotter.v1")))
				return true;
	}
	return false;
}

int
engine_get_info(
    struct engine *engine, struct engine_info **ret, struct error *err)
{
	CLEANUP(engine_info_free)
	struct engine_info *info = calloc(1, sizeof(*info));
	CLEANUP(buf_clear) struct buf reply = { 0 };
	struct slice state = { NULL, 0 };

	if (!info)
		return error_nomem(err);
	if (docker_get(engine, "/info", &reply, err) < 0)
		return -1;
	struct slice json = buf_slice(&reply);
	(void)json_find_path(
	    json, JSON_PATH("Swarm", "LocalNodeState"), &state);
	*info = (struct engine_info){
		.version = text_of(json, "ServerVersion"),
		.id = text_of(json, "ID"),
		.host_name = text_of(json, "Name"),
		.os = text_of(json, "OSType"),
		.arch = text_of(json, "Architecture"),
		.driver = text_of(json, "Driver"),
		.root_dir = text_of(json, "DockerRootDir"),
		.api = engine->api,
		.containerd_store = has_containerd_store(json),
		.swarm = json_string_eq(state, SLICE("active")),
	};
	if (!info->version || !info->id || !info->host_name || !info->os ||
	    !info->arch || !info->driver || !info->root_dir)
		return error_nomem(err);
	*ret = TAKE(info);
	return 0;
}
