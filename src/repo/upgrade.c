/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packages before and after an upgrade, and what meets what: Debian policy
 * 7.1 to 7.5 for the relations, and the multi-arch specification for ":any"
 * and Multi-Arch. apt and dpkg agree on these.
 */
#include "repo/upgrade.h"

#include <stdlib.h>

#include "base/memory.h"

static int
relations_of(struct slice text, const struct package *pkg, const char *field,
    struct relation_list *into, struct error *err)
{
	if (relations_parse(text, into, err) < 0)
		return error_wrap(err, SLICE_FMT " " SLICE_FMT ": %s",
		    SLICE_ARG(pkg->name), SLICE_ARG(pkg->version), field);
	return 0;
}

static int
relations_fill(const struct package *pkg, struct upgrade_relations *into,
    struct error *err)
{
	if (relations_of(
		pkg->pre_depends, pkg, "Pre-Depends", &into->needs, err) < 0)
		return -1;
	into->n_pre_depends = into->needs.n_items;
	if (relations_of(pkg->depends, pkg, "Depends", &into->needs, err) < 0 ||
	    relations_of(pkg->recommends, pkg, "Recommends", &into->recommends,
		err) < 0 ||
	    relations_of(pkg->breaks, pkg, "Breaks", &into->against, err) < 0)
		return -1;
	return relations_of(
	    pkg->conflicts, pkg, "Conflicts", &into->against, err);
}

static int
provider_add(struct upgrade *plan, struct slice name,
    struct upgrade_provider provider, struct error *err)
{
	uint32_t *first = names_at(&plan->names, name);

	if (plan->n_providers == NAMES_NONE)
		return error_set(err, ERROR_LIMIT, "too many providers");
	if (!first || !ARRAY_GROW(plan->providers, plan->n_providers))
		return error_nomem(err);
	provider.next = *first;
	*first = (uint32_t)plan->n_providers;
	plan->providers[plan->n_providers++] = provider;
	return 0;
}

static int
providers_add(struct upgrade *plan, uint32_t package, enum upgrade_side side,
    struct error *err)
{
	CLEANUP(relation_list_clear) struct relation_list provides = { 0 };
	const struct package *pkg = plan->packages[package].sides[side];
	struct upgrade_provider provider = {
		.package = package,
		.side = side,
		.real = true,
		.version = pkg->version,
	};

	if (relations_of(pkg->provides, pkg, "Provides", &provides, err) < 0 ||
	    provider_add(plan, pkg->name, provider, err) < 0)
		return -1;
	provider.real = false;
	for (size_t i = 0; i < provides.n_items; i++) {
		provider.version = provides.items[i].version;
		if (provider_add(plan, provides.items[i].name, provider, err) <
		    0)
			return -1;
	}
	return 0;
}

static int
side_add(struct upgrade *plan, uint32_t package, enum upgrade_side side,
    struct error *err)
{
	struct upgrade_package *in = &plan->packages[package];

	if (!in->sides[side])
		return 0;
	if (relations_fill(in->sides[side], &in->relations[side], err) < 0)
		return -1;
	return providers_add(plan, package, side, err);
}

int
upgrade_init(struct upgrade *plan, const struct updates_input *input,
    struct update_list *list, struct error *err)
{
	size_t n = input->installed->n_items;

	plan->input = input;
	plan->packages = calloc(n + 1, sizeof(*plan->packages));
	if (!plan->packages)
		return error_nomem(err);
	plan->n_packages = n;
	for (size_t i = 0; i < n; i++)
		plan->packages[i].sides[UPGRADE_NOW] =
		    &input->installed->items[i];
	for (size_t i = 0; i < list->n_items; i++) {
		struct update *update = &list->items[i];
		struct upgrade_package *in = &plan->packages[update->installed];

		in->update = update;
		in->planned = !update->kept_back;
		in->sides[UPGRADE_NEXT] =
		    &input->candidates->items[update->candidate];
	}

	for (uint32_t i = 0; i < n; i++)
		if (side_add(plan, i, UPGRADE_NOW, err) < 0 ||
		    side_add(plan, i, UPGRADE_NEXT, err) < 0)
			return -1;
	return 0;
}

void
upgrade_clear(struct upgrade *plan)
{
	for (size_t i = 0; i < plan->n_packages; i++)
		for (size_t j = 0; j < N_UPGRADE_SIDES; j++) {
			struct upgrade_relations *relations =
			    &plan->packages[i].relations[j];

			relation_list_clear(&relations->needs);
			relation_list_clear(&relations->recommends);
			relation_list_clear(&relations->against);
		}
	free(plan->packages);
	free(plan->providers);
	names_clear(&plan->names);
	*plan = (struct upgrade){ 0 };
}

const struct upgrade_provider *
upgrade_provider_first(const struct upgrade *plan, struct slice name)
{
	uint32_t i = names_find(&plan->names, name);

	return i == NAMES_NONE ? NULL : &plan->providers[i];
}

const struct upgrade_provider *
upgrade_provider_next(
    const struct upgrade *plan, const struct upgrade_provider *provider)
{
	return provider->next == NAMES_NONE ? NULL
					    : &plan->providers[provider->next];
}

bool
upgrade_provider_is(const struct upgrade *plan,
    const struct upgrade_provider *provider, bool after)
{
	const struct upgrade_package *package =
	    &plan->packages[provider->package];

	return provider->side ==
	    (after ? upgrade_side_of(package) : UPGRADE_NOW);
}

/* What runs on every architecture counts as of the native one. */
static struct slice
arch_of(const struct upgrade *plan, const struct package *pkg)
{
	return slice_eq(pkg->arch, SLICE("all")) ? plan->input->native_arch
						 : pkg->arch;
}

static bool
arch_meets(const struct upgrade *plan, const struct package *from,
    const struct relation *rel, const struct package *target)
{
	struct slice arch = arch_of(plan, target);

	if (slice_eq(rel->arch, SLICE("any")))
		return slice_eq(target->multi_arch, SLICE("allowed"));
	if (slice_eq(rel->arch, SLICE("native")))
		return slice_eq(arch, plan->input->native_arch);
	if (rel->arch.len > 0)
		return slice_eq(arch, rel->arch);
	return slice_eq(target->multi_arch, SLICE("foreign")) ||
	    slice_eq(arch, arch_of(plan, from));
}

/* What is provided without a version meets only what asks for none. */
static bool
version_meets(
    const struct relation *rel, const struct upgrade_provider *provider)
{
	if (rel->op == RELATION_ANY)
		return true;
	return provider->version.len > 0 &&
	    relation_version_ok(rel, provider->version);
}

bool
upgrade_provider_meets(const struct upgrade *plan, const struct package *from,
    const struct relation *rel, const struct upgrade_provider *provider)
{
	const struct upgrade_package *package =
	    &plan->packages[provider->package];

	return version_meets(rel, provider) &&
	    arch_meets(plan, from, rel, package->sides[provider->side]);
}

bool
upgrade_provider_hit(const struct upgrade *plan, uint32_t package,
    const struct relation *rel, const struct upgrade_provider *provider)
{
	const struct package *self = plan->packages[package].sides[UPGRADE_NOW];
	const struct upgrade_package *other =
	    &plan->packages[provider->package];
	const struct package *target = other->sides[provider->side];

	/* Nothing is against itself, nor against what it provides. */
	if (slice_eq(self->name, target->name))
		return false;
	/* Without an architecture, all of them are meant here. */
	if (rel->arch.len > 0 && !slice_eq(rel->arch, SLICE("any")) &&
	    !slice_eq(rel->arch, arch_of(plan, target)))
		return false;
	return version_meets(rel, provider);
}

size_t
upgrade_group_len(const struct relation *rel)
{
	size_t len = 1;

	while (rel[len - 1].or_next)
		len++;
	return len;
}

bool
upgrade_group_met(const struct upgrade *plan, const struct package *from,
    const struct relation *group, bool after)
{
	size_t len = upgrade_group_len(group);

	for (size_t i = 0; i < len; i++) {
		const struct upgrade_provider *p =
		    upgrade_provider_first(plan, group[i].name);

		for (; p; p = upgrade_provider_next(plan, p))
			if (upgrade_provider_is(plan, p, after) &&
			    upgrade_provider_meets(plan, from, &group[i], p))
				return true;
	}
	return false;
}
