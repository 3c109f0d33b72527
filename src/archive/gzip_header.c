/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header of a gzip member, RFC 1952 section 2.3:
 *
 *	1f 8b 08  flags  mtime (4)  XFL  OS      always
 *	length (2, little-endian) and bytes      if FEXTRA
 *	name, NUL                                if FNAME
 *	comment, NUL                             if FCOMMENT
 *	the lower half of a CRC-32 of the above  if FHCRC
 *
 * ISA-L can read it, but where the input's pieces cut through the optional
 * parts, 2.30 takes the same header now as good and now as bad.
 */
#include "archive/gzip_header.h"

#include <isa-l/crc.h>

#define FIXED_BYTES 10

#define FLAG_CRC       0x02
#define FLAG_EXTRA     0x04
#define FLAG_NAME      0x08
#define FLAG_COMMENT   0x10
#define FLAGS_RESERVED 0xe0

/* Whether the header has what place is the place of. */
static bool
has_place(const struct gzip_header *header, enum gzip_header_place place)
{
	switch (place) {
	case GZIP_HEADER_EXTRA_LEN: return header->flags & FLAG_EXTRA;
	case GZIP_HEADER_EXTRA: return header->n_extra > 0;
	case GZIP_HEADER_NAME: return header->flags & FLAG_NAME;
	case GZIP_HEADER_COMMENT: return header->flags & FLAG_COMMENT;
	case GZIP_HEADER_CRC: return header->flags & FLAG_CRC;
	case GZIP_HEADER_FIXED:
	case GZIP_HEADER_DONE: break;
	}
	return true;
}

static void
place_end(struct gzip_header *header)
{
	header->n_taken = 0;
	do
		header->place++;
	while (!has_place(header, header->place));
}

static int
fixed_put(struct gzip_header *header, uint8_t byte, struct error *err)
{
	static const uint8_t magic[] = { 0x1f, 0x8b };
	uint32_t at = header->n_taken;

	if (at < sizeof(magic) && byte != magic[at])
		return error_set(err, ERROR_FORMAT,
		    "gzip: neither a member nor padding follows");
	if (at == 2 && byte != 8)
		return error_set(
		    err, ERROR_UNSUPPORTED, "gzip: the method is not deflate");
	if (at == 3 && (byte & FLAGS_RESERVED) != 0)
		return error_set(err, ERROR_FORMAT,
		    "gzip: the header has flags that it must not have");
	if (at == 3)
		header->flags = byte;
	if (++header->n_taken == FIXED_BYTES)
		place_end(header);
	return 0;
}

static int
crc_put(struct gzip_header *header, uint8_t byte, struct error *err)
{
	uint32_t shift = 8 * header->n_taken;

	if (byte != (uint8_t)(header->crc >> shift))
		return error_set(err, ERROR_FORMAT,
		    "gzip: the header's checksum does not match");
	if (++header->n_taken == sizeof(uint16_t))
		place_end(header);
	return 0;
}

static int
byte_put(struct gzip_header *header, uint8_t byte, struct error *err)
{
	switch (header->place) {
	case GZIP_HEADER_FIXED: return fixed_put(header, byte, err);
	case GZIP_HEADER_EXTRA_LEN:
		header->n_extra |= (uint32_t)byte << 8 * header->n_taken;
		if (++header->n_taken == sizeof(uint16_t))
			place_end(header);
		break;
	case GZIP_HEADER_EXTRA:
		if (++header->n_taken == header->n_extra)
			place_end(header);
		break;
	case GZIP_HEADER_NAME:
	case GZIP_HEADER_COMMENT:
		if (byte == 0)
			place_end(header);
		break;
	case GZIP_HEADER_CRC: return crc_put(header, byte, err);
	case GZIP_HEADER_DONE: break;
	}
	return 0;
}

int
gzip_header_put(struct gzip_header *header, struct slice *in, struct error *err)
{
	while (in->len > 0 && header->place != GZIP_HEADER_DONE) {
		bool summed = header->place != GZIP_HEADER_CRC;

		if (byte_put(header, (uint8_t)*in->ptr, err) < 0)
			return -1;
		if (summed)
			header->crc = crc32_gzip_refl(
			    header->crc, (const unsigned char *)in->ptr, 1);
		*in = slice_after(*in, 1);
	}
	return 0;
}
