/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci: a directory in the image layout of the OCI image specification:
 * index.json leads to a manifest, and that to blobs/sha256/HEX.
 */
#include "task/image_source.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "base/fd.h"
#include "base/memory.h"
#include "oci/image_config.h"
#include "oci/manifest.h"
#include "task/ask.h"

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
	    image_take_config(app, image, err) < 0)
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

int
image_layout_open(struct app *app, struct image *image, struct error *err)
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
