/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The config of an image (image-spec 1.1, config.md), which Docker has too,
 * with more members:
 *
 *	{"architecture": "amd64", "os": "linux",
 *	 "created": "2026-10-01T00:00:00Z",
 *	 "config": {"Env": ["PATH=/usr/bin"], "Cmd": ["bash"]},
 *	 "rootfs": {"type": "layers", "diff_ids": ["sha256:..."]},
 *	 "history": [{"created_by": "...", "empty_layer": true}]}
 *
 * What a container is started with, "config", is kept as JSON.
 */
#include "oci/image_config.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "base/json.h"
#include "base/memory.h"
#include "oci/member.h"

static int
rootfs_parse(struct slice json, struct image_config *config, struct error *err)
{
	struct slice rootfs = { 0 };
	struct slice type = { 0 };
	struct slice diff_ids = { 0 };
	struct slice item;

	if (member_object(json, "rootfs", &rootfs, err) < 0 ||
	    member_array(rootfs, "diff_ids", &diff_ids, err) < 0)
		return -1;
	if (rootfs.len == 0)
		return error_set(err, ERROR_FORMAT, "no \"rootfs\"");
	if (json_find(rootfs, "type", &type) &&
	    !json_string_eq(type, SLICE("layers")))
		return error_set(
		    err, ERROR_UNSUPPORTED, "\"rootfs\" not of type layers");

	struct json_iter iter = json_iter_of(diff_ids);
	while (json_array_next(&iter, &item)) {
		struct sha256 diff_id;

		if (value_digest(item, &diff_id, err) < 0)
			return error_wrap(
			    err, "diff ID %zu", config->n_diff_ids + 1);
		if (config->n_diff_ids == MANIFEST_LAYERS_MAX)
			return error_set(err, ERROR_LIMIT,
			    "more than %d layers", MANIFEST_LAYERS_MAX);
		if (!ARRAY_GROW(config->diff_ids, config->n_diff_ids))
			return error_nomem(err);
		config->diff_ids[config->n_diff_ids++] = diff_id;
	}
	return 0;
}

static int
history_parse(struct slice json, struct image_config *config, struct error *err)
{
	struct slice history = { 0 };
	struct slice item;

	if (member_array(json, "history", &history, err) < 0)
		return -1;

	struct json_iter iter = json_iter_of(history);
	while (json_array_next(&iter, &item)) {
		struct slice value;
		bool empty = false;

		if (json_find(item, "empty_layer", &value))
			(void)json_bool(value, &empty);
		config->n_history++;
		config->n_history_layers += !empty;
	}
	return 0;
}

/* "config", byte for byte. */
static int
config_parse(struct slice json, struct buf *text, struct image_config *config,
    struct error *err)
{
	struct slice object = { 0 };
	size_t from = text->len;

	if (member_object(json, "config", &object, err) < 0)
		return -1;
	if (object.len == 0)
		return 0;
	buf_put(text, object);
	config->config = slice_after(buf_slice(text), from);
	return buf_check(text, err);
}

static int
platform_of(struct slice json, struct buf *text, struct platform *ret,
    struct error *err)
{
	if (member_word(json, "os", text, &ret->os, err) < 0 ||
	    member_word(json, "architecture", text, &ret->architecture, err) <
		0 ||
	    member_word(json, "variant", text, &ret->variant, err) < 0)
		return -1;
	if (ret->os.len == 0 || ret->architecture.len == 0)
		return error_set(
		    err, ERROR_FORMAT, "no \"os\" or no \"architecture\"");
	return 0;
}

int
image_config_parse(
    struct slice json, struct image_config **ret, struct error *err)
{
	CLEANUP(image_config_free)
	struct image_config *config = calloc(1, sizeof(*config));
	CLEANUP(buf_clear) struct buf text = { 0 };

	if (!config)
		return error_nomem(err);
	if (json.len > IMAGE_CONFIG_BYTES_MAX)
		return error_set(err, ERROR_LIMIT,
		    "config of more than %zu bytes", IMAGE_CONFIG_BYTES_MAX);
	if (json_validate(json, err) < 0)
		return -1;
	if (json_type(json) != JSON_OBJECT)
		return error_set(err, ERROR_FORMAT, "%s instead of an object",
		    json_type_to_string(json_type(json)));

	if (member_text_init(&text, json, err) < 0 ||
	    platform_of(json, &text, &config->platform, err) < 0 ||
	    member_word(json, "created", &text, &config->created, err) < 0 ||
	    config_parse(json, &text, config, err) < 0 ||
	    rootfs_parse(json, config, err) < 0 ||
	    history_parse(json, config, err) < 0)
		return -1;
	config->text = TAKE(text.ptr);
	*ret = TAKE(config);
	return 0;
}

void
image_config_free(struct image_config *config)
{
	if (!config)
		return;
	free(config->diff_ids);
	free(config->text);
	free(config);
}

void
image_config_encode(const struct image_config *config, struct buf *out)
{
	buf_put_sized(out, config->platform.os);
	buf_put_sized(out, config->platform.architecture);
	buf_put_sized(out, config->platform.variant);
	buf_put_sized(out, config->created);
	buf_put_sized(out, config->config);
	buf_put_u32le(out, (uint32_t)config->n_history);
	buf_put_u32le(out, (uint32_t)config->n_history_layers);
	buf_put_u32le(out, (uint32_t)config->n_diff_ids);
	for (size_t i = 0; i < config->n_diff_ids; i++)
		buf_put_sha256(out, &config->diff_ids[i]);
}

static bool
take_texts(struct bytes_reader *in, struct image_config *config)
{
	uint32_t n_history;
	uint32_t n_history_layers;

	if (!bytes_word(in, &config->platform.os) ||
	    !bytes_word(in, &config->platform.architecture) ||
	    !bytes_word(in, &config->platform.variant) ||
	    !bytes_word(in, &config->created) ||
	    !bytes_sized(in, &config->config) || !bytes_u32le(in, &n_history) ||
	    !bytes_u32le(in, &n_history_layers))
		return false;
	config->n_history = n_history;
	config->n_history_layers = n_history_layers;
	return config->platform.os.len > 0 &&
	    config->platform.architecture.len > 0 &&
	    n_history_layers <= n_history;
}

static int
take_diff_ids(
    struct bytes_reader *in, struct image_config *config, struct error *err)
{
	uint32_t n;

	if (!bytes_u32le(in, &n))
		return error_set(err, ERROR_FORMAT, "not an encoded config");
	if (n > MANIFEST_LAYERS_MAX)
		return error_set(err, ERROR_LIMIT, "too many layers");
	config->diff_ids = calloc(n > 0 ? n : 1, sizeof(*config->diff_ids));
	if (!config->diff_ids)
		return error_nomem(err);
	for (; config->n_diff_ids < n; config->n_diff_ids++)
		if (!bytes_sha256(in, &config->diff_ids[config->n_diff_ids]))
			return error_set(
			    err, ERROR_FORMAT, "not an encoded config");
	return 0;
}

int
image_config_decode(
    struct slice bytes, struct image_config **ret, struct error *err)
{
	CLEANUP(image_config_free)
	struct image_config *config = calloc(1, sizeof(*config));

	if (!config || !(config->text = slice_copy(bytes)))
		return error_nomem(err);

	struct bytes_reader in =
	    bytes_reader_of(slice_of(config->text, bytes.len));
	if (!take_texts(&in, config))
		return error_set(err, ERROR_FORMAT, "not an encoded config");
	if (config->config.len > 0 && json_validate(config->config, err) < 0)
		return -1;
	if (take_diff_ids(&in, config, err) < 0)
		return -1;
	if (in.rest.len > 0 ||
	    (config->config.len > 0 &&
		json_type(config->config) != JSON_OBJECT))
		return error_set(err, ERROR_FORMAT, "not an encoded config");
	*ret = TAKE(config);
	return 0;
}
