/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The config of an image that has one layer more than another. An image's ID
 * is the hash of this text, and Docker, Podman and builders each keep members
 * of their own in it; so it is edited, not written anew.
 */
#include "oci/config_write.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/json_edit.h"
#include "base/json_write.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "oci/digest.h"
#include "oci/image_config.h"

/* Stands for a layer that the image's maker said nothing about. */
#define HISTORY_UNSAID "{\"comment\":\"layer without history\"}"

/* The member, or empty_value when it is absent or null. */
static struct slice
member_or(struct slice object, const char *key, struct slice empty_value)
{
	struct slice value;

	if (!json_find(object, key, &value) || json_type(value) == JSON_NULL)
		return empty_value;
	return value;
}

static int
edit_member(struct slice object, struct slice key, struct slice value,
    struct buf *out, struct error *err)
{
	const struct json_edit edit = { key, value };

	return json_object_edit(object, &edit, 1, out, err);
}

static int
rootfs_write(struct slice old, const struct sha256 *diff_id, struct buf *out,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf item = { 0 };
	CLEANUP(buf_clear) struct buf diff_ids = { 0 };
	struct json_writer w = json_writer_of(&item);
	struct slice rootfs = member_or(old, "rootfs", SLICE("{}"));
	char digest[DIGEST_SIZE];

	digest_to_string(diff_id, digest);
	json_write_string(&w, slice_of_string(digest));
	if (buf_check(&item, err) < 0)
		return -1;

	struct slice new_item = buf_slice(&item);
	if (json_array_append(member_or(rootfs, "diff_ids", SLICE("[]")),
		&new_item, 1, &diff_ids, err) < 0)
		return -1;
	return edit_member(
	    rootfs, SLICE("diff_ids"), buf_slice(&diff_ids), out, err);
}

static void
history_entry(const struct config_layer *layer, struct buf *out)
{
	struct json_writer w = json_writer_of(out);

	json_write_object(&w);
	json_write_member(&w, "created", layer->created);
	json_write_member(&w, "created_by", layer->created_by);
	json_write_member(&w, "comment", layer->comment);
	json_write_object_end(&w);
}

/* An engine counts the entries that are not of an empty layer to tell which
 * layer each is about; more of them than layers we leave as they are. */
static int
history_write(struct slice old, const struct image_config *config,
    const struct config_layer *layer, struct buf *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf entry = { 0 };
	struct slice entries[MANIFEST_LAYERS_MAX + 1];
	size_t n = 0;

	for (size_t i = config->n_history_layers; i < config->n_diff_ids; i++)
		entries[n++] = SLICE(HISTORY_UNSAID);
	history_entry(layer, &entry);
	if (buf_check(&entry, err) < 0)
		return -1;
	entries[n++] = buf_slice(&entry);
	return json_array_append(
	    member_or(old, "history", SLICE("[]")), entries, n, out, err);
}

/* The labels as edits, whose values are then views of values. */
static int
label_edits(const struct config_layer *layer, struct json_edit *edits,
    struct buf *values, struct error *err)
{
	for (size_t i = 0; i < layer->n_labels; i++) {
		const struct config_label *label = &layer->labels[i];
		struct json_writer w = json_writer_of(values);

		if (!utf8_is_valid(label->key) || !utf8_is_valid(label->value))
			return error_set(
			    err, ERROR_FORMAT, "a label that is not UTF-8");
		size_t from = values->len;
		json_write_string(&w, label->value);
		edits[i].key = label->key;
		edits[i].value.len = values->len - from;
	}
	if (buf_check(values, err) < 0)
		return -1;

	/* Now that they will not move any more. */
	struct slice rest = buf_slice(values);
	for (size_t i = 0; i < layer->n_labels; i++) {
		edits[i].value = slice_first(rest, edits[i].value.len);
		rest = slice_after(rest, edits[i].value.len);
	}
	return 0;
}

/* The member "config" with the labels in it. */
static int
labels_write(struct slice old, const struct config_layer *layer,
    struct buf *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf values = { 0 };
	CLEANUP(buf_clear) struct buf labels = { 0 };
	struct slice config = member_or(old, "config", SLICE("{}"));

	struct json_edit *edits = calloc(layer->n_labels, sizeof(*edits));
	if (!edits)
		return error_nomem(err);
	int r = label_edits(layer, edits, &values, err);
	if (r == 0)
		r = json_object_edit(member_or(config, "Labels", SLICE("{}")),
		    edits, layer->n_labels, &labels, err);
	free(edits);
	if (r < 0)
		return error_wrap(err, "labels");
	return edit_member(
	    config, SLICE("Labels"), buf_slice(&labels), out, err);
}

int
config_write_layer(struct slice old, const struct config_layer *layer,
    struct buf *out, struct error *err)
{
	CLEANUP(image_config_free) struct image_config *parsed = NULL;
	CLEANUP(buf_clear) struct buf created = { 0 };
	CLEANUP(buf_clear) struct buf rootfs = { 0 };
	CLEANUP(buf_clear) struct buf history = { 0 };
	CLEANUP(buf_clear) struct buf config = { 0 };
	struct json_writer w = json_writer_of(&created);

	if (image_config_parse(old, &parsed, err) < 0)
		return -1;
	if (parsed->n_diff_ids == MANIFEST_LAYERS_MAX)
		return error_set(
		    err, ERROR_LIMIT, "%d layers already", MANIFEST_LAYERS_MAX);

	json_write_string(&w, layer->created);
	if (buf_check(&created, err) < 0 ||
	    rootfs_write(old, &layer->diff_id, &rootfs, err) < 0 ||
	    history_write(old, parsed, layer, &history, err) < 0 ||
	    (layer->n_labels > 0 && labels_write(old, layer, &config, err) < 0))
		return -1;

	const struct json_edit edits[] = {
		{ SLICE("created"), buf_slice(&created) },
		{ SLICE("rootfs"), buf_slice(&rootfs) },
		{ SLICE("history"), buf_slice(&history) },
		{ SLICE("config"), buf_slice(&config) },
	};
	size_t n_edits = N_ITEMS(edits) - (layer->n_labels > 0 ? 0 : 1);
	return json_object_edit(old, edits, n_edits, out, err);
}
