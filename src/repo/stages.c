/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In how many calls dpkg can install a plan. All archives of one call are
 * unpacked, then all are configured; but a package is only unpacked when its
 * Pre-Depends are there, configured (Debian policy 7.2). So one whose
 * Pre-Depends only a new version meets must wait for the next call. It can be
 * in the same call as what it Depends on, and must not be in an earlier one;
 * nor earlier than the new version of what it Breaks the old one of.
 *
 * Stages are raised until all of that holds. Where nothing goes in a circle,
 * none ends up higher than there are packages.
 */
#include "repo/closure.h"

#include <assert.h>

/* The lowest stage among the packages that meet group after the plan. */
static uint32_t
group_stage(const struct upgrade *plan, const struct package *from,
    const struct relation *group)
{
	size_t len = upgrade_group_len(group);
	uint32_t lowest = UINT32_MAX;

	for (size_t i = 0; i < len; i++) {
		const struct upgrade_provider *p =
		    upgrade_provider_first(plan, group[i].name);

		for (; p; p = upgrade_provider_next(plan, p)) {
			const struct upgrade_package *package =
			    &plan->packages[p->package];

			if (p->side == UPGRADE_NEXT && package->planned &&
			    upgrade_provider_meets(plan, from, &group[i], p) &&
			    package->update->stage < lowest)
				lowest = package->update->stage;
		}
	}
	return lowest == UINT32_MAX ? 0 : lowest;
}

/* The lowest stage at which the needs of a package of the plan can be met. */
static uint32_t
needs_stage(const struct upgrade *plan, const struct upgrade_package *package)
{
	const struct upgrade_relations *relations =
	    &package->relations[UPGRADE_NEXT];
	const struct package *next = package->sides[UPGRADE_NEXT];
	uint32_t stage = 1;

	for (size_t i = 0; i < relations->needs.n_items;) {
		const struct relation *group = &relations->needs.items[i];

		if (!upgrade_group_met(plan, next, group, false)) {
			uint32_t wanted = group_stage(plan, next, group) +
			    (i < relations->n_pre_depends);

			stage = wanted > stage ? wanted : stage;
		}
		i += upgrade_group_len(group);
	}
	return stage;
}

/* The highest stage among those whose old version the package is against. */
static uint32_t
against_stage(const struct upgrade *plan, uint32_t number)
{
	const struct relation_list *against =
	    &plan->packages[number].relations[UPGRADE_NEXT].against;
	uint32_t stage = 1;

	for (size_t i = 0; i < against->n_items; i++) {
		const struct relation *rel = &against->items[i];
		const struct upgrade_provider *p =
		    upgrade_provider_first(plan, rel->name);

		for (; p; p = upgrade_provider_next(plan, p)) {
			const struct upgrade_package *other =
			    &plan->packages[p->package];

			if (p->side == UPGRADE_NOW && other->planned &&
			    upgrade_provider_hit(plan, number, rel, p) &&
			    other->update->stage > stage)
				stage = other->update->stage;
		}
	}
	return stage;
}

/* Raises what must be raised; false when nothing must. */
static bool
stages_raise(struct upgrade *plan)
{
	bool raised = false;

	for (uint32_t i = 0; i < plan->n_packages; i++) {
		struct upgrade_package *package = &plan->packages[i];

		if (!package->planned)
			continue;
		assert(package->update);

		uint32_t stage = needs_stage(plan, package);
		uint32_t other = against_stage(plan, i);
		if (other > stage)
			stage = other;
		if (stage > package->update->stage) {
			package->update->stage = stage;
			raised = true;
		}
	}
	return raised;
}

int
stages_compute(struct upgrade *plan, bool *ret_again, struct error *err)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->n_packages; i++) {
		struct upgrade_package *package = &plan->packages[i];

		n += package->planned;
		if (package->update)
			package->update->stage = package->planned;
	}
	/* A pass raises all that can be: n of them suffice without circle. */
	for (size_t i = 0; i <= n; i++)
		if (!stages_raise(plan))
			break;

	*ret_again = false;
	for (size_t i = 0; i < plan->n_packages; i++) {
		struct upgrade_package *package = &plan->packages[i];

		if (!package->planned || package->update->stage <= n)
			continue;
		*ret_again = true;
		package->update->stage = 0;
		if (closure_keep_back(package, err,
			"its Pre-Depends go round in a circle") < 0)
			return -1;
	}
	return 0;
}
