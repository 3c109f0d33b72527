/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * Bytes that grow, up to a limit given at the start. A buf of zeroes is
 * empty and has no limit but memory.
 *
 * A put that cannot be done (no memory, or over the limit) marks the buf as
 * failed and drops it and all later puts; so a writer puts away and asks once,
 * with buf_check(), at the end.
 */
struct buf {
	char *ptr;
	size_t len;
	size_t size;      /* allocated */
	size_t max_bytes; /* 0: no limit */
	bool failed;
};

static inline struct buf
buf_limited(size_t max_bytes)
{
	return (struct buf){ .max_bytes = max_bytes };
}

/* A view of what is in it, until the next put. */
static inline struct slice
buf_slice(const struct buf *buf)
{
	return slice_of(buf->ptr, buf->len);
}

void buf_put(struct buf *buf, struct slice bytes);
void buf_put_string(struct buf *buf, const char *string);
void buf_put_format(struct buf *buf, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buf_put_u8(struct buf *buf, uint8_t value);
void buf_put_u16le(struct buf *buf, uint16_t value);
void buf_put_u32le(struct buf *buf, uint32_t value);
void buf_put_u64le(struct buf *buf, uint64_t value);

/* A u32le length and the bytes, for bytes_sized(). */
void buf_put_sized(struct buf *buf, struct slice bytes);

/* Room for n bytes more, to be filled by the caller, who then adds to len;
 * NULL when it failed. */
char *buf_reserve(struct buf *buf, size_t n);

/* Drops the first n bytes (all, when there are fewer). */
void buf_drop(struct buf *buf, size_t n);

/* 0 when every put was done; else ERROR_NOMEM or ERROR_LIMIT. */
MUST_CHECK int buf_check(const struct buf *buf, struct error *err);

/*
 * The bytes and a NUL after them, to be freed by the caller; buf is empty
 * afterwards. NULL if a put had failed or memory is out.
 */
char *buf_take_string(struct buf *buf) __attribute__((malloc));

/* Frees what it holds; it is empty, with its limit, and can be used again. */
void buf_clear(struct buf *buf);
DEFINE_CLEANUP_IN_PLACE(struct buf, buf_clear)
