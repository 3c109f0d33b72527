/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layer: reads one layer, compressed or not, in one pass, and answers its
 * inventory. argv: how much of it, "packages" or "files". Of a compressed one
 * also what its plain tar hashes to: the diff ID, which the parent compares
 * with the image's config. What comes plain the parent has hashed itself.
 */
#include "roles.h"

#include "archive/decompress.h"
#include "base/hash.h"
#include "layer/inventory.h"
#include "sandbox/answer.h"
#include "sandbox/confine.h"

/* As much as the parent keeps of one layer. */
#define INVENTORY_MAX_BYTES ((uint64_t)192 * 1024 * 1024)

static int
put_digest(struct hash_stream *tap, struct error *err)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct sha256 sum = hash_stream_end(tap);

	buf_put(&out, slice_of((const char *)sum.bytes, SHA256_BYTES));
	buf_put_u64le(&out, tap->n_bytes);
	if (buf_check(&out, err) < 0)
		return -1;
	return answer_put(ANSWER_DIGEST, buf_slice(&out), err);
}

static int
put_piece(void *ctx, struct slice bytes, struct error *err)
{
	(void)ctx;
	return answer_put(ANSWER_MAIN, bytes, err);
}

static int
read_tar(struct stream *plain, enum inventory_level level, struct error *err)
{
	static const struct inventory_sink sink = {
		.put = put_piece,
		.max_bytes = INVENTORY_MAX_BYTES,
	};
	CLEANUP(tar_reader_free)
	struct tar_reader *tar = tar_reader_new(plain, NULL, err);

	if (!tar || inventory_write(tar, level, &sink, err) < 0)
		return -1;
	return tar_reader_end(tar, err);
}

static int
read_layer(struct stream *blob, enum inventory_level level, struct error *err)
{
	CLEANUP(decompress_free) struct decompress *plain = NULL;
	CLEANUP(hash_stream_clear) struct hash_stream tap = { 0 };

	if (decompress_new(blob, NULL, &plain, err) < 0)
		return -1;
	if (decompress_kind(plain) == COMPRESSION_NONE)
		return read_tar(decompress_stream(plain), level, err);
	if (hash_stream_init(&tap, decompress_stream(plain), err) < 0 ||
	    read_tar(&tap.stream, level, err) < 0)
		return -1;
	return put_digest(&tap, err);
}

int
role_layer(int argc, char **argv, struct error *err)
{
	CLEANUP(fd_stream_clear) struct fd_stream blob = { 0 };

	enum inventory_level level;

	if (argc != 1 ||
	    !inventory_level_from_string(slice_of_string(argv[0]), &level))
		return error_set(err, ERROR_BUG, "layer LEVEL");
	if (fd_stream_init(&blob, CONFINE_FIRST_FD, err) < 0)
		return -1;
	return read_layer(&blob.stream, level, err);
}
