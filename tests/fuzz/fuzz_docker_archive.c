/* SPDX-License-Identifier: Apache-2.0 */
/* The input is taken as the JSON, and as what a worker hands over. */
#include <stdint.h>
#include <stdlib.h>

#include "oci/docker_archive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_name(struct slice name)
{
	struct slice component;

	if (!slice_is_graph(name) || name.ptr[0] == '/')
		abort();
	while (slice_split(&name, '/', &component))
		if (slice_eq(component, SLICE("..")))
			abort();
}

static void
check_archive(const struct docker_archive *archive)
{
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	CLEANUP(buf_clear) struct buf again = { 0 };
	CLEANUP(docker_archive_free) struct docker_archive *decoded = NULL;
	struct error err;

	if (archive->n_images == 0)
		abort();
	for (size_t i = 0; i < archive->n_images; i++) {
		check_name(archive->images[i].config);
		for (size_t k = 0; k < archive->images[i].n_layers; k++)
			check_name(archive->images[i].layers[k]);
	}
	docker_archive_encode(archive, &bytes);
	if (docker_archive_decode(buf_slice(&bytes), &decoded, &err) < 0)
		abort();
	docker_archive_encode(decoded, &again);
	if (!slice_eq(buf_slice(&bytes), buf_slice(&again)))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(docker_archive_free) struct docker_archive *parsed = NULL;
	CLEANUP(docker_archive_free) struct docker_archive *decoded = NULL;
	struct slice input = slice_of((const char *)data, size);
	struct error err;

	if (docker_archive_parse(input, &parsed, &err) == 0)
		check_archive(parsed);
	if (docker_archive_decode(input, &decoded, &err) == 0)
		check_archive(decoded);
	return 0;
}
