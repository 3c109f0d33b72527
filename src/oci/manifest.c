/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a registry or a layout says that an image consists of (image-spec
 * 1.1, manifest.md and image-index.md), and the same of Docker (distribution,
 * manifest-v2-2.md), which differs in its media types only:
 *
 *	{"schemaVersion": 2,
 *	 "mediaType": "application/vnd.oci.image.manifest.v1+json",
 *	 "config": {"mediaType": ..., "digest": "sha256:...", "size": 6891},
 *	 "layers": [{"mediaType": ..., "digest": "sha256:...", "size": 29126}]}
 *
 * Left out: schema 1, layers that are encrypted or must be fetched from
 * somewhere else, artifacts, annotations but those that choose an image or
 * name its base, and `data` and `urls` of descriptors, which are never used.
 */
#include "oci/manifest.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/memory.h"
#include "oci/member.h"

#define ANNOTATION_REF_NAME  "org.opencontainers.image.ref.name"
#define ANNOTATION_REFERENCE "vnd.docker.reference.type"
#define ANNOTATION_BASE_NAME "org.opencontainers.image.base.name"
#define ANNOTATION_BASE_SUM  "org.opencontainers.image.base.digest"

enum blob_use {
	BLOB_IMAGE,
	BLOB_IMAGE_1, /* of schema 1: known, to be refused by its name */
	BLOB_INDEX,
	BLOB_CONFIG,
	BLOB_LAYER,
};

/* All that we handle. */
static const struct media_type {
	const char *name;
	enum blob_use use;
	enum layer_format format; /* of a layer */
} media_types[] = {
	{ "application/vnd.oci.image.manifest.v1+json", BLOB_IMAGE, 0 },
	{ "application/vnd.docker.distribution.manifest.v2+json", BLOB_IMAGE,
	    0 },
	{ "application/vnd.docker.distribution.manifest.v1+json", BLOB_IMAGE_1,
	    0 },
	{ "application/vnd.docker.distribution.manifest.v1+prettyjws",
	    BLOB_IMAGE_1, 0 },
	{ "application/vnd.oci.image.index.v1+json", BLOB_INDEX, 0 },
	{ "application/vnd.docker.distribution.manifest.list.v2+json",
	    BLOB_INDEX, 0 },
	{ "application/vnd.oci.image.config.v1+json", BLOB_CONFIG, 0 },
	{ "application/vnd.docker.container.image.v1+json", BLOB_CONFIG, 0 },
	{ "application/vnd.oci.image.layer.v1.tar", BLOB_LAYER, LAYER_TAR },
	{ "application/vnd.oci.image.layer.v1.tar+gzip", BLOB_LAYER,
	    LAYER_TAR_GZIP },
	{ "application/vnd.oci.image.layer.v1.tar+zstd", BLOB_LAYER,
	    LAYER_TAR_ZSTD },
	{ "application/vnd.docker.image.rootfs.diff.tar", BLOB_LAYER,
	    LAYER_TAR },
	{ "application/vnd.docker.image.rootfs.diff.tar.gzip", BLOB_LAYER,
	    LAYER_TAR_GZIP },
	{ "application/vnd.docker.image.rootfs.diff.tar.zstd", BLOB_LAYER,
	    LAYER_TAR_ZSTD },
};

const char *
layer_format_to_string(enum layer_format format)
{
	static const char *const names[] = {
		[LAYER_TAR] = "tar",
		[LAYER_TAR_GZIP] = "tar+gzip",
		[LAYER_TAR_ZSTD] = "tar+zstd",
	};

	return (size_t)format < N_ITEMS(names) ? names[format] : "unknown";
}

static const struct media_type *
media_type_find(struct slice name)
{
	for (size_t i = 0; i < N_ITEMS(media_types); i++)
		if (slice_eq(name, slice_of_string(media_types[i].name)))
			return &media_types[i];
	return NULL;
}

static int
descriptor_parse(struct slice json, struct buf *text, struct descriptor *ret,
    struct error *err)
{
	struct slice size = { 0 };

	if (json_type(json) != JSON_OBJECT)
		return error_set(err, ERROR_FORMAT, "%s instead of an object",
		    json_type_to_string(json_type(json)));
	if (member_word(json, "mediaType", text, &ret->media_type, err) < 0 ||
	    member_digest(json, "digest", &ret->digest, err) < 0)
		return -1;
	if (!json_find(json, "size", &size) ||
	    !json_u64(size, &ret->size_bytes) || ret->size_bytes > INT64_MAX)
		return error_set(err, ERROR_FORMAT, "\"size\": not a size");
	return 0;
}

static int
config_parse(struct slice json, struct manifest *manifest, struct buf *text,
    struct error *err)
{
	struct descriptor *config = &manifest->config;

	if (descriptor_parse(json, text, config, err) < 0)
		return -1;

	const struct media_type *type = media_type_find(config->media_type);
	if (config->media_type.len > 0 && (!type || type->use != BLOB_CONFIG))
		return error_set(err, ERROR_UNSUPPORTED,
		    "not a container image but " SLICE_FMT,
		    SLICE_ARG(config->media_type));
	return 0;
}

static int
layer_parse(struct slice json, struct manifest *manifest, struct buf *text,
    struct error *err)
{
	struct manifest_layer layer = { 0 };

	if (descriptor_parse(json, text, &layer.blob, err) < 0)
		return -1;

	const struct media_type *type = media_type_find(layer.blob.media_type);
	if (!type || type->use != BLOB_LAYER)
		return error_set(err, ERROR_UNSUPPORTED,
		    "media type \"" SLICE_FMT "\"",
		    SLICE_ARG(layer.blob.media_type));
	layer.format = type->format;

	if (manifest->n_layers == MANIFEST_LAYERS_MAX)
		return error_set(err, ERROR_LIMIT, "more than %d layers",
		    MANIFEST_LAYERS_MAX);
	if (!ARRAY_GROW(manifest->layers, manifest->n_layers))
		return error_nomem(err);
	manifest->layers[manifest->n_layers++] = layer;
	return 0;
}

static int
child_platform(struct slice json, struct buf *text,
    struct manifest_child *child, struct error *err)
{
	struct platform *platform = &child->platform;
	struct slice object = { 0 };

	if (member_object(json, "platform", &object, err) < 0)
		return -1;
	if (object.len == 0)
		return 0;
	if (member_word(object, "os", text, &platform->os, err) < 0 ||
	    member_word(object, "architecture", text, &platform->architecture,
		err) < 0 ||
	    member_word(object, "variant", text, &platform->variant, err) < 0)
		return error_wrap(err, "\"platform\"");
	child->has_platform =
	    platform->os.len > 0 && platform->architecture.len > 0;
	return 0;
}

/* What the annotations of a child say. */
static int
child_annotations(struct slice json, struct buf *text,
    struct manifest_child *child, struct error *err)
{
	struct slice object = { 0 };
	struct slice type = { 0 };

	if (member_object(json, "annotations", &object, err) < 0)
		return -1;
	if (member_word(
		object, ANNOTATION_REF_NAME, text, &child->ref_name, err) < 0)
		return -1;
	if (json_find(object, ANNOTATION_REFERENCE, &type) &&
	    json_string_eq(type, SLICE("attestation-manifest")))
		child->is_other = true;
	return 0;
}

/* Sets is_index and is_other by the types that it claims. */
static void
child_kind(struct slice json, struct manifest_child *child)
{
	const struct media_type *type = media_type_find(child->blob.media_type);
	struct slice artifact = { 0 };

	child->is_index = type && type->use == BLOB_INDEX;
	if (child->blob.media_type.len > 0 &&
	    (!type ||
		(type->use != BLOB_IMAGE && type->use != BLOB_IMAGE_1 &&
		    type->use != BLOB_INDEX)))
		child->is_other = true;

	if (json_find(json, "artifactType", &artifact) &&
	    json_type(artifact) == JSON_STRING &&
	    !json_string_eq(artifact, SLICE("")) &&
	    !json_string_eq(
		artifact, SLICE("application/vnd.oci.image.config.v1+json")))
		child->is_other = true;
	if (slice_eq(child->platform.os, SLICE("unknown")) &&
	    slice_eq(child->platform.architecture, SLICE("unknown")))
		child->is_other = true;
}

static int
child_parse(struct slice json, struct manifest *manifest, struct buf *text,
    struct error *err)
{
	struct manifest_child child = { 0 };

	if (descriptor_parse(json, text, &child.blob, err) < 0 ||
	    child_platform(json, text, &child, err) < 0 ||
	    child_annotations(json, text, &child, err) < 0)
		return -1;
	child_kind(json, &child);

	if (manifest->n_children == MANIFEST_CHILDREN_MAX)
		return error_set(err, ERROR_LIMIT, "more than %d images",
		    MANIFEST_CHILDREN_MAX);
	if (!ARRAY_GROW(manifest->children, manifest->n_children))
		return error_nomem(err);
	manifest->children[manifest->n_children++] = child;
	return 0;
}

/* Hands each item of the array to parse, and says which one failed. */
static int
parse_each(struct slice array, struct manifest *manifest, struct buf *text,
    int (*parse)(struct slice json, struct manifest *manifest, struct buf *text,
	struct error *err),
    struct error *err)
{
	struct json_iter iter = json_iter_of(array);
	struct slice item;

	for (size_t i = 1; json_array_next(&iter, &item); i++)
		if (parse(item, manifest, text, err) < 0)
			return error_wrap(err, "%s %zu",
			    manifest->kind == MANIFEST_INDEX ? "manifest"
							     : "layer",
			    i);
	return 0;
}

static int
check_version(struct slice json, struct error *err)
{
	struct slice value = { 0 };
	uint64_t version = 0;

	if (json_type(json) != JSON_OBJECT)
		return error_set(err, ERROR_FORMAT, "%s instead of an object",
		    json_type_to_string(json_type(json)));
	if (!json_find(json, "schemaVersion", &value) ||
	    !json_u64(value, &version))
		return error_set(err, ERROR_FORMAT, "no \"schemaVersion\"");
	if (version == 1)
		return error_set(err, ERROR_UNSUPPORTED,
		    "schema 1, which was given up in 2017");
	if (version != 2)
		return error_set(err, ERROR_FORMAT, "\"schemaVersion\" not 2");
	return 0;
}

/* CVE-2021-41190: a text that is an image to one reader and an index to
 * another has two contents under one digest. */
static int
check_kind(struct slice json, struct manifest *manifest, struct buf *text,
    struct error *err)
{
	struct slice value = { 0 };
	struct slice name = { 0 };
	bool is_index = json_find(json, "manifests", &value);
	bool is_image = json_find(json, "config", &value) ||
	    json_find(json, "layers", &value);

	if (is_index == is_image)
		return error_set(err, ERROR_FORMAT,
		    is_index ? "a manifest and an index at once"
			     : "neither a manifest nor an index");
	if (member_word(json, "mediaType", text, &name, err) < 0)
		return -1;
	manifest->kind = is_index ? MANIFEST_INDEX : MANIFEST_IMAGE;
	if (name.len == 0)
		return 0;

	const struct media_type *type = media_type_find(name);
	if (!type || type->use != (is_index ? BLOB_INDEX : BLOB_IMAGE))
		return error_set(err, ERROR_FORMAT,
		    "%s that says it is " SLICE_FMT,
		    is_index ? "an index" : "a manifest", SLICE_ARG(name));
	return 0;
}

/* A text that says something nice to know: one that is no word is none. */
static struct slice
annotation(struct slice annotations, const char *key, struct buf *text)
{
	struct slice word = { 0 };
	struct error ignored;

	if (member_word(annotations, key, text, &word, &ignored) < 0)
		return SLICE("");
	return word;
}

static int
parse_image(struct slice json, struct manifest *manifest, struct buf *text,
    struct error *err)
{
	struct slice config = { 0 };
	struct slice layers = { 0 };
	struct slice annotations = { 0 };

	if (member_object(json, "config", &config, err) < 0 ||
	    member_array(json, "layers", &layers, err) < 0 ||
	    member_object(json, "annotations", &annotations, err) < 0)
		return -1;
	manifest->base_name =
	    annotation(annotations, ANNOTATION_BASE_NAME, text);
	manifest->base_digest =
	    annotation(annotations, ANNOTATION_BASE_SUM, text);
	if (config.len == 0)
		return error_set(err, ERROR_FORMAT, "no \"config\"");
	if (config_parse(config, manifest, text, err) < 0)
		return error_wrap(err, "\"config\"");
	return parse_each(layers, manifest, text, layer_parse, err);
}

static int
parse_index(struct slice json, struct manifest *manifest, struct buf *text,
    struct error *err)
{
	struct slice children = { 0 };

	if (member_array(json, "manifests", &children, err) < 0)
		return -1;
	return parse_each(children, manifest, text, child_parse, err);
}

int
manifest_parse(struct slice json, struct manifest **ret, struct error *err)
{
	CLEANUP(manifest_free)
	struct manifest *manifest = calloc(1, sizeof(*manifest));
	CLEANUP(buf_clear) struct buf text = { 0 };

	if (!manifest)
		return error_nomem(err);
	if (json.len > MANIFEST_BYTES_MAX)
		return error_set(err, ERROR_LIMIT,
		    "manifest of more than %zu bytes", MANIFEST_BYTES_MAX);
	if (json_validate(json, err) < 0 || check_version(json, err) < 0 ||
	    member_text_init(&text, json, err) < 0 ||
	    check_kind(json, manifest, &text, err) < 0)
		return -1;

	int r = manifest->kind == MANIFEST_INDEX
	    ? parse_index(json, manifest, &text, err)
	    : parse_image(json, manifest, &text, err);
	if (r < 0)
		return -1;
	manifest->text = TAKE(text.ptr);
	*ret = TAKE(manifest);
	return 0;
}

void
manifest_free(struct manifest *manifest)
{
	if (!manifest)
		return;
	free(manifest->layers);
	free(manifest->children);
	free(manifest->text);
	free(manifest);
}
