/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"

enum sqlite_encoding {
	SQLITE_UTF8 = 1,
	SQLITE_UTF16LE = 2,
	SQLITE_UTF16BE = 3,
};

/* A sqlite database as its pages, with those of its write-ahead log in place
 * of what they replace. The members are not for others. */
struct sqlite_pages {
	struct slice main;
	struct slice wal;
	uint32_t page_bytes;
	uint32_t usable_bytes; /* of a page; the rest is reserved */
	uint32_t n_pages;
	enum sqlite_encoding encoding;
	uint32_t *frames; /* [page]: 1 + its frame, 0: it is in main;
			   * NULL: all are */
	uint32_t n_frames;
};

/* True when main begins as a database does. */
bool sqlite_pages_is(struct slice main);

/*
 * Reads the headers of main and wal, which are untrusted and go on to be
 * viewed, into *ret. Of wal count the frames up to the last commit that are
 * of one piece with its header: what sqlite would recover; that may be none,
 * as with a log of other pages or an empty one. Clear *ret with
 * sqlite_pages_clear(), also after a failure.
 *
 * ERROR_FORMAT: main is no database, or is smaller than it says.
 * ERROR_UNSUPPORTED: a later version of either. ERROR_NOMEM.
 */
MUST_CHECK int sqlite_pages_init(struct slice main, struct slice wal,
    struct sqlite_pages *ret, struct error *err);

/* The bytes of a page that may be used; pages are numbered from 1.
 * ERROR_FORMAT: there is no such page. */
MUST_CHECK int sqlite_pages_get(const struct sqlite_pages *pages, uint32_t page,
    struct slice *ret, struct error *err);

void sqlite_pages_clear(struct sqlite_pages *pages);
DEFINE_CLEANUP_IN_PLACE(struct sqlite_pages, sqlite_pages_clear)
