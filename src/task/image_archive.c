/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docker-archive: the tar of `docker save`; oci-archive: that of a layout. A
 * worker says where in it blobs are; their digests are checked on the bytes
 * there. A compressed archive is decompressed into a file without a name
 * first, as skopeo does.
 */
#include "task/image_source.h"

#include <fcntl.h>
#include <stdlib.h>

#include "base/fd.h"
#include "base/memory.h"
#include "base/seek.h"
#include "oci/image_config.h"
#include "oci/manifest.h"
#include "oci/places.h"
#include "task/ask.h"
#include "task/image_manifest.h"

/* As much as decompress.c lets an archive become, and the frames around it. */
#define INFLATED_MAX_BYTES ((uint64_t)130 << 30)

/* Reads what is at a place that a worker claimed. */
static int
place_read(
    int fd, const struct place *place, struct buf *ret, struct error *err)
{
	CLEANUP(seek_stream_clear) struct seek_stream in = { 0 };

	if (place->size_bytes > ret->max_bytes)
		return error_set(
		    err, ERROR_LIMIT, "larger than %zu bytes", ret->max_bytes);
	if (seek_stream_init(&in, fd, place->offset, place->size_bytes, err) <
	    0)
		return -1;
	return stream_read_all(&in.stream, ret, err);
}

static int
inflated_frame(void *ctx, uint16_t type, struct slice body, struct error *err)
{
	(void)type;
	return fd_write_all(*(const int *)ctx, body, err);
}

/* Puts what the archive decompresses to in its place. */
static int
archive_inflate(struct app *app, struct image *image, struct error *err)
{
	CLEANUP(seek_stream_clear) struct seek_stream in = { 0 };
	struct stream *inputs[] = { &in.stream };

	if (directory_make(app->cache_dir, 0755, err) < 0)
		return -1;
	CLEANUP(fd_close) int fd = file_temporary(app->cache_dir, err);
	if (fd < 0 || seek_stream_init(&in, image->fd, 0, UINT64_MAX, err) < 0)
		return -1;

	struct worker_job job = {
		.role = "inflate",
		.inputs = inputs,
		.n_inputs = N_ITEMS(inputs),
		.limits = { .answer_bytes = INFLATED_MAX_BYTES },
		.on_frame = inflated_frame,
		.ctx = &fd,
	};
	if (worker_run(app->worker_path, &job, err) < 0)
		return error_wrap(err, "decompressing it");
	fd_close(image->fd);
	image->fd = TAKE_FD(fd);
	return 0;
}

static int
places_ask(const struct app *app, int fd, const char *role, const char *arg,
    struct places *ret, struct error *err)
{
	CLEANUP(answer_clear) struct answer answer = { 0 };
	const char *const args[] = { arg, NULL };
	struct worker_job job = {
		.role = role,
		.args = args,
		.fds = &fd,
		.n_fds = 1,
	};

	if (ask(app, &job, &answer, err) < 0)
		return -1;
	return places_decode(buf_slice(&answer.parts[ANSWER_MAIN]), ret, err);
}

/* The places in the archive that image->fd is, or has become. */
static int
places_find_in(struct app *app, struct image *image, const char *role,
    const char *arg, struct places *ret, struct error *err)
{
	if (places_ask(app, image->fd, role, arg, ret, err) < 0)
		return -1;
	if (ret->archive_is_compressed) {
		places_clear(ret);
		if (archive_inflate(app, image, err) < 0 ||
		    places_ask(app, image->fd, role, arg, ret, err) < 0)
			return -1;
	}
	if (ret->n_items == 0)
		return error_set(err, ERROR_FORMAT,
		    ret->archive_is_compressed
			? "an archive that is compressed twice"
			: "a worker answered what it was not asked");
	return 0;
}

static int
archive_open(struct image *image, struct error *err)
{
	image->fd = open(image->ref->path, O_RDONLY | O_CLOEXEC);
	if (image->fd < 0)
		return error_errno(err, "%s", image->ref->path);
	return 0;
}

/* What these bytes hash to: of a compressed layer that has no digest. */
static int
place_hash(
    int fd, const struct place *place, struct sha256 *ret, struct error *err)
{
	CLEANUP(seek_stream_clear) struct seek_stream in = { 0 };
	CLEANUP(hash_stream_clear) struct hash_stream tap = { 0 };

	if (seek_stream_init(&in, fd, place->offset, place->size_bytes, err) <
		0 ||
	    hash_stream_init(&tap, &in.stream, err) < 0 ||
	    stream_drain(&tap.stream, err) < 0)
		return -1;
	*ret = hash_stream_end(&tap);
	return 0;
}

/* layer->sum is the diff ID until here. */
static int
layer_take(int fd, const struct place *place, struct image_layer *layer,
    struct error *err)
{
	if (place->has_digest)
		layer->sum = place->digest;
	else if (place->is_compressed &&
	    place_hash(fd, place, &layer->sum, err) < 0)
		return -1;
	layer->fd = fd;
	layer->offset = place->offset;
	layer->size_bytes = place->size_bytes;
	return 0;
}

int
image_archive_take(
    struct app *app, struct image *image, const char *tag, struct error *err)
{
	CLEANUP(places_clear) struct places places = { 0 };
	bool id_known = image->diff_ids != NULL;

	image->config.max_bytes = IMAGE_CONFIG_BYTES_MAX;
	if (places_find_in(app, image, "docker-archive", tag, &places, err) <
		0 ||
	    place_read(image->fd, &places.items[0], &image->config, err) < 0)
		return error_wrap(err, "docker archive");

	struct sha256 id = sha256_of(buf_slice(&image->config));
	if (places.items[0].has_digest &&
	    !sha256_eq(&id, &places.items[0].digest))
		return error_set(err, ERROR_UNTRUSTED,
		    "config: does not have the digest that is its name");
	if (id_known && !sha256_eq(&id, &image->id))
		return error_set(err, ERROR_UNTRUSTED,
		    "the engine exported another image than was asked for");
	image->id = id;
	if (image_take_config(app, image, err) < 0)
		return -1;
	if (places.n_items - 1 != image->n_layers)
		return error_set(err, ERROR_FORMAT,
		    "%zu layers in the archive, %zu in the config",
		    places.n_items - 1, image->n_layers);
	if (!image->layers && image_layers_init(image, err) < 0)
		return -1;
	for (size_t i = 0; i < image->n_layers; i++)
		if (layer_take(image->fd, &places.items[i + 1],
			&image->layers[i], err) < 0)
			return error_wrap(err, "layer %zu", i + 1);
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
	if (archive_open(image, err) < 0)
		return -1;
	return image_archive_take(app, image, tag, err);
}

/* The blobs of an oci-archive. */
struct archive_blobs {
	struct image_blobs blobs;
	struct places places;
};

static int
blob_place(const struct image *image, const struct sha256 *digest,
    const struct place **ret, struct error *err)
{
	const struct archive_blobs *blobs =
	    (const struct archive_blobs *)image->blobs;

	*ret = places_find(&blobs->places, digest);
	if (*ret)
		return 0;

	char hex[SHA256_HEX_SIZE];
	sha256_to_string(digest, hex);
	return error_set(
	    err, ERROR_NOT_FOUND, "the archive has no blobs/sha256/%s", hex);
}

static int
blob_read(struct app *app, struct image *image, const struct image_blob *blob,
    struct buf *ret, struct error *err)
{
	const struct place *place;

	(void)app;
	if (blob_place(image, &blob->digest, &place, err) < 0)
		return -1;
	return place_read(image->fd, place, ret, err);
}

static int
layer_load(
    const struct image *image, struct image_layer *layer, struct error *err)
{
	const struct place *place;

	if (blob_place(image, &layer->sum, &place, err) < 0)
		return -1;
	if (place->size_bytes != layer->size_bytes)
		return error_set(err, ERROR_UNTRUSTED,
		    "%llu bytes, not %llu as the manifest says",
		    (unsigned long long)place->size_bytes,
		    (unsigned long long)layer->size_bytes);
	layer->fd = image->fd;
	layer->offset = place->offset;
	return 0;
}

static int
blobs_load(
    struct app *app, struct image *image, const bool *wanted, struct error *err)
{
	(void)app;
	for (size_t i = 0; i < image->n_layers; i++)
		if (wanted[i] && layer_load(image, &image->layers[i], err) < 0)
			return error_wrap(err, "layer %zu", i + 1);
	return 0;
}

static void
blobs_free(struct image_blobs *blobs)
{
	places_clear(&((struct archive_blobs *)blobs)->places);
	free(blobs);
}

static const struct image_blobs archive_blobs = {
	.read = blob_read,
	.load = blobs_load,
	.free = blobs_free,
};

/* Gives image the blobs of the archive that image->fd is, in place of any that
 * it has, and reads index.json. */
static int
archive_begin(
    struct app *app, struct image *image, struct buf *ret, struct error *err)
{
	struct archive_blobs *blobs = calloc(1, sizeof(*blobs));

	if (!blobs)
		return error_nomem(err);
	blobs->blobs = archive_blobs;
	if (image->blobs)
		image->blobs->free(image->blobs);
	image->blobs = &blobs->blobs;
	if (places_find_in(
		app, image, "oci-archive", NULL, &blobs->places, err) < 0 ||
	    place_read(image->fd, &blobs->places.items[0], ret, err) < 0)
		return error_wrap(err, "oci archive");
	return 0;
}

int
image_oci_archive_open(struct app *app, struct image *image, struct error *err)
{
	CLEANUP(buf_clear) struct buf index = buf_limited(MANIFEST_BYTES_MAX);

	if (archive_open(image, err) < 0 ||
	    archive_begin(app, image, &index, err) < 0)
		return -1;
	return image_layout_take(app, image, buf_slice(&index), err);
}

int
image_oci_archive_take(struct app *app, struct image *image,
    const struct sha256 *digest, struct buf *record, struct error *err)
{
	CLEANUP(buf_clear) struct buf json = buf_limited(MANIFEST_BYTES_MAX);
	const struct image_blob blob = {
		.kind = IMAGE_BLOB_MANIFEST,
		.digest = *digest,
	};

	if (archive_begin(app, image, &json, err) < 0)
		return -1;
	buf_clear(&json);
	image->blobs->record = record;
	int r = image_blob_read(app, image, &blob, &json, err) < 0
	    ? -1
	    : image_manifest_take(app, image, buf_slice(&json), SLICE(""), err);
	image->blobs->record = NULL;
	return r;
}
