/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/hash.h"

struct http;

/* The URLs that fetch_named() asked for: once in the life of a program. */
struct fetch_asked {
	char **urls;
	size_t n_urls;
};

void fetch_asked_clear(struct fetch_asked *asked);

/*
 * Files of repositories, fetched once and kept. Below DIR: blobs/HEX, named
 * by the SHA-256 that the file must have; named/HEX, named by the SHA-256 of
 * a key: the last answer of a URL, or what was worked out and is kept.
 * All writes are atomic, so that many processes may share the directory;
 * what is read is checked, and damage is as if it were not there.
 */
struct fetch {
	struct http *http;         /* not owned */
	const char *dir;           /* of the cache; not owned */
	bool offline;              /* only what is there already */
	struct fetch_asked *asked; /* not owned; NULL: ask each time */
};

/*
 * Opens the file that has this size and SHA-256, from the cache or else from
 * url, at its start; the caller closes *ret_fd. url is from a signed index
 * and its content untrusted. ERROR_UNTRUSTED: what came is another file;
 * ERROR_NOT_FOUND: neither cached nor at url (or offline); ERROR_SYSTEM: a
 * full disk, for example; else as http_send().
 */
MUST_CHECK int fetch_blob(const struct fetch *fetch, const char *url,
    const struct sha256 *sum, uint64_t size_bytes, int *ret_fd,
    struct error *err);

/*
 * Puts what is at url, at most max_bytes, into ret: asks the server whether
 * it changed since it was fetched last; offline, that is taken as it is.
 * Nothing of it is verified. Errors as above; ERROR_FORMAT: "not modified" to
 * who did not ask that; ERROR_UNSUPPORTED: a part, or another odd status.
 */
MUST_CHECK int fetch_named(const struct fetch *fetch, const char *url,
    uint64_t max_bytes, struct buf *ret, struct error *err);

/*
 * Keeps bytes under key, and finds them again: what costs much to work out.
 * A found entry is as it was saved, and takes the place of what ret holds.
 * Saving may fail and then nothing is kept: ERROR_SYSTEM. ERROR_NOT_FOUND,
 * also of what is damaged; ERROR_DENIED, ERROR_NOMEM.
 */
MUST_CHECK int cache_save(const struct fetch *fetch, const char *key,
    struct slice bytes, struct error *err);
MUST_CHECK int cache_load(const struct fetch *fetch, const char *key,
    struct buf *ret, struct error *err);
