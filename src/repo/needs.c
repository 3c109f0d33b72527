/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/needs.h"

#include <stdlib.h>

#include "base/memory.h"
#include "catalog/dpkgdb.h"
#include "repo/upgrade.h"

struct need_list {
	struct need *items;
	size_t n_items;
};

static int
need_cmp(const void *a, const void *b)
{
	const struct need *na = a;
	const struct need *nb = b;

	if (na->from != nb->from)
		return na->from < nb->from ? -1 : 1;
	return (na->to > nb->to) - (na->to < nb->to);
}

static bool
is_better(const struct upgrade_provider *a, const struct upgrade_provider *b)
{
	if (!b || a->real != b->real)
		return !b || a->real;
	return a->package < b->package;
}

/* What meets rel; NULL when nothing does. */
static const struct upgrade_provider *
provider_of(const struct upgrade *all, const struct package *from,
    const struct relation *rel)
{
	const struct upgrade_provider *best = NULL;
	const struct upgrade_provider *p =
	    upgrade_provider_first(all, rel->name);

	for (; p; p = upgrade_provider_next(all, p))
		if (upgrade_provider_meets(all, from, rel, p) &&
		    is_better(p, best))
			best = p;
	return best;
}

/* group begins the alternatives, of which the first that is met counts. */
static int
group_add(const struct upgrade *all, uint32_t from,
    const struct relation *group, struct need_list *needs, struct error *err)
{
	const struct package *package = all->packages[from].sides[UPGRADE_NOW];
	const struct upgrade_provider *met = NULL;
	size_t len = upgrade_group_len(group);

	for (size_t i = 0; i < len && !met; i++)
		met = provider_of(all, package, &group[i]);
	if (!met || met->package == from)
		return 0;
	if (!ARRAY_GROW(needs->items, needs->n_items))
		return error_nomem(err);
	needs->items[needs->n_items++] = (struct need){ from, met->package };
	return 0;
}

static int
needs_fill(
    const struct upgrade *all, struct need_list *needs, struct error *err)
{
	for (uint32_t i = 0; i < all->n_packages; i++) {
		const struct relation_list *relations =
		    &all->packages[i].relations[UPGRADE_NOW].needs;
		size_t at = 0;

		while (at < relations->n_items) {
			const struct relation *group = &relations->items[at];

			if (group_add(all, i, group, needs, err) < 0)
				return -1;
			at += upgrade_group_len(group);
		}
	}
	return 0;
}

static void
needs_sort(struct need_list *needs)
{
	size_t n = 0;

	if (needs->n_items == 0)
		return;
	qsort(needs->items, needs->n_items, sizeof(*needs->items), need_cmp);
	for (size_t i = 0; i < needs->n_items; i++)
		if (i == 0 || need_cmp(&needs->items[i], &needs->items[n - 1]))
			needs->items[n++] = needs->items[i];
	needs->n_items = n;
}

int
needs_resolve(const struct package_list *installed, struct need **ret,
    size_t *ret_n, struct error *err)
{
	CLEANUP(upgrade_clear) struct upgrade all = { 0 };
	const struct package_list none = { 0 };
	struct update_list no_updates = { 0 };
	const struct updates_input input = {
		.installed = installed,
		.candidates = &none,
		.native_arch = dpkgdb_native_arch(installed),
	};
	struct need_list needs = { 0 };

	if (upgrade_init(&all, &input, &no_updates, err) < 0 ||
	    needs_fill(&all, &needs, err) < 0) {
		free(needs.items);
		return -1;
	}
	needs_sort(&needs);
	*ret = needs.items;
	*ret_n = needs.n_items;
	return 0;
}
