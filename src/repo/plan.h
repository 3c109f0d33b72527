/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "repo/names.h"
#include "repo/relation.h"
#include "repo/updates.h"

/*
 * What would be installed, while it is worked out which of the updates can
 * be: for this room only.
 */

/* Which of its two versions a package has. */
enum plan_side {
	PLAN_NOW,  /* what is installed */
	PLAN_NEXT, /* the candidate */
	N_PLAN_SIDES,
};

struct plan_relations {
	struct relation_list needs; /* Pre-Depends, then Depends */
	size_t n_pre_depends;
	struct relation_list recommends;
	struct relation_list against; /* Breaks, then Conflicts */
};

/* An installed package. */
struct plan_package {
	const struct package *sides[N_PLAN_SIDES]; /* the second: or NULL */
	struct plan_relations relations[N_PLAN_SIDES];
	struct update *update; /* NULL when there is none */
	bool planned;          /* has its candidate in the end */
};

/* A package, or something that one provides, under its name. */
struct plan_provider {
	uint32_t package; /* in plan->packages */
	enum plan_side side;
	bool real;
	struct slice version; /* empty: provided without one */
	uint32_t next;        /* of the same name; NAMES_NONE: the last */
};

struct plan {
	const struct updates_input *input;
	struct plan_package *packages; /* as input->installed */
	size_t n_packages;
	struct plan_provider *providers;
	size_t n_providers;
	struct names names; /* to the first of the providers */
};

/*
 * Fills *plan, which must be of zeroes, so that every update that is not held
 * is planned. list must outlive it. ERROR_FORMAT: a relation cannot be read,
 * ERROR_LIMIT, ERROR_NOMEM; clear it in any case.
 */
MUST_CHECK int plan_init(struct plan *plan, const struct updates_input *input,
    struct update_list *list, struct error *err);

void plan_clear(struct plan *plan);
DEFINE_CLEANUP_IN_PLACE(struct plan, plan_clear)

/* The side that the package has when the plan is carried out. */
static inline enum plan_side
plan_side_of(const struct plan_package *package)
{
	return package->planned ? PLAN_NEXT : PLAN_NOW;
}

/* The first provider of name, and the one after it; NULL when none is left. */
const struct plan_provider *plan_provider_first(
    const struct plan *plan, struct slice name);
const struct plan_provider *plan_provider_next(
    const struct plan *plan, const struct plan_provider *provider);

/* True when provider is there after the plan; else, before it. */
bool plan_provider_is(
    const struct plan *plan, const struct plan_provider *provider, bool after);

/* True when provider is what rel, a relation of from, asks for. */
bool plan_provider_meets(const struct plan *plan, const struct package *from,
    const struct relation *rel, const struct plan_provider *provider);

/* True when provider is what rel, of the Breaks or Conflicts of the package
 * with that number, cannot be together with. */
bool plan_provider_hit(const struct plan *plan, uint32_t package,
    const struct relation *rel, const struct plan_provider *provider);

/* The number of relations in the group of alternatives that begins at rel. */
size_t plan_group_len(const struct relation *rel);

/* True when one of the group is there, before or after. */
bool plan_group_met(const struct plan *plan, const struct package *from,
    const struct relation *group, bool after);
