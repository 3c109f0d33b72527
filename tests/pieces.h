/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdlib.h>

#include "base/stream.h"

/* A stream over bytes in memory that shows them in pieces of step bytes, each
 * gone at the next call, so that a sanitizer sees who looks at it then. */
struct pieces {
	struct stream stream;
	struct slice rest;
	size_t step;
	char *piece;
};

static inline int
pieces_next(struct stream *self, struct slice *ret, struct error *err)
{
	struct pieces *in = (struct pieces *)self;
	struct slice part = slice_first(in->rest, in->step);

	(void)err;
	free(in->piece);
	in->piece = malloc(part.len > 0 ? part.len : 1);
	if (!in->piece)
		abort();
	if (part.len > 0)
		memcpy(in->piece, part.ptr, part.len);
	in->rest = slice_after(in->rest, part.len);
	*ret = slice_of(in->piece, part.len);
	return 0;
}

static inline struct pieces
pieces_of(struct slice bytes, size_t step)
{
	return (struct pieces){
		.stream = { .next = pieces_next },
		.rest = bytes,
		.step = step,
	};
}

static inline void
pieces_clear(struct pieces *in)
{
	free(in->piece);
	in->piece = NULL;
}
DEFINE_CLEANUP_IN_PLACE(struct pieces, pieces_clear)
