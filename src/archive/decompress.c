/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decompresses a stream, whatever it is compressed with. The first bytes tell:
 *
 *	1f 8b                   gzip (gzip.c)
 *	28 b5 2f fd             zstd (zstd.c)
 *	5X 2a 4d 18             zstd that begins with a skippable frame
 *	fd 37 7a 58 5a 00       xz (xz.c)
 *	42 5a 68                bzip2: refused by name
 *	anything else           not compressed
 *
 * The engines look at the same bytes, and not at the media type or name.
 */
#include "archive/decompress.h"

#include <stdlib.h>

#include "archive/codec.h"
#include "base/memory.h"

#define OUT_BYTES  STREAM_CHUNK_BYTES
#define HEAD_BYTES ((size_t)6) /* the longest of the beginnings */

/*
 * A ratio says nothing of the first bytes: a file of zeroes is compressed to
 * a thousandth, and layers hold such files. After so many bytes out it cost
 * us a tenth of a second, and an archive is no longer one such file.
 */
#define RATIO_FREE_BYTES ((uint64_t)64 << 20)

const struct decompress_limits decompress_limits_default = {
	/* The largest images in use, with models inside, have layers of tens
	 * of GiB; inflating so much takes minutes, not hours. */
	.max_bytes = (uint64_t)128 << 30,
	/* Root file systems are at 2 to 10, a database of little content at
	 * 100; a gzip bomb at 1030, one of zstd or xz at 7000 and more. */
	.max_ratio = 400,
};

/* A decoder may take a step that is seen in its state only, such as the end
 * of a member; not more than one or two of them in a row. */
#define IDLE_MAX 4

struct decompress {
	struct stream stream;
	struct stream *source; /* not owned */
	struct decompress_limits limits;
	enum compression kind;
	struct codec *codec; /* NULL: not compressed */
	char *out;           /* OUT_BYTES; NULL: not compressed */

	/* What was taken from the source and not yet used: head, then in. */
	char head_bytes[HEAD_BYTES];
	struct slice head;
	struct slice in;
	bool source_ended;

	uint64_t n_in;
	uint64_t n_out;
	bool failed;
	struct error error; /* when it failed */
};

const char *
compression_to_string(enum compression kind)
{
	static const char *const names[] = {
		[COMPRESSION_NONE] = "none",
		[COMPRESSION_GZIP] = "gzip",
		[COMPRESSION_ZSTD] = "zstd",
		[COMPRESSION_XZ] = "xz",
	};

	return (size_t)kind < N_ITEMS(names) ? names[kind] : "unknown";
}

static bool
is_zstd(struct slice head)
{
	if (slice_starts_with(head, SLICE("\x28\xb5\x2f\xfd")))
		return true;
	return head.len >= 4 && ((uint8_t)*head.ptr & 0xf0) == 0x50 &&
	    slice_starts_with(slice_after(head, 1), SLICE("\x2a\x4d\x18"));
}

static enum compression
kind_of(struct slice head)
{
	if (slice_starts_with(head, SLICE("\x1f\x8b")))
		return COMPRESSION_GZIP;
	if (is_zstd(head))
		return COMPRESSION_ZSTD;
	if (slice_starts_with(head, SLICE("\xfd\x37zXZ\0")))
		return COMPRESSION_XZ;
	return COMPRESSION_NONE;
}

/* Takes the next chunk of the source into d->in, unless there is some left. */
static int
in_fill(struct decompress *d, struct error *err)
{
	if (d->in.len > 0 || d->source_ended)
		return 0;
	if (stream_next(d->source, &d->in, err) < 0)
		return -1;
	d->source_ended = d->in.len == 0;
	return 0;
}

/* Reads until it sees HEAD_BYTES; *ret is they, or all when there are fewer.
 * Chunks too small for that are gathered in d->head. */
static int
head_read(struct decompress *d, struct slice *ret, struct error *err)
{
	size_t len = 0;

	if (in_fill(d, err) < 0)
		return -1;
	if (d->in.len >= HEAD_BYTES) {
		*ret = slice_first(d->in, HEAD_BYTES);
		return 0;
	}
	while (len < HEAD_BYTES && !d->source_ended) {
		struct slice part = slice_first(d->in, HEAD_BYTES - len);

		memcpy(d->head_bytes + len, part.ptr, part.len);
		len += part.len;
		d->in = slice_after(d->in, part.len);
		if (len < HEAD_BYTES && in_fill(d, err) < 0)
			return -1;
	}
	*ret = d->head = slice_of(d->head_bytes, len);
	return 0;
}

/* Counts what was produced, and says when it is too much. */
static int
count_out(struct decompress *d, size_t n, struct error *err)
{
	uint64_t ratio = d->limits.max_ratio;

	d->n_out += n;
	if (d->limits.max_bytes > 0 && d->n_out > d->limits.max_bytes)
		return error_set(err, ERROR_LIMIT,
		    "decompressed it is over %ju bytes",
		    (uintmax_t)d->limits.max_bytes);
	if (!d->codec || ratio == 0 || d->n_out <= RATIO_FREE_BYTES)
		return 0;
	if (d->n_out / ratio > d->n_in)
		return error_set(err, ERROR_LIMIT,
		    "%s: decompressed it is over %ju times as large",
		    compression_to_string(d->kind), (uintmax_t)ratio);
	return 0;
}

/*
 * One step of the codec, over what is at hand, into what is free in out.
 * *ret_idle: it took nothing and gave nothing.
 */
static int
codec_step(
    struct decompress *d, size_t *filled, bool *ret_idle, struct error *err)
{
	struct slice *in = d->head.len > 0 ? &d->head : &d->in;
	struct slice room = slice_of(d->out + *filled, OUT_BYTES - *filled);
	bool at_end = d->source_ended && in->len == 0;
	size_t had = in->len;
	size_t n;

	if (d->codec->step(d->codec, in, at_end, room, &n, err) < 0)
		return -1;
	*ret_idle = n == 0 && in->len == had;
	d->n_in += had - in->len;
	*filled += n;
	return count_out(d, n, err);
}

static int
decoded_next(struct decompress *d, struct slice *ret, struct error *err)
{
	size_t filled = 0;
	unsigned int n_idle = 0;

	while (filled < OUT_BYTES && n_idle < IDLE_MAX) {
		bool idle;

		if (d->head.len == 0 && in_fill(d, err) < 0)
			return -1;
		if (codec_step(d, &filled, &idle, err) < 0)
			return -1;
		n_idle = idle ? n_idle + 1 : 0;
	}
	if (n_idle == IDLE_MAX && (!d->source_ended || d->head.len > 0))
		return error_set(err, ERROR_FORMAT, "%s: it does not go on",
		    compression_to_string(d->kind));
	if (filled == 0 && !d->codec->may_end)
		return error_set(err, ERROR_FORMAT, "%s: cut off",
		    compression_to_string(d->kind));
	*ret = slice_of(d->out, filled);
	return 0;
}

static int
plain_next(struct decompress *d, struct slice *ret, struct error *err)
{
	struct slice *in = d->head.len > 0 ? &d->head : &d->in;

	if (in == &d->in && in_fill(d, err) < 0)
		return -1;
	*ret = *in;
	*in = slice_after(*in, in->len);
	return count_out(d, ret->len, err);
}

static int
decompress_next(struct stream *self, struct slice *ret, struct error *err)
{
	struct decompress *d = (struct decompress *)self;

	if (!d->failed) {
		int r = d->codec ? decoded_next(d, ret, &d->error)
				 : plain_next(d, ret, &d->error);
		if (r == 0)
			return 0;
		d->failed = true;
	}
	*err = d->error;
	return -1;
}

static int
codec_begin(struct decompress *d, struct error *err)
{
	switch (d->kind) {
	case COMPRESSION_NONE: return 0;
	case COMPRESSION_GZIP: d->codec = gzip_codec_new(err); break;
	case COMPRESSION_ZSTD: d->codec = zstd_codec_new(err); break;
	case COMPRESSION_XZ: d->codec = xz_codec_new(err); break;
	}
	if (!d->codec)
		return -1;
	d->out = malloc(OUT_BYTES);
	return d->out ? 0 : error_nomem(err);
}

int
decompress_new(struct stream *source, const struct decompress_limits *limits,
    struct decompress **ret, struct error *err)
{
	CLEANUP(decompress_free) struct decompress *d = calloc(1, sizeof(*d));
	struct slice head;

	if (!d)
		return error_nomem(err);
	d->stream.next = decompress_next;
	d->source = source;
	d->limits = limits ? *limits : decompress_limits_default;
	if (head_read(d, &head, err) < 0)
		return -1;
	if (slice_starts_with(head, SLICE("BZh")))
		return error_set(err, ERROR_UNSUPPORTED,
		    "compressed with bzip2, which is not supported");
	d->kind = kind_of(head);
	if (codec_begin(d, err) < 0)
		return -1;
	*ret = TAKE(d);
	return 0;
}

struct stream *
decompress_stream(struct decompress *d)
{
	return &d->stream;
}

enum compression
decompress_kind(const struct decompress *d)
{
	return d->kind;
}

void
decompress_free(struct decompress *d)
{
	if (!d)
		return;
	if (d->codec)
		d->codec->free(d->codec);
	free(d->out);
	free(d);
}
