/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>

#include "oci/places.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(places_clear) struct places places = { 0 };
	CLEANUP(buf_clear) struct buf again = { 0 };
	struct slice input = slice_of((const char *)data, size);
	struct error err;

	if (places_decode(input, &places, &err) < 0)
		return 0;
	if (places.archive_is_compressed && places.n_items > 0)
		abort();
	for (size_t i = 0; i < places.n_items; i++) {
		const struct place *place = &places.items[i];

		if (place->offset + place->size_bytes > INT64_MAX ||
		    (place->has_digest &&
			!places_find(&places, &place->digest)))
			abort();
	}

	/* There is one way only to write them. */
	places_encode(&places, &again);
	if (!slice_eq(buf_slice(&again), input))
		abort();
	return 0;
}
