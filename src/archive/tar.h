/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/cleanup.h"
#include "base/stream.h"

enum tar_type {
	TAR_FILE,
	TAR_HARDLINK,
	TAR_SYMLINK,
	TAR_CHAR,
	TAR_BLOCK,
	TAR_DIRECTORY,
	TAR_FIFO,
};
#define TAR_TYPE_MAX TAR_FIFO

/* "file", "hardlink", "symlink", "char", "block", "directory", "fifo";
 * "unknown" for no type. */
const char *tar_type_to_string(enum tar_type type);

struct tar_xattr {
	struct slice name; /* "security.capability" */
	struct slice value;
};

/*
 * One member. A path is one or more names with single slashes between them,
 * none of them "." or ".."; or it is empty: the root. It has no NUL, but may
 * have any other byte, and is not UTF-8 for sure.
 */
struct tar_entry {
	struct slice path;
	enum tar_type type;
	struct slice link; /* of a hard link: a path, not empty; of a
			    * symlink: its text, not empty, without NUL */
	uint32_t mode;     /* 07777 of it */
	uint64_t uid, gid;
	uint64_t size_bytes; /* of the content; 0 but for a TAR_FILE */
	int64_t mtime_sec;
	uint32_t mtime_nsec; /* under 1e9, after mtime_sec */
	uint32_t dev_major, dev_minor;
	const struct tar_xattr *xattrs; /* no name twice */
	size_t n_xattrs;
	uint64_t data_offset; /* of the content, in the source; meant for
			       * those that can be read at an offset */
};

struct tar_limits {
	uint64_t max_entries;
	size_t max_path_bytes; /* of a path and of a link */
	size_t max_pax_bytes;  /* of one entry's extended header */
	size_t max_xattrs;     /* of one entry */
};

/* For layers of images and for packages; the reasons are in tar.c. */
extern const struct tar_limits tar_limits_default;

struct tar_reader;

/*
 * A new reader of the tar that source holds, uncompressed; NULL, with
 * ERROR_NOMEM, if out of memory. source is untrusted and stays the caller's;
 * limits may be NULL: the default. Free it with tar_reader_free().
 */
struct tar_reader *tar_reader_new(
    struct stream *source, const struct tar_limits *limits, struct error *err);

/*
 * Lets the reader pass over content that nobody asks for without reading it:
 * skip is called with the source, between two of its next(), and the next
 * chunk must begin n_bytes later. seek_stream_skip() is one.
 */
void tar_reader_set_skip(struct tar_reader *in,
    int (*skip)(struct stream *source, uint64_t n_bytes, struct error *err));

/*
 * Shows the next entry: 1 with *ret set, whose slices are valid until the
 * next call of this function; 0 at the end of the archive; -1 on failure.
 * Content that was not read is passed over.
 *
 * ERROR_FORMAT: not a tar, cut off, or a header that makes no sense or that
 * the common readers do not agree on (tar.c lists them); a path with "..";
 * the message names the entry where there is one. ERROR_LIMIT: over the
 * limits. ERROR_UNSUPPORTED: a sparse file, or a type of entry that no image
 * has. ERROR_NOMEM, and what source fails with.
 */
MUST_CHECK int tar_reader_next(
    struct tar_reader *in, struct tar_entry *ret, struct error *err);

/*
 * Shows the next chunk of the entry's content where it lies in the source's
 * chunk, until the next call of any of these; empty at the content's end.
 * ERROR_FORMAT when it is cut off, and what source fails with.
 */
MUST_CHECK int tar_reader_data(
    struct tar_reader *in, struct slice *ret, struct error *err);

/* The rest of the entry's content as a stream; it is the reader's. */
struct stream *tar_reader_stream(struct tar_reader *in);

/*
 * Reads source to its end, whatever follows the archive, so that a hash below
 * has seen all of it. Nothing but tar_reader_free() may follow. Fails as
 * source does.
 */
MUST_CHECK int tar_reader_end(struct tar_reader *in, struct error *err);

/* NULL is fine. */
void tar_reader_free(struct tar_reader *in);
DEFINE_CLEANUP(struct tar_reader, tar_reader_free)
