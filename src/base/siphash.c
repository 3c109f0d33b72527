/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SipHash, J.-P. Aumasson and D. J. Bernstein, 2012, with one round for each
 * word and three at the end, as the hash tables of Rust, Python and Ruby have
 * it.
 */
#include "base/siphash.h"

#define WORD_BYTES sizeof(uint64_t)

struct state {
	uint64_t v0, v1, v2, v3;
};

static uint64_t
rotated(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

static void
turn(struct state *s)
{
	s->v0 += s->v1;
	s->v1 = rotated(s->v1, 13) ^ s->v0;
	s->v0 = rotated(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rotated(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = rotated(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = rotated(s->v1, 17) ^ s->v2;
	s->v2 = rotated(s->v2, 32);
}

/* Little-endian, of up to a word of bytes. */
static uint64_t
word_of(struct slice bytes)
{
	uint64_t word = 0;

	for (size_t i = 0; i < bytes.len; i++)
		word |= (uint64_t)(uint8_t)bytes.ptr[i] << (8 * i);
	return word;
}

static void
put(struct state *s, uint64_t word)
{
	s->v3 ^= word;
	turn(s);
	s->v0 ^= word;
}

struct siphash_key
siphash_key_of(const void *allocated)
{
	return (struct siphash_key){
		{ (uint64_t)(uintptr_t)allocated,
		    (uint64_t)(uintptr_t)__builtin_frame_address(0) },
	};
}

uint64_t
siphash(const struct siphash_key *key, struct slice bytes)
{
	uint64_t k0 = key->halves[0], k1 = key->halves[1];
	uint64_t length = (uint64_t)(bytes.len & 0xff) << 56;
	struct state s = {
		.v0 = k0 ^ 0x736f6d6570736575,
		.v1 = k1 ^ 0x646f72616e646f6d,
		.v2 = k0 ^ 0x6c7967656e657261,
		.v3 = k1 ^ 0x7465646279746573,
	};

	while (bytes.len >= WORD_BYTES) {
		put(&s, word_of(slice_first(bytes, WORD_BYTES)));
		bytes = slice_after(bytes, WORD_BYTES);
	}
	put(&s, length | word_of(bytes));
	s.v2 ^= 0xff;
	for (int i = 0; i < 3; i++)
		turn(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
