/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/slice.h"
#include "base/stream.h"

/*
 * Directories that are layers, or a whole root file system, read where they
 * lie. No digest is computed over what is read. What is in them is untrusted:
 * no symbolic link in them is followed, only regular files are opened, and
 * nothing is parsed here.
 */
enum storage_form {
	STORAGE_PLAIN,        /* a root file system: names are names */
	STORAGE_OVERLAY,      /* overlayfs's whiteouts, trusted.overlay.* */
	STORAGE_OVERLAY_USER, /* the same of rootless engines, user.overlay.* */
};

/* The layers of an image: directories, open for reading. */
struct storage_layers {
	enum storage_form form; /* of all of them */
	int *fds;               /* lowest first; owned */
	size_t n;
};

void storage_layers_clear(struct storage_layers *layers);
DEFINE_CLEANUP_IN_PLACE(struct storage_layers, storage_layers_clear)

/*
 * Opens the layers of an image of a local Docker engine, of which inspect
 * (JSON, validated) is what the engine says of it, and diff_ids its layers,
 * lowest first. They are opened only where the engine's own database,
 * in the same directory, says of each that it is the layer with this diff ID
 * upon those below. Clear *ret with storage_layers_clear().
 *
 * Whatever the error is, the image can be had by exporting it.
 * ERROR_UNSUPPORTED: another storage than overlay2, or attributes that this
 * process may not see; ERROR_NOT_FOUND: this is not where the engine has its
 * directories; ERROR_DENIED, ERROR_SYSTEM, ERROR_NOMEM; ERROR_FORMAT: not as
 * engines answer.
 */
MUST_CHECK int storage_docker_open(struct slice inspect,
    const struct sha256 *diff_ids, size_t n_diff_ids,
    struct storage_layers *ret, struct error *err);

/*
 * Puts the config of that image, whose ID is id, from the engine's database
 * into ret, whose limit holds. It has that digest, or it is
 * ERROR_UNTRUSTED. Else errors as storage_docker_open().
 */
MUST_CHECK int storage_docker_config(struct slice inspect,
    const struct sha256 *id, struct buf *ret, struct error *err);

/*
 * Opens the directory at path as a root file system. Links in path itself
 * are followed. *ret is to be closed. ERROR_NOT_FOUND, DENIED, SYSTEM.
 */
MUST_CHECK int storage_root_open(const char *path, int *ret, struct error *err);

/*
 * Puts the inventory (layer/inventory.h, INVENTORY_PACKAGES) of the directory
 * that dir_fd is into out, which gets a limit; dir_fd stays the caller's.
 * ERROR_UNSUPPORTED: what overlayfs has written there tells of more than a tree
 * of files (a redirect, a file without its data), or engines do not agree on
 * it; ERROR_LIMIT: a file is larger, or there are more, or deeper, than in any
 * image; ERROR_CONFLICT: it is being changed; ERROR_NOT_FOUND: a layer is being
 * removed; ERROR_DENIED, ERROR_SYSTEM, ERROR_NOMEM. The message names the path.
 */
MUST_CHECK int storage_inventory(
    int dir_fd, enum storage_form form, struct buf *out, struct error *err);

/* The same directory as the tar of a layer, for a worker to make a list of all
 * its files: of each its name, and what of its content such a list needs. */
struct storage_tar;

/*
 * NULL, with ERROR_NOMEM, if out of memory; dir_fd stays the caller's. Free it
 * with storage_tar_free(). Its stream fails as storage_inventory().
 */
struct storage_tar *storage_tar_new(
    int dir_fd, enum storage_form form, struct error *err);
void storage_tar_free(struct storage_tar *tar);
DEFINE_CLEANUP(struct storage_tar, storage_tar_free)

struct stream *storage_tar_stream(struct storage_tar *tar);
