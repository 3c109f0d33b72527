/* SPDX-License-Identifier: Apache-2.0 */
/* The input is what an engine says of an image. */
#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"
#include "storage/docker_places.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(docker_places_clear) struct docker_places places = { 0 };
	struct slice json = slice_of((const char *)data, size);
	struct error err;

	if (json_validate(json, &err) < 0 ||
	    docker_places_parse(json, &places, &err) < 0)
		return 0;
	if (places.n == 0)
		abort();
	for (size_t i = 0; i < places.n; i++) {
		const struct docker_place *place = &places.items[i];

		if (place->root.len == 0 || place->root.ptr[0] != '/' ||
		    !slice_eq(place->root, places.items[0].root) ||
		    place->id.len != 64)
			abort();
		for (size_t k = 0; k < place->id.len; k++)
			if (hex_digit(place->id.ptr[k]) < 0)
				abort();
	}
	return 0;
}
