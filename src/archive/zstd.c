/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zstandard, RFC 8878: frames one after the other, some of them skippable
 * (zstd:chunked keeps its table of contents in one). No dictionaries.
 */
#include "archive/codec.h"

#include <stdlib.h>
#include <string.h>

#include <zstd.h>
#include <zstd_errors.h>

/* As long as a frame's header can be (RFC 8878, 3.1.1.1). */
#define HEADER_MAX_BYTES ((size_t)18)

struct zstd_codec {
	struct codec codec;
	ZSTD_DStream *stream;
	/* Of the frame under way. */
	char header[HEADER_MAX_BYTES];
	size_t n_header;
	uint64_t n_out;
};

static int
zstd_error(size_t code, struct error *err)
{
	enum error_kind kind = ERROR_FORMAT;

	switch ((int)ZSTD_getErrorCode(code)) {
	case ZSTD_error_memory_allocation: return error_nomem(err);
	case ZSTD_error_frameParameter_windowTooLarge:
		kind = ERROR_LIMIT;
		break;
	case ZSTD_error_frameParameter_unsupported:
	case ZSTD_error_version_unsupported:
	case ZSTD_error_dictionary_wrong: kind = ERROR_UNSUPPORTED; break;
	default: break;
	}
	return error_set(err, kind, "zstd: %s", ZSTD_getErrorName(code));
}

/*
 * A frame that ends short of the content size in its header: libzstd tells
 * when it has all of the frame at once, and not always when it comes in
 * pieces.
 */
static int
frame_end(struct zstd_codec *zstd, struct error *err)
{
	unsigned long long size =
	    ZSTD_getFrameContentSize(zstd->header, zstd->n_header);
	bool is_known =
	    size != ZSTD_CONTENTSIZE_UNKNOWN && size != ZSTD_CONTENTSIZE_ERROR;

	if (is_known && size != zstd->n_out)
		return error_set(err, ERROR_FORMAT,
		    "zstd: a frame without all that it says it has");
	zstd->n_header = 0;
	zstd->n_out = 0;
	return 0;
}

/* Notes what was taken and given of the frame under way. */
static void
frame_note(struct zstd_codec *zstd, struct slice taken, size_t n_out)
{
	struct slice head =
	    slice_first(taken, HEADER_MAX_BYTES - zstd->n_header);

	if (head.len > 0)
		memcpy(zstd->header + zstd->n_header, head.ptr, head.len);
	zstd->n_header += head.len;
	zstd->n_out += n_out;
}

static int
zstd_step(struct codec *self, struct slice *in, bool at_end, struct slice room,
    size_t *ret, struct error *err)
{
	struct zstd_codec *zstd = (struct zstd_codec *)self;
	ZSTD_inBuffer from = { .src = in->ptr, .size = in->len };
	ZSTD_outBuffer to = {
		.dst = (void *)room.ptr,
		.size = room.len,
	};

	(void)at_end;
	*ret = 0;
	/* Without input it would begin a frame that is not there. */
	if (self->may_end && in->len == 0)
		return 0;

	size_t code = ZSTD_decompressStream(zstd->stream, &to, &from);
	if (ZSTD_isError(code))
		return zstd_error(code, err);
	self->may_end = code == 0;
	frame_note(zstd, slice_first(*in, from.pos), to.pos);
	*in = slice_after(*in, from.pos);
	*ret = to.pos;
	return code == 0 ? frame_end(zstd, err) : 0;
}

static void
zstd_free(struct codec *self)
{
	struct zstd_codec *zstd = (struct zstd_codec *)self;

	(void)ZSTD_freeDStream(zstd->stream);
	free(zstd);
}

struct codec *
zstd_codec_new(struct error *err)
{
	struct zstd_codec *zstd = calloc(1, sizeof(*zstd));

	if (!zstd || !(zstd->stream = ZSTD_createDStream())) {
		free(zstd);
		(void)error_nomem(err);
		return NULL;
	}
	zstd->codec = (struct codec){ .step = zstd_step, .free = zstd_free };
	if (ZSTD_isError(ZSTD_DCtx_setParameter(
		zstd->stream, ZSTD_d_windowLogMax, CODEC_WINDOW_LOG))) {
		zstd_free(&zstd->codec);
		(void)error_set(err, ERROR_BUG, "zstd: no such window");
		return NULL;
	}
	return &zstd->codec;
}
