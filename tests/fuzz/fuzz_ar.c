/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/ar.h"

#include "../pieces.h"
#include "base/hash.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_failure(const struct error *err)
{
	if (err->kind != ERROR_FORMAT && err->kind != ERROR_LIMIT &&
	    err->kind != ERROR_UNSUPPORTED)
		abort();
	for (const char *c = err->msg; *c; c++)
		if (*c < ' ' || *c > '~')
			abort();
}

/* Reads the content of every other member; passes over the rest. */
static int
members_read(struct ar_reader *in, struct hash *hash, struct error *err)
{
	struct ar_member member;
	struct slice chunk;
	bool skip = false;
	int r;

	while ((r = ar_reader_next(in, &member, err)) > 0) {
		uint64_t n = 0;

		if (!slice_is_graph(member.name) ||
		    member.name.len > AR_NAME_BYTES ||
		    memchr(member.name.ptr, '/', member.name.len))
			abort();
		hash_put(hash, member.name);
		skip = !skip;
		if (skip)
			continue;
		do {
			if (ar_reader_data(in, &chunk, err) < 0)
				return -1;
			n += chunk.len;
			hash_put(hash, chunk);
		} while (chunk.len > 0);
		if (n != member.size_bytes)
			abort();
	}
	return r;
}

static int
run(struct slice text, size_t step, struct sha256 *ret)
{
	CLEANUP(pieces_clear) struct pieces source = pieces_of(text, step);
	CLEANUP(hash_free) struct hash *hash = hash_new();
	struct error err;
	CLEANUP(ar_reader_free)
	struct ar_reader *in = ar_reader_new(&source.stream, &err);

	if (!hash || !in)
		abort();
	int r = members_read(in, hash, &err);
	if (r < 0)
		check_failure(&err);
	*ret = hash_end(hash);
	return r;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of((const char *)data, size);
	struct sha256 whole;
	struct sha256 cut;
	int r = run(text, SIZE_MAX, &whole);

	/* However the source is cut, what is seen is the same. */
	if (run(text, 7, &cut) != r || (r == 0 && !sha256_eq(&whole, &cut)))
		abort();
	return 0;
}
