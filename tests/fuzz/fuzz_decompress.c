/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/decompress.h"

#include "../pieces.h"
#include "base/hash.h"

#define OUT_MAX ((uint64_t)4 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_failure(const struct error *err)
{
	if (err->kind != ERROR_FORMAT && err->kind != ERROR_LIMIT &&
	    err->kind != ERROR_UNSUPPORTED && err->kind != ERROR_NOMEM)
		abort();
	for (const char *c = err->msg; *c; c++)
		if (*c < ' ' || *c > '~')
			abort();
}

/* Shows all of it, in pieces of step; 0 and the hash of it, or -1. */
static int
run(struct slice text, size_t step, struct sha256 *ret, struct error *err)
{
	static const struct decompress_limits limits = { OUT_MAX, 400 };
	CLEANUP(pieces_clear) struct pieces source = pieces_of(text, step);
	CLEANUP(decompress_free) struct decompress *d = NULL;
	CLEANUP(hash_free) struct hash *hash = hash_new();
	struct slice chunk;
	uint64_t n = 0;

	if (!hash)
		abort();
	if (decompress_new(&source.stream, &limits, &d, err) < 0) {
		check_failure(err);
		return -1;
	}
	do {
		if (stream_next(decompress_stream(d), &chunk, err) < 0) {
			check_failure(err);
			return -1;
		}
		n += chunk.len;
		if (n > OUT_MAX)
			abort();
		hash_put(hash, chunk);
	} while (chunk.len > 0);

	/* At its end it has read the source to its end, and stays there. */
	if (source.rest.len > 0 ||
	    stream_next(decompress_stream(d), &chunk, err) < 0 || chunk.len > 0)
		abort();
	*ret = hash_end(hash);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t steps[] = { 1, 7, 509 };
	struct slice text = slice_of((const char *)data, size);
	struct sha256 whole;
	struct error err;
	int r = run(text, SIZE_MAX, &whole, &err);

	/* However the source is cut, what comes out is the same. */
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct sha256 cut;

		if (size / steps[i] > 20000)
			continue;
		if (run(text, steps[i], &cut, &err) != r ||
		    (r == 0 && !sha256_eq(&whole, &cut)))
			abort();
	}
	return 0;
}
