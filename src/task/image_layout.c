/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci: a directory in the image layout of the OCI image specification:
 * index.json leads to a manifest, and that to blobs/sha256/HEX.
 */
#include "task/image_source.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/memory.h"
#include "oci/manifest.h"
#include "task/image_manifest.h"

/* blobs/sha256/HEX of the directory that image->ref names. */
static char *
blob_path(const struct image *image, const struct sha256 *digest)
{
	char hex[SHA256_HEX_SIZE];

	sha256_to_string(digest, hex);
	return string_format("%s/blobs/sha256/%s", image->ref->path, hex);
}

static int
layout_read(struct app *app, struct image *image, const struct image_blob *blob,
    struct buf *ret, struct error *err)
{
	CLEANUP(string_free) char *path = blob_path(image, &blob->digest);

	(void)app;
	if (!path)
		return error_nomem(err);
	return file_read(path, ret, err);
}

static int
layer_open(
    const struct image *image, struct image_layer *layer, struct error *err)
{
	CLEANUP(string_free) char *path = blob_path(image, &layer->sum);
	struct stat st;

	if (!path)
		return error_nomem(err);
	CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
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
layout_load(
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
layout_free(struct image_blobs *blobs)
{
	free(blobs);
}

static const struct image_blobs layout_blobs = {
	.read = layout_read,
	.load = layout_load,
	.free = layout_free,
};

int
image_layout_open(struct app *app, struct image *image, struct error *err)
{
	const struct reference *ref = image->ref;
	CLEANUP(string_free)
	char *path = string_format("%s/index.json", ref->path);
	CLEANUP(buf_clear) struct buf json = buf_limited(MANIFEST_BYTES_MAX);
	int r;

	image->blobs = malloc(sizeof(*image->blobs));
	if (!path || !image->blobs)
		return error_nomem(err);
	*image->blobs = layout_blobs;

	const struct image_blob named = {
		.kind = IMAGE_BLOB_MANIFEST,
		.digest = ref->digest,
	};
	if (ref->has_digest)
		r = image_blob_read(app, image, &named, &json, err);
	else
		r = file_read(path, &json, err);
	if (r < 0)
		return -1;
	if (image_manifest_take(app, image, buf_slice(&json),
		ref->has_digest ? SLICE("") : slice_of_string(ref->tag),
		err) < 0)
		return error_wrap(err, "%s", ref->path);
	return 0;
}
