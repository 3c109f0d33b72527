/* SPDX-License-Identifier: Apache-2.0 */
#include "task/inventory.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "base/seek.h"
#include "catalog/survey.h"
#include "task/ask.h"
#include "task/image_storage.h"
#include "task/layer_cache.h"
#include "task/stored_files.h"

void
inventory_free(struct inventory *inventory)
{
	if (!inventory)
		return;
	os_release_free(inventory->os);
	package_list_free(inventory->packages);
	source_list_clear(&inventory->sources);
	owner_list_free(inventory->owners);
	free(inventory->unknown);
	free(inventory->note);
	free(inventory->hold);
	free(inventory);
}

/* Of all layers of an image together; what the worker takes that puts them
 * together. */
#define INVENTORIES_MAX_BYTES ((size_t)512 * 1024 * 1024)

/* One layer to be read: the job and all that it holds on to. */
struct reading {
	struct layers *layers; /* that it is one of */
	struct seek_stream file;
	struct progress_stream counted;
	struct hash_stream tap;
	struct stream *inputs[1];
	const char *args[2]; /* the level, NULL */
	struct answer answer;
};

/* The layers of an image on their way to inventories. */
struct layers {
	enum inventory_level level;
	const struct image_layer **layers;
	const struct sha256 **diff_ids; /* NULL: only its own sum is known */
	struct buf *inventories;        /* empty: not known yet */
	bool *wanted;                   /* not cached */
	size_t n;
	size_t n_bytes;           /* of inventories, also of those to come */
	struct reading *readings; /* of those not cached */
	struct worker_job *jobs;
	size_t *numbers; /* which layer a job is of */
	size_t n_jobs;
};

static void
layers_clear(struct layers *layers)
{
	for (size_t i = 0; layers->inventories && i < layers->n; i++)
		buf_clear(&layers->inventories[i]);
	for (size_t i = 0; layers->readings && i < layers->n_jobs; i++) {
		seek_stream_clear(&layers->readings[i].file);
		hash_stream_clear(&layers->readings[i].tap);
		answer_clear(&layers->readings[i].answer);
	}
	free(layers->layers);
	free(layers->diff_ids);
	free(layers->inventories);
	free(layers->wanted);
	free(layers->readings);
	free(layers->jobs);
	free(layers->numbers);
}
DEFINE_CLEANUP_IN_PLACE(struct layers, layers_clear)

static int
layers_init(struct layers *layers, size_t n, struct error *err)
{
	layers->n = n;
	layers->layers = calloc(n + 1, sizeof(*layers->layers));
	layers->diff_ids = calloc(n + 1, sizeof(*layers->diff_ids));
	layers->inventories = calloc(n + 1, sizeof(*layers->inventories));
	layers->wanted = calloc(n + 1, sizeof(*layers->wanted));
	layers->readings = calloc(n + 1, sizeof(*layers->readings));
	layers->jobs = calloc(n + 1, sizeof(*layers->jobs));
	layers->numbers = calloc(n + 1, sizeof(*layers->numbers));
	if (!layers->layers || !layers->diff_ids || !layers->inventories ||
	    !layers->wanted || !layers->readings || !layers->jobs ||
	    !layers->numbers)
		return error_nomem(err);
	return 0;
}

/* "layer 2 (sha256:1f0a...): " before the message. */
static int
layer_error(const struct layers *layers, size_t number, struct error *err)
{
	char hex[SHA256_HEX_SIZE];

	sha256_to_string(&layers->layers[number]->sum, hex);
	return error_wrap(err, "layer %zu (sha256:%.12s)", number + 1, hex);
}

static int
check_diff_id(const struct layers *layers, size_t number,
    const struct sha256 *is, struct error *err)
{
	const struct sha256 *diff_id = layers->diff_ids[number];

	if (diff_id && !sha256_eq(is, diff_id))
		return error_set(err, ERROR_UNTRUSTED,
		    "its diff ID is not the one in the config");
	return 0;
}

/* What is added to the inventories is held here: there is an end to it. */
static int
bytes_add(struct layers *layers, size_t n, struct error *err)
{
	layers->n_bytes += n;
	if (layers->n_bytes > INVENTORIES_MAX_BYTES)
		return error_set(err, ERROR_LIMIT,
		    "the databases of all layers are too large together");
	return 0;
}

static int
reading_frame(void *ctx, uint16_t type, struct slice body, struct error *err)
{
	struct reading *reading = ctx;

	if (bytes_add(reading->layers, body.len, err) < 0)
		return -1;
	return answer_frame(&reading->answer, type, body, err);
}

/* Fills what the cache has; the other layers are wanted. */
static int
layers_cached(
    const struct fetch *cache, struct layers *layers, struct error *err)
{
	for (size_t i = 0; i < layers->n; i++) {
		struct buf *inventory = &layers->inventories[i];
		struct sha256 diff_id;

		if (layer_cache_load(cache, &layers->layers[i]->sum,
			layers->level, &diff_id, inventory, err) < 0) {
			buf_clear(inventory);
			layers->wanted[i] = true;
		} else if (check_diff_id(layers, i, &diff_id, err) < 0 ||
		    bytes_add(layers, inventory->len, err) < 0) {
			return layer_error(layers, i, err);
		}
	}
	return 0;
}

static int
job_add(
    struct app *app, struct layers *layers, size_t number, struct error *err)
{
	struct reading *reading = &layers->readings[layers->n_jobs];
	const struct image_layer *layer = layers->layers[number];

	reading->layers = layers;
	reading->args[0] = inventory_level_to_string(layers->level);
	layers->numbers[layers->n_jobs] = number;
	layers->jobs[layers->n_jobs++] = (struct worker_job){
		.role = "layer",
		.args = reading->args,
		.inputs = reading->inputs,
		.n_inputs = 1,
		.drain_inputs = true,
		.inputs_stay_bytes = SEEK_STREAM_STAY_BYTES,
		.on_frame = reading_frame,
		.ctx = reading,
	};
	if (seek_stream_init(&reading->file, layer->fd, layer->offset,
		layer->size_bytes, err) < 0)
		return -1;
	reading->counted = progress_stream_of(
	    app->progress, PROGRESS_READ, &reading->file.stream);
	progress_expect(app->progress, PROGRESS_READ, layer->size_bytes);
	if (hash_stream_init(&reading->tap, &reading->counted.stream, err) < 0)
		return -1;
	reading->inputs[0] = &reading->tap.stream;
	return 0;
}

/* The diff ID that the worker claims, of bytes that are the right ones. */
static int
reading_check(struct reading *reading, const struct image_layer *layer,
    struct sha256 *ret_diff_id, struct error *err)
{
	struct slice digest = buf_slice(&reading->answer.parts[ANSWER_DIGEST]);
	struct sha256 is = hash_stream_end(&reading->tap);

	if (!sha256_eq(&is, &layer->sum))
		return error_set(err, ERROR_UNTRUSTED,
		    "does not have the digest that it must have");
	/* Without a digest, what was streamed is said to be the plain tar. */
	if (digest.len >= SHA256_BYTES)
		memcpy(is.bytes, digest.ptr, SHA256_BYTES);
	*ret_diff_id = is;
	return 0;
}

static int
job_take(const struct fetch *cache, struct layers *layers, size_t i,
    struct error *err)
{
	size_t number = layers->numbers[i];
	struct reading *reading = &layers->readings[i];
	struct buf *main = &reading->answer.parts[ANSWER_MAIN];
	struct layer_record record = {
		.sum = layers->layers[number]->sum,
		.level = layers->level,
		.inventory = buf_slice(main),
	};

	if (layers->jobs[i].status < 0) {
		*err = layers->jobs[i].err;
		return -1;
	}
	if (reading_check(
		reading, layers->layers[number], &record.diff_id, err) < 0 ||
	    check_diff_id(layers, number, &record.diff_id, err) < 0)
		return -1;
	layer_cache_save(cache, &record);
	layers->inventories[number] = *main;
	*main = (struct buf){ 0 };
	return 0;
}

/* Has those read that the cache did not have, side by side. What is wrong with
 * one is told when the others are done, and kept. */
static int
layers_read(struct app *app, const struct fetch *cache, struct layers *layers,
    struct error *err)
{
	struct error failure;
	int r = 0;

	for (size_t i = 0; i < layers->n; i++)
		if (layers->wanted[i] && job_add(app, layers, i, err) < 0)
			return layer_error(layers, i, err);
	r = workers_run(app->worker_path, layers->jobs, layers->n_jobs, 0, err);
	progress_end(app->progress);
	if (r < 0)
		return -1;
	for (size_t i = 0; i < layers->n_jobs; i++)
		if (job_take(cache, layers, i, r < 0 ? &failure : err) < 0 &&
		    r == 0)
			r = layer_error(layers, layers->numbers[i], err);
	return r;
}

/* True when one of the first n is still to be read. */
static bool
layers_want(const struct layers *layers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (layers->wanted[i])
			return true;
	return false;
}

/* What of the layers that are wanted an engine has unpacked. */
static int
storage_read(struct app *app, struct image *image, struct layers *layers,
    struct error *err)
{
	if (layers->level == INVENTORY_FILES)
		return stored_files_read(
		    app, image, layers->wanted, layers->inventories, err);
	return image_storage_read(
	    app, image, layers->wanted, layers->inventories, err);
}

/*
 * Fills layers with the inventories of the image's layers, and of top. An
 * engine's image whose layers were all read before, as plain tars, is not
 * exported: their sums are their diff IDs.
 */
static int
layers_load(struct app *app, struct image *image, const struct image_layer *top,
    struct layers *layers, struct error *err)
{
	const struct fetch *cache;
	size_t n = image->n_layers;

	if (app_fetch(app, &cache, err) < 0 ||
	    layers_init(layers, n + (top ? 1 : 0), err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		layers->layers[i] = &image->layers[i];
		layers->diff_ids[i] = &image->diff_ids[i];
	}
	if (top)
		layers->layers[n] = top;
	if (layers_cached(cache, layers, err) < 0)
		return -1;
	if (layers_want(layers, n) && storage_read(app, image, layers, err) < 0)
		return -1;
	if (layers_want(layers, n) &&
	    image_load(app, image, layers->wanted, err) < 0)
		return -1;
	if (layers_want(layers, layers->n) &&
	    layers_read(app, cache, layers, err) < 0)
		return -1;
	app_trim_cache(app);
	return 0;
}

/* A line that the image role put beside the packages, if it did. */
static int
line_take(const struct answer *answer, enum answer_part part, char **ret,
    struct error *err)
{
	struct slice line = buf_slice(&answer->parts[part]);

	if (line.len == 0)
		return 0;
	if (!slice_is_print(line))
		return error_set(err, ERROR_FORMAT, "not an answer");
	*ret = slice_copy(line);
	return *ret ? 0 : error_nomem(err);
}

static int
lines_take(
    const struct answer *answer, struct inventory *inventory, struct error *err)
{
	if (line_take(answer, ANSWER_MAIN, &inventory->hold, err) < 0 ||
	    line_take(answer, ANSWER_UNKNOWN, &inventory->unknown, err) < 0)
		return -1;
	return line_take(answer, ANSWER_NOTE, &inventory->note, err);
}

static int
inventory_take(
    const struct answer *answer, struct inventory **ret, struct error *err)
{
	CLEANUP(inventory_free)
	struct inventory *inventory = calloc(1, sizeof(*inventory));
	struct slice os = buf_slice(&answer->parts[ANSWER_OS]);

	if (!inventory)
		return error_nomem(err);
	if (os.len > 0 && os_release_decode(os, &inventory->os, err) < 0)
		return -1;
	if (package_list_decode(buf_slice(&answer->parts[ANSWER_PACKAGES]),
		&inventory->packages, err) < 0 ||
	    sources_decode(buf_slice(&answer->parts[ANSWER_SOURCES]),
		&inventory->sources, err) < 0 ||
	    owner_list_decode(buf_slice(&answer->parts[ANSWER_OWNERS]),
		&inventory->owners, err) < 0 ||
	    lines_take(answer, inventory, err) < 0)
		return -1;
	inventory->native_arch = survey_native_arch(inventory->packages);
	*ret = TAKE(inventory);
	return 0;
}

/* A root file system is no layer of anything. */
static void
layers_forget(struct package_list *packages)
{
	for (size_t i = 0; i < packages->n_items; i++)
		packages->items[i].layer = 0;
}

static int
root_load(const struct app *app, struct image *image, struct layers *layers,
    struct error *err)
{
	if (layers_init(layers, 1, err) < 0)
		return -1;
	if (layers->level == INVENTORY_FILES)
		return stored_files_root(
		    app, image, &layers->inventories[0], err);
	return image_root_read(image, &layers->inventories[0], err);
}

static int
load(struct app *app, struct image *image, const struct image_layer *top,
    enum inventory_level level, struct inventory **ret, struct error *err)
{
	CLEANUP(layers_clear) struct layers layers = { .level = level };
	CLEANUP(answer_clear) struct answer answer = { 0 };
	const char *const args[] = { inventory_level_to_string(level), NULL };
	struct worker_job job = { .role = "image", .args = args };

	if (image_is_root(image)
		? root_load(app, image, &layers, err) < 0
		: layers_load(app, image, top, &layers, err) < 0)
		return -1;
	if (ask_parts(app, &job, layers.inventories, layers.n, &answer, err) <
		0 ||
	    inventory_take(&answer, ret, err) < 0)
		return -1;
	if (image_is_root(image))
		layers_forget((*ret)->packages);
	return 0;
}

int
inventory_load_with(struct app *app, struct image *image,
    const struct image_layer *top, struct inventory **ret, struct error *err)
{
	return load(app, image, top, INVENTORY_PACKAGES, ret, err);
}

int
inventory_load_files(struct app *app, struct image *image,
    struct inventory **ret, struct error *err)
{
	return load(app, image, NULL, INVENTORY_FILES, ret, err);
}

int
inventory_load(struct app *app, struct image *image, struct inventory **ret,
    struct error *err)
{
	struct inventory *inventory = NULL;

	if (load(app, image, NULL, INVENTORY_PACKAGES, &inventory, err) < 0)
		return -1;
	/* Without a database, its programs may tell. */
	if (inventory->unknown) {
		inventory_free(inventory);
		return inventory_load_files(app, image, ret, err);
	}
	*ret = inventory;
	return 0;
}
