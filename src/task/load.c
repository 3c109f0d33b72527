/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The archive is made while it is sent: a list of pieces, each of them bytes
 * in memory or a part of a file, shown one after the other.
 */
#include "task/load.h"

#include <stdlib.h>

#include "archive/tar_write.h"
#include "base/buf.h"
#include "base/memory.h"
#include "base/seek.h"
#include "engine/engine.h"
#include "oci/docker_archive.h"

struct piece {
	struct buf bytes; /* where there is no layer */
	const struct image_layer *layer;
};

struct pieces {
	struct stream stream;
	struct piece *items;
	size_t n_items;
	size_t at;
	bool is_open; /* file and tap are of items[at] */
	struct seek_stream file;
	struct hash_stream tap;
};

static void
piece_close(struct pieces *pieces)
{
	if (!pieces->is_open)
		return;
	seek_stream_clear(&pieces->file);
	hash_stream_clear(&pieces->tap);
	pieces->is_open = false;
}

static void
pieces_clear(struct pieces *pieces)
{
	piece_close(pieces);
	for (size_t i = 0; i < pieces->n_items; i++)
		buf_clear(&pieces->items[i].bytes);
	free(pieces->items);
}
DEFINE_CLEANUP_IN_PLACE(struct pieces, pieces_clear)

static int
layer_open(
    struct pieces *pieces, const struct image_layer *layer, struct error *err)
{
	if (seek_stream_init(&pieces->file, layer->fd, layer->offset,
		layer->size_bytes, err) < 0)
		return -1;
	pieces->is_open = true;
	pieces->tap = (struct hash_stream){ 0 };
	return hash_stream_init(&pieces->tap, &pieces->file.stream, err);
}

/* The next chunk of a layer; at its end, whether it was the right one. */
static int
layer_next(struct pieces *pieces, const struct image_layer *layer,
    struct slice *ret, struct error *err)
{
	if (!pieces->is_open && layer_open(pieces, layer, err) < 0)
		return -1;
	if (stream_next(&pieces->tap.stream, ret, err) < 0)
		return -1;
	if (ret->len > 0)
		return 0;

	struct sha256 is = hash_stream_end(&pieces->tap);
	piece_close(pieces);
	if (!sha256_eq(&is, &layer->sum))
		return error_set(
		    err, ERROR_UNTRUSTED, "a layer changed while it was sent");
	return 0;
}

static int
pieces_next(struct stream *self, struct slice *ret, struct error *err)
{
	struct pieces *pieces = (struct pieces *)self;

	for (; pieces->at < pieces->n_items; pieces->at++) {
		struct piece *piece = &pieces->items[pieces->at];

		if (!piece->layer) {
			*ret = buf_slice(&piece->bytes);
			pieces->at++;
			if (ret->len > 0)
				return 0;
			pieces->at--;
			continue;
		}
		if (layer_next(pieces, piece->layer, ret, err) < 0)
			return -1;
		if (ret->len > 0)
			return 0;
	}
	*ret = SLICE("");
	return 0;
}

static struct piece *
piece_add(struct pieces *pieces, const struct image_layer *layer)
{
	if (!ARRAY_GROW(pieces->items, pieces->n_items))
		return NULL;

	struct piece *piece = &pieces->items[pieces->n_items++];
	*piece = (struct piece){ .layer = layer };
	return piece;
}

static int
put_header(
    struct buf *out, const char *name, uint64_t size_bytes, struct error *err)
{
	struct tar_entry entry = {
		.path = slice_of_string(name),
		.type = TAR_FILE,
		.mode = 0644,
		.size_bytes = size_bytes,
	};

	return tar_put_header(out, &entry, err);
}

static int
add_file(struct pieces *pieces, const char *name, struct slice content,
    struct error *err)
{
	struct piece *piece = piece_add(pieces, NULL);

	if (!piece)
		return error_nomem(err);
	if (put_header(&piece->bytes, name, content.len, err) < 0)
		return -1;
	buf_put(&piece->bytes, content);
	tar_put_padding(&piece->bytes, content.len);
	return buf_check(&piece->bytes, err);
}

static int
add_layer(struct pieces *pieces, const struct sha256 *diff_id,
    const struct image_layer *layer, struct error *err)
{
	char name[DOCKER_LAYER_NAME_SIZE];
	struct piece *head = piece_add(pieces, NULL);

	docker_layer_name(diff_id, name);
	if (!head)
		return error_nomem(err);
	if (put_header(&head->bytes, name, layer->size_bytes, err) < 0 ||
	    buf_check(&head->bytes, err) < 0)
		return -1;

	struct piece *tail;
	if (!piece_add(pieces, layer) || !(tail = piece_add(pieces, NULL)))
		return error_nomem(err);
	tar_put_padding(&tail->bytes, layer->size_bytes);
	return buf_check(&tail->bytes, err);
}

static int
add_manifest(struct pieces *pieces, const struct load_spec *spec,
    const struct sha256 *id, struct error *err)
{
	const struct image *image = spec->image;
	CLEANUP(buf_clear) struct buf json = { 0 };
	struct sha256 *diff_ids =
	    calloc(image->n_layers + 1, sizeof(*diff_ids));
	struct slice tag = slice_of_string(spec->name);

	if (!diff_ids)
		return error_nomem(err);
	memcpy(diff_ids, image->diff_ids, image->n_layers * sizeof(*diff_ids));
	diff_ids[image->n_layers] = spec->top->sum;
	docker_archive_write(id, &tag, 1, diff_ids, image->n_layers + 1, &json);
	free(diff_ids);
	if (buf_check(&json, err) < 0)
		return -1;
	return add_file(pieces, DOCKER_ARCHIVE_MANIFEST, buf_slice(&json), err);
}

static int
add_end(struct pieces *pieces, struct error *err)
{
	struct piece *end = piece_add(pieces, NULL);

	if (!end)
		return error_nomem(err);
	tar_put_end(&end->bytes);
	return buf_check(&end->bytes, err);
}

int
load_image(
    struct engine *engine, const struct load_spec *spec, struct error *err)
{
	CLEANUP(pieces_clear)
	struct pieces pieces = { .stream = { .next = pieces_next } };
	const struct image *image = spec->image;
	struct sha256 id = sha256_of(spec->config);
	char config_name[DOCKER_CONFIG_NAME_SIZE];

	docker_config_name(&id, config_name);
	if (add_file(&pieces, config_name, spec->config, err) < 0)
		return -1;
	for (size_t i = 0; spec->with_lower_layers && i < image->n_layers; i++)
		if (add_layer(&pieces, &image->diff_ids[i], &image->layers[i],
			err) < 0)
			return -1;
	if (add_layer(&pieces, &spec->top->sum, spec->top, err) < 0 ||
	    add_manifest(&pieces, spec, &id, err) < 0 ||
	    add_end(&pieces, err) < 0)
		return -1;
	return engine_load_image(engine, &pieces.stream, err);
}
