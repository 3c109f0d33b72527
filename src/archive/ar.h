/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/cleanup.h"
#include "base/stream.h"

#define AR_NAME_BYTES ((size_t)16)

struct ar_member {
	struct slice name; /* "control.tar.xz": printable ASCII, no space,
			    * 1 to 16 bytes, no slash */
	uint64_t size_bytes;
};

struct ar_reader;

/*
 * A new reader of the ar that source holds; NULL, with ERROR_NOMEM, if out of
 * memory. source is untrusted and stays the caller's. Free it with
 * ar_reader_free().
 */
struct ar_reader *ar_reader_new(struct stream *source, struct error *err);

/*
 * Shows the next member: 1 with *ret set, whose name is valid until the next
 * call; 0 at the end; -1 on failure. Content that was not read is passed
 * over. ERROR_FORMAT: not an ar, cut off, or a name that is no file's.
 * ERROR_UNSUPPORTED: a name that lies outside its header. ERROR_LIMIT: more
 * members than any package has. And what source fails with.
 */
MUST_CHECK int ar_reader_next(
    struct ar_reader *in, struct ar_member *ret, struct error *err);

/*
 * Shows the next chunk of the member's content where it lies, until the next
 * call; empty at the content's end. ERROR_FORMAT when it is cut off, and what
 * source fails with.
 */
MUST_CHECK int ar_reader_data(
    struct ar_reader *in, struct slice *ret, struct error *err);

/* The rest of the member's content as a stream, so that decompress_new() can
 * stand on it; it is the reader's, and goes on with each ar_reader_next(). */
struct stream *ar_reader_stream(struct ar_reader *in);

/* NULL is fine. */
void ar_reader_free(struct ar_reader *in);
DEFINE_CLEANUP(struct ar_reader, ar_reader_free)
