/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/slice.h"
#include "oci/manifest.h"

/* Configs are a few KiB; engines refuse those that a manifest may not be. */
#define IMAGE_CONFIG_BYTES_MAX MANIFEST_BYTES_MAX

/* What an image says of itself. */
struct image_config {
	char *text; /* what the slices view */
	struct platform platform;
	struct slice created;    /* RFC 3339, as written; empty: not given */
	struct sha256 *diff_ids; /* of the layers, lowest first */
	size_t n_diff_ids;
	size_t n_history;        /* entries of its history */
	size_t n_history_layers; /* those of them that stand for a layer */
	struct slice config;     /* JSON of the member "config": an object;
				  * empty where it is absent or null */
};

/*
 * Reads an untrusted image config (OCI's, Docker's) into a new *ret, which
 * does not need the JSON afterwards. Free it with image_config_free().
 * ERROR_FORMAT: not one. ERROR_LIMIT: more bytes or layers than engines take.
 * ERROR_UNSUPPORTED: another digest algorithm, or layers of another kind.
 * ERROR_NOMEM.
 */
MUST_CHECK int image_config_parse(
    struct slice json, struct image_config **ret, struct error *err);

void image_config_free(struct image_config *config);
DEFINE_CLEANUP(struct image_config, image_config_free)

/* How a worker hands one to its parent. Fails as buf_put(). */
void image_config_encode(const struct image_config *config, struct buf *out);

/* Reads that, untrusted, back into a new *ret. ERROR_FORMAT, LIMIT, NOMEM. */
MUST_CHECK int image_config_decode(
    struct slice bytes, struct image_config **ret, struct error *err);
