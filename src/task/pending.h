/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "repo/updates.h"
#include "task/indexes.h"
#include "task/inventory.h"

/* What an image is behind on. */
struct pending {
	struct inventory *inventory;
	struct indexes *indexes; /* its faults: what stayed unknown */
	struct updates_input input;
	struct update_list *updates; /* as far as it is known */
};

/*
 * Works out what image is behind on, into a new *ret; free it with
 * pending_free(). A source that fails is in (*ret)->indexes->faults, and what
 * the others say is there. ERROR_UNSUPPORTED: an image whose updates this
 * program cannot work out, with the reason; else as inventory_load() and
 * indexes_load().
 */
MUST_CHECK int pending_load(struct app *app, struct image *image,
    struct pending **ret, struct error *err);

void pending_free(struct pending *pending);
DEFINE_CLEANUP(struct pending, pending_free)

/* How many of them are, or may be, and how many of those are security's. */
struct pending_count {
	size_t all; /* not counting those that are kept back */
	size_t security;
	size_t kept_back;
};

struct pending_count pending_count(const struct pending *pending);

const struct package *pending_installed(
    const struct pending *pending, const struct update *update);
const struct package *pending_candidate(
    const struct pending *pending, const struct update *update);
