/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gzip, RFC 1952: members one after the other, each a header that begins with
 * 1f 8b, deflated data, the CRC-32 and the length of what they inflate to.
 * ISA-L does the work, because it takes half of zlib's time.
 *
 * After a member may follow another, or zeroes up to the end, as on tapes;
 * gzip(1) takes both. It also passes over other bytes after the last member,
 * with a warning; Go's reader, which is the engines', does not, nor do we.
 */
#include "archive/codec.h"

#include <stdlib.h>

#include <isa-l/igzip_lib.h>

#include "archive/gzip_header.h"

enum gzip_place {
	GZIP_BETWEEN, /* members, or before the first */
	GZIP_HEADER,
	GZIP_DATA,
	GZIP_PADDING,
};

struct gzip_codec {
	struct codec codec;
	enum gzip_place place;
	struct gzip_header header;
	struct inflate_state state;
};

static int
gzip_error(int code, struct error *err)
{
	if (code == ISAL_INCORRECT_CHECKSUM)
		return error_set(
		    err, ERROR_FORMAT, "gzip: the checksum does not match");
	return error_set(err, ERROR_FORMAT, "gzip: the data is corrupt");
}

static int
padding_step(struct slice *in, struct error *err)
{
	for (size_t i = 0; i < in->len; i++)
		if (in->ptr[i] != '\0')
			return error_set(err, ERROR_FORMAT,
			    "gzip: neither a member nor padding follows");
	*in = slice_after(*in, in->len);
	return 0;
}

static int
header_step(struct gzip_codec *gzip, struct slice *in, struct error *err)
{
	if (gzip_header_put(&gzip->header, in, err) < 0)
		return -1;
	if (gzip->header.place != GZIP_HEADER_DONE)
		return 0;
	isal_inflate_reset(&gzip->state);
	gzip->state.crc_flag = ISAL_GZIP_NO_HDR_VER;
	gzip->place = GZIP_DATA;
	return 0;
}

static int
data_step(struct gzip_codec *gzip, struct slice *in, struct slice room,
    size_t *ret, struct error *err)
{
	struct inflate_state *state = &gzip->state;
	struct slice first = slice_first(*in, UINT32_MAX);

	/* ISA-L takes them as not const, and does not write to them. */
	state->next_in = (uint8_t *)first.ptr;
	state->avail_in = (uint32_t)first.len;
	state->next_out = (uint8_t *)room.ptr;
	state->avail_out = (uint32_t)room.len;

	int code = isal_inflate(state);
	if (code != ISAL_DECOMP_OK && code != ISAL_END_INPUT &&
	    code != ISAL_OUT_OVERFLOW)
		return gzip_error(code, err);

	*in = slice_after(*in, first.len - state->avail_in);
	*ret = room.len - state->avail_out;
	if (state->block_state == ISAL_BLOCK_FINISH) {
		gzip->place = GZIP_BETWEEN;
		gzip->codec.may_end = true;
	}
	return 0;
}

static int
gzip_step(struct codec *self, struct slice *in, bool at_end, struct slice room,
    size_t *ret, struct error *err)
{
	struct gzip_codec *gzip = (struct gzip_codec *)self;

	(void)at_end;
	*ret = 0;
	if (gzip->place == GZIP_BETWEEN && in->len > 0) {
		bool padding = *in->ptr == '\0';

		gzip->place = padding ? GZIP_PADDING : GZIP_HEADER;
		gzip->codec.may_end = padding;
		gzip->header = (struct gzip_header){ 0 };
	}
	switch (gzip->place) {
	case GZIP_HEADER: return header_step(gzip, in, err);
	case GZIP_DATA: return data_step(gzip, in, room, ret, err);
	case GZIP_PADDING: return padding_step(in, err);
	case GZIP_BETWEEN: break;
	}
	return 0;
}

static void
gzip_free(struct codec *self)
{
	free(self);
}

struct codec *
gzip_codec_new(struct error *err)
{
	struct gzip_codec *gzip = malloc(sizeof(*gzip));

	if (!gzip) {
		(void)error_nomem(err);
		return NULL;
	}
	gzip->codec = (struct codec){ .step = gzip_step, .free = gzip_free };
	gzip->place = GZIP_BETWEEN;
	isal_inflate_init(&gzip->state);
	return &gzip->codec;
}
