/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docker-daemon: an image of a local engine; and Podman's over its socket. What
 * the engine says of its layers finds them in the cache; where they are not,
 * the image is exported.
 */
#include "task/image_source.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/memory.h"
#include "engine/engine.h"
#include "oci/digest.h"
#include "task/image_manifest.h"

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

/* A string of the inspection; NULL where it has none. */
static char *
engine_word(struct slice inspect, const char *key)
{
	char *text = NULL;
	struct slice value;
	struct error ignored;

	if (!json_find(inspect, key, &value) ||
	    json_string_copy(value, &text, &ignored) < 0)
		return NULL;
	if (slice_is_graph(slice_of_string(text)))
		return text;
	free(text);
	return NULL;
}

static int
engine_platform(const struct app *app, struct slice inspect, struct error *err)
{
	CLEANUP(string_free) char *os = engine_word(inspect, "Os");
	CLEANUP(string_free)
	char *architecture = engine_word(inspect, "Architecture");
	CLEANUP(string_free) char *variant = engine_word(inspect, "Variant");
	const struct platform platform = {
		.os = slice_of_string(os),
		.architecture = slice_of_string(architecture),
		.variant = slice_of_string(variant),
	};

	/* What an engine does not tell is in the config. */
	return os && architecture ? image_check_platform(app, &platform, err)
				  : 0;
}

/* "nginx@sha256:...": the digest, if it is of the image's name, or the image
 * was asked for by its ID. */
static bool
repo_digest(const struct image *image, struct slice item, struct sha256 *ret)
{
	CLEANUP(string_free) char *text = NULL;
	struct slice name, digest;
	struct error ignored;

	if (json_string_copy(item, &text, &ignored) < 0)
		return false;
	digest = slice_of_string(text);
	return slice_split(&digest, '@', &name) &&
	    digest_parse(digest, ret, &ignored) == 0 &&
	    (!image->ref->name ||
		slice_eq(reference_familiar(name),
		    reference_familiar(slice_of_string(image->ref->name))));
}

/* The digest of the manifest, where the engine tells one and no other. */
static void
engine_digest(struct slice inspect, struct image *image)
{
	struct slice digests = { 0 };
	struct slice item;
	struct sha256 digest;

	if (image->ref->has_digest) {
		image->digest = image->ref->digest;
		image->has_digest = true;
		return;
	}
	(void)json_find(inspect, "RepoDigests", &digests);
	struct json_iter iter = json_iter_of(digests);
	while (json_array_next(&iter, &item)) {
		if (!repo_digest(image, item, &digest))
			continue;
		if (image->has_digest && !sha256_eq(&digest, &image->digest)) {
			image->has_digest = false;
			return;
		}
		image->digest = digest;
		image->has_digest = true;
	}
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

int
image_engine(struct app *app, const struct image *image, struct engine **ret,
    struct error *err)
{
	return image->ref->transport == TRANSPORT_CONTAINERS_STORAGE
	    ? app_podman(app, ret, err)
	    : app_engine(app, ret, err);
}

/* A name is tried as one first; what can be both is a name, as in docker. */
static int
daemon_inspect(struct engine *engine, const struct image *image,
    struct buf *ret, struct error *err)
{
	struct slice text = image_name_bare(image);

	if (engine_inspect_image(engine, image->engine_name, ret, err) == 0)
		return 0;
	if (err->kind != ERROR_NOT_FOUND || !is_short_id(text))
		return -1;
	buf_clear(ret);
	return engine_inspect_image(engine, text.ptr, ret, err);
}

/* Where an exported image goes. */
struct export
{
	int fd; /* not owned */
	struct progress *progress;
};

/* Of a name with a tag and a digest: whether the tag is another image's by
 * now, as far as this engine knows. */
static void
say_if_moved(
    const struct app *app, struct engine *engine, const struct image *image)
{
	const struct reference *ref = image->ref;
	CLEANUP(buf_clear) struct buf inspect = { 0 };
	CLEANUP(string_free) char *name = NULL;
	struct sha256 tagged;
	struct error ignored;

	if (!ref->has_digest || !ref->tag)
		return;
	name = string_format("%s:%s", ref->name, ref->tag);
	if (name &&
	    engine_inspect_image(engine, name, &inspect, &ignored) == 0 &&
	    engine_id(buf_slice(&inspect), &tagged, &ignored) == 0 &&
	    !sha256_eq(&tagged, &image->id))
		app_say(app,
		    "%s: the tag %s is another image's here; the digest is "
		    "taken",
		    image->name, ref->tag);
}

static int
export_chunk(void *ctx, struct slice bytes, struct error *err)
{
	const struct export *export = ctx;

	progress_add(export->progress, PROGRESS_EXPORT, bytes.len);
	return fd_write_all(export->fd, bytes, err);
}

static bool
any_wanted(const struct image *image, const bool *wanted)
{
	for (size_t i = 0; i < image->n_layers; i++)
		if (wanted[i])
			return true;
	return false;
}

/*
 * Where the engine keeps images in containerd, an image's ID is the digest of
 * its manifest or index. What leads from there to the layers is in the export
 * only, so it is kept when there was one: each document sized, one after the
 * other. Found again, it is verified as if it came from anywhere else.
 */
struct daemon_blobs {
	struct image_blobs blobs;
	struct sha256 engine_id; /* by which the engine knows the image */
	struct buf documents;
};

static char *
documents_key(const struct sha256 *id)
{
	char hex[SHA256_HEX_SIZE];

	sha256_to_string(id, hex);
	return string_format("documents %s", hex);
}

static int
document_read(struct app *app, struct image *image,
    const struct image_blob *blob, struct buf *ret, struct error *err)
{
	const struct daemon_blobs *blobs =
	    (const struct daemon_blobs *)image->blobs;
	struct bytes_reader in = bytes_reader_of(buf_slice(&blobs->documents));
	struct slice document;

	(void)app;
	while (bytes_sized(&in, &document)) {
		struct sha256 is = sha256_of(document);

		if (!sha256_eq(&is, &blob->digest))
			continue;
		buf_put(ret, document);
		return buf_check(ret, err);
	}
	return error_set(err, ERROR_NOT_FOUND, "a document that is not kept");
}

/* Fills in what an earlier export told of the image, if there was one. */
static int
documents_take(struct app *app, struct image *image, struct error *err)
{
	struct daemon_blobs *blobs = (struct daemon_blobs *)image->blobs;
	CLEANUP(string_free) char *key = documents_key(&image->id);
	CLEANUP(buf_clear) struct buf json = { 0 };
	const struct image_blob root = {
		.kind = IMAGE_BLOB_MANIFEST,
		.digest = image->id,
	};
	const struct fetch *cache;

	if (!key)
		return error_nomem(err);
	if (app_fetch(app, &cache, err) < 0)
		return -1;
	if (cache_load(cache, key, &blobs->documents, err) < 0 ||
	    document_read(app, image, &root, &json, err) < 0)
		return 0;
	return image_manifest_take(
	    app, image, buf_slice(&json), SLICE(""), err);
}

/* What was exported must be the image of that ID: of its config, or of its
 * manifest or index. */
static int
export_take(
    struct app *app, struct image *image, const bool *wanted, struct error *err)
{
	const struct daemon_blobs *blobs =
	    (const struct daemon_blobs *)image->blobs;
	struct sha256 id = blobs->engine_id;
	CLEANUP(string_free) char *key = documents_key(&id);
	CLEANUP(buf_clear) struct buf documents = { 0 };
	const struct fetch *cache;
	struct error ignored;

	if (image_archive_take(app, image, "", err) == 0)
		return 0;
	if (err->kind != ERROR_UNTRUSTED)
		return -1;
	buf_clear(&image->config);
	/* Now the blobs are the archive's. */
	if (image_oci_archive_take(app, image, &id, &documents, &ignored) < 0)
		return -1;
	if (key && !documents.failed && app_fetch(app, &cache, &ignored) == 0)
		ERROR_IGNORE(
		    cache_save(cache, key, buf_slice(&documents), &ignored));
	return image->blobs->load(app, image, wanted, err);
}

static int
daemon_load(
    struct app *app, struct image *image, const bool *wanted, struct error *err)
{
	char id[DIGEST_SIZE];
	struct engine *engine;

	/* For the config alone nothing need be exported. */
	if (!any_wanted(image, wanted) &&
	    image_storage_config(app, image, err) == 0)
		return 0;
	digest_to_string(
	    &((const struct daemon_blobs *)image->blobs)->engine_id, id);
	if (image_engine(app, image, &engine, err) < 0 ||
	    directory_make(app->cache_dir, 0755, err) < 0)
		return -1;
	image->fd = file_temporary(app->cache_dir, err);
	if (image->fd < 0)
		return -1;

	struct export export = { image->fd, app->progress };
	int r = engine_save_image(engine, id, export_chunk, &export, err);
	progress_end(app->progress);
	if (r < 0)
		return error_wrap(err, "export");
	/* It is in there again, and may have been had before. */
	buf_clear(&image->config);
	return export_take(app, image, wanted, err);
}

static void
daemon_free(struct image_blobs *blobs)
{
	buf_clear(&((struct daemon_blobs *)blobs)->documents);
	free(blobs);
}

int
image_daemon_blobs(struct image *image, struct error *err)
{
	struct daemon_blobs *blobs = calloc(1, sizeof(*blobs));

	if (!blobs)
		return error_nomem(err);
	blobs->blobs = (struct image_blobs){
		.read = document_read,
		.load = daemon_load,
		.free = daemon_free,
	};
	blobs->engine_id = image->id;
	if (image->blobs)
		image->blobs->free(image->blobs);
	image->blobs = &blobs->blobs;
	return 0;
}

int
image_daemon_open(struct app *app, struct image *image, struct error *err)
{
	CLEANUP(buf_clear) struct buf inspect = { 0 };
	struct engine *engine;

	image->engine_name = reference_engine_name(image->ref);
	if (!image->engine_name)
		return error_nomem(err);
	if (image_engine(app, image, &engine, err) < 0 ||
	    daemon_inspect(engine, image, &inspect, err) < 0)
		return -1;
	if (engine_platform(app, buf_slice(&inspect), err) < 0)
		return -1;
	engine_digest(buf_slice(&inspect), image);
	if (engine_id(buf_slice(&inspect), &image->id, err) < 0 ||
	    engine_layers(buf_slice(&inspect), image, err) < 0)
		return error_wrap(err, "the engine's answer");
	if (image_daemon_blobs(image, err) < 0)
		return -1;
	say_if_moved(app, engine, image);
	if (image->ref->transport == TRANSPORT_DOCKER_DAEMON)
		image_storage_open(app, image, buf_slice(&inspect));
	if (image->storage.n == 0 && documents_take(app, image, err) < 0)
		return -1;
	if (!image->layers && image_layers_init(image, err) < 0)
		return -1;
	return image_storage_check(app, image, err);
}
