/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/package.h"
#include "repo/origin.h"
#include "repo/release.h"
#include "task/inventory.h"
#include "trust/verify.h"

/* One suite of one archive, verified. */
struct suite {
	char *uri; /* of the archive */
	char *name;
	struct release *release;
	struct trust_verdict verdict;
};

/* What the indexes of an image's sources have of its packages. */
struct indexes {
	struct suite *suites;
	size_t n_suites;
	struct origin *origins;  /* of the suites, same numbers */
	struct package_list all; /* candidates; its items view the lists */
	struct package_list **lists;
	size_t n_lists;
	struct error *faults; /* why a source's answer is not known */
	size_t n_faults;
};

/*
 * Fetches the indexes of all sources of inventory and verifies them against
 * this host's keyrings, into a new *ret; free it with indexes_free(). A
 * source that fails in any way is a fault, and the others are used.
 * ERROR_NOMEM, ERROR_SYSTEM.
 */
MUST_CHECK int indexes_load(struct app *app, const struct inventory *inventory,
    struct indexes **ret, struct error *err);

/* The newest Date of them: what can be known to be true of what is made. */
int64_t indexes_date(const struct indexes *indexes);

void indexes_free(struct indexes *indexes);
DEFINE_CLEANUP(struct indexes, indexes_free)
