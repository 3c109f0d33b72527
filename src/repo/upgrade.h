/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/names.h"
#include "repo/relation.h"
#include "repo/updates.h"

/*
 * What would be installed, while it is worked out which of the updates can
 * be: for this room only.
 */

/* Which of its two versions a package has. */
enum upgrade_side {
	UPGRADE_NOW,  /* what is installed */
	UPGRADE_NEXT, /* the candidate */
	N_UPGRADE_SIDES,
};

struct upgrade_relations {
	struct relation_list needs; /* Pre-Depends, then Depends */
	size_t n_pre_depends;
	struct relation_list recommends;
	struct relation_list against; /* Breaks, then Conflicts */
};

/* An installed package. */
struct upgrade_package {
	const struct package *sides[N_UPGRADE_SIDES]; /* the second: or NULL */
	struct upgrade_relations relations[N_UPGRADE_SIDES];
	struct update *update; /* NULL when there is none */
	bool planned;          /* has its candidate in the end */
};

/* A package, or something that one provides, under its name. */
struct upgrade_provider {
	uint32_t package; /* in plan->packages */
	enum upgrade_side side;
	bool real;
	struct slice version; /* empty: provided without one */
	uint32_t next;        /* of the same name; NAMES_NONE: the last */
};

struct upgrade {
	const struct updates_input *input;
	struct upgrade_package *packages; /* as input->installed */
	size_t n_packages;
	struct upgrade_provider *providers;
	size_t n_providers;
	struct names names; /* to the first of the providers */
};

/*
 * Fills *plan, which must be of zeroes, so that every update that is not held
 * is planned. list must outlive it. ERROR_FORMAT: a relation cannot be read,
 * ERROR_LIMIT, ERROR_NOMEM; clear it in any case.
 */
MUST_CHECK int upgrade_init(struct upgrade *plan,
    const struct updates_input *input, struct update_list *list,
    struct error *err);

void upgrade_clear(struct upgrade *plan);
DEFINE_CLEANUP_IN_PLACE(struct upgrade, upgrade_clear)

/* The side that the package has when the plan is carried out. */
static inline enum upgrade_side
upgrade_side_of(const struct upgrade_package *package)
{
	return package->planned ? UPGRADE_NEXT : UPGRADE_NOW;
}

/* The first provider of name, and the one after it; NULL when none is left. */
const struct upgrade_provider *upgrade_provider_first(
    const struct upgrade *plan, struct slice name);
const struct upgrade_provider *upgrade_provider_next(
    const struct upgrade *plan, const struct upgrade_provider *provider);

/* True when provider is there after the plan; else, before it. */
bool upgrade_provider_is(const struct upgrade *plan,
    const struct upgrade_provider *provider, bool after);

/* True when provider is what rel, a relation of from, asks for. */
bool upgrade_provider_meets(const struct upgrade *plan,
    const struct package *from, const struct relation *rel,
    const struct upgrade_provider *provider);

/* True when provider is what rel, of the Breaks or Conflicts of the package
 * with that number, cannot be together with. */
bool upgrade_provider_hit(const struct upgrade *plan, uint32_t package,
    const struct relation *rel, const struct upgrade_provider *provider);

/* The number of relations in the group of alternatives that begins at rel. */
size_t upgrade_group_len(const struct relation *rel);

/* True when one of the group is there, before or after. */
bool upgrade_group_met(const struct upgrade *plan, const struct package *from,
    const struct relation *group, bool after);
