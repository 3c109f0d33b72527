/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci: a directory in the image layout of the OCI image specification:
 * index.json leads to a manifest, and that to blobs/sha256/HEX.
 *
 * dir: what skopeo makes for people to look into: manifest.json, and blobs
 * that are named HEX; where manifest.json is an index, the manifests that it
 * leads to are HEX.manifest.json.
 */
#include "task/image_source.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/memory.h"
#include "oci/manifest.h"
#include "task/image_manifest.h"

/* The blobs of a directory. */
struct directory_blobs {
	struct image_blobs blobs;
	const char *folder; /* below the directory, before the hex digits */
	const char *manifest_suffix; /* after those of a manifest */
};

static char *
blob_path(const struct image *image, const struct sha256 *digest, bool manifest)
{
	const struct directory_blobs *blobs =
	    (const struct directory_blobs *)image->blobs;
	char hex[SHA256_HEX_SIZE];

	sha256_to_string(digest, hex);
	return string_format("%s/%s%s%s", image->ref->path, blobs->folder, hex,
	    manifest ? blobs->manifest_suffix : "");
}

/* The directory may be anybody's. */
static int
regular_read(const char *path, struct buf *ret, struct error *err)
{
	CLEANUP(fd_close) int fd = file_open_regular(path, err);

	if (fd < 0)
		return -1;
	if (fd_read_all(fd, ret, err) < 0)
		return error_wrap(err, "%s", path);
	return 0;
}

static int
directory_read(struct app *app, struct image *image,
    const struct image_blob *blob, struct buf *ret, struct error *err)
{
	CLEANUP(string_free)
	char *path =
	    blob_path(image, &blob->digest, blob->kind == IMAGE_BLOB_MANIFEST);

	(void)app;
	if (!path)
		return error_nomem(err);
	return regular_read(path, ret, err);
}

static int
layer_open(
    const struct image *image, struct image_layer *layer, struct error *err)
{
	CLEANUP(string_free) char *path = blob_path(image, &layer->sum, false);
	struct stat st;

	if (!path)
		return error_nomem(err);
	CLEANUP(fd_close) int fd = file_open_regular(path, err);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return error_errno(err, "%s", path);
	if ((uint64_t)st.st_size != layer->size_bytes)
		return error_set(err, ERROR_UNTRUSTED,
		    "%s: %lld bytes, not %llu as the manifest says", path,
		    (long long)st.st_size,
		    (unsigned long long)layer->size_bytes);
	layer->fd = TAKE_FD(fd);
	layer->owns_fd = true;
	return 0;
}

static int
directory_load(
    struct app *app, struct image *image, const bool *wanted, struct error *err)
{
	(void)app;
	for (size_t i = 0; i < image->n_layers; i++)
		if (wanted[i] && image->layers[i].fd < 0 &&
		    layer_open(image, &image->layers[i], err) < 0)
			return error_wrap(err, "layer %zu", i + 1);
	return 0;
}

static void
directory_free(struct image_blobs *blobs)
{
	free(blobs);
}

/* Gives the image blobs of that form, and reads the file that it begins with.
 */
static int
directory_begin(struct image *image, const struct directory_blobs *form,
    const char *file, struct buf *ret, struct error *err)
{
	struct directory_blobs *blobs = malloc(sizeof(*blobs));
	CLEANUP(string_free)
	char *path = string_format("%s/%s", image->ref->path, file);

	if (!blobs || !path) {
		free(blobs);
		return error_nomem(err);
	}
	*blobs = *form;
	image->blobs = &blobs->blobs;
	return regular_read(path, ret, err);
}

int
image_layout_take(
    struct app *app, struct image *image, struct slice json, struct error *err)
{
	const struct reference *ref = image->ref;
	CLEANUP(buf_clear) struct buf named = buf_limited(MANIFEST_BYTES_MAX);
	struct slice ref_name = slice_of_string(ref->tag);
	const struct image_blob blob = {
		.kind = IMAGE_BLOB_MANIFEST,
		.digest = ref->digest,
	};
	struct sha256 tagged;
	struct error ignored;

	if (ref->has_digest) {
		/* A tag that is not there says nothing of the digest. */
		if (ref->tag &&
		    image_tag_find(app, json, ref_name, &tagged, &ignored) == 0)
			image_say_if_moved(app, image, &tagged);
		if (image_blob_read(app, image, &blob, &named, err) < 0)
			return -1;
		json = buf_slice(&named);
		ref_name = SLICE("");
	}
	return image_manifest_take(app, image, json, ref_name, err);
}

int
image_layout_open(struct app *app, struct image *image, struct error *err)
{
	static const struct directory_blobs form = {
		.blobs = {
			.read = directory_read,
			.load = directory_load,
			.free = directory_free,
		},
		.folder = "blobs/sha256/",
		.manifest_suffix = "",
	};
	CLEANUP(buf_clear) struct buf json = buf_limited(MANIFEST_BYTES_MAX);

	if (directory_begin(image, &form, "index.json", &json, err) < 0)
		return -1;
	return image_layout_take(app, image, buf_slice(&json), err);
}

int
image_directory_open(struct app *app, struct image *image, struct error *err)
{
	static const struct directory_blobs form = {
		.blobs = {
			.read = directory_read,
			.load = directory_load,
			.free = directory_free,
		},
		.folder = "",
		.manifest_suffix = ".manifest.json",
	};
	CLEANUP(buf_clear) struct buf json = buf_limited(MANIFEST_BYTES_MAX);

	if (directory_begin(image, &form, "manifest.json", &json, err) < 0)
		return -1;
	if (image_manifest_take(app, image, buf_slice(&json), SLICE(""), err) <
	    0)
		return error_wrap(err, "%s", image->ref->path);
	return 0;
}
