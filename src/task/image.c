/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The digests make a chain: what the person or the engine named leads to the
 * config, whose SHA-256 is the image's ID; it lists the layers' diff IDs,
 * which are the SHA-256 of their plain tars. Every link is computed here, on
 * the bytes that a worker gets; what the worker says they mean is a claim.
 */
#include "task/image_source.h"

#include <stdlib.h>

#include "base/fd.h"
#include "base/memory.h"
#include "oci/image_config.h"
#include "task/ask.h"
#include "task/image_manifest.h"

void
image_free(struct image *image)
{
	if (!image)
		return;
	for (size_t i = 0; image->layers && i < image->n_layers; i++)
		if (image->layers[i].owns_fd)
			fd_close(image->layers[i].fd);
	if (image->blobs)
		image->blobs->free(image->blobs);
	free(image->layers);
	free(image->diff_ids);
	fd_close(image->fd);
	buf_clear(&image->config);
	storage_layers_clear(&image->storage);
	buf_clear(&image->stored_config);
	buf_clear(&image->stored_manifest);
	image_config_free(image->about);
	free(image->engine_name);
	free(image->base_name);
	free(image->base_digest);
	reference_free(image->ref);
	free(image->name);
	free(image);
}

int
image_layers_init(struct image *image, struct error *err)
{
	image->layers = calloc(image->n_layers + 1, sizeof(*image->layers));
	if (!image->layers)
		return error_nomem(err);
	for (size_t i = 0; i < image->n_layers; i++)
		image->layers[i] = (struct image_layer){
			.sum = image->diff_ids[i],
			.fd = -1,
		};
	return 0;
}

int
image_check_platform(
    const struct app *app, const struct platform *is, struct error *err)
{
	if (!slice_eq(is->os, SLICE("linux")))
		return error_set(err, ERROR_UNSUPPORTED,
		    "an image for " SLICE_FMT ", not for linux",
		    SLICE_ARG(slice_first(is->os, 32)));
	if (app->options.platform && !platform_fits(is, &app->platform))
		return error_set(err, ERROR_NOT_FOUND,
		    "no image for %s, only for " SLICE_FMT "/" SLICE_FMT
		    "%s" SLICE_FMT,
		    app->options.platform, SLICE_ARG(slice_first(is->os, 32)),
		    SLICE_ARG(slice_first(is->architecture, 32)),
		    is->variant.len > 0 ? "/" : "",
		    SLICE_ARG(slice_first(is->variant, 32)));
	return 0;
}

int
image_take_config(const struct app *app, struct image *image, struct error *err)
{
	CLEANUP(answer_clear) struct answer answer = { 0 };
	CLEANUP(image_config_free) struct image_config *config = NULL;

	if (ask_bytes(app, "config", NULL, buf_slice(&image->config), &answer,
		err) < 0 ||
	    image_config_decode(
		buf_slice(&answer.parts[ANSWER_MAIN]), &config, err) < 0)
		return error_wrap(err, "config");
	if (image_check_platform(app, &config->platform, err) < 0)
		return -1;
	if (image->diff_ids &&
	    (config->n_diff_ids != image->n_layers ||
		memcmp(config->diff_ids, image->diff_ids,
		    image->n_layers * sizeof(*image->diff_ids)) != 0))
		return error_set(err, ERROR_UNTRUSTED,
		    "the engine lists other layers than the config");
	if (!image->diff_ids) {
		image->n_layers = config->n_diff_ids;
		image->diff_ids =
		    calloc(image->n_layers + 1, sizeof(*image->diff_ids));
		if (!image->diff_ids)
			return error_nomem(err);
		if (image->n_layers > 0)
			memcpy(image->diff_ids, config->diff_ids,
			    image->n_layers * sizeof(*image->diff_ids));
	}
	image_config_free(image->about);
	image->about = TAKE(config);
	return 0;
}

struct slice
image_name_bare(const struct image *image)
{
	const char *transport = transport_to_string(image->ref->transport);
	struct slice name = slice_of_string(image->name);
	struct slice prefix = slice_of_string(transport);

	if (slice_starts_with(name, prefix) && name.len > prefix.len &&
	    name.ptr[prefix.len] == ':')
		return slice_after(name, prefix.len + 1);
	return name;
}

/* Who opens the images of a transport. */
static const struct opener {
	int (*open)(struct app *app, struct image *image, struct error *err);
} openers[] = {
	[TRANSPORT_DOCKER_DAEMON] = { image_daemon_open },
	[TRANSPORT_CONTAINERS_STORAGE] = { image_podman_open },
	[TRANSPORT_DOCKER] = { image_registry_open },
	[TRANSPORT_OCI] = { image_layout_open },
	[TRANSPORT_OCI_ARCHIVE] = { image_oci_archive_open },
	[TRANSPORT_DOCKER_ARCHIVE] = { image_archive_open },
	[TRANSPORT_DIR] = { image_directory_open },
	[TRANSPORT_ROOTFS] = { image_root_open },
	[TRANSPORT_HOST] = { image_root_open },
};

static int
open_from(struct app *app, const char *name, enum transport transport,
    struct image **ret, struct error *err)
{
	CLEANUP(image_free) struct image *image = calloc(1, sizeof(*image));

	if (!image)
		return error_nomem(err);
	image->fd = -1;
	image->name = string_format("%s", name);
	if (!image->name)
		return error_nomem(err);
	if (reference_parse(slice_of_string(name), &image->ref, err) < 0)
		return -1;
	image->ref->transport = transport;
	if (!openers[transport].open)
		return error_set(err, ERROR_UNSUPPORTED,
		    "transport \"%s\" is not handled",
		    transport_to_string(transport));
	if (openers[transport].open(app, image, err) < 0)
		return -1;
	*ret = TAKE(image);
	return 0;
}

/* Whether a place that fails so leaves hope for the next. */
static bool
may_be_elsewhere(const struct error *err)
{
	return err->kind == ERROR_NOT_FOUND || err->kind == ERROR_UNREACHABLE ||
	    err->kind == ERROR_UNSUPPORTED || err->kind == ERROR_DENIED;
}

/* Of each place that was tried, in one message of several. */
#define TRIED_SHOWN_MAX ((size_t)150)

/* A bare name is what the person has here, before it is what others have. */
static int
open_anywhere(struct app *app, const char *name, bool is_id, struct image **ret,
    struct error *err)
{
	static const enum transport places[] = { TRANSPORT_DOCKER_DAEMON,
		TRANSPORT_CONTAINERS_STORAGE, TRANSPORT_DOCKER };
	CLEANUP(buf_clear) struct buf tried = { 0 };

	(void)error_set(err, ERROR_NOT_FOUND, "nowhere to look for it");
	for (size_t i = 0; i < N_ITEMS(places); i++) {
		/* No registry knows an image by its ID. */
		if (!openers[places[i]].open ||
		    (is_id && places[i] == TRANSPORT_DOCKER))
			continue;
		if (open_from(app, name, places[i], ret, err) == 0)
			return 0;
		if (!may_be_elsewhere(err))
			return error_wrap(
			    err, "%s", transport_to_string(places[i]));
		buf_put_format(&tried, "%s%s: " SLICE_FMT,
		    tried.len > 0 ? "; " : "", transport_to_string(places[i]),
		    SLICE_ARG(slice_first(
			slice_of_string(err->msg), TRIED_SHOWN_MAX)));
	}
	if (tried.len == 0 || buf_check(&tried, err) < 0)
		return -1;
	return error_set(
	    err, err->kind, SLICE_FMT, SLICE_ARG(buf_slice(&tried)));
}

int
image_open(
    struct app *app, const char *name, struct image **ret, struct error *err)
{
	CLEANUP(reference_free) struct reference *ref = NULL;

	if (reference_parse(slice_of_string(name), &ref, err) < 0)
		return -1;
	if (ref->transport == TRANSPORT_ANY)
		return open_anywhere(app, name, ref->has_id, ret, err);
	return open_from(app, name, ref->transport, ret, err);
}

static void
wanted_free(bool *wanted)
{
	free(wanted);
}
DEFINE_CLEANUP(bool, wanted_free)

int
image_load(
    struct app *app, struct image *image, const bool *wanted, struct error *err)
{
	CLEANUP(wanted_free) bool *all = NULL;
	bool missing = !image->about;

	if (!wanted) {
		all = malloc(image->n_layers + 1);
		if (!all)
			return error_nomem(err);
		memset(all, true, image->n_layers);
		wanted = all;
	}
	for (size_t i = 0; i < image->n_layers; i++)
		missing = missing || (wanted[i] && image->layers[i].fd < 0);
	if (!missing)
		return 0;
	if (image_is_root(image))
		return error_set(
		    err, ERROR_UNSUPPORTED, "a root file system is no image");
	if (!image->blobs)
		return error_set(err, ERROR_BUG, "nowhere to load from");
	return image->blobs->load(app, image, wanted, err);
}
