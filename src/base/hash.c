/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include <stdlib.h>

#include <openssl/evp.h>

#include "base/memory.h"

/*
 * libcrypto's SHA-256 fails only when it cannot allocate, which it does in
 * hash_new(); what could fail later would be our own mistake.
 */
struct hash {
	EVP_MD_CTX *ctx;
};

struct hash *
hash_new(void)
{
	CLEANUP(hash_free) struct hash *hash = calloc(1, sizeof(*hash));

	if (!hash || !(hash->ctx = EVP_MD_CTX_new()) ||
	    EVP_DigestInit_ex(hash->ctx, EVP_sha256(), NULL) != 1)
		return NULL;
	return TAKE(hash);
}

void
hash_free(struct hash *hash)
{
	if (!hash)
		return;
	EVP_MD_CTX_free(hash->ctx);
	free(hash);
}

void
hash_put(struct hash *hash, struct slice bytes)
{
	if (EVP_DigestUpdate(hash->ctx, bytes.ptr, bytes.len) != 1)
		abort();
}

struct sha256
hash_end(struct hash *hash)
{
	struct sha256 ret;

	if (EVP_DigestFinal_ex(hash->ctx, ret.bytes, NULL) != 1)
		abort();
	return ret;
}

struct sha256
sha256_of(struct slice bytes)
{
	struct sha256 ret;

	if (EVP_Digest(
		bytes.ptr, bytes.len, ret.bytes, NULL, EVP_sha256(), NULL) != 1)
		abort();
	return ret;
}

bool
sha256_eq(const struct sha256 *a, const struct sha256 *b)
{
	return !memcmp(a->bytes, b->bytes, SHA256_BYTES);
}

void
sha256_to_string(const struct sha256 *sum, char ret[SHA256_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < SHA256_BYTES; i++) {
		ret[2 * i] = digits[sum->bytes[i] >> 4];
		ret[2 * i + 1] = digits[sum->bytes[i] & 15];
	}
	ret[2 * SHA256_BYTES] = '\0';
}

bool
sha256_from_string(struct slice hex, struct sha256 *ret)
{
	struct sha256 sum;

	if (hex.len != 2 * SHA256_BYTES)
		return false;
	for (size_t i = 0; i < SHA256_BYTES; i++) {
		int high = hex_digit(hex.ptr[2 * i]);
		int low = hex_digit(hex.ptr[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		sum.bytes[i] = (uint8_t)(high << 4 | low);
	}
	*ret = sum;
	return true;
}

void
buf_put_sha256(struct buf *out, const struct sha256 *sum)
{
	buf_put(out, slice_of((const char *)sum->bytes, SHA256_BYTES));
}

bool
bytes_sha256(struct bytes_reader *in, struct sha256 *ret)
{
	struct slice bytes;

	if (!bytes_take(in, SHA256_BYTES, &bytes))
		return false;
	memcpy(ret->bytes, bytes.ptr, SHA256_BYTES);
	return true;
}

static int
hash_stream_next(struct stream *self, struct slice *ret, struct error *err)
{
	struct hash_stream *out = (struct hash_stream *)self;

	if (stream_next(out->source, ret, err) < 0)
		return -1;
	hash_put(out->hash, *ret);
	out->n_bytes += ret->len;
	return 0;
}

int
hash_stream_init(
    struct hash_stream *out, struct stream *source, struct error *err)
{
	struct hash *hash = hash_new();

	if (!hash)
		return error_nomem(err);
	*out = (struct hash_stream){
		.stream = { .next = hash_stream_next },
		.source = source,
		.hash = hash,
	};
	return 0;
}

struct sha256
hash_stream_end(struct hash_stream *out)
{
	return hash_end(out->hash);
}

void
hash_stream_clear(struct hash_stream *out)
{
	hash_free(TAKE(out->hash));
}
