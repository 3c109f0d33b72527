/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The storage of a Docker engine with the driver overlay2, below its data
 * root. What the engine says of an image:
 *
 *     "GraphDriver":{"Name":"overlay2","Data":{
 *       "LowerDir":"ROOT/overlay2/ID2/diff:ROOT/overlay2/ID1/diff",
 *       "UpperDir":"ROOT/overlay2/ID3/diff", ...}}
 *
 * The highest comes first; an image of one layer has no LowerDir. An ID is
 * random, 32 bytes. Its database has for each layer a directory named after
 * its chain ID (OCI image specification, "Layer ChainID"), and there the ID:
 *
 *     ROOT/image/overlay2/layerdb/sha256/CHAIN/cache-id
 *
 * and the configs of its images, as they came:
 *
 *     ROOT/image/overlay2/imagedb/content/sha256/ID
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
#include "base/json.h"
#include "base/memory.h"
#include "storage/step.h"

/* Hex digits of a layer's directory. */
#define ID_LEN ((size_t)64)
/* "ROOT/overlay2/ID/diff" */
#define BEFORE_ID "/overlay2/"
#define AFTER_ID  "/diff"

void
storage_layers_clear(struct storage_layers *layers)
{
	for (size_t i = 0; i < layers->n; i++)
		fd_close(layers->fds[i]);
	free(layers->fds);
	*layers = (struct storage_layers){ 0 };
}

/* Where the engine says that a layer is. Both view its answer's copy. */
struct place {
	struct slice root;
	struct slice id;
};

static bool
is_hex(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (hex_digit(text.ptr[i]) < 0)
			return false;
	return true;
}

static int
place_parse(struct slice path, struct place *ret, struct error *err)
{
	const size_t tail_len =
	    sizeof(BEFORE_ID) - 1 + ID_LEN + sizeof(AFTER_ID) - 1;
	struct slice tail, id;

	if (path.len > tail_len && path.ptr[0] == '/') {
		tail = slice_after(path, path.len - tail_len);
		id = slice_first(
		    slice_after(tail, sizeof(BEFORE_ID) - 1), ID_LEN);
		if (slice_starts_with(tail, SLICE(BEFORE_ID)) &&
		    slice_ends_with(tail, SLICE(AFTER_ID)) && is_hex(id)) {
			ret->root = slice_first(path, path.len - tail_len);
			ret->id = id;
			return 0;
		}
	}
	return error_set(err, ERROR_UNSUPPORTED,
	    "the engine's layers are not where overlay2 has them");
}

struct places {
	char *lower; /* what the places view */
	char *upper;
	struct place *items; /* highest first */
	size_t n;
};

static void
places_clear(struct places *places)
{
	free(places->lower);
	free(places->upper);
	free(places->items);
}
DEFINE_CLEANUP_IN_PLACE(struct places, places_clear)

static int
places_add(struct places *places, struct slice path, struct error *err)
{
	if (!ARRAY_GROW(places->items, places->n))
		return error_nomem(err);
	if (place_parse(path, &places->items[places->n], err) < 0)
		return -1;
	places->n++;
	if (!slice_eq(places->items[0].root, places->items[places->n - 1].root))
		return error_set(err, ERROR_UNSUPPORTED,
		    "the engine's layers are in several places");
	return 0;
}

static int
places_parse(struct slice inspect, struct places *places, struct error *err)
{
	struct slice driver, value;

	if (!json_find(inspect, "GraphDriver", &driver) ||
	    !json_find(driver, "Name", &value) ||
	    !json_string_eq(value, SLICE("overlay2")))
		return error_set(err, ERROR_UNSUPPORTED,
		    "the engine's storage is not overlay2");
	if (!json_find_path(driver, JSON_PATH("Data", "UpperDir"), &value))
		return error_set(
		    err, ERROR_UNSUPPORTED, "the engine names no directories");
	if (json_string_copy(value, &places->upper, err) < 0 ||
	    places_add(places, slice_of_string(places->upper), err) < 0)
		return -1;
	if (!json_find_path(driver, JSON_PATH("Data", "LowerDir"), &value))
		return 0;
	if (json_string_copy(value, &places->lower, err) < 0)
		return -1;

	struct slice rest = slice_of_string(places->lower);
	struct slice path;
	while (slice_split(&rest, ':', &path))
		if (places_add(places, path, err) < 0)
			return -1;
	return 0;
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
place_check(int root_fd, const struct place *place, const struct sha256 *chain,
    struct error *err)
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
place_open(int root_fd, const struct place *place, struct error *err)
{
	char path[sizeof(BEFORE_ID) + ID_LEN + sizeof(AFTER_ID)];

	(void)snprintf(path, sizeof(path), "%s" SLICE_FMT "%s", BEFORE_ID + 1,
	    SLICE_ARG(place->id), AFTER_ID);
	return step_below(root_fd, path, O_RDONLY | O_DIRECTORY, err);
}

static int
places_open(int root_fd, const struct places *places,
    const struct sha256 *diff_ids, struct storage_layers *layers,
    struct error *err)
{
	struct sha256 chain;

	for (size_t i = 0; i < places->n; i++) {
		const struct place *place = &places->items[places->n - 1 - i];
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
root_open(const struct places *places, int *ret, struct error *err)
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
	CLEANUP(places_clear) struct places places = { 0 };
	CLEANUP(fd_close) int root_fd = -1;

	if (places_parse(inspect, &places, err) < 0)
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
	CLEANUP(places_clear) struct places places = { 0 };
	CLEANUP(fd_close) int root_fd = -1;
	char hex[SHA256_HEX_SIZE];
	char path[128];

	sha256_to_string(id, hex);
	(void)snprintf(path, sizeof(path),
	    "image/overlay2/imagedb/content/sha256/%s", hex);
	if (places_parse(inspect, &places, err) < 0 ||
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
