/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"
#include "repo/release.h"

/* What apt gives a version by default; an installed one has 100. */
enum origin_priority {
	ORIGIN_NOT_AUTOMATIC = 1,
	ORIGIN_INSTALLED = 100, /* also: NotAutomatic, ButAutomaticUpgrades */
	ORIGIN_NORMAL = 500,
};

/* Where the packages of one index come from; each slice may be empty. */
struct origin {
	struct slice suite;
	struct slice codename;
	struct slice label;
	struct slice name; /* the Release's Origin: "Debian" */
	struct slice uri;  /* of the archive */
	bool security;
	enum origin_priority priority;
};

/*
 * An update that needs no more to be called a security update than to come
 * from here: the suite or codename ends in "-security", or the label is
 * "Debian-Security". The slices are those of release and uri.
 */
struct origin origin_of(const struct release *release, struct slice uri);

/* Origins, and the text that their slices view when they were decoded. */
struct origin_list {
	char *text;
	struct origin *items;
	size_t n_items;
};

/* Puts n origins into out as origin_list_decode() reads them. */
void origins_encode(const struct origin *origins, size_t n, struct buf *out);

/*
 * Reads what origins_encode() wrote into a new *ret. bytes are untrusted and
 * copied. ERROR_FORMAT, ERROR_LIMIT (more than ORIGINS_MAX), ERROR_NOMEM.
 */
MUST_CHECK int origin_list_decode(
    struct slice bytes, struct origin_list **ret, struct error *err);

void origin_list_free(struct origin_list *list);
DEFINE_CLEANUP(struct origin_list, origin_list_free)

/* A set of origins is one uint64_t; systems have a dozen indexes. */
#define ORIGINS_MAX 64
