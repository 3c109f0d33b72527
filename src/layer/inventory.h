/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "archive/tar.h"
#include "base/buf.h"

/*
 * What of one layer says which packages an image has and where they come
 * from: the entries that can hide or lead to the files below, and the
 * contents of these. A form of our own, kept per layer, read by tree_add().
 *
 *	etc/os-release, usr/lib/os-release
 *	var/lib/dpkg/status, var/lib/dpkg/arch, var/lib/dpkg/status.d/NAME
 *	etc/apt/sources.list, etc/apt/sources.list.d/NAME
 *	etc/apt/preferences, etc/apt/preferences.d/NAME
 *
 * and, to say what an image is that we cannot read yet, whether there are
 * databases of apk and rpm.
 */
enum inventory_kind {
	INVENTORY_FILE,
	INVENTORY_HARDLINK, /* to a path in link */
	INVENTORY_SYMLINK,
	INVENTORY_DIRECTORY,
	INVENTORY_OTHER,    /* a device, a FIFO */
	INVENTORY_WHITEOUT, /* hides path of the layers below */
	INVENTORY_OPAQUE,   /* hides what they have in the directory path */
	INVENTORY_KINDS,
};

struct inventory_entry {
	enum inventory_kind kind;
	struct slice path;    /* no slash at either end */
	struct slice link;    /* of a link, as written */
	struct slice content; /* of a file that is read */
};

/* True for the paths above and for what they are in. */
bool inventory_wants(struct slice path);

/* True for a path whose content is kept. */
bool inventory_reads(struct slice path);

/* True for a directory in which each file's content is kept. */
bool inventory_lists(struct slice path);

/*
 * Walks over a layer and puts its inventory into out. ERROR_LIMIT: a file is
 * larger than any such file is, or there are too many; ERROR_FORMAT: a
 * whiteout of nothing; ERROR_UNSUPPORTED: attributes that tell overlayfs to
 * hide or move what is below; else as the reader.
 */
MUST_CHECK int inventory_read(
    struct tar_reader *tar, struct buf *out, struct error *err);

/* Puts one entry into out. Fails as buf_put(). */
void inventory_put(struct buf *out, const struct inventory_entry *entry);

/*
 * Takes the next entry off the front of *bytes, which are untrusted: 1, or 0
 * at the end. ERROR_FORMAT when they are not what inventory_put() writes.
 */
MUST_CHECK int inventory_next(
    struct slice *bytes, struct inventory_entry *ret, struct error *err);
