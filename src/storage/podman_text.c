/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Podman and its kin write down of images and layers:
 *
 *     images.json    [{"id":ID, "digest":"sha256:...", "layer":LAYER,
 *                      "names":["localhost/app:1"], ...}, ...]
 *     layers.json    [{"id":LAYER, "parent":LAYER,
 *                      "diff-digest":"sha256:..."}, ...]
 *     storage.conf   [storage]
 *                    graphroot = "/var/lib/containers/storage"
 *
 * An ID and a LAYER are 64 hex digits. storage.conf,
 * containers-storage.conf(5), is TOML; read here are lines as this one, with
 * either kind of quotes. The rest of TOML (a string of several lines, a dotted
 * key) is not what anybody writes this key in.
 */
#include "storage/podman_text.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/reader.h"

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
	buf_clear(&image->manifest);
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

int
podman_layers_find(struct slice json, struct slice top,
    struct storage_image *ret, struct error *err)
{
	CLEANUP(records_clear) struct records records = { 0 };
	const struct record *chain[LAYERS_MAX];
	size_t n;

	if (records_take(json, &records, err) < 0 ||
	    chain_find(&records, top, chain, &n, err) < 0)
		return -1;
	return layers_take(chain, n, ret, err);
}

int
podman_image_find(struct slice json, const struct storage_wanted *wanted,
    struct podman_record *ret, struct error *err)
{
	struct choice choice = choose(json, wanted);
	struct podman_record record = { 0 };

	if (choice.rank == RANK_NONE)
		return error_set(err, ERROR_NOT_FOUND, "no such image");
	if (choice.several)
		return error_set(
		    err, ERROR_CONFLICT, "several images have this name");
	if (!sha256_from_string(word_at(choice.image, "id"), &record.id))
		return error_set(err, ERROR_FORMAT, "images.json: no ID");
	record.has_digest =
	    read_digest(word_at(choice.image, "digest"), &record.digest);
	record.layer = word_at(choice.image, "layer");
	if (record.layer.len == 0)
		return error_set(err, ERROR_UNSUPPORTED,
		    "a list of images, or one without layers");
	*ret = record;
	return 0;
}

/* The value of a line "KEY = "VALUE"", or empty. */
static struct slice
line_value(struct slice line, struct slice key)
{
	struct slice rest = slice_trim(line);
	const char *end;

	if (!slice_starts_with(rest, key))
		return SLICE("");
	rest = slice_trim(slice_after(rest, key.len));
	if (!slice_starts_with(rest, SLICE("=")))
		return SLICE("");
	rest = slice_trim(slice_after(rest, 1));
	if (rest.len < 2 || (rest.ptr[0] != '"' && rest.ptr[0] != '\''))
		return SLICE("");
	end = memchr(rest.ptr + 1, rest.ptr[0], rest.len - 1);
	return end ? slice_of(rest.ptr + 1, (size_t)(end - rest.ptr) - 1)
		   : SLICE("");
}

struct slice
podman_config_value(struct slice text, struct slice key)
{
	struct reader in = reader_of(text);
	struct slice ret = SLICE("");
	bool in_table = false;
	struct slice line;

	while (reader_line(&in, &line)) {
		line = slice_trim(line);
		if (slice_starts_with(line, SLICE("[")))
			in_table = slice_starts_with(line, SLICE("[storage]"));
		else if (in_table && line_value(line, key).len > 0)
			ret = line_value(line, key);
	}
	return ret;
}
