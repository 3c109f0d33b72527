/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/cleanup.h"
#include "catalog/rpmdb.h"

/*
 * What reads one format of rpm's database: calls header for each header in
 * it, whose number there is given; blob is there until header returns. Each
 * fails as header does, and with ERROR_FORMAT for damage, whose message names
 * the page.
 */
struct rpmdb_visitor {
	int (*header)(
	    void *ctx, uint64_t number, struct slice blob, struct error *err);
	void *ctx;
};

MUST_CHECK int rpmdb_bdb_walk(const struct rpmdb_files *files,
    const struct rpmdb_visitor *to, struct error *err);
MUST_CHECK int rpmdb_ndb_walk(const struct rpmdb_files *files,
    const struct rpmdb_visitor *to, struct error *err);
MUST_CHECK int rpmdb_sqlite_walk(const struct rpmdb_files *files,
    const struct rpmdb_visitor *to, struct error *err);

/* True when main begins as such a database does. */
bool rpmdb_bdb_is(struct slice main);
bool rpmdb_ndb_is(struct slice main);
bool rpmdb_sqlite_is(struct slice main);

/*
 * Which pages have been read. In a sound database none is in two places; so a
 * chain or a tree that comes back to one ends there, and all that is read of a
 * database is at most all of it.
 */
struct page_set {
	uint8_t *used;
	uint32_t n_pages; /* numbered from 0 */
};

MUST_CHECK int page_set_init(
    struct page_set *set, uint32_t n_pages, struct error *err);

/* ERROR_FORMAT: there is no such page, or it was taken before. */
MUST_CHECK int page_set_take(
    struct page_set *set, uint32_t page, struct error *err);

void page_set_clear(struct page_set *set);
DEFINE_CLEANUP_IN_PLACE(struct page_set, page_set_clear)
