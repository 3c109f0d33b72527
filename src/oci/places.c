/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places in an archive on their way from a worker to its parent: a byte for
 * the archive, a u32le number of places, and for each u64le offset and size,
 * a byte of flags and, where one of them says so, a digest.
 */
#include "oci/places.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "oci/member.h"

enum place_flag {
	PLACE_COMPRESSED = 1,
	PLACE_HAS_DIGEST = 2,
};

int
places_add(struct places *places, const struct place *place, struct error *err)
{
	if (places->n_items == PLACES_MAX)
		return error_set(err, ERROR_LIMIT,
		    "more than %d blobs in an archive", PLACES_MAX);
	if (place->offset > INT64_MAX ||
	    place->size_bytes > INT64_MAX - place->offset)
		return error_set(
		    err, ERROR_LIMIT, "a blob larger than any archive");
	if (!ARRAY_GROW(places->items, places->n_items))
		return error_nomem(err);
	places->items[places->n_items++] = *place;
	return 0;
}

const struct place *
places_find(const struct places *places, const struct sha256 *digest)
{
	for (size_t i = places->n_items; i-- > 0;)
		if (places->items[i].has_digest &&
		    sha256_eq(&places->items[i].digest, digest))
			return &places->items[i];
	return NULL;
}

void
places_encode(const struct places *places, struct buf *out)
{
	buf_put_u8(out, places->archive_is_compressed);
	buf_put_u32le(out, (uint32_t)places->n_items);
	for (size_t i = 0; i < places->n_items; i++) {
		const struct place *place = &places->items[i];
		int flags = (place->is_compressed ? PLACE_COMPRESSED : 0) |
		    (place->has_digest ? PLACE_HAS_DIGEST : 0);

		buf_put_u64le(out, place->offset);
		buf_put_u64le(out, place->size_bytes);
		buf_put_u8(out, (uint8_t)flags);
		if (place->has_digest)
			buf_put_sha256(out, &place->digest);
	}
}

static bool
take_place(struct bytes_reader *in, struct place *ret)
{
	uint8_t flags;

	if (!bytes_u64le(in, &ret->offset) ||
	    !bytes_u64le(in, &ret->size_bytes) || !bytes_u8(in, &flags) ||
	    flags > (PLACE_COMPRESSED | PLACE_HAS_DIGEST))
		return false;
	ret->is_compressed = flags & PLACE_COMPRESSED;
	ret->has_digest = flags & PLACE_HAS_DIGEST;
	return !ret->has_digest || bytes_sha256(in, &ret->digest);
}

int
places_decode(struct slice bytes, struct places *ret, struct error *err)
{
	struct bytes_reader in = bytes_reader_of(bytes);
	uint8_t compressed;
	uint32_t n;

	*ret = (struct places){ 0 };
	if (!bytes_u8(&in, &compressed) || compressed > 1 ||
	    !bytes_u32le(&in, &n))
		return error_set(err, ERROR_FORMAT, "not encoded places");
	ret->archive_is_compressed = compressed == 1;
	for (uint32_t i = 0; i < n; i++) {
		struct place place = { 0 };

		if (!take_place(&in, &place))
			return error_set(
			    err, ERROR_FORMAT, "not encoded places");
		if (places_add(ret, &place, err) < 0)
			return -1;
	}
	if (in.rest.len > 0 || (compressed && n > 0))
		return error_set(err, ERROR_FORMAT, "not encoded places");
	return 0;
}

void
places_clear(struct places *places)
{
	free(places->items);
	*places = (struct places){ 0 };
}
