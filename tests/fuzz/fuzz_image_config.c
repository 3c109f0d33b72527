/* SPDX-License-Identifier: Apache-2.0 */
/* The input is taken as the JSON, and as what a worker hands over. */
#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"
#include "oci/config_write.h"
#include "oci/image_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_config(const struct image_config *config)
{
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	CLEANUP(buf_clear) struct buf again = { 0 };
	CLEANUP(image_config_free) struct image_config *decoded = NULL;
	struct error err;

	if (!slice_is_graph(config->platform.os) ||
	    !slice_is_graph(config->platform.architecture) ||
	    config->n_history_layers > config->n_history ||
	    config->n_diff_ids > MANIFEST_LAYERS_MAX ||
	    (config->config.len > 0 &&
		json_type(config->config) != JSON_OBJECT))
		abort();
	image_config_encode(config, &bytes);
	if (image_config_decode(buf_slice(&bytes), &decoded, &err) < 0)
		abort();
	image_config_encode(decoded, &again);
	if (!slice_eq(buf_slice(&bytes), buf_slice(&again)))
		abort();
}

/* A patched config is one, with one layer and one entry of history more. */
static void
check_layer(struct slice json, const struct image_config *old)
{
	static const struct config_label label = { SLICE("a"), SLICE("b") };
	const struct config_layer layer = {
		.diff_id = { { 7 } },
		.created = SLICE("2026-11-22T00:00:00Z"),
		.created_by = SLICE("fother"),
		.labels = &label,
		.n_labels = 1,
	};
	CLEANUP(buf_clear) struct buf out = { 0 };
	CLEANUP(image_config_free) struct image_config *config = NULL;
	struct error err;

	/* Its labels may be no object, its layers as many as may be. */
	if (config_write_layer(json, &layer, &out, &err) < 0)
		return;
	if (image_config_parse(buf_slice(&out), &config, &err) < 0)
		abort();
	if (config->n_diff_ids != old->n_diff_ids + 1 ||
	    config->n_history <= old->n_history ||
	    config->n_history_layers < config->n_diff_ids ||
	    !slice_eq(config->created, layer.created))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(image_config_free) struct image_config *parsed = NULL;
	CLEANUP(image_config_free) struct image_config *decoded = NULL;
	struct slice input = slice_of((const char *)data, size);
	struct error err;

	if (image_config_parse(input, &parsed, &err) == 0) {
		check_config(parsed);
		check_layer(input, parsed);
	}
	if (image_config_decode(input, &decoded, &err) == 0)
		check_config(decoded);
	return 0;
}
