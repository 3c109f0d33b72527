/* SPDX-License-Identifier: Apache-2.0 */
/* The input is taken as the JSON, and as what a worker hands over. */
#include <stdint.h>
#include <stdlib.h>

#include "oci/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_word(struct slice s)
{
	return s.len == 0 || slice_is_graph(s);
}

static void
check_manifest(const struct manifest *manifest)
{
	const struct platform want = { SLICE("linux"), SLICE("amd64"), { 0 } };
	const struct manifest_child *child = NULL;
	struct error err;

	if (manifest->n_layers > MANIFEST_LAYERS_MAX ||
	    manifest->n_children > MANIFEST_CHILDREN_MAX ||
	    (manifest->kind == MANIFEST_INDEX ? manifest->n_layers
					      : manifest->n_children) > 0)
		abort();
	for (size_t i = 0; i < manifest->n_layers; i++)
		if (!is_word(manifest->layers[i].blob.media_type))
			abort();
	for (size_t i = 0; i < manifest->n_children; i++)
		if (!is_word(manifest->children[i].platform.os) ||
		    !is_word(manifest->children[i].ref_name))
			abort();
	if (manifest_choose(manifest, SLICE(""), &want, true, &child, &err) ==
		0 &&
	    child->is_other)
		abort();
}

/* What goes through the hop comes out the same. */
static void
check_hop(const struct manifest *manifest)
{
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	CLEANUP(buf_clear) struct buf again = { 0 };
	CLEANUP(manifest_free) struct manifest *decoded = NULL;
	struct error err;

	manifest_encode(manifest, &bytes);
	if (manifest_decode(buf_slice(&bytes), &decoded, &err) < 0)
		abort();
	manifest_encode(decoded, &again);
	if (!slice_eq(buf_slice(&bytes), buf_slice(&again)))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(manifest_free) struct manifest *parsed = NULL;
	CLEANUP(manifest_free) struct manifest *decoded = NULL;
	struct slice input = slice_of((const char *)data, size);
	struct error err;

	if (manifest_parse(input, &parsed, &err) == 0) {
		check_manifest(parsed);
		check_hop(parsed);
	}
	if (manifest_decode(input, &decoded, &err) == 0) {
		check_manifest(decoded);
		check_hop(decoded);
	}
	return 0;
}
