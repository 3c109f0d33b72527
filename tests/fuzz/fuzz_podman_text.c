/* SPDX-License-Identifier: Apache-2.0 */
/* The input is images.json, a NUL, layers.json, a NUL, storage.conf. */
#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"
#include "storage/podman_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is joined to paths is an ID, and nothing else. */
static void
check_directory(const char *directory)
{
	struct slice path = slice_of_string(directory);
	struct sha256 ignored;

	if (path.len != 8 + 64 + 5 ||
	    !slice_starts_with(path, SLICE("overlay/")) ||
	    !slice_ends_with(path, SLICE("/diff")) ||
	    !sha256_from_string(
		slice_first(slice_after(path, 8), 64), &ignored))
		abort();
}

static void
check_layers(struct slice json, struct slice top)
{
	CLEANUP(storage_image_clear) struct storage_image image = { 0 };
	struct error err;

	if (podman_layers_find(json, top, &image, &err) < 0)
		return;
	for (size_t i = 0; i < image.n_layers; i++)
		check_directory(image.directories[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct storage_wanted wanted = {
		.names = { "localhost/app:1", "docker.io/library/app:1" },
		.id = "a",
		.end = "/app:1",
	};
	struct slice rest = slice_of((const char *)data, size);
	struct slice images = SLICE(""), layers = SLICE("");
	struct podman_record record;
	struct error err;

	(void)slice_split(&rest, '\0', &images);
	(void)slice_split(&rest, '\0', &layers);
	struct slice root = podman_config_value(rest, SLICE("graphroot"));
	if (root.len > 0 &&
	    (memchr(root.ptr, '\n', root.len) || root.ptr < rest.ptr))
		abort();
	if (json_validate(images, &err) < 0 || json_validate(layers, &err) < 0)
		return 0;
	if (podman_image_find(images, &wanted, &record, &err) == 0)
		check_layers(layers, record.layer);
	return 0;
}
