/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The digests make a chain: what the person or the engine named leads to the
 * config, whose SHA-256 is the image's ID; it lists the layers' diff IDs,
 * which are the SHA-256 of their plain tars. Every link is computed here, on
 * the bytes that a worker gets; what the worker says they mean is a claim.
 */
#include "task/image.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/seek.h"
#include "engine/engine.h"
#include "oci/digest.h"
#include "oci/image_config.h"
#include "oci/manifest.h"
#include "task/ask.h"

void
image_free(struct image *image)
{
	if (!image)
		return;
	for (size_t i = 0; image->layers && i < image->n_layers; i++)
		if (image->layers[i].owns_fd)
			fd_close(image->layers[i].fd);
	free(image->layers);
	free(image->diff_ids);
	fd_close(image->fd);
	buf_clear(&image->config);
	free(image->engine_name);
	reference_free(image->ref);
	free(image->name);
	free(image);
}

/* What the config says, by a worker's word; diff IDs become the image's. */
static int
config_take(const struct app *app, struct image *image, struct error *err)
{
	CLEANUP(answer_clear) struct answer answer = { 0 };
	CLEANUP(image_config_free) struct image_config *config = NULL;

	if (ask_bytes(app, "config", NULL, buf_slice(&image->config), &answer,
		err) < 0 ||
	    image_config_decode(
		buf_slice(&answer.parts[ANSWER_MAIN]), &config, err) < 0)
		return error_wrap(err, "config");
	if (!slice_eq(config->platform.os, SLICE("linux")))
		return error_set(err, ERROR_UNSUPPORTED,
		    "an image for " SLICE_FMT ", not for linux",
		    SLICE_ARG(slice_first(config->platform.os, 32)));
	if (image->diff_ids &&
	    (config->n_diff_ids != image->n_layers ||
		memcmp(config->diff_ids, image->diff_ids,
		    image->n_layers * sizeof(*image->diff_ids)) != 0))
		return error_set(err, ERROR_UNTRUSTED,
		    "the engine lists other layers than the config");
	if (!image->diff_ids) {
		image->diff_ids = config->diff_ids;
		image->n_layers = config->n_diff_ids;
		config->diff_ids = NULL;
		config->n_diff_ids = 0;
	}
	return 0;
}

/* Reads a part of a file whose place a worker claimed. */
static int
range_read(int fd, uint64_t offset, uint64_t size_bytes, uint64_t max_bytes,
    struct buf *ret, struct error *err)
{
	CLEANUP(seek_stream_clear) struct seek_stream in = { 0 };

	if (size_bytes > max_bytes)
		return error_set(err, ERROR_LIMIT, "larger than %llu bytes",
		    (unsigned long long)max_bytes);
	if (seek_stream_init(&in, fd, offset, size_bytes, err) < 0)
		return -1;
	return stream_read_all(&in.stream, ret, err);
}

struct range {
	uint64_t offset, size_bytes;
};

/* Where in a docker-archive the config and the layers are. */
struct archive_places {
	struct range config;
	struct range *layers;
	uint32_t n_layers;
};

static void
archive_places_clear(struct archive_places *places)
{
	free(places->layers);
}
DEFINE_CLEANUP_IN_PLACE(struct archive_places, archive_places_clear)

static int
places_decode(struct slice bytes, struct archive_places *ret, struct error *err)
{
	struct bytes_reader in = bytes_reader_of(bytes);
	uint32_t n;

	if (!bytes_u64le(&in, &ret->config.offset) ||
	    !bytes_u64le(&in, &ret->config.size_bytes) ||
	    !bytes_u32le(&in, &n) || n > in.rest.len / 16)
		return error_set(err, ERROR_FORMAT, "not an answer");
	ret->layers = calloc(n + 1, sizeof(*ret->layers));
	if (!ret->layers)
		return error_nomem(err);
	for (; ret->n_layers < n; ret->n_layers++) {
		struct range *layer = &ret->layers[ret->n_layers];

		if (!bytes_u64le(&in, &layer->offset) ||
		    !bytes_u64le(&in, &layer->size_bytes))
			return error_set(err, ERROR_FORMAT, "not an answer");
	}
	return 0;
}

static int
places_ask(const struct app *app, int fd, const char *tag,
    struct archive_places *ret, struct error *err)
{
	CLEANUP(answer_clear) struct answer answer = { 0 };
	const char *const args[] = { tag, NULL };
	struct worker_job job = {
		.role = "docker-archive",
		.args = args,
		.fds = &fd,
		.n_fds = 1,
	};

	if (ask(app, &job, &answer, err) < 0)
		return -1;
	return places_decode(buf_slice(&answer.parts[ANSWER_MAIN]), ret, err);
}

/* Takes config and layers from the docker-archive that image->fd is. */
static int
archive_take(const struct app *app, struct image *image, const char *tag,
    struct error *err)
{
	CLEANUP(archive_places_clear) struct archive_places places = { 0 };
	bool id_known = image->diff_ids != NULL;

	if (places_ask(app, image->fd, tag, &places, err) < 0 ||
	    range_read(image->fd, places.config.offset,
		places.config.size_bytes, IMAGE_CONFIG_BYTES_MAX,
		&image->config, err) < 0)
		return error_wrap(err, "docker archive");

	struct sha256 id = sha256_of(buf_slice(&image->config));
	if (id_known && !sha256_eq(&id, &image->id))
		return error_set(err, ERROR_UNTRUSTED,
		    "the engine exported another image than was asked for");
	image->id = id;
	if (config_take(app, image, err) < 0)
		return -1;
	if (places.n_layers != image->n_layers)
		return error_set(err, ERROR_FORMAT,
		    "%u layers in the archive, %zu in the config",
		    places.n_layers, image->n_layers);
	image->layers = calloc(image->n_layers + 1, sizeof(*image->layers));
	if (!image->layers)
		return error_nomem(err);
	for (size_t i = 0; i < image->n_layers; i++)
		image->layers[i] = (struct image_layer){
			.fd = image->fd,
			.offset = places.layers[i].offset,
			.size_bytes = places.layers[i].size_bytes,
			.sum = image->diff_ids[i],
		};
	image->is_loaded = true;
	return 0;
}

static int
archive_open(const struct app *app, struct image *image, struct error *err)
{
	CLEANUP(string_free)
	char *tag = image->ref->name ? reference_engine_name(image->ref)
				     : string_format("%s", "");

	if (!tag)
		return error_nomem(err);
	image->fd = open(image->ref->path, O_RDONLY | O_CLOEXEC);
	if (image->fd < 0)
		return error_errno(err, "%s", image->ref->path);
	return archive_take(app, image, tag, err);
}

/* RootFS.Layers of an engine's inspection. */
static int
engine_layers(struct slice inspect, struct image *image, struct error *err)
{
	struct slice layers, item;

	if (!json_find_path(inspect, JSON_PATH("RootFS", "Layers"), &layers))
		return error_set(err, ERROR_FORMAT, "no RootFS.Layers");

	size_t n = json_count(layers);
	struct json_iter iter = json_iter_of(layers);
	image->diff_ids = calloc(n + 1, sizeof(*image->diff_ids));
	if (!image->diff_ids)
		return error_nomem(err);
	while (image->n_layers < n && json_array_next(&iter, &item)) {
		struct sha256 *diff_id = &image->diff_ids[image->n_layers];
		CLEANUP(string_free) char *text = NULL;

		if (json_string_copy(item, &text, err) < 0 ||
		    digest_parse(slice_of_string(text), diff_id, err) < 0)
			return -1;
		image->n_layers++;
	}
	return 0;
}

static int
engine_id(struct slice inspect, struct sha256 *ret, struct error *err)
{
	CLEANUP(string_free) char *text = NULL;
	struct slice id;

	if (!json_find(inspect, "Id", &id))
		return error_set(err, ERROR_FORMAT, "no Id");
	if (json_string_copy(id, &text, err) < 0)
		return -1;
	return digest_parse(slice_of_string(text), ret, err);
}

/* "6c3c624b58db": the beginning of an ID, as `docker images` shows it. */
static bool
is_short_id(struct slice text)
{
	if (text.len < 6 || text.len >= 2 * SHA256_BYTES)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (hex_digit(text.ptr[i]) < 0)
			return false;
	return true;
}

/* A name is tried as one first; what can be both is a name, as in docker. */
static int
daemon_inspect(struct engine *engine, const struct image *image,
    struct buf *ret, struct error *err)
{
	struct slice text = slice_of_string(image->name);
	const struct slice transport = SLICE("docker-daemon:");

	if (engine_inspect_image(engine, image->engine_name, ret, err) == 0)
		return 0;
	if (slice_starts_with(text, transport))
		text = slice_after(text, transport.len);
	if (err->kind != ERROR_NOT_FOUND || !is_short_id(text))
		return -1;
	buf_clear(ret);
	return engine_inspect_image(engine, text.ptr, ret, err);
}

static int
daemon_open(struct app *app, struct image *image, struct error *err)
{
	CLEANUP(buf_clear) struct buf inspect = { 0 };
	struct engine *engine;

	image->engine_name = reference_engine_name(image->ref);
	if (!image->engine_name)
		return error_nomem(err);
	if (app_engine(app, &engine, err) < 0 ||
	    daemon_inspect(engine, image, &inspect, err) < 0)
		return -1;
	if (engine_id(buf_slice(&inspect), &image->id, err) < 0 ||
	    engine_layers(buf_slice(&inspect), image, err) < 0)
		return error_wrap(err, "the engine's answer");
	return 0;
}

static int
export_chunk(void *ctx, struct slice bytes, struct error *err)
{
	return fd_write_all(*(const int *)ctx, bytes, err);
}

static int
daemon_load(struct app *app, struct image *image, struct error *err)
{
	char id[DIGEST_SIZE];
	struct engine *engine;

	digest_to_string(&image->id, id);
	if (app_engine(app, &engine, err) < 0 ||
	    directory_make(app->cache_dir, 0755, err) < 0)
		return -1;
	image->fd = file_temporary(app->cache_dir, err);
	if (image->fd < 0)
		return -1;
	if (engine_save_image(engine, id, export_chunk, &image->fd, err) < 0)
		return error_wrap(err, "export");
	return archive_take(app, image, "", err);
}

/* Reads DIR/blobs/sha256/HEX, which must have that digest. */
static int
blob_read(const char *dir, const struct sha256 *sum, size_t max_bytes,
    struct buf *ret, struct error *err)
{
	char hex[SHA256_HEX_SIZE];

	sha256_to_string(sum, hex);
	CLEANUP(string_free)
	char *path = string_format("%s/blobs/sha256/%s", dir, hex);
	if (!path)
		return error_nomem(err);
	ret->max_bytes = max_bytes;
	if (file_read(path, ret, err) < 0)
		return -1;

	struct sha256 is = sha256_of(buf_slice(ret));
	if (!sha256_eq(&is, sum))
		return error_set(err, ERROR_UNTRUSTED,
		    "%s: does not have the digest that is its name", path);
	return 0;
}

static int
manifest_ask(const struct app *app, struct slice json, struct manifest **ret,
    struct error *err)
{
	CLEANUP(answer_clear) struct answer answer = { 0 };

	if (ask_bytes(app, "manifest", NULL, json, &answer, err) < 0)
		return -1;
	return manifest_decode(buf_slice(&answer.parts[ANSWER_MAIN]), ret, err);
}

/* What this machine runs, in Go's words. */
static struct platform
platform_here(void)
{
	struct utsname name;
	struct platform here = { .os = SLICE("linux"),
		.architecture = SLICE("amd64") };

	if (uname(&name) == 0 && !strcmp(name.machine, "aarch64"))
		here.architecture = SLICE("arm64");
	return here;
}

/* Goes from an index, maybe of indexes, to the manifest of one image. */
static int
layout_manifest(const struct app *app, const struct image *image,
    struct slice index_json, struct manifest **ret, struct error *err)
{
	const char *dir = image->ref->path;
	struct slice tag = slice_of_string(image->ref->tag);
	struct platform want = platform_here();
	CLEANUP(manifest_free) struct manifest *manifest = NULL;

	if (manifest_ask(app, index_json, &manifest, err) < 0)
		return error_wrap(err, "%s/index.json", dir);
	for (int depth = 0; manifest->kind == MANIFEST_INDEX; depth++) {
		CLEANUP(buf_clear) struct buf json = { 0 };
		const struct manifest_child *child;
		struct sha256 digest;

		if (depth > MANIFEST_NESTING_MAX)
			return error_set(err, ERROR_LIMIT,
			    "%s: indexes of indexes without end", dir);
		if (depth == 0 && image->ref->has_digest) {
			digest = image->ref->digest;
		} else {
			if (manifest_choose(manifest, tag, &want, &child, err) <
			    0)
				return error_wrap(err, "%s", dir);
			digest = child->blob.digest;
		}
		tag = SLICE("");
		manifest_free(TAKE(manifest));
		if (blob_read(dir, &digest, MANIFEST_BYTES_MAX, &json, err) <
			0 ||
		    manifest_ask(app, buf_slice(&json), &manifest, err) < 0)
			return -1;
	}
	*ret = TAKE(manifest);
	return 0;
}

static int
layout_layer(const char *dir, const struct manifest_layer *layer,
    struct image_layer *ret, struct error *err)
{
	char hex[SHA256_HEX_SIZE];
	struct stat st;

	sha256_to_string(&layer->blob.digest, hex);
	CLEANUP(string_free)
	char *path = string_format("%s/blobs/sha256/%s", dir, hex);
	if (!path)
		return error_nomem(err);
	CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(err, "%s", path);
	if ((uint64_t)st.st_size != layer->blob.size_bytes)
		return error_set(err, ERROR_UNTRUSTED,
		    "%s: %lld bytes, not %llu as the manifest says", path,
		    (long long)st.st_size,
		    (unsigned long long)layer->blob.size_bytes);
	*ret = (struct image_layer){
		.fd = TAKE_FD(fd),
		.owns_fd = true,
		.size_bytes = layer->blob.size_bytes,
		.sum = layer->blob.digest,
	};
	return 0;
}

static int
layout_take(const struct app *app, struct image *image,
    const struct manifest *manifest, struct error *err)
{
	const char *dir = image->ref->path;

	image->id = manifest->config.digest;
	if (blob_read(dir, &image->id, IMAGE_CONFIG_BYTES_MAX, &image->config,
		err) < 0 ||
	    config_take(app, image, err) < 0)
		return -1;
	if (manifest->n_layers != image->n_layers)
		return error_set(err, ERROR_FORMAT,
		    "%zu layers in the manifest, %zu in the config",
		    manifest->n_layers, image->n_layers);
	image->layers = calloc(image->n_layers + 1, sizeof(*image->layers));
	if (!image->layers)
		return error_nomem(err);
	for (size_t i = 0; i < image->n_layers; i++)
		if (layout_layer(
			dir, &manifest->layers[i], &image->layers[i], err) < 0)
			return -1;
	image->is_loaded = true;
	return 0;
}

static int
layout_open(const struct app *app, struct image *image, struct error *err)
{
	CLEANUP(string_free)
	char *path = string_format("%s/index.json", image->ref->path);
	CLEANUP(buf_clear) struct buf json = buf_limited(MANIFEST_BYTES_MAX);
	CLEANUP(manifest_free) struct manifest *manifest = NULL;

	if (!path)
		return error_nomem(err);
	if (file_read(path, &json, err) < 0 ||
	    layout_manifest(app, image, buf_slice(&json), &manifest, err) < 0)
		return -1;
	return layout_take(app, image, manifest, err);
}

static int
open_by_transport(struct app *app, struct image *image, struct error *err)
{
	switch (image->ref->transport) {
	case TRANSPORT_DOCKER_DAEMON: return daemon_open(app, image, err);
	case TRANSPORT_DOCKER_ARCHIVE: return archive_open(app, image, err);
	case TRANSPORT_OCI: return layout_open(app, image, err);
	}
	return error_set(err, ERROR_BUG, "no such transport");
}

int
image_open(
    struct app *app, const char *name, struct image **ret, struct error *err)
{
	CLEANUP(image_free) struct image *image = calloc(1, sizeof(*image));

	if (!image)
		return error_nomem(err);
	image->fd = -1;
	image->name = string_format("%s", name);
	if (!image->name)
		return error_nomem(err);
	if (reference_parse(slice_of_string(name), &image->ref, err) < 0 ||
	    open_by_transport(app, image, err) < 0)
		return -1;
	*ret = TAKE(image);
	return 0;
}

int
image_load(struct app *app, struct image *image, struct error *err)
{
	if (image->is_loaded)
		return 0;
	return daemon_load(app, image, err);
}
