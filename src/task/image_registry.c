/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docker: an image of a registry. What is small comes when the image is
 * opened, layers when somebody wants to read them; all of it stays in the
 * cache by its digest.
 */
#include <stdlib.h>

#include "base/fd.h"
#include "base/memory.h"
#include "oci/manifest.h"
#include "registry/registry.h"
#include "task/image_manifest.h"
#include "task/image_source.h"

static int
config_read(struct app *app, const struct image *image,
    const struct image_blob *blob, struct buf *ret, struct error *err)
{
	struct registry_blob wanted = {
		.digest = blob->digest,
		.size_bytes = blob->size_bytes,
	};

	/* Before it is fetched, whatever it claims. */
	if (ret->max_bytes > 0 && blob->size_bytes > ret->max_bytes)
		return error_set(err, ERROR_LIMIT,
		    "a config of more than %zu bytes", ret->max_bytes);
	if (registry_blobs(app->registry, image->ref->name, &wanted, 1, err) <
	    0)
		return -1;
	CLEANUP(fd_close) int fd = wanted.fd;
	return fd_read_all(fd, ret, err);
}

static int
registry_read(struct app *app, struct image *image,
    const struct image_blob *blob, struct buf *ret, struct error *err)
{
	switch (blob->kind) {
	case IMAGE_BLOB_MANIFEST:
		return registry_manifest_of(
		    app->registry, image->ref->name, &blob->digest, ret, err);
	case IMAGE_BLOB_CONFIG: return config_read(app, image, blob, ret, err);
	}
	return error_set(err, ERROR_BUG, "no such kind of blob");
}

static bool
is_wanted(const struct image *image, const bool *wanted, size_t i)
{
	return wanted[i] && image->layers[i].fd < 0;
}

static void
wanted_blobs_free(struct registry_blob *blobs)
{
	free(blobs);
}
DEFINE_CLEANUP(struct registry_blob, wanted_blobs_free)

static int
registry_load(
    struct app *app, struct image *image, const bool *wanted, struct error *err)
{
	CLEANUP(wanted_blobs_free)
	struct registry_blob *blobs =
	    calloc(image->n_layers + 1, sizeof(*blobs));
	size_t n = 0;

	if (!blobs)
		return error_nomem(err);
	for (size_t i = 0; i < image->n_layers; i++)
		if (is_wanted(image, wanted, i))
			blobs[n++] = (struct registry_blob){
				.digest = image->layers[i].sum,
				.size_bytes = image->layers[i].size_bytes,
			};
	int r = registry_blobs(app->registry, image->ref->name, blobs, n, err);
	progress_end(app->progress);
	if (r < 0)
		return -1;
	n = 0;
	for (size_t i = 0; i < image->n_layers; i++)
		if (is_wanted(image, wanted, i)) {
			image->layers[i].fd = blobs[n++].fd;
			image->layers[i].owns_fd = true;
		}
	return 0;
}

static void
registry_forget(struct image_blobs *blobs)
{
	free(blobs);
}

int
image_registry_open(struct app *app, struct image *image, struct error *err)
{
	static const struct image_blobs way = {
		.read = registry_read,
		.load = registry_load,
		.free = registry_forget,
	};
	CLEANUP(buf_clear) struct buf json = buf_limited(MANIFEST_BYTES_MAX);
	struct registry *registry;
	struct sha256 digest;

	image->blobs = malloc(sizeof(*image->blobs));
	if (!image->blobs)
		return error_nomem(err);
	*image->blobs = way;
	if (app_registry(app, &registry, err) < 0 ||
	    registry_manifest(registry, image->ref, &json, &digest, err) < 0)
		return -1;
	return image_manifest_take(
	    app, image, buf_slice(&json), SLICE(""), err);
}
