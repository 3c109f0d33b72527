/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/frame.h"

#include <stdlib.h>

#include "base/hash.h"

/* Small, so that an input can be larger. */
#define ANSWER_MAX_BYTES ((uint64_t)1 << 10)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What came out of one way of feeding. */
struct seen {
	struct hash *hash;
	uint64_t n_bytes;
};

static int
see(void *ctx, uint16_t type, struct slice body, struct error *err)
{
	struct seen *seen = ctx;

	if (type < FRAME_ROLE || body.len > FRAME_BODY_MAX_BYTES)
		abort();
	if (body.len == 3 && body.ptr[0] == '!')
		return error_set(err, ERROR_UNSUPPORTED, "not wanted");
	hash_put(seen->hash, slice_of((const char *)&type, sizeof(type)));
	hash_put(seen->hash, slice_of((const char *)&body.len, sizeof(size_t)));
	hash_put(seen->hash, body);
	seen->n_bytes += FRAME_HEADER_BYTES + body.len;
	return 0;
}

static void
check_failure(const struct error *err)
{
	if (err->kind == ERROR_NONE || err->kind > ERROR_KIND_MAX)
		abort();
	for (const char *c = err->msg; *c; c++)
		if (*c < ' ' || *c > '~')
			abort();
}

/* Feeds text in pieces of step bytes; the result, and what was seen. */
static int
read_answer(
    struct slice text, size_t step, struct sha256 *ret, struct error *err)
{
	CLEANUP(hash_free) struct hash *hash = hash_new();
	struct seen seen = { .hash = hash };
	CLEANUP(frame_reader_clear)
	struct frame_reader in = frame_reader_of(
	    (struct frame_sink){ see, &seen }, ANSWER_MAX_BYTES);
	const size_t n_text = text.len;
	int r = 0;

	if (!hash)
		abort();
	while (r == 0 && text.len > 0) {
		struct slice piece = slice_first(text, step);

		text = slice_after(text, piece.len);
		r = frame_reader_put(&in, piece, err);
	}
	if (r == 0)
		r = frame_reader_end(&in, err);
	if (seen.n_bytes > n_text || seen.n_bytes > ANSWER_MAX_BYTES)
		abort();
	if (r < 0)
		check_failure(err);
	*ret = hash_end(hash);
	return r;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t steps[] = { 1, 6, 7, 64 };
	struct slice text = slice_of((const char *)data, size);
	struct sha256 whole;
	struct error err;
	int r = read_answer(text, SIZE_MAX, &whole, &err);

	/* However it is cut, the answer is the same. */
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct sha256 cut;
		struct error cut_err;
		int cut_r = read_answer(text, steps[i], &cut, &cut_err);

		if (cut_r != r || (r == 0 && !sha256_eq(&cut, &whole)))
			abort();
		if (r < 0 && size <= ANSWER_MAX_BYTES &&
		    (cut_err.kind != err.kind || !sha256_eq(&cut, &whole)))
			abort();
	}
	return 0;
}
