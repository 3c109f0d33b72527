/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What apt would replace installed packages by: apt_preferences(5), "How APT
 * Interprets Priorities", for a system without preferences, and apt-get(8)
 * upgrade for what of it would be installed.
 *
 * A version counts with the highest priority of the origins that have it, the
 * installed one with 100 at the least. The candidate is the one of the highest
 * priority, among those the highest version, and never lower than what is
 * installed. That this also weighs a version that is installed *and* in an
 * archive is why a package of stable does not go to backports (100), while
 * one that no archive has any more does.
 *
 * apt tells two packages of one version apart by a hash of their relations;
 * here they are one version, and the first origin's is taken. Phased updates
 * (Ubuntu) are not held back.
 */
#include "repo/updates.h"

#include <stdlib.h>

#include "base/memory.h"
#include "repo/closure.h"
#include "version/dpkg.h"

/* The candidates by name, chained. */
struct shelf {
	const struct updates_input *input;
	struct names names; /* to the first of that name */
	uint32_t *next;     /* of each candidate; NAMES_NONE: the last */
	bool has_security;
};

static void
shelf_clear(struct shelf *shelf)
{
	names_clear(&shelf->names);
	free(shelf->next);
}
DEFINE_CLEANUP_IN_PLACE(struct shelf, shelf_clear)

/* From the last to the first, so that a chain is in the order of the list. */
static int
shelf_init(
    struct shelf *shelf, const struct updates_input *input, struct error *err)
{
	const struct package_list *candidates = input->candidates;

	if (input->n_origins > ORIGINS_MAX)
		return error_set(err, ERROR_LIMIT, "too many origins");
	shelf->input = input;
	for (size_t i = 0; i < input->n_origins; i++)
		shelf->has_security |= input->origins[i].security;
	shelf->next = calloc(candidates->n_items + 1, sizeof(*shelf->next));
	if (!shelf->next)
		return error_nomem(err);

	for (size_t i = candidates->n_items; i-- > 0;) {
		const struct package *pkg = &candidates->items[i];
		uint32_t *first = names_at(&shelf->names, pkg->name);

		if (!first)
			return error_nomem(err);
		if (pkg->origin >= input->n_origins)
			return error_set(err, ERROR_FORMAT,
			    SLICE_FMT " is of an origin that is not there",
			    SLICE_ARG(pkg->name));
		shelf->next[i] = *first;
		*first = (uint32_t)i;
	}
	return 0;
}

static const struct package *
candidate_at(const struct shelf *shelf, uint32_t i)
{
	return &shelf->input->candidates->items[i];
}

static const struct origin *
origin_at(const struct shelf *shelf, uint32_t i)
{
	return &shelf->input->origins[candidate_at(shelf, i)->origin];
}

/* Goes on along a chain to what could replace, or be, pkg. */
static uint32_t
next_of(const struct shelf *shelf, uint32_t i, const struct package *pkg)
{
	while (i != NAMES_NONE &&
	    !updates_same_arch(
		shelf->input, candidate_at(shelf, i)->arch, pkg->arch))
		i = shelf->next[i];
	return i;
}

static uint32_t
first_of(const struct shelf *shelf, const struct package *pkg)
{
	return next_of(shelf, names_find(&shelf->names, pkg->name), pkg);
}

/* The priority of pkg's version, over all origins that have it. */
static int
priority_of(const struct shelf *shelf, const struct package *pkg, int least)
{
	uint32_t i = first_of(shelf, pkg);

	while (i != NAMES_NONE) {
		const struct origin *origin = origin_at(shelf, i);

		if ((int)origin->priority > least &&
		    slice_eq(candidate_at(shelf, i)->version, pkg->version))
			least = (int)origin->priority;
		i = next_of(shelf, shelf->next[i], pkg);
	}
	return least;
}

/* The candidate for pkg; NAMES_NONE when that is what is installed. */
static uint32_t
candidate_find(const struct shelf *shelf, const struct package *pkg)
{
	struct slice best = pkg->version;
	int priority = priority_of(shelf, pkg, ORIGIN_INSTALLED);
	uint32_t ret = NAMES_NONE;
	uint32_t i = first_of(shelf, pkg);

	for (; i != NAMES_NONE; i = next_of(shelf, shelf->next[i], pkg)) {
		const struct package *other = candidate_at(shelf, i);
		int its = priority_of(shelf, other, 0);

		if (version_dpkg_compare(other->version, pkg->version) <= 0 ||
		    its < priority ||
		    (its == priority &&
			version_dpkg_compare(other->version, best) <= 0))
			continue;
		best = other->version;
		priority = its;
		ret = i;
	}
	return ret;
}

static enum update_security
security_of(const struct shelf *shelf, const struct package *pkg,
    const struct package *candidate)
{
	uint32_t i = first_of(shelf, pkg);

	if (!shelf->has_security)
		return UPDATE_SECURITY_UNKNOWN;
	for (; i != NAMES_NONE; i = next_of(shelf, shelf->next[i], pkg)) {
		struct slice version = candidate_at(shelf, i)->version;

		if (origin_at(shelf, i)->security &&
		    version_dpkg_compare(version, pkg->version) > 0 &&
		    version_dpkg_compare(version, candidate->version) <= 0)
			return UPDATE_SECURITY_YES;
	}
	return UPDATE_SECURITY_NO;
}

static uint64_t
origins_of(const struct shelf *shelf, const struct package *candidate)
{
	uint64_t origins = 0;
	uint32_t i = first_of(shelf, candidate);

	for (; i != NAMES_NONE; i = next_of(shelf, shelf->next[i], candidate)) {
		const struct package *other = candidate_at(shelf, i);

		if (slice_eq(other->version, candidate->version))
			origins |= (uint64_t)1 << other->origin;
	}
	return origins;
}

static int
update_add(const struct shelf *shelf, uint32_t installed,
    struct update_list *list, struct error *err)
{
	const struct package *pkg = &shelf->input->installed->items[installed];
	uint32_t i = candidate_find(shelf, pkg);

	if (i == NAMES_NONE)
		return 0;

	struct update update = {
		.installed = installed,
		.candidate = i,
		.origins = origins_of(shelf, candidate_at(shelf, i)),
		.security = security_of(shelf, pkg, candidate_at(shelf, i)),
		.held = pkg->held,
		.kept_back = pkg->held,
	};
	if (pkg->held && !(update.reason = slice_copy(SLICE("held"))))
		return error_nomem(err);
	if (!ARRAY_GROW(list->items, list->n_items)) {
		free(update.reason);
		return error_nomem(err);
	}
	list->items[list->n_items++] = update;
	return 0;
}

static int
update_cmp(const void *a, const void *b, void *input)
{
	const struct package *items =
	    ((const struct updates_input *)input)->installed->items;
	const struct package *left =
	    &items[((const struct update *)a)->installed];
	const struct package *right =
	    &items[((const struct update *)b)->installed];
	int r = slice_cmp(left->name, right->name);

	return r != 0 ? r : slice_cmp(left->arch, right->arch);
}

static int
updates_find(const struct updates_input *input, struct update_list *list,
    struct error *err)
{
	CLEANUP(shelf_clear) struct shelf shelf = { 0 };

	if (shelf_init(&shelf, input, err) < 0)
		return -1;
	for (uint32_t i = 0; i < input->installed->n_items; i++)
		if (update_add(&shelf, i, list, err) < 0)
			return -1;
	if (list->n_items > 0)
		qsort_r(list->items, list->n_items, sizeof(*list->items),
		    update_cmp, (void *)input);
	return 0;
}

static int
updates_close(const struct updates_input *input, struct update_list *list,
    struct error *err)
{
	CLEANUP(upgrade_clear) struct upgrade plan = { 0 };

	if (upgrade_init(&plan, input, list, err) < 0 ||
	    closure_compute(&plan, err) < 0)
		return -1;
	for (size_t i = 0; i < list->n_items; i++)
		if (list->items[i].stage > list->n_stages)
			list->n_stages = list->items[i].stage;
	return 0;
}

int
updates_compute(const struct updates_input *input, struct update_list **ret,
    struct error *err)
{
	CLEANUP(update_list_free)
	struct update_list *list = calloc(1, sizeof(*list));

	if (!list)
		return error_nomem(err);
	if (updates_find(input, list, err) < 0 ||
	    updates_close(input, list, err) < 0)
		return -1;
	*ret = TAKE(list);
	return 0;
}
