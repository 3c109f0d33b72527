/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The storage of a Docker engine with the driver overlay2, below its data
 * root, ROOT. A layer lies in a directory named by 32 random bytes,
 *
 *     ROOT/overlay2/ID/diff
 *
 * and the engine's database has for each a directory named after its chain ID
 * (OCI image specification, "Layer ChainID"), where the ID is written. It also
 * has the configs of images, as they came:
 *
 *     ROOT/image/overlay2/layerdb/sha256/CHAIN/cache-id
 *     ROOT/image/overlay2/imagedb/content/sha256/ID-OF-IMAGE
 *
 * An engine may run on another machine, or with other mounts, so that the
 * same path here leads to nothing, or to another engine's directories. What
 * both name by the same 256 random bits and the same digests is the same
 * layer.
 */
#include "storage/storage.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/memory.h"
#include "storage/docker_places.h"
#include "storage/step.h"

/* Hex digits of a layer's directory. */
#define ID_LEN ((size_t)64)

void
storage_layers_clear(struct storage_layers *layers)
{
	for (size_t i = 0; i < layers->n; i++)
		fd_close(layers->fds[i]);
	free(layers->fds);
	*layers = (struct storage_layers){ 0 };
}

/* CHAIN(1) is the diff ID; CHAIN(n) the digest of "CHAIN(n-1) DIFF(n)". */
static struct sha256
chain_next(const struct sha256 *below, const struct sha256 *diff_id)
{
	char text[2 * (sizeof("sha256:") - 1 + SHA256_HEX_SIZE)];
	char chain[SHA256_HEX_SIZE], diff[SHA256_HEX_SIZE];

	sha256_to_string(below, chain);
	sha256_to_string(diff_id, diff);
	(void)snprintf(text, sizeof(text), "sha256:%s sha256:%s", chain, diff);
	return sha256_of(slice_of_string(text));
}

/* The engine's own database says the same of this layer. */
static int
place_check(int root_fd, const struct docker_place *place,
    const struct sha256 *chain, struct error *err)
{
	CLEANUP(buf_clear) struct buf is = buf_limited(2 * ID_LEN);
	char hex[SHA256_HEX_SIZE];
	char path[128];

	sha256_to_string(chain, hex);
	(void)snprintf(path, sizeof(path),
	    "image/overlay2/layerdb/sha256/%s/cache-id", hex);
	if (step_read(root_fd, path, &is, err) < 0)
		return -1;
	if (!slice_eq(slice_trim(buf_slice(&is)), place->id))
		return error_set(err, ERROR_NOT_FOUND,
		    "another directory has the layer there");
	return 0;
}

static int
place_open(int root_fd, const struct docker_place *place, struct error *err)
{
	char path[96];

	(void)snprintf(path, sizeof(path), "overlay2/" SLICE_FMT "/diff",
	    SLICE_ARG(place->id));
	return step_below(root_fd, path, O_RDONLY | O_DIRECTORY, err);
}

static int
places_open(int root_fd, const struct docker_places *places,
    const struct sha256 *diff_ids, struct storage_layers *layers,
    struct error *err)
{
	struct sha256 chain;

	for (size_t i = 0; i < places->n; i++) {
		const struct docker_place *place =
		    &places->items[places->n - 1 - i];
		int fd;

		chain = i == 0 ? diff_ids[0] : chain_next(&chain, &diff_ids[i]);
		if (place_check(root_fd, place, &chain, err) < 0 ||
		    (fd = place_open(root_fd, place, err)) < 0)
			return error_wrap(err, "layer %zu", i + 1);
		layers->fds[layers->n++] = fd;
	}
	return 0;
}

/* The data root of the engine, as it names it. */
static int
root_open(const struct docker_places *places, int *ret, struct error *err)
{
	CLEANUP(string_free) char *root = slice_copy(places->items[0].root);
	int fd;

	if (!root)
		return error_nomem(err);
	fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "%s", root);
	*ret = fd;
	return 0;
}

int
storage_docker_open(struct slice inspect, const struct sha256 *diff_ids,
    size_t n_diff_ids, struct storage_layers *ret, struct error *err)
{
	CLEANUP(storage_layers_clear) struct storage_layers layers = { 0 };
	CLEANUP(docker_places_clear) struct docker_places places = { 0 };
	CLEANUP(fd_close) int root_fd = -1;

	if (docker_places_parse(inspect, &places, err) < 0)
		return -1;
	if (places.n != n_diff_ids)
		return error_set(err, ERROR_UNSUPPORTED,
		    "%zu directories for %zu layers", places.n, n_diff_ids);
	layers.fds = calloc(places.n, sizeof(*layers.fds));
	if (!layers.fds)
		return error_nomem(err);
	if (root_open(&places, &root_fd, err) < 0 ||
	    step_form(root_fd, &layers.form, err) < 0 ||
	    places_open(root_fd, &places, diff_ids, &layers, err) < 0)
		return error_wrap(err, "the engine's storage");
	*ret = layers;
	layers = (struct storage_layers){ 0 };
	return 0;
}

int
storage_docker_config(struct slice inspect, const struct sha256 *id,
    struct buf *ret, struct error *err)
{
	CLEANUP(docker_places_clear) struct docker_places places = { 0 };
	CLEANUP(fd_close) int root_fd = -1;
	char hex[SHA256_HEX_SIZE];
	char path[128];

	sha256_to_string(id, hex);
	(void)snprintf(path, sizeof(path),
	    "image/overlay2/imagedb/content/sha256/%s", hex);
	if (docker_places_parse(inspect, &places, err) < 0 ||
	    root_open(&places, &root_fd, err) < 0 ||
	    step_read(root_fd, path, ret, err) < 0)
		return error_wrap(err, "the engine's storage");

	struct sha256 is = sha256_of(buf_slice(ret));
	if (!sha256_eq(&is, id))
		return error_set(err, ERROR_UNTRUSTED,
		    "the engine's config of the image is another");
	return 0;
}

int
storage_root_open(const char *path, int *ret, struct error *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, "%s", path);
	*ret = fd;
	return 0;
}
