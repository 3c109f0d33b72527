/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/slice.h"

/* The member of the tar that lists the images in it. */
#define DOCKER_ARCHIVE_MANIFEST "manifest.json"

/* One image in the tar of `docker save`. */
struct docker_image {
	struct slice config;     /* name of the member that holds the config */
	struct slice *repo_tags; /* "nginx:1.25" */
	size_t n_repo_tags;
	struct slice *layers; /* names of members, lowest first */
	size_t n_layers;
};

struct docker_archive {
	char *text; /* what the slices view */
	struct docker_image *images;
	size_t n_images;
};

/*
 * Reads an untrusted manifest.json into a new *ret, which does not need the
 * JSON afterwards. Names of members are relative, and without "." and ".."
 * components. Free it with docker_archive_free(). ERROR_FORMAT: not one, or
 * no image in it. ERROR_LIMIT: more bytes, images, tags or layers than
 * archives have. ERROR_NOMEM.
 */
MUST_CHECK int docker_archive_parse(
    struct slice json, struct docker_archive **ret, struct error *err);

void docker_archive_free(struct docker_archive *archive);
DEFINE_CLEANUP(struct docker_archive, docker_archive_free)

/*
 * The image that carries tag ("nginx:1.25", as an engine writes it); with an
 * empty tag the only one. ERROR_NOT_FOUND; ERROR_CONFLICT: there are several.
 */
MUST_CHECK int docker_archive_choose(const struct docker_archive *archive,
    struct slice tag, const struct docker_image **ret, struct error *err);

/* How a worker hands one to its parent. Fails as buf_put(). */
void docker_archive_encode(
    const struct docker_archive *archive, struct buf *out);

/* Reads that, untrusted, back into a new *ret. ERROR_FORMAT, LIMIT, NOMEM. */
MUST_CHECK int docker_archive_decode(
    struct slice bytes, struct docker_archive **ret, struct error *err);

/* "HEX.json", from the digest of the config: the name engines give it. */
#define DOCKER_CONFIG_NAME_SIZE (SHA256_HEX_SIZE + sizeof(".json") - 1)
void docker_config_name(
    const struct sha256 *config, char ret[DOCKER_CONFIG_NAME_SIZE]);

/* "HEX/layer.tar", from the diff ID of the layer. */
#define DOCKER_LAYER_NAME_SIZE (SHA256_HEX_SIZE + sizeof("/layer.tar") - 1)
void docker_layer_name(
    const struct sha256 *diff_id, char ret[DOCKER_LAYER_NAME_SIZE]);

/*
 * Puts the manifest.json for `docker load` of one image into out: its config,
 * its tags (none: it is known by its ID only), and its layers, lowest first,
 * named as above. An engine opens only the layers that it does not have yet.
 * Fails as buf_put().
 */
void docker_archive_write(const struct sha256 *config,
    const struct slice *repo_tags, size_t n_repo_tags,
    const struct sha256 *diff_ids, size_t n_diff_ids, struct buf *out);
