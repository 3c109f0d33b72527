/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The storage of Podman, Buildah, CRI-O and skopeo (containers-storage:) with
 * the driver overlay, below its root:
 *
 *     overlay-images/images.json    [{"id":ID, "digest":"sha256:...",
 *                                     "names":["localhost/app:1"],
 *                                     "layer":LAYER, ...}, ...]
 *     overlay-images/ID/manifest    the image's manifest
 *     overlay-images/ID/=BASE64     its config; in BASE64 is "sha256:ID"
 *     overlay-layers/layers.json    [{"id":LAYER, "parent":LAYER,
 *                                     "diff-digest":"sha256:..."}, ...]
 *     overlay/LAYER/diff            what the layer has
 *
 * An ID and a LAYER are 64 hex digits. Left out: other drivers, additional
 * stores of images and layers, composefs (the diff then has no names).
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
#include "storage/step.h"

/* A thousand images have some 2 MB of either. */
#define LIST_MAX_BYTES ((size_t)64 << 20)
/* As of any manifest or config that registries take. */
#define BLOB_MAX_BYTES ((size_t)4 << 20)
/* What the storage itself takes. */
#define LAYERS_MAX 500
#define ID_LEN     ((size_t)64)

void
storage_image_clear(struct storage_image *image)
{
	for (size_t i = 0; image->directories && i < image->n_layers; i++)
		free(image->directories[i]);
	free(image->directories);
	free(image->diff_ids);
	buf_clear(&image->config);
	*image = (struct storage_image){ 0 };
}

/* What a string of plain characters says: a view of it, else empty. */
static struct slice
word_of(struct slice value)
{
	if (json_type(value) != JSON_STRING || value.len < 2 ||
	    memchr(value.ptr, '\\', value.len))
		return SLICE("");
	return slice_of(value.ptr + 1, value.len - 2);
}

static struct slice
word_at(struct slice object, const char *key)
{
	struct slice value = SLICE("");

	(void)json_find(object, key, &value);
	return word_of(value);
}

static bool
is_id(struct slice text)
{
	struct sha256 ignored;

	return text.len == ID_LEN && sha256_from_string(text, &ignored);
}

static bool
read_digest(struct slice text, struct sha256 *ret)
{
	return slice_starts_with(text, SLICE("sha256:")) &&
	    sha256_from_string(slice_after(text, 7), ret);
}

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

/* Which of the images that there are is wanted. */
struct choice {
	struct slice image;
	unsigned int rank; /* of it; the lower the better */
	bool several;
};

enum rank {
	RANK_NAME, /* that of the first name, and so on */
	RANK_ID = RANK_NAME + N_ITEMS(((struct storage_wanted *)0)->names),
	RANK_END,
	RANK_NONE,
};

static bool
has_digest(struct slice image, const struct sha256 *digest)
{
	struct sha256 is;

	return read_digest(word_at(image, "digest"), &is) &&
	    sha256_eq(&is, digest);
}

/* The repository of a name, without its tag or digest. */
static struct slice
repository_of(struct slice name)
{
	const char *at = memchr(name.ptr, '@', name.len);
	const char *slash, *colon;

	if (at)
		return slice_first(name, (size_t)(at - name.ptr));
	slash = memrchr(name.ptr, '/', name.len);
	colon = memrchr(name.ptr, ':', name.len);
	return colon && (!slash || colon > slash)
	    ? slice_first(name, (size_t)(colon - name.ptr))
	    : name;
}

static bool
is_named(struct slice name, const char *wanted, bool by_digest)
{
	struct slice text = slice_of_string(wanted);

	/* Which tag it has is nothing to who names the digest. */
	return by_digest ? slice_eq(repository_of(name), repository_of(text))
			 : slice_eq(name, text);
}

static unsigned int
rank_of_name(struct slice name, const struct storage_wanted *wanted)
{
	for (size_t i = 0; i < N_ITEMS(wanted->names); i++)
		if (wanted->names[i] &&
		    is_named(name, wanted->names[i], wanted->digest))
			return (unsigned int)(RANK_NAME + i);
	if (wanted->end && slice_ends_with(name, slice_of_string(wanted->end)))
		return RANK_END;
	return RANK_NONE;
}

static unsigned int
rank_of(struct slice image, const struct storage_wanted *wanted)
{
	unsigned int rank = RANK_NONE;
	struct slice names = SLICE(""), name;

	if (wanted->digest && !has_digest(image, wanted->digest))
		return RANK_NONE;
	if (wanted->id &&
	    slice_starts_with(
		word_at(image, "id"), slice_of_string(wanted->id)))
		rank = RANK_ID;
	(void)json_find(image, "names", &names);
	struct json_iter iter = json_iter_of(names);
	while (json_array_next(&iter, &name)) {
		unsigned int one = rank_of_name(word_of(name), wanted);

		if (one < rank)
			rank = one;
	}
	return rank;
}

static struct choice
choose(struct slice images, const struct storage_wanted *wanted)
{
	struct choice choice = { .rank = RANK_NONE };
	struct json_iter iter = json_iter_of(images);
	struct slice image;

	while (json_array_next(&iter, &image)) {
		unsigned int rank = rank_of(image, wanted);

		if (rank == RANK_NONE || rank > choice.rank)
			continue;
		choice.several = rank == choice.rank;
		choice.rank = rank;
		choice.image = image;
	}
	return choice;
}

/* One layer of layers.json; views of it. */
struct record {
	struct slice id;
	struct slice parent;
	struct slice diff_digest;
};

struct records {
	struct record *items;
	size_t n_items;
};

static void
records_clear(struct records *records)
{
	free(records->items);
}
DEFINE_CLEANUP_IN_PLACE(struct records, records_clear)

static struct record
record_of(struct slice layer)
{
	struct json_iter iter = json_iter_of(layer);
	struct record ret = { 0 };
	struct slice key, value;

	while (json_object_next(&iter, &key, &value)) {
		if (json_string_eq(key, SLICE("id")))
			ret.id = word_of(value);
		else if (json_string_eq(key, SLICE("parent")))
			ret.parent = word_of(value);
		else if (json_string_eq(key, SLICE("diff-digest")))
			ret.diff_digest = word_of(value);
	}
	return ret;
}

static int
records_take(struct slice layers, struct records *ret, struct error *err)
{
	struct json_iter iter = json_iter_of(layers);
	struct slice layer;

	while (json_array_next(&iter, &layer)) {
		if (!ARRAY_GROW(ret->items, ret->n_items))
			return error_nomem(err);
		ret->items[ret->n_items++] = record_of(layer);
	}
	return 0;
}

static const struct record *
record_find(const struct records *records, struct slice id)
{
	for (size_t i = 0; i < records->n_items; i++)
		if (slice_eq(records->items[i].id, id))
			return &records->items[i];
	return NULL;
}

/* The image's layers, highest first, as they lead down by their parents. */
static int
chain_find(const struct records *records, struct slice top,
    const struct record **chain, size_t *ret_n, struct error *err)
{
	size_t n = 0;

	for (struct slice id = top; id.len > 0;) {
		const struct record *record = record_find(records, id);

		if (!record || !is_id(id))
			return error_set(err, ERROR_NOT_FOUND,
			    "a layer of the image is not in layers.json");
		if (n == LAYERS_MAX)
			return error_set(err, ERROR_LIMIT,
			    "more than %d layers", LAYERS_MAX);
		chain[n++] = record;
		id = record->parent;
	}
	*ret_n = n;
	return 0;
}

static int
layers_take(const struct record *const *chain, size_t n,
    struct storage_image *image, struct error *err)
{
	image->diff_ids = calloc(n + 1, sizeof(*image->diff_ids));
	image->directories = calloc(n + 1, sizeof(*image->directories));
	if (!image->diff_ids || !image->directories)
		return error_nomem(err);
	image->n_layers = n;
	for (size_t i = 0; i < n; i++) {
		const struct record *record = chain[n - 1 - i];

		if (!read_digest(record->diff_digest, &image->diff_ids[i]))
			return error_set(err, ERROR_UNSUPPORTED,
			    "layer %zu has no digest", i + 1);
		image->directories[i] = string_format(
		    "overlay/" SLICE_FMT "/diff", SLICE_ARG(record->id));
		if (!image->directories[i])
			return error_nomem(err);
	}
	return 0;
}

static int
layers_find(int root_fd, struct slice top, struct storage_image *image,
    struct error *err)
{
	CLEANUP(records_clear) struct records records = { 0 };
	CLEANUP(buf_clear) struct buf json = { 0 };
	const struct record *chain[LAYERS_MAX];
	size_t n;

	if (list_read(root_fd, "overlay-layers/layers.json", &json, err) < 0 ||
	    records_take(buf_slice(&json), &records, err) < 0 ||
	    chain_find(&records, top, chain, &n, err) < 0)
		return -1;
	return layers_take(chain, n, image, err);
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
manifest_read(int root_fd, struct slice record, struct storage_image *image,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf manifest = { 0 };
	char hex[SHA256_HEX_SIZE];
	char path[128];

	if (!read_digest(word_at(record, "digest"), &image->digest))
		return 0;
	sha256_to_string(&image->id, hex);
	(void)snprintf(path, sizeof(path), "overlay-images/%s/manifest", hex);
	if (blob_read(root_fd, path, &image->digest, &manifest, err) < 0)
		return -1;
	image->has_digest = true;
	return 0;
}

static int
image_take(int root_fd, struct slice record, struct storage_image *image,
    struct error *err)
{
	struct slice top = word_at(record, "layer");

	if (!sha256_from_string(word_at(record, "id"), &image->id))
		return error_set(err, ERROR_FORMAT, "images.json: no ID");
	if (top.len == 0)
		return error_set(err, ERROR_UNSUPPORTED,
		    "a list of images, or one without layers");
	if (config_read(root_fd, image, err) < 0 ||
	    manifest_read(root_fd, record, image, err) < 0)
		return -1;
	return layers_find(root_fd, top, image, err);
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
	struct choice choice;

	*ret_absent = false;
	if (root_fd < 0)
		return -1;
	if (list_read(root_fd, "overlay-images/images.json", &json, err) < 0)
		return error_wrap(err, "%s", root);
	choice = choose(buf_slice(&json), wanted);
	*ret_absent = choice.rank == RANK_NONE;
	if (*ret_absent)
		return error_set(
		    err, ERROR_NOT_FOUND, "no such image in %s", root);
	if (choice.several)
		return error_set(err, ERROR_CONFLICT,
		    "several images in %s have this name", root);
	if (image_take(root_fd, choice.image, &image, err) < 0)
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

int
storage_podman_open(const char *root, const struct storage_image *image,
    struct storage_layers *ret, struct error *err)
{
	CLEANUP(storage_layers_clear) struct storage_layers layers = { 0 };
	CLEANUP(fd_close) int root_fd = root_open(root, err);

	if (root_fd < 0)
		return -1;
	layers.fds = calloc(image->n_layers + 1, sizeof(*layers.fds));
	if (!layers.fds)
		return error_nomem(err);
	if (step_form(root_fd, &layers.form, err) < 0)
		return error_wrap(err, "%s", root);
	for (size_t i = 0; i < image->n_layers; i++) {
		const char *directory = image->directories[i];
		int fd =
		    step_below(root_fd, directory, O_RDONLY | O_DIRECTORY, err);

		if (fd < 0)
			return -1;
		layers.fds[layers.n++] = fd;
		if (check_composefs(root_fd, directory, err) < 0)
			return -1;
	}
	*ret = layers;
	layers = (struct storage_layers){ 0 };
	return 0;
}
