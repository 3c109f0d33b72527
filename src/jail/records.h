/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "base/stream.h"
#include "jail/jail.h"

/*
 * What goes into the jail: layers, RECORD_LAYERS_END, debs, RECORD_END.
 * records.c has the format.
 */
enum record_kind {
	RECORD_LAYER = 1,
	RECORD_LAYERS_END,
	RECORD_DEB,
	RECORD_END,
};

#define RECORD_NAME_MAX        ((size_t)255)
#define RECORD_CHUNK_MAX_BYTES ((size_t)256 * 1024)

struct record {
	enum record_kind kind;
	uint32_t stage;                 /* of a deb; else 0 */
	char name[RECORD_NAME_MAX + 1]; /* of a deb; else "" */
};

/* True for what a deb may be called: see struct jail_deb. */
bool record_name_is_valid(struct slice name);

/* Composes the records of a spec as they are pulled. */
struct record_writer {
	struct stream stream;
	const struct jail_spec *spec;
	size_t n_done; /* of layers, the end of layers, debs, the end */
	int state;
	struct slice chunk;    /* of the source, still to be shown */
	uint64_t n_data_bytes; /* of the record under way */
	size_t n_head;
	char head[RECORD_NAME_MAX + 16];
};

/*
 * Its stream shows the records; the spec must outlive it. At next: what a
 * stream of the spec returns; ERROR_FORMAT when a deb has not the size that
 * was said.
 */
struct record_writer record_writer_of(const struct jail_spec *spec);

/*
 * Reads records from a descriptor, and not a byte more than was asked for:
 * another process reads on where this one stopped.
 */
struct record_reader {
	struct stream data; /* of the record that was read last */
	int fd;
	bool data_left;
	char *buffer;
};

/* fd stays the caller's. Clear with record_reader_clear(). ERROR_NOMEM. */
MUST_CHECK int record_reader_init(
    struct record_reader *in, int fd, struct error *err);

/*
 * Reads the head of the next record; in->data then shows its bytes. What the
 * caller left of the last one's is dropped. The bytes are our parent's, and
 * still not trusted. ERROR_FORMAT: not a record, or cut off (so is
 * in->data's). ERROR_SYSTEM when read(2) fails.
 */
MUST_CHECK int record_next(
    struct record_reader *in, struct record *ret, struct error *err);

void record_reader_clear(struct record_reader *in);
DEFINE_CLEANUP_IN_PLACE(struct record_reader, record_reader_clear)
