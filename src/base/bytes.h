/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/slice.h"

/*
 * Reads numbers and runs of bytes off the front of an untrusted binary
 * slice. Each function returns false, and takes nothing, when too little is
 * left; so reads can be chained with &&.
 */
struct bytes_reader {
	struct slice rest;
};

static inline struct bytes_reader
bytes_reader_of(struct slice bytes)
{
	return (struct bytes_reader){ .rest = bytes };
}

bool bytes_u8(struct bytes_reader *in, uint8_t *ret);
bool bytes_u16le(struct bytes_reader *in, uint16_t *ret);
bool bytes_u32le(struct bytes_reader *in, uint32_t *ret);
bool bytes_u64le(struct bytes_reader *in, uint64_t *ret);
bool bytes_u16be(struct bytes_reader *in, uint16_t *ret);
bool bytes_u32be(struct bytes_reader *in, uint32_t *ret);
bool bytes_u64be(struct bytes_reader *in, uint64_t *ret);

/* The next n bytes, as they are. */
bool bytes_take(struct bytes_reader *in, size_t n, struct slice *ret);

/* A u32le length and that many bytes: what buf_put_sized() writes. */
bool bytes_sized(struct bytes_reader *in, struct slice *ret);
