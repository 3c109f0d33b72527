/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"

enum relation_op {
	RELATION_ANY, /* no version asked for */
	RELATION_LT,  /* << */
	RELATION_LE,  /* <=, and the old < */
	RELATION_EQ,
	RELATION_GE, /* >=, and the old > */
	RELATION_GT, /* >> */
};

/* "libfoo:any (>= 1.2)"; the slices view the text that was parsed. */
struct relation {
	struct slice name;
	struct slice arch; /* after the colon; may be empty */
	struct slice version;
	enum relation_op op;
	bool or_next; /* the next in the list is an alternative to this */
};

/* A list of zeroes is empty. */
struct relation_list {
	struct relation *items;
	size_t n_items;
};

/*
 * Adds to *into what text, the value of a Depends or its like, asks for; an
 * empty text asks for nothing. text is untrusted and must outlive the list.
 *
 * ERROR_FORMAT: not deb-control(5)'s "name[:arch] [(op version)]", with "|"
 *     or "," between two. ERROR_LIMIT: more of them than any package has.
 */
MUST_CHECK int relations_parse(
    struct slice text, struct relation_list *into, struct error *err);

/* True when version is one that rel asks for; its name is not looked at. */
bool relation_version_ok(const struct relation *rel, struct slice version);

/* Frees what is in it; it is empty afterwards. */
void relation_list_clear(struct relation_list *list);
DEFINE_CLEANUP_IN_PLACE(struct relation_list, relation_list_clear)
