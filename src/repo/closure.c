/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which updates apt-get upgrade would install: it begins with all of them,
 * and keeps back whatever is broken then, until nothing is (pkgProblemResolver
 * ::ResolveByKeep in apt). Nothing is added or removed, and what was kept back
 * is not tried again.
 *
 * Where two updates are in each other's way, apt keeps back the one that it
 * looks at first, by a score; here it is the first that is against another,
 * once nothing lacks anything. In 4 of 393 random cases, full of such
 * conflicts, that is another one than apt's (tests/cases/apt_oracle.py).
 */
#include "repo/closure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

int
closure_keep_back(
    struct upgrade_package *package, struct error *err, const char *fmt, ...)
{
	char *reason = NULL;
	va_list args;

	if (!package->planned)
		return 0;
	va_start(args, fmt);
	int n = vasprintf(&reason, fmt, args);
	va_end(args);
	if (n < 0)
		return error_nomem(err);
	/* Relations may be folded; a reason is one line. */
	for (char *c = reason; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = ' ';
	free(package->update->reason);
	package->update->reason = reason;
	package->update->kept_back = true;
	package->planned = false;
	return 0;
}

static const char *
op_to_string(enum relation_op op)
{
	switch (op) {
	case RELATION_LT: return "<<";
	case RELATION_LE: return "<=";
	case RELATION_EQ: return "=";
	case RELATION_GE: return ">=";
	case RELATION_GT: return ">>";
	case RELATION_ANY: break;
	}
	return "";
}

/* "libfoo2 (>= 3) | libfoo"; NULL if out of memory. */
static char *
group_to_string(const struct relation *group)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	size_t len = upgrade_group_len(group);

	for (size_t i = 0; i < len; i++) {
		const struct relation *rel = &group[i];

		if (i > 0)
			buf_put_string(&text, " | ");
		buf_put(&text, rel->name);
		buf_put_string(&text, rel->arch.len > 0 ? ":" : "");
		buf_put(&text, rel->arch);
		if (rel->op != RELATION_ANY)
			buf_put_format(&text, " (%s " SLICE_FMT ")",
			    op_to_string(rel->op), SLICE_ARG(rel->version));
	}
	return buf_take_string(&text);
}

/* The version in which a package of that name stays; NULL: it is not there,
 * or its version is not what is wrong. */
static const struct package *
stays(const struct upgrade *plan, const struct relation *group)
{
	const struct upgrade_provider *p =
	    upgrade_provider_first(plan, group->name);

	for (; p && group->op != RELATION_ANY;
	     p = upgrade_provider_next(plan, p))
		if (p->real && upgrade_provider_is(plan, p, true))
			return plan->packages[p->package].sides[p->side];
	return NULL;
}

static int
keep_unmet(struct upgrade *plan, struct upgrade_package *package,
    const char *verb, const struct relation *group, struct error *err)
{
	CLEANUP(string_free) char *text = group_to_string(group);
	const struct package *other = stays(plan, group);

	if (!text)
		return error_nomem(err);
	if (other)
		return closure_keep_back(package, err,
		    "%s %s, and " SLICE_FMT " stays at " SLICE_FMT, verb, text,
		    SLICE_ARG(other->name), SLICE_ARG(other->version));
	return closure_keep_back(
	    package, err, "%s %s, which is not installed", verb, text);
}

/* The first group that is not met; NULL when all are. */
static const struct relation *
unmet(const struct upgrade *plan, const struct package *from,
    const struct relation_list *list, bool after)
{
	for (size_t i = 0; i < list->n_items;) {
		const struct relation *group = &list->items[i];

		if (!upgrade_group_met(plan, from, group, after))
			return group;
		i += upgrade_group_len(group);
	}
	return NULL;
}

/* What the relations of package are against and is there after the plan. */
static const struct upgrade_provider *
hit(const struct upgrade *plan, uint32_t package,
    const struct relation_list *against, bool after)
{
	for (size_t i = 0; i < against->n_items; i++) {
		const struct relation *rel = &against->items[i];
		const struct upgrade_provider *p =
		    upgrade_provider_first(plan, rel->name);

		for (; p; p = upgrade_provider_next(plan, p))
			if (upgrade_provider_is(plan, p, after) &&
			    upgrade_provider_hit(plan, package, rel, p))
				return p;
	}
	return NULL;
}

/* Of a Multi-Arch: same package, all architectures have one version. */
static const struct package *
sibling_apart(const struct upgrade *plan, const struct package *next)
{
	const struct upgrade_provider *p =
	    upgrade_provider_first(plan, next->name);

	if (!slice_eq(next->multi_arch, SLICE("same")))
		return NULL;
	for (; p; p = upgrade_provider_next(plan, p)) {
		const struct package *other =
		    plan->packages[p->package].sides[p->side];

		if (p->real && upgrade_provider_is(plan, p, true) &&
		    !slice_eq(other->version, next->version))
			return other;
	}
	return NULL;
}

/* apt: Recommends that were all met must not be unmet by an upgrade. */
static const struct relation *
newly_unrecommended(
    const struct upgrade *plan, const struct upgrade_package *package)
{
	if (!plan->input->recommends ||
	    unmet(plan, package->sides[UPGRADE_NOW],
		&package->relations[UPGRADE_NOW].recommends, false))
		return NULL;
	return unmet(plan, package->sides[UPGRADE_NEXT],
	    &package->relations[UPGRADE_NEXT].recommends, true);
}

/* Keeps a package of the plan back that would lack something. */
static int
check_planned(struct upgrade *plan, uint32_t number, struct error *err)
{
	struct upgrade_package *package = &plan->packages[number];
	const struct upgrade_relations *relations =
	    &package->relations[UPGRADE_NEXT];
	const struct package *next = package->sides[UPGRADE_NEXT];

	const struct relation *group =
	    unmet(plan, next, &relations->needs, true);
	if (group)
		return keep_unmet(plan, package, "needs", group, err);

	const struct package *other = sibling_apart(plan, next);
	if (other)
		return closure_keep_back(package, err,
		    SLICE_FMT ":" SLICE_FMT " stays at " SLICE_FMT,
		    SLICE_ARG(other->name), SLICE_ARG(other->arch),
		    SLICE_ARG(other->version));

	group = newly_unrecommended(plan, package);
	return group ? keep_unmet(plan, package, "recommends", group, err) : 0;
}

/* Keeps back what met the group of package, and would no longer. */
static int
keep_what_met(struct upgrade *plan, const struct package *from,
    const struct relation *group, struct error *err)
{
	CLEANUP(string_free) char *text = group_to_string(group);
	size_t len = upgrade_group_len(group);

	if (!text)
		return error_nomem(err);
	for (size_t i = 0; i < len; i++) {
		const struct upgrade_provider *p =
		    upgrade_provider_first(plan, group[i].name);

		for (; p; p = upgrade_provider_next(plan, p)) {
			if (!upgrade_provider_is(plan, p, false) ||
			    !upgrade_provider_meets(plan, from, &group[i], p))
				continue;
			if (closure_keep_back(&plan->packages[p->package], err,
				SLICE_FMT " " SLICE_FMT " needs %s",
				SLICE_ARG(from->name), SLICE_ARG(from->version),
				text) < 0)
				return -1;
		}
	}
	return 0;
}

/* Keeps back what would break a package that stays as it is. What is broken
 * already is not our doing. */
static int
check_staying(struct upgrade *plan, uint32_t number, struct error *err)
{
	const struct upgrade_package *package = &plan->packages[number];
	const struct upgrade_relations *relations =
	    &package->relations[UPGRADE_NOW];
	const struct package *now = package->sides[UPGRADE_NOW];

	for (size_t i = 0; i < relations->needs.n_items;) {
		const struct relation *group = &relations->needs.items[i];

		if (upgrade_group_met(plan, now, group, false) &&
		    !upgrade_group_met(plan, now, group, true) &&
		    keep_what_met(plan, now, group, err) < 0)
			return -1;
		i += upgrade_group_len(group);
	}

	if (hit(plan, number, &relations->against, false))
		return 0;
	const struct upgrade_provider *p =
	    hit(plan, number, &relations->against, true);
	if (!p)
		return 0;
	return closure_keep_back(&plan->packages[p->package], err,
	    SLICE_FMT " " SLICE_FMT " breaks it", SLICE_ARG(now->name),
	    SLICE_ARG(now->version));
}

static size_t
n_planned(const struct upgrade *plan)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->n_packages; i++)
		n += plan->packages[i].planned;
	return n;
}

/* Once over all packages. */
static int
pass(struct upgrade *plan, struct error *err)
{
	for (uint32_t i = 0; i < plan->n_packages; i++) {
		int r = plan->packages[i].planned ? check_planned(plan, i, err)
						  : check_staying(plan, i, err);

		if (r < 0)
			return -1;
	}
	return 0;
}

/*
 * Keeps back the first package of the plan that is against another; false
 * when none is. Only one, and after all that lacks something: the other one
 * may be kept back for a reason of its own, and then nothing is in the way.
 */
static int
conflict_end(struct upgrade *plan, bool *ret_found, struct error *err)
{
	for (uint32_t i = 0; i < plan->n_packages; i++) {
		struct upgrade_package *package = &plan->packages[i];
		const struct upgrade_provider *p = package->planned
		    ? hit(plan, i, &package->relations[UPGRADE_NEXT].against,
			  true)
		    : NULL;
		if (!p)
			continue;

		const struct package *other =
		    plan->packages[p->package].sides[p->side];
		*ret_found = true;
		return closure_keep_back(package, err,
		    "breaks " SLICE_FMT " " SLICE_FMT, SLICE_ARG(other->name),
		    SLICE_ARG(other->version));
	}
	*ret_found = false;
	return 0;
}

int
closure_compute(struct upgrade *plan, struct error *err)
{
	bool again;

	do {
		size_t before;

		do {
			before = n_planned(plan);
			if (pass(plan, err) < 0)
				return -1;
		} while (n_planned(plan) < before);
		if (conflict_end(plan, &again, err) < 0 ||
		    (!again && stages_compute(plan, &again, err) < 0))
			return -1;
	} while (again);
	return 0;
}
