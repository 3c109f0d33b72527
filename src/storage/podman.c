/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The storage of Podman, Buildah, CRI-O and skopeo (containers-storage:) with
 * the driver overlay, below its root:
 *
 *     overlay-images/images.json    what images there are: podman_text.c
 *     overlay-images/ID/manifest    the image's manifest
 *     overlay-images/ID/=BASE64     its config; in BASE64 is "sha256:ID"
 *     overlay-layers/layers.json    what layers there are
 *     overlay/LAYER/diff            what a layer has
 *
 * Left out: other drivers, additional stores of images and layers, composefs
 * (the diff then has no names).
 */
#include "storage/podman.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/memory.h"
#include "storage/podman_text.h"
#include "storage/step.h"

/* A thousand images have some 2 MB of either. */
#define LIST_MAX_BYTES ((size_t)64 << 20)
/* As of any manifest or config that registries take. */
#define BLOB_MAX_BYTES ((size_t)4 << 20)

static int
list_read(int root_fd, const char *path, struct buf *ret, struct error *err)
{
	ret->max_bytes = LIST_MAX_BYTES;
	if (step_read(root_fd, path, ret, err) < 0)
		return -1;
	if (json_validate(buf_slice(ret), err) < 0 ||
	    json_type(buf_slice(ret)) != JSON_ARRAY)
		return error_set(
		    err, ERROR_FORMAT, "%s: not a list of JSON", path);
	return 0;
}

static void
put_base64(struct buf *out, struct slice text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (; text.len > 0; text = slice_after(text, 3)) {
		uint32_t bits = 0;

		for (size_t i = 0; i < 3; i++)
			bits = bits << 8 |
			    (i < text.len ? (uint8_t)text.ptr[i] : 0);
		for (size_t i = 0; i < 4; i++)
			buf_put(out,
			    i <= text.len
				? slice_of(
				      &digits[bits >> (18 - 6 * i) & 63], 1)
				: SLICE("="));
	}
}

static int
blob_read(int root_fd, const char *path, const struct sha256 *digest,
    struct buf *ret, struct error *err)
{
	struct sha256 is;

	ret->max_bytes = BLOB_MAX_BYTES;
	if (step_read(root_fd, path, ret, err) < 0)
		return -1;
	is = sha256_of(buf_slice(ret));
	if (!sha256_eq(&is, digest))
		return error_set(err, ERROR_UNTRUSTED,
		    "%s: does not have the digest that it must have", path);
	return 0;
}

static int
config_read(int root_fd, struct storage_image *image, struct error *err)
{
	CLEANUP(buf_clear) struct buf path = { 0 };
	CLEANUP(string_free) char *text = NULL;
	char hex[SHA256_HEX_SIZE];
	char key[sizeof("sha256:") + SHA256_HEX_SIZE];

	sha256_to_string(&image->id, hex);
	(void)snprintf(key, sizeof(key), "sha256:%s", hex);
	buf_put_format(&path, "overlay-images/%s/=", hex);
	put_base64(&path, slice_of_string(key));
	text = buf_take_string(&path);
	if (!text)
		return error_nomem(err);
	return blob_read(root_fd, text, &image->id, &image->config, err);
}

static int
manifest_read(int root_fd, const struct podman_record *record,
    struct storage_image *image, struct error *err)
{
	char hex[SHA256_HEX_SIZE];
	char path[128];

	if (!record->has_digest)
		return 0;
	sha256_to_string(&image->id, hex);
	(void)snprintf(path, sizeof(path), "overlay-images/%s/manifest", hex);
	if (blob_read(root_fd, path, &record->digest, &image->manifest, err) <
	    0)
		return -1;
	image->digest = record->digest;
	image->has_digest = true;
	return 0;
}

static int
image_take(int root_fd, const struct podman_record *record,
    struct storage_image *image, struct error *err)
{
	CLEANUP(buf_clear) struct buf json = { 0 };

	image->id = record->id;
	if (config_read(root_fd, image, err) < 0 ||
	    manifest_read(root_fd, record, image, err) < 0 ||
	    list_read(root_fd, "overlay-layers/layers.json", &json, err) < 0)
		return -1;
	return podman_layers_find(buf_slice(&json), record->layer, image, err);
}

static int
root_open(const char *root, struct error *err)
{
	int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? error_errno(err, "%s", root) : fd;
}

int
storage_podman_find(const char *root, const struct storage_wanted *wanted,
    struct storage_image *ret, bool *ret_absent, struct error *err)
{
	CLEANUP(storage_image_clear) struct storage_image image = { 0 };
	CLEANUP(fd_close) int root_fd = root_open(root, err);
	CLEANUP(buf_clear) struct buf json = { 0 };
	struct podman_record record;

	*ret_absent = false;
	if (root_fd < 0)
		return -1;
	if (list_read(root_fd, "overlay-images/images.json", &json, err) < 0) {
		if (err->kind == ERROR_NOT_FOUND)
			(void)error_set(err, ERROR_NOT_FOUND,
			    "no images of the driver overlay");
		return error_wrap(err, "%s", root);
	}
	if (podman_image_find(buf_slice(&json), wanted, &record, err) < 0) {
		*ret_absent = err->kind == ERROR_NOT_FOUND;
		return error_wrap(err, "%s", root);
	}
	if (image_take(root_fd, &record, &image, err) < 0)
		return error_wrap(err, "%s", root);
	*ret = image;
	image = (struct storage_image){ 0 };
	return 0;
}

/* With composefs, a diff has its files' contents, named by their digests. */
static int
check_composefs(int root_fd, const char *directory, struct error *err)
{
	CLEANUP(string_free)
	char *path = string_format("%s/../composefs-data", directory);
	CLEANUP(fd_close) int fd = -1;

	if (!path)
		return error_nomem(err);
	fd = step_below(root_fd, path, O_PATH, err);
	if (fd < 0)
		return err->kind == ERROR_NOT_FOUND ? 0 : -1;
	return error_set(err, ERROR_UNSUPPORTED, "layers of composefs");
}

static int
layers_open(int root_fd, const struct storage_image *image,
    struct storage_layers *layers, struct error *err)
{
	layers->fds = calloc(image->n_layers + 1, sizeof(*layers->fds));
	if (!layers->fds)
		return error_nomem(err);
	if (step_form(root_fd, &layers->form, err) < 0)
		return -1;
	for (size_t i = 0; i < image->n_layers; i++) {
		const char *directory = image->directories[i];
		int fd =
		    step_below(root_fd, directory, O_RDONLY | O_DIRECTORY, err);

		if (fd < 0)
			return -1;
		layers->fds[layers->n++] = fd;
		if (check_composefs(root_fd, directory, err) < 0)
			return -1;
	}
	return 0;
}

int
storage_podman_open(const char *root, const struct storage_image *image,
    struct storage_layers *ret, struct error *err)
{
	CLEANUP(fd_close) int root_fd = root_open(root, err);
	struct storage_layers layers = { 0 };

	if (root_fd < 0)
		return -1;
	if (layers_open(root_fd, image, &layers, err) < 0) {
		storage_layers_clear(&layers);
		return error_wrap(err, "%s", root);
	}
	*ret = layers;
	return 0;
}
