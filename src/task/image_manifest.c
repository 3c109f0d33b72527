/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From an index, maybe of indexes, to the manifest of one image, its config
 * and the list of its layers. Each step names the next by its digest.
 */
#include "task/image_manifest.h"

#include <stdlib.h>

#include "base/memory.h"
#include "oci/digest.h"
#include "oci/image_config.h"
#include "oci/manifest.h"
#include "task/ask.h"
#include "task/image_source.h"

int
image_blob_read(struct app *app, struct image *image,
    const struct image_blob *blob, struct buf *ret, struct error *err)
{
	char digest[DIGEST_SIZE];

	digest_to_string(&blob->digest, digest);
	if (image->blobs->read(app, image, blob, ret, err) < 0)
		return -1;

	struct sha256 is = sha256_of(buf_slice(ret));
	if (!sha256_eq(&is, &blob->digest))
		return error_set(err, ERROR_UNTRUSTED,
		    "blob %s: does not have the digest that is its name",
		    digest);
	if (blob->size_bytes > 0 && blob->size_bytes != ret->len)
		return error_set(err, ERROR_UNTRUSTED,
		    "blob %s: %zu bytes, not %llu as its descriptor says",
		    digest, ret->len, (unsigned long long)blob->size_bytes);
	if (image->blobs->record)
		buf_put_sized(image->blobs->record, buf_slice(ret));
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

/* Whether an index is a layout's list of images, when it is the first. */
static bool
begins_with_layout(const struct image *image)
{
	return !image->ref->has_digest &&
	    (image->ref->transport == TRANSPORT_OCI ||
		image->ref->transport == TRANSPORT_OCI_ARCHIVE);
}

/* Reads the child that was chosen into json, in place of the index itself. */
static int
child_read(struct app *app, struct image *image,
    const struct manifest_child *child, struct buf *json, struct error *err)
{

	const struct image_blob blob = {
		.kind = IMAGE_BLOB_MANIFEST,
		.digest = child->blob.digest,
		.size_bytes = child->blob.size_bytes,
	};
	buf_clear(json);
	return image_blob_read(app, image, &blob, json, err);
}

/* The manifest of one image, and the digest of it in image. */
static int
manifest_find(struct app *app, struct image *image, struct slice json,
    struct slice ref_name, struct manifest **ret, struct error *err)
{
	CLEANUP(manifest_free) struct manifest *manifest = NULL;
	CLEANUP(buf_clear) struct buf held = buf_limited(MANIFEST_BYTES_MAX);
	bool is_layout = begins_with_layout(image);
	const struct manifest_child *child;

	if (manifest_ask(app, json, &manifest, err) < 0)
		return -1;
	for (int depth = 0; manifest->kind == MANIFEST_INDEX; depth++) {
		if (depth == MANIFEST_NESTING_MAX)
			return error_set(
			    err, ERROR_LIMIT, "indexes of indexes without end");
		if (manifest_choose(manifest, ref_name, &app->platform,
			is_layout, &child, err) < 0 ||
		    child_read(app, image, child, &held, err) < 0)
			return -1;
		json = buf_slice(&held);
		ref_name = SLICE("");
		is_layout = false;
		manifest_free(TAKE(manifest));
		if (manifest_ask(app, json, &manifest, err) < 0)
			return -1;
	}
	image->digest = sha256_of(json);
	image->has_digest = true;
	*ret = TAKE(manifest);
	return 0;
}

static int
take_base(
    struct image *image, const struct manifest *manifest, struct error *err)
{
	free(TAKE(image->base_name));
	free(TAKE(image->base_digest));
	if (manifest->base_name.len > 0 &&
	    !(image->base_name = slice_copy(manifest->base_name)))
		return error_nomem(err);
	if (manifest->base_digest.len > 0 &&
	    !(image->base_digest = slice_copy(manifest->base_digest)))
		return error_nomem(err);
	return 0;
}

int
image_base_take(const struct app *app, struct image *image, struct slice json,
    struct error *err)
{
	CLEANUP(manifest_free) struct manifest *manifest = NULL;

	if (manifest_ask(app, json, &manifest, err) < 0)
		return -1;
	return take_base(image, manifest, err);
}

int
image_manifest_take(struct app *app, struct image *image, struct slice json,
    struct slice ref_name, struct error *err)
{
	CLEANUP(manifest_free) struct manifest *manifest = NULL;

	if (manifest_find(app, image, json, ref_name, &manifest, err) < 0)
		return -1;

	const struct image_blob config = {
		.kind = IMAGE_BLOB_CONFIG,
		.digest = manifest->config.digest,
		.size_bytes = manifest->config.size_bytes,
	};
	image->id = config.digest;
	image->config.max_bytes = IMAGE_CONFIG_BYTES_MAX;
	if (take_base(image, manifest, err) < 0 ||
	    image_blob_read(app, image, &config, &image->config, err) < 0 ||
	    image_take_config(app, image, err) < 0)
		return -1;
	if (manifest->n_layers != image->n_layers)
		return error_set(err, ERROR_FORMAT,
		    "%zu layers in the manifest, %zu in the config",
		    manifest->n_layers, image->n_layers);
	/* Who knows their number already may hold on to them. */
	if (!image->layers && image_layers_init(image, err) < 0)
		return -1;
	for (size_t i = 0; i < image->n_layers; i++) {
		const struct descriptor *blob = &manifest->layers[i].blob;

		image->layers[i].sum = blob->digest;
		image->layers[i].size_bytes = blob->size_bytes;
	}
	return 0;
}

int
image_tag_find(const struct app *app, struct slice json, struct slice ref_name,
    struct sha256 *ret, struct error *err)
{
	CLEANUP(manifest_free) struct manifest *manifest = NULL;
	const struct manifest_child *child;

	if (manifest_ask(app, json, &manifest, err) < 0 ||
	    manifest_choose(
		manifest, ref_name, &app->platform, true, &child, err) < 0)
		return -1;
	*ret = child->blob.digest;
	return 0;
}

void
image_say_if_moved(const struct app *app, const struct image *image,
    const struct sha256 *tagged)
{
	char digest[DIGEST_SIZE];

	if (!image->ref->has_digest || sha256_eq(tagged, &image->ref->digest))
		return;
	digest_to_string(tagged, digest);
	app_say(app, "%s: the tag %s means %s by now; the digest is taken",
	    image->name, image->ref->tag, digest);
}
