/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A manifest on its way from a worker to its parent: numbers in little
 * endian, texts with their length before them.
 */
#include <stdlib.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "oci/manifest.h"
#include "oci/member.h"

static void
put_descriptor(struct buf *out, const struct descriptor *blob)
{
	buf_put_sized(out, blob->media_type);
	buf_put_sha256(out, &blob->digest);
	buf_put_u64le(out, blob->size_bytes);
}

static void
put_child(struct buf *out, const struct manifest_child *child)
{
	put_descriptor(out, &child->blob);
	buf_put_u8(out, child->is_index);
	buf_put_u8(out, child->is_other);
	buf_put_u8(out, child->has_platform);
	buf_put_sized(out, child->platform.os);
	buf_put_sized(out, child->platform.architecture);
	buf_put_sized(out, child->platform.variant);
	buf_put_sized(out, child->ref_name);
}

void
manifest_encode(const struct manifest *manifest, struct buf *out)
{
	buf_put_u8(out, (uint8_t)manifest->kind);
	put_descriptor(out, &manifest->config);
	buf_put_sized(out, manifest->base_name);
	buf_put_sized(out, manifest->base_digest);
	buf_put_u32le(out, (uint32_t)manifest->n_layers);
	for (size_t i = 0; i < manifest->n_layers; i++) {
		put_descriptor(out, &manifest->layers[i].blob);
		buf_put_u8(out, (uint8_t)manifest->layers[i].format);
	}
	buf_put_u32le(out, (uint32_t)manifest->n_children);
	for (size_t i = 0; i < manifest->n_children; i++)
		put_child(out, &manifest->children[i]);
}

static bool
take_bool(struct bytes_reader *in, bool *ret)
{
	uint8_t value;

	if (!bytes_u8(in, &value) || value > 1)
		return false;
	*ret = value == 1;
	return true;
}

static bool
take_descriptor(struct bytes_reader *in, struct descriptor *ret)
{
	return bytes_word(in, &ret->media_type) &&
	    bytes_sha256(in, &ret->digest) &&
	    bytes_u64le(in, &ret->size_bytes) && ret->size_bytes <= INT64_MAX;
}

static bool
take_layer(struct bytes_reader *in, struct manifest_layer *ret)
{
	uint8_t format;

	if (!take_descriptor(in, &ret->blob) || !bytes_u8(in, &format) ||
	    format > LAYER_TAR_ZSTD)
		return false;
	ret->format = (enum layer_format)format;
	return true;
}

static bool
take_child(struct bytes_reader *in, struct manifest_child *ret)
{
	return take_descriptor(in, &ret->blob) &&
	    take_bool(in, &ret->is_index) && take_bool(in, &ret->is_other) &&
	    take_bool(in, &ret->has_platform) &&
	    bytes_word(in, &ret->platform.os) &&
	    bytes_word(in, &ret->platform.architecture) &&
	    bytes_word(in, &ret->platform.variant) &&
	    bytes_word(in, &ret->ref_name) &&
	    (!ret->has_platform ||
		(ret->platform.os.len > 0 &&
		    ret->platform.architecture.len > 0));
}

static int
error_form(struct error *err)
{
	return error_set(err, ERROR_FORMAT, "not an encoded manifest");
}

static int
take_layers(
    struct bytes_reader *in, struct manifest *manifest, struct error *err)
{
	uint32_t n;

	if (!bytes_u32le(in, &n))
		return error_form(err);
	if (n > MANIFEST_LAYERS_MAX)
		return error_set(err, ERROR_LIMIT, "too many layers");
	for (; manifest->n_layers < n; manifest->n_layers++) {
		struct manifest_layer layer = { 0 };

		if (!take_layer(in, &layer))
			return error_form(err);
		if (!ARRAY_GROW(manifest->layers, manifest->n_layers))
			return error_nomem(err);
		manifest->layers[manifest->n_layers] = layer;
	}
	return 0;
}

static int
take_children(
    struct bytes_reader *in, struct manifest *manifest, struct error *err)
{
	uint32_t n;

	if (!bytes_u32le(in, &n))
		return error_form(err);
	if (n > MANIFEST_CHILDREN_MAX)
		return error_set(err, ERROR_LIMIT, "too many manifests");
	for (; manifest->n_children < n; manifest->n_children++) {
		struct manifest_child child = { 0 };

		if (!take_child(in, &child))
			return error_form(err);
		if (!ARRAY_GROW(manifest->children, manifest->n_children))
			return error_nomem(err);
		manifest->children[manifest->n_children] = child;
	}
	return 0;
}

int
manifest_decode(struct slice bytes, struct manifest **ret, struct error *err)
{
	CLEANUP(manifest_free)
	struct manifest *manifest = calloc(1, sizeof(*manifest));
	uint8_t kind;

	if (!manifest || !(manifest->text = slice_copy(bytes)))
		return error_nomem(err);

	struct bytes_reader in =
	    bytes_reader_of(slice_of(manifest->text, bytes.len));
	if (!bytes_u8(&in, &kind) || kind > MANIFEST_INDEX ||
	    !take_descriptor(&in, &manifest->config) ||
	    !bytes_word(&in, &manifest->base_name) ||
	    !bytes_word(&in, &manifest->base_digest))
		return error_form(err);
	manifest->kind = (enum manifest_kind)kind;
	if (take_layers(&in, manifest, err) < 0 ||
	    take_children(&in, manifest, err) < 0)
		return -1;

	/* A kind has its own parts only. */
	bool mixed = kind == MANIFEST_INDEX ? manifest->n_layers > 0
					    : manifest->n_children > 0;
	if (in.rest.len > 0 || mixed)
		return error_form(err);
	*ret = TAKE(manifest);
	return 0;
}
