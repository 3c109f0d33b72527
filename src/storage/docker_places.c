/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the engine says of an image, of which the storage driver is overlay2:
 *
 *     "GraphDriver":{"Name":"overlay2","Data":{
 *       "LowerDir":"ROOT/overlay2/ID2/diff:ROOT/overlay2/ID1/diff",
 *       "UpperDir":"ROOT/overlay2/ID3/diff", ...}}
 *
 * The highest comes first; an image of one layer has no LowerDir. A ROOT with
 * a colon in it is not supported.
 */
#include "storage/docker_places.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/memory.h"

/* Hex digits of a layer's directory, "ROOT/overlay2/ID/diff". */
#define ID_LEN    ((size_t)64)
#define BEFORE_ID "/overlay2/"
#define AFTER_ID  "/diff"

void
docker_places_clear(struct docker_places *places)
{
	free(places->lower);
	free(places->upper);
	free(places->items);
	*places = (struct docker_places){ 0 };
}

static bool
is_hex(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (hex_digit(text.ptr[i]) < 0)
			return false;
	return true;
}

static int
place_parse(struct slice path, struct docker_place *ret, struct error *err)
{
	const size_t tail_len =
	    sizeof(BEFORE_ID) - 1 + ID_LEN + sizeof(AFTER_ID) - 1;
	struct slice tail, id;

	if (path.len > tail_len && path.ptr[0] == '/') {
		tail = slice_after(path, path.len - tail_len);
		id = slice_first(
		    slice_after(tail, sizeof(BEFORE_ID) - 1), ID_LEN);
		if (slice_starts_with(tail, SLICE(BEFORE_ID)) &&
		    slice_ends_with(tail, SLICE(AFTER_ID)) && is_hex(id)) {
			ret->root = slice_first(path, path.len - tail_len);
			ret->id = id;
			return 0;
		}
	}
	return error_set(err, ERROR_UNSUPPORTED,
	    "the engine's layers are not where overlay2 has them");
}

static int
places_add(struct docker_places *places, struct slice path, struct error *err)
{
	if (!ARRAY_GROW(places->items, places->n))
		return error_nomem(err);
	if (place_parse(path, &places->items[places->n], err) < 0)
		return -1;
	places->n++;
	if (!slice_eq(places->items[0].root, places->items[places->n - 1].root))
		return error_set(err, ERROR_UNSUPPORTED,
		    "the engine's layers are in several places");
	return 0;
}

int
docker_places_parse(
    struct slice inspect, struct docker_places *places, struct error *err)
{
	struct slice driver, value;

	if (!json_find(inspect, "GraphDriver", &driver) ||
	    !json_find(driver, "Name", &value) ||
	    !json_string_eq(value, SLICE("overlay2")))
		return error_set(err, ERROR_UNSUPPORTED,
		    "the engine's storage is not overlay2");
	if (!json_find_path(driver, JSON_PATH("Data", "UpperDir"), &value))
		return error_set(
		    err, ERROR_UNSUPPORTED, "the engine names no directories");
	if (json_string_copy(value, &places->upper, err) < 0 ||
	    places_add(places, slice_of_string(places->upper), err) < 0)
		return -1;
	if (!json_find_path(driver, JSON_PATH("Data", "LowerDir"), &value))
		return 0;
	if (json_string_copy(value, &places->lower, err) < 0)
		return -1;

	struct slice rest = slice_of_string(places->lower);
	struct slice path;
	while (slice_split(&rest, ':', &path))
		if (places_add(places, path, err) < 0)
			return -1;
	return 0;
}
