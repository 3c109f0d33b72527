/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xz, https://tukaani.org/xz/xz-file-format.txt: streams one after the other,
 * zeroes between and after them in fours, as xz(1) takes them.
 */
#include "archive/codec.h"

#include <stdlib.h>

#include <lzma.h>

struct xz_codec {
	struct codec codec;
	lzma_stream stream;
};

static int
xz_error(lzma_ret code, struct error *err)
{
	switch ((int)code) {
	case LZMA_MEM_ERROR: return error_nomem(err);
	case LZMA_MEMLIMIT_ERROR:
		return error_set(err, ERROR_LIMIT,
		    "xz: needs more than %zu bytes of memory",
		    CODEC_MEMORY_MAX);
	case LZMA_OPTIONS_ERROR:
	case LZMA_UNSUPPORTED_CHECK:
		return error_set(err, ERROR_UNSUPPORTED,
		    "xz: a filter or check that the library does not have");
	case LZMA_BUF_ERROR: return error_set(err, ERROR_FORMAT, "xz: cut off");
	default: return error_set(err, ERROR_FORMAT, "xz: the data is corrupt");
	}
}

static int
xz_step(struct codec *self, struct slice *in, bool at_end, struct slice room,
    size_t *ret, struct error *err)
{
	struct xz_codec *xz = (struct xz_codec *)self;
	lzma_stream *stream = &xz->stream;

	*ret = 0;
	if (self->may_end)
		return 0;
	stream->next_in = (const uint8_t *)in->ptr;
	stream->avail_in = in->len;
	stream->next_out = (uint8_t *)room.ptr;
	stream->avail_out = room.len;

	/* Only when told of the end does it say that it is content. */
	lzma_ret code = lzma_code(stream, at_end ? LZMA_FINISH : LZMA_RUN);
	if (code != LZMA_OK && code != LZMA_STREAM_END &&
	    (code != LZMA_BUF_ERROR || at_end))
		return xz_error(code, err);
	self->may_end = code == LZMA_STREAM_END;
	*in = slice_after(*in, in->len - stream->avail_in);
	*ret = room.len - stream->avail_out;
	return 0;
}

static void
xz_free(struct codec *self)
{
	struct xz_codec *xz = (struct xz_codec *)self;

	lzma_end(&xz->stream);
	free(xz);
}

struct codec *
xz_codec_new(struct error *err)
{
	const uint32_t flags = LZMA_CONCATENATED | LZMA_TELL_UNSUPPORTED_CHECK;
	struct xz_codec *xz = calloc(1, sizeof(*xz));

	if (!xz ||
	    lzma_stream_decoder(&xz->stream, CODEC_MEMORY_MAX, flags) !=
		LZMA_OK) {
		free(xz);
		(void)error_nomem(err);
		return NULL;
	}
	xz->codec = (struct codec){ .step = xz_step, .free = xz_free };
	return &xz->codec;
}
