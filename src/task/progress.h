/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/stream.h"

/*
 * What a person at a terminal is shown while something takes more than a
 * second: one line of standard error, "reading layers  51.2 MB of 170.0 MB,
 * 85.1 MB/s", that is erased before anything else is printed, and at the end.
 * Nothing is where standard error is no terminal, with --quiet, or NO_COLOR
 * in the environment.
 */
struct progress;

enum progress_kind {
	PROGRESS_READ,     /* layers, by workers */
	PROGRESS_EXPORT,   /* an image, by an engine */
	PROGRESS_DOWNLOAD, /* whatever comes over HTTP */
};

/* NULL when nothing is to be shown, or memory is out: all below take it. */
struct progress *progress_new(bool quiet);
void progress_free(struct progress *progress);

/* So many bytes more are to come: what is shown after "of". */
void progress_expect(
    struct progress *progress, enum progress_kind kind, uint64_t n_bytes);

/* So many came. One kind after another begins anew. */
void progress_add(
    struct progress *progress, enum progress_kind kind, uint64_t n_bytes);

/* Takes the line away; the next bytes may bring it back. */
void progress_erase(struct progress *progress);

/* Takes the line away, and what is expected. */
void progress_end(struct progress *progress);

/* Counts what passes; shows the chunks of its source unchanged. */
struct progress_stream {
	struct stream stream;
	struct stream *source; /* not owned */
	struct progress *progress;
	enum progress_kind kind;
};

struct progress_stream progress_stream_of(
    struct progress *progress, enum progress_kind kind, struct stream *source);

/* The columns of the terminal that fd is; 0: it is none, or does not say. */
size_t terminal_width(int fd);
