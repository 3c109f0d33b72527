/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docker-archive: the tar of `docker save`. A worker says where in it config
 * and layers are; their digests are checked on the bytes there.
 */
#include "task/image_source.h"

#include <fcntl.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "base/seek.h"
#include "oci/image_config.h"
#include "task/ask.h"

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

int
image_archive_take(
    struct app *app, struct image *image, const char *tag, struct error *err)
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
	if (image_take_config(app, image, err) < 0)
		return -1;
	if (places.n_layers != image->n_layers)
		return error_set(err, ERROR_FORMAT,
		    "%u layers in the archive, %zu in the config",
		    places.n_layers, image->n_layers);
	if (!image->layers && image_layers_init(image, err) < 0)
		return -1;
	for (size_t i = 0; i < image->n_layers; i++) {
		struct image_layer *layer = &image->layers[i];

		layer->fd = image->fd;
		layer->offset = places.layers[i].offset;
		layer->size_bytes = places.layers[i].size_bytes;
	}
	return 0;
}

int
image_archive_open(struct app *app, struct image *image, struct error *err)
{
	CLEANUP(string_free)
	char *tag = image->ref->name ? reference_engine_name(image->ref)
				     : string_format("%s", "");

	if (!tag)
		return error_nomem(err);
	image->fd = open(image->ref->path, O_RDONLY | O_CLOEXEC);
	if (image->fd < 0)
		return error_errno(err, "%s", image->ref->path);
	return image_archive_take(app, image, tag, err);
}
