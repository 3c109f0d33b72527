/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "archive/tar.h"
#include "base/buf.h"

/* How much of a layer an inventory has. wanted.c names the paths. */
enum inventory_level {
	/*
	 * What says which packages there are and where they come from: the
	 * databases, os-release and its kin, the sources; and what can hide
	 * them or lead to them.
	 */
	INVENTORY_PACKAGES,
	/* Every entry; of more files the content, of programs their note. */
	INVENTORY_FILES,
};
#define INVENTORY_LEVEL_MAX INVENTORY_FILES

/* "packages", "files"; "unknown" for no level. */
const char *inventory_level_to_string(enum inventory_level level);

/* False, and *ret as it was, for what is none. */
bool inventory_level_from_string(struct slice name, enum inventory_level *ret);

enum inventory_kind {
	INVENTORY_FILE,
	INVENTORY_HARDLINK, /* to a path in link */
	INVENTORY_SYMLINK,
	INVENTORY_DIRECTORY,
	INVENTORY_OTHER,    /* a device, a FIFO */
	INVENTORY_WHITEOUT, /* hides path of the layers below */
	INVENTORY_OPAQUE,   /* hides what they have in the directory path */
	INVENTORY_COMPLETE, /* no entry: says that INVENTORY_FILES follow */
	INVENTORY_KINDS,
};

struct inventory_entry {
	enum inventory_kind kind;
	struct slice path;    /* no slash at either end */
	struct slice link;    /* of a link, as written */
	struct slice content; /* of a file that is read */
	struct slice note;    /* of an ELF file: its package note, elf_note.h */
};

/* True for what INVENTORY_PACKAGES has: paths and what they are in. */
bool inventory_wants(struct slice path);

/* True for a path whose content, or the first of it, is kept. */
bool inventory_reads(struct slice path, enum inventory_level level);

/* True for a directory of which INVENTORY_PACKAGES has each entry. */
bool inventory_lists(struct slice path);

/*
 * Walks over a layer and puts its inventory into out. ERROR_LIMIT, with the
 * path: a file is larger than any such file is; ERROR_FORMAT: a whiteout of
 * nothing; ERROR_UNSUPPORTED: attributes that tell overlayfs to hide or move
 * what is below; else as the reader.
 */
MUST_CHECK int inventory_read(struct tar_reader *tar,
    enum inventory_level level, struct buf *out, struct error *err);

/* Where an inventory goes as it comes: put() is called with one piece of it
 * after the other, and what it fails with ends the reading. */
struct inventory_sink {
	int (*put)(void *ctx, struct slice bytes, struct error *err);
	void *ctx;
	uint64_t max_bytes; /* of all pieces; more is ERROR_LIMIT. 0: any */
};

/* The same for who need not hold all of it at once. */
MUST_CHECK int inventory_write(struct tar_reader *tar,
    enum inventory_level level, const struct inventory_sink *sink,
    struct error *err);

/* Puts one entry into out. Fails as buf_put(). */
void inventory_put(struct buf *out, const struct inventory_entry *entry);

/*
 * Takes the next entry off the front of *bytes, which are untrusted: 1, or 0
 * at the end. ERROR_FORMAT when they are not what inventory_put() writes.
 */
MUST_CHECK int inventory_next(
    struct slice *bytes, struct inventory_entry *ret, struct error *err);
