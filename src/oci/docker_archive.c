/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of images in the tar of `docker save`, manifest.json, which no
 * specification but moby's image/tarexport describes:
 *
 *	[{"Config": "blobs/sha256/6c3c...", "RepoTags": ["nginx:1.25"],
 *	  "Layers": ["blobs/sha256/1f0a...", "blobs/sha256/9b2e..."]}]
 *
 * Left out: Parent and LayerSources, and the formats before it (`repositories`
 * and a json file a layer).
 */
#include "oci/docker_archive.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/memory.h"
#include "oci/manifest.h"
#include "oci/member.h"
#include "oci/reference.h"

/* `docker save` of all that a large host has. */
#define IMAGES_MAX 1000

/* Of one image; CI systems tag the same one a few dozen times. */
#define TAGS_MAX 1000

static bool
is_member_name(struct slice name)
{
	struct slice component;

	if (!slice_is_graph(name) || slice_ends_with(name, SLICE("/")))
		return false;
	while (slice_split(&name, '/', &component))
		if (component.len == 0 || slice_eq(component, SLICE(".")) ||
		    slice_eq(component, SLICE("..")))
			return false;
	return true;
}

/* Whether an image is such as we promise, wherever it comes from. */
static int
check_image(const struct docker_image *image, struct error *err)
{
	if (!is_member_name(image->config))
		return error_set(
		    err, ERROR_FORMAT, "\"Config\" is no name of a member");
	for (size_t i = 0; i < image->n_layers; i++)
		if (!is_member_name(image->layers[i]))
			return error_set(err, ERROR_FORMAT,
			    "layer %zu is no name of a member", i + 1);
	return 0;
}

static int
words_add(
    struct slice **words, size_t *n_words, struct slice word, struct error *err)
{
	if (!ARRAY_GROW(*words, *n_words))
		return error_nomem(err);
	(*words)[(*n_words)++] = word;
	return 0;
}

static int
tags_parse(struct slice json, struct buf *text, struct docker_image *image,
    struct error *err)
{
	struct json_iter iter = json_iter_of(json);
	struct slice item;
	struct slice word;

	while (json_array_next(&iter, &item)) {
		if (image->n_repo_tags == TAGS_MAX)
			return error_set(
			    err, ERROR_LIMIT, "more than %d tags", TAGS_MAX);
		if (value_word(item, text, &word, err) < 0 ||
		    words_add(
			&image->repo_tags, &image->n_repo_tags, word, err) < 0)
			return error_wrap(err, "\"RepoTags\"");
	}
	return 0;
}

static int
layers_parse(struct slice json, struct buf *text, struct docker_image *image,
    struct error *err)
{
	struct json_iter iter = json_iter_of(json);
	struct slice item;
	struct slice word;

	while (json_array_next(&iter, &item)) {
		if (image->n_layers == MANIFEST_LAYERS_MAX)
			return error_set(err, ERROR_LIMIT,
			    "more than %d layers", MANIFEST_LAYERS_MAX);
		if (value_word(item, text, &word, err) < 0 ||
		    words_add(&image->layers, &image->n_layers, word, err) < 0)
			return error_wrap(err, "\"Layers\"");
	}
	return 0;
}

static int
image_parse(struct slice json, struct buf *text, struct docker_image *image,
    struct error *err)
{
	struct slice tags = { 0 };
	struct slice layers = { 0 };

	if (json_type(json) != JSON_OBJECT)
		return error_set(err, ERROR_FORMAT, "%s instead of an object",
		    json_type_to_string(json_type(json)));
	if (member_word(json, "Config", text, &image->config, err) < 0 ||
	    member_array(json, "RepoTags", &tags, err) < 0 ||
	    member_array(json, "Layers", &layers, err) < 0 ||
	    tags_parse(tags, text, image, err) < 0 ||
	    layers_parse(layers, text, image, err) < 0)
		return -1;
	return check_image(image, err);
}

/* Room for an image, which is the archive's already: the new one, or NULL. */
static struct docker_image *
image_new(struct docker_archive *archive, struct error *err)
{
	if (archive->n_images == IMAGES_MAX) {
		(void)error_set(
		    err, ERROR_LIMIT, "more than %d images", IMAGES_MAX);
		return NULL;
	}
	if (!ARRAY_GROW(archive->images, archive->n_images)) {
		(void)error_nomem(err);
		return NULL;
	}

	struct docker_image *image = &archive->images[archive->n_images++];
	*image = (struct docker_image){ 0 };
	return image;
}

int
docker_archive_parse(
    struct slice json, struct docker_archive **ret, struct error *err)
{
	CLEANUP(docker_archive_free)
	struct docker_archive *archive = calloc(1, sizeof(*archive));
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct slice item;

	if (!archive)
		return error_nomem(err);
	if (json.len > MANIFEST_BYTES_MAX)
		return error_set(err, ERROR_LIMIT,
		    DOCKER_ARCHIVE_MANIFEST " of more than %zu bytes",
		    MANIFEST_BYTES_MAX);
	if (json_validate(json, err) < 0 ||
	    member_text_init(&text, json, err) < 0)
		return -1;

	struct json_iter iter = json_iter_of(json);
	while (json_array_next(&iter, &item)) {
		struct docker_image *image = image_new(archive, err);

		if (!image || image_parse(item, &text, image, err) < 0)
			return error_wrap(err, "image %zu", archive->n_images);
	}
	if (archive->n_images == 0)
		return error_set(err, ERROR_FORMAT, "no list of images");
	archive->text = TAKE(text.ptr);
	*ret = TAKE(archive);
	return 0;
}

void
docker_archive_free(struct docker_archive *archive)
{
	if (!archive)
		return;
	for (size_t i = 0; i < archive->n_images; i++) {
		free(archive->images[i].repo_tags);
		free(archive->images[i].layers);
	}
	free(archive->images);
	free(archive->text);
	free(archive);
}

static bool
has_tag(const struct docker_image *image, struct slice tag)
{
	/* Docker writes the short form, skopeo the long one. */
	for (size_t i = 0; i < image->n_repo_tags; i++)
		if (slice_eq(reference_familiar(image->repo_tags[i]),
			reference_familiar(tag)))
			return true;
	return false;
}

int
docker_archive_choose(const struct docker_archive *archive, struct slice tag,
    const struct docker_image **ret, struct error *err)
{
	const struct docker_image *found = NULL;

	for (size_t i = 0; i < archive->n_images; i++) {
		const struct docker_image *image = &archive->images[i];

		if (tag.len > 0 && !has_tag(image, tag))
			continue;
		if (found)
			return error_set(err, ERROR_CONFLICT,
			    "several images: name one by its tag");
		found = image;
	}
	if (!found)
		return error_set(err, ERROR_NOT_FOUND,
		    "no image has the tag \"" SLICE_FMT "\"", SLICE_ARG(tag));
	*ret = found;
	return 0;
}

static void
put_words(struct buf *out, const struct slice *words, size_t n_words)
{
	buf_put_u32le(out, (uint32_t)n_words);
	for (size_t i = 0; i < n_words; i++)
		buf_put_sized(out, words[i]);
}

void
docker_archive_encode(const struct docker_archive *archive, struct buf *out)
{
	buf_put_u32le(out, (uint32_t)archive->n_images);
	for (size_t i = 0; i < archive->n_images; i++) {
		const struct docker_image *image = &archive->images[i];

		buf_put_sized(out, image->config);
		put_words(out, image->repo_tags, image->n_repo_tags);
		put_words(out, image->layers, image->n_layers);
	}
}

static int
error_form(struct error *err)
{
	return error_set(err, ERROR_FORMAT, "not an encoded list of images");
}

static int
take_words(struct bytes_reader *in, size_t max, struct slice **words,
    size_t *n_words, struct error *err)
{
	uint32_t n;

	if (!bytes_u32le(in, &n))
		return error_form(err);
	if (n > max)
		return error_set(err, ERROR_LIMIT, "too many tags or layers");
	while (*n_words < n) {
		struct slice word;

		if (!bytes_word(in, &word) || word.len == 0)
			return error_form(err);
		if (words_add(words, n_words, word, err) < 0)
			return -1;
	}
	return 0;
}

static int
take_image(
    struct bytes_reader *in, struct docker_image *image, struct error *err)
{
	if (!bytes_word(in, &image->config))
		return error_form(err);
	if (take_words(in, TAGS_MAX, &image->repo_tags, &image->n_repo_tags,
		err) < 0 ||
	    take_words(in, MANIFEST_LAYERS_MAX, &image->layers,
		&image->n_layers, err) < 0)
		return -1;
	return check_image(image, err);
}

int
docker_archive_decode(
    struct slice bytes, struct docker_archive **ret, struct error *err)
{
	CLEANUP(docker_archive_free)
	struct docker_archive *archive = calloc(1, sizeof(*archive));
	uint32_t n;

	if (!archive || !(archive->text = slice_copy(bytes)))
		return error_nomem(err);

	struct bytes_reader in =
	    bytes_reader_of(slice_of(archive->text, bytes.len));
	if (!bytes_u32le(&in, &n) || n == 0)
		return error_form(err);
	while (archive->n_images < n) {
		struct docker_image *image = image_new(archive, err);

		if (!image || take_image(&in, image, err) < 0)
			return -1;
	}
	if (in.rest.len > 0)
		return error_form(err);
	*ret = TAKE(archive);
	return 0;
}

void
docker_config_name(
    const struct sha256 *config, char ret[DOCKER_CONFIG_NAME_SIZE])
{
	char hex[SHA256_HEX_SIZE];

	sha256_to_string(config, hex);
	(void)snprintf(ret, DOCKER_CONFIG_NAME_SIZE, "%s.json", hex);
}

void
docker_layer_name(
    const struct sha256 *diff_id, char ret[DOCKER_LAYER_NAME_SIZE])
{
	char hex[SHA256_HEX_SIZE];

	sha256_to_string(diff_id, hex);
	(void)snprintf(ret, DOCKER_LAYER_NAME_SIZE, "%s/layer.tar", hex);
}

void
docker_archive_write(const struct sha256 *config, const struct slice *repo_tags,
    size_t n_repo_tags, const struct sha256 *diff_ids, size_t n_diff_ids,
    struct buf *out)
{
	struct json_writer w = json_writer_of(out);
	char config_name[DOCKER_CONFIG_NAME_SIZE];

	docker_config_name(config, config_name);
	json_write_array(&w);
	json_write_object(&w);
	json_write_member(&w, "Config", slice_of_string(config_name));
	json_write_key(&w, "RepoTags");
	json_write_array(&w);
	for (size_t i = 0; i < n_repo_tags; i++)
		json_write_string(&w, repo_tags[i]);
	json_write_array_end(&w);
	json_write_key(&w, "Layers");
	json_write_array(&w);
	for (size_t i = 0; i < n_diff_ids; i++) {
		char name[DOCKER_LAYER_NAME_SIZE];

		docker_layer_name(&diff_ids[i], name);
		json_write_string(&w, slice_of_string(name));
	}
	json_write_array_end(&w);
	json_write_object_end(&w);
	json_write_array_end(&w);
}
