/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "archive/tar.h"
#include "base/buf.h"

/*
 * Writes a tar, always the same bytes for the same entries: ustar where an
 * entry fits in it, else a PAX header before it. Owners are numbers only,
 * times whole seconds. A file is its header, its content (which the caller
 * writes), and tar_put_padding().
 */

/*
 * Puts the header of entry into out; its data_offset and mtime_nsec do not
 * matter, nor the size of what is no file. out's own failure is left for
 * buf_check(). ERROR_FORMAT: the entry is not what struct tar_entry promises.
 * ERROR_UNSUPPORTED: tar cannot hold it: a device number over 2097151, an
 * xattr whose name has '=' or NUL or is empty. On failure out is as it was.
 */
MUST_CHECK int tar_put_header(
    struct buf *out, const struct tar_entry *entry, struct error *err);

/* Puts what must follow content of so many bytes: 0 to 511 zeroes. */
void tar_put_padding(struct buf *out, uint64_t size_bytes);

/* Puts the end of the archive: two blocks of zeroes. */
void tar_put_end(struct buf *out);
