/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images whose layers, and file systems whose files, are read where they lie.
 * What was read has no digest: it is not kept in the cache, under the name of
 * the layer that it claims to be.
 */
#include "task/image_storage.h"

#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "oci/image_config.h"
#include "task/image_source.h"

/* A package manager at work changes its database every few milliseconds, and
 * is done with a step of it in some seconds. */
#define ROOT_TRIES    20
#define ROOT_PAUSE_MS 50

/* What the worker takes that puts them together. */
#define INVENTORIES_MAX_BYTES ((size_t)512 * 1024 * 1024)

bool
image_is_root(const struct image *image)
{
	return image->storage.n == 1 && image->storage.form == STORAGE_PLAIN;
}

void
image_storage_open(
    const struct app *app, struct image *image, struct slice inspect)
{
	struct error err;

	image->stored_config.max_bytes = IMAGE_CONFIG_BYTES_MAX;
	/* Its digest is computed, so that it is as good as an exported one. */
	if (storage_docker_config(
		inspect, &image->id, &image->stored_config, &err) < 0)
		buf_clear(&image->stored_config);
	if (app->options.verify)
		return;
	if (storage_docker_open(inspect, image->diff_ids, image->n_layers,
		&image->storage, &err) < 0)
		app_tell(app, "%s: not read from the engine's storage: %s",
		    image->name, err.msg);
}

int
image_storage_config(
    const struct app *app, struct image *image, struct error *err)
{
	if (image->stored_config.len == 0)
		return error_set(
		    err, ERROR_NOT_FOUND, "no config in the storage");
	buf_clear(&image->config);
	image->config = image->stored_config;
	image->stored_config = (struct buf){ 0 };
	return image_take_config(app, image, err);
}

int
image_storage_check(
    const struct app *app, struct image *image, struct error *err)
{
	if (!app->options.platform || image->stored_config.len == 0)
		return 0;
	return image_storage_config(app, image, err);
}

static void
bufs_clear(struct buf *bufs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_clear(&bufs[i]);
}

static int
layers_read(const struct image *image, const bool *wanted,
    struct buf *inventories, struct error *err)
{
	size_t total = 0;

	for (size_t i = 0; i < image->n_layers; i++) {
		if (wanted[i] &&
		    storage_inventory(image->storage.fds[i],
			image->storage.form, &inventories[i], err) < 0)
			return error_wrap(err, "layer %zu", i + 1);
		total += inventories[i].len;
		if (total > INVENTORIES_MAX_BYTES)
			return error_set(err, ERROR_LIMIT,
			    "its databases are larger than a worker takes");
	}
	return 0;
}

int
image_storage_read(const struct app *app, struct image *image, bool *wanted,
    struct buf *inventories, struct error *err)
{
	size_t n = image->n_layers;
	struct buf *read;
	bool any = false;

	for (size_t i = 0; i < n; i++)
		any = any || wanted[i];
	if (!any || image->storage.n == 0)
		return 0;
	read = calloc(n, sizeof(*read));
	if (!read)
		return error_nomem(err);
	if (layers_read(image, wanted, read, err) < 0) {
		app_tell(app, "%s: not read from the engine's storage: %s",
		    image->name, err->msg);
		bufs_clear(read, n);
		free(read);
		return 0;
	}
	for (size_t i = 0; i < n; i++)
		if (wanted[i]) {
			inventories[i] = read[i];
			wanted[i] = false;
		}
	free(read);
	image->unverified = true;
	return 0;
}

int
image_storage_say(const struct app *app, const struct image *image,
    const char *name, struct report *report, struct error *err)
{
	if (!image->unverified || image_is_root(image))
		return 0;
	app_say(app, "%s: unverified (engine storage)", name);
	return report_add_unverified(report, slice_of_string(name), err);
}

int
image_root_open(struct app *app, struct image *image, struct error *err)
{
	const char *path = image->ref->path ? image->ref->path : "/";
	struct storage_layers *storage = &image->storage;

	(void)app;
	storage->form = STORAGE_PLAIN;
	storage->fds = malloc(sizeof(*storage->fds));
	image->diff_ids = calloc(1, sizeof(*image->diff_ids));
	if (!storage->fds || !image->diff_ids)
		return error_nomem(err);
	if (storage_root_open(path, storage->fds, err) < 0)
		return -1;
	storage->n = 1;
	image->unverified = true;
	return 0;
}

int
image_root_read(struct image *image, struct buf *out, struct error *err)
{
	const struct timespec pause = { .tv_nsec = ROOT_PAUSE_MS * 1000000L };

	for (unsigned int tries = 1;; tries++) {
		buf_clear(out);
		if (storage_inventory(
			image->storage.fds[0], STORAGE_PLAIN, out, err) == 0)
			return 0;
		if (err->kind != ERROR_CONFLICT || tries == ROOT_TRIES)
			return -1;
		(void)nanosleep(&pause, NULL);
	}
}
