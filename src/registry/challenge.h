/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"

/* Basic, Bearer, Negotiate and room; who offers more is not a registry. */
#define CHALLENGES_MAX 8

enum challenge_scheme {
	CHALLENGE_OTHER, /* one that is not spoken here */
	CHALLENGE_BASIC,
	CHALLENGE_BEARER,
};

/* One way to prove who one is. Empty: the server did not say. */
struct challenge {
	enum challenge_scheme scheme;
	struct slice realm; /* of Bearer, where tokens are had: a URL */
	struct slice service;
	struct slice scope;
	struct slice error; /* "invalid_token", "insufficient_scope" */
};

struct challenges {
	char *text; /* what the slices view */
	struct challenge items[CHALLENGES_MAX];
	size_t n_items;
};

/*
 * Reads one untrusted WWW-Authenticate header, which may hold several
 * challenges, into a zeroed *ret; clear it with challenges_clear(), also
 * after a failure. All of its slices are printable ASCII. ERROR_FORMAT: not
 * such a header; ERROR_LIMIT: longer than any; ERROR_NOMEM.
 */
MUST_CHECK int challenges_parse(
    struct slice header, struct challenges *ret, struct error *err);
void challenges_clear(struct challenges *challenges);
DEFINE_CLEANUP_IN_PLACE(struct challenges, challenges_clear)

/* The first of this scheme, or NULL. */
const struct challenge *challenges_find(
    const struct challenges *challenges, enum challenge_scheme scheme);
