/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images of a Docker engine. A load answers with a stream of JSON lines,
 * status 200 also when it fails:
 *
 *     {"status":"Loading layer","progressDetail":{"current":32768},...}
 *     {"errorDetail":{"message":"no space left on device"},"error":"..."}
 */
#include "base/json.h"
#include "base/memory.h"
#include "engine/docker.h"

/* Of one line of progress; real ones have 200 bytes. */
#define LINE_BYTES_MAX ((size_t)64 * 1024)

int
engine_list_images(struct engine *engine, struct buf *ret, struct error *err)
{
	return docker_get(engine, "/images/json", ret, err);
}

int
engine_inspect_image(
    struct engine *engine, const char *ref, struct buf *ret, struct error *err)
{
	CLEANUP(string_free)
	char *path = docker_path_image("/images/", ref, "/json", err);

	return path ? docker_get(engine, path, ret, err) : -1;
}

int
engine_save_image(struct engine *engine, const char *ref,
    int (*on_data)(void *ctx, struct slice bytes, struct error *err), void *ctx,
    struct error *err)
{
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	CLEANUP(string_free)
	char *path = docker_path_image("/images/", ref, "/get", err);

	if (!path)
		return -1;
	return docker_call(engine,
	    &(struct docker_call){
		.path = path,
		.on_data = on_data,
		.ctx = ctx,
		.for_long = true,
	    },
	    &reply, err);
}

/* What a load says, line by line. */
struct progress {
	struct buf line;
	struct error failure; /* the first that it reported */
};

static void
note_failure(struct progress *progress, struct slice line)
{
	struct slice message = { NULL, 0 };
	struct error ignored;

	/* Not JSON, or a progress bar: nothing that we rest on. What was
	 * loaded is told by inspecting it. */
	if (json_validate(line, &ignored) < 0 ||
	    progress->failure.kind != ERROR_NONE)
		return;
	if (!json_find_path(
		line, JSON_PATH("errorDetail", "message"), &message) &&
	    !json_find(line, "error", &message))
		return;
	CLEANUP(string_free) char *text = docker_text(message);
	(void)error_set(&progress->failure, ERROR_SYSTEM,
	    "engine: load: %.300s", text && *text ? text : "failed");
}

static void
end_line(struct progress *progress)
{
	note_failure(progress, slice_trim(buf_slice(&progress->line)));
	buf_drop(&progress->line, progress->line.len);
}

static int
take_progress(void *ctx, struct slice bytes, struct error *err)
{
	struct progress *progress = ctx;

	while (bytes.len > 0) {
		const char *end = memchr(bytes.ptr, '\n', bytes.len);
		size_t len = end ? (size_t)(end - bytes.ptr) : bytes.len;

		buf_put(&progress->line, slice_first(bytes, len));
		if (buf_check(&progress->line, err) < 0)
			return error_wrap(err, "a line of progress");
		if (end)
			end_line(progress);
		bytes = slice_after(bytes, end ? len + 1 : len);
	}
	return 0;
}

int
engine_load_image(
    struct engine *engine, struct stream *archive, struct error *err)
{
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	struct progress progress = { .line = buf_limited(LINE_BYTES_MAX) };

	int r = docker_call(engine,
	    &(struct docker_call){
		.method = "POST",
		.path = "/images/load",
		.archive = archive,
		.on_data = take_progress,
		.ctx = &progress,
		.for_long = true,
	    },
	    &reply, err);
	end_line(&progress);
	buf_clear(&progress.line);
	/* It may report why, and then break the connection. */
	if (progress.failure.kind != ERROR_NONE &&
	    (r == 0 || err->kind == ERROR_UNREACHABLE)) {
		*err = progress.failure;
		return -1;
	}
	return r;
}

static int
change_image(struct engine *engine, const char *method, const char *path,
    struct error *err)
{
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };

	return docker_call(engine,
	    &(struct docker_call){ .method = method, .path = path }, &reply,
	    err);
}

int
engine_tag_image(struct engine *engine, const char *ref, const char *repository,
    const char *tag, struct error *err)
{
	CLEANUP(string_free)
	char *image = docker_path_image("/images/", ref, "/tag", err);
	CLEANUP(string_free)
	char *repo = docker_path_image("repo=", repository, "", err);
	CLEANUP(string_free) char *name = docker_path("tag=", tag, "", err);

	if (!image || !repo || !name)
		return -1;
	CLEANUP(string_free)
	char *path = string_format("%s?%s&%s", image, repo, name);
	if (!path)
		return error_nomem(err);
	return change_image(engine, "POST", path, err);
}

int
engine_untag_image(struct engine *engine, const char *ref, struct error *err)
{
	CLEANUP(string_free)
	char *path = docker_path_image("/images/", ref, "?noprune=1", err);

	return path ? change_image(engine, "DELETE", path, err) : -1;
}
