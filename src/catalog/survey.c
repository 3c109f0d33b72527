/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/survey.h"

#include <stdlib.h>

#include "base/memory.h"
#include "catalog/databases.h"
#include "catalog/dpkgdb.h"
#include "catalog/extended_states.h"
#include "catalog/file_owners.h"
#include "catalog/licences.h"
#include "catalog/lookup.h"
#include "catalog/os_find.h"

#define SEVERAL_ARCHS "packages of several architectures are not handled yet"

void
survey_free(struct survey *survey)
{
	if (!survey)
		return;
	package_list_free(survey->packages);
	os_release_free(survey->os);
	free(survey->unknown);
	free(survey->note);
	free(survey->hold);
	buf_clear(&survey->owners);
	free(survey);
}

/* The first that is said stays. */
static int
say(char **where, const char *what, struct error *err)
{
	if (*where)
		return 0;
	*where = string_format("%s", what);
	return *where ? 0 : error_nomem(err);
}

/* A system of nothing but busybox says so by having it. */
static int
busybox_find(
    const struct tree *tree, struct os_release **ret, struct error *err)
{
	struct tree_file file;

	if (tree_find(tree, SLICE("bin/busybox"), &file, err) < 0)
		return err->kind == ERROR_NOMEM ? -1 : 0;
	return os_release_parse(
	    SLICE("ID=busybox\nPRETTY_NAME=BusyBox\n"), ret, err);
}

/* Sets what system it is, and whether updates of it can be worked out. */
static int
os_judge(const struct tree *tree, enum inventory_level level,
    struct survey *survey, struct error *err)
{
	/* Of INVENTORY_PACKAGES programs are not known; but what has no
	 * database is looked at once more, with all its files. */
	bool is_bare = survey->unknown && level == INVENTORY_FILES;

	if (os_find(tree, &survey->os, err) < 0 ||
	    (!survey->os && is_bare &&
		busybox_find(tree, &survey->os, err) < 0))
		return -1;
	if (!survey->os)
		return say(&survey->hold,
		    "it does not say which distribution it is", err);
	if (!slice_eq(survey->os->id, SLICE("debian")))
		return say(&survey->hold,
		    "not Debian; only Debian's images are handled yet", err);
	return 0;
}

static bool
is_of_any_arch(struct slice arch)
{
	return arch.len == 0 || slice_eq(arch, SLICE("all")) ||
	    slice_eq(arch, SLICE("noarch")) || slice_eq(arch, SLICE("any"));
}

struct slice
survey_native_arch(const struct package_list *packages)
{
	struct slice native = dpkgdb_native_arch(packages);
	struct slice found = SLICE("");

	if (native.len > 0)
		return native;
	for (size_t i = 0; i < packages->n_items; i++) {
		struct slice arch = packages->items[i].arch;

		if (is_of_any_arch(arch))
			continue;
		if (found.len > 0 && !slice_eq(arch, found))
			return SLICE("");
		found = arch;
	}
	return found;
}

static int
check_archs(const struct tree *tree, const struct package_list *packages,
    struct survey *survey, struct error *err)
{
	struct slice native = dpkgdb_native_arch(packages);
	struct tree_file file;
	int r = lookup_file(tree, SLICE("var/lib/dpkg/arch"), &file, err);

	if (r < 0)
		return -1;
	if (native.len == 0 &&
	    say(&survey->hold, "it has no dpkg that tells its architecture",
		err) < 0)
		return -1;
	if (r > 0 && dpkgdb_has_foreign_arch(file.content, native))
		return say(&survey->hold, SEVERAL_ARCHS, err);
	for (size_t i = 0; i < packages->n_items; i++) {
		struct slice arch = packages->items[i].arch;

		if (!slice_eq(arch, native) && !slice_eq(arch, SLICE("all")))
			return say(&survey->hold, SEVERAL_ARCHS, err);
	}
	return 0;
}

/* Whether updates can be worked out for packages of these databases. */
static int
databases_judge(const struct tree *tree, const struct databases *databases,
    struct survey *survey, struct error *err)
{
	CLEANUP(buf_clear) struct buf what = { 0 };
	const struct database *first = databases->items;

	if (databases->n_items == 1 && first->kind == DATABASE_DPKG)
		return check_archs(tree, first->packages, survey, err);
	if (databases->n_items == 0)
		return say(&survey->hold, survey->unknown, err);
	if (databases->n_items > 1)
		return say(
		    &survey->hold, "it has several databases of packages", err);
	buf_put_format(&what, "updates of packages of %s are not handled yet",
	    database_kind_to_string(first->kind));
	if (buf_check(&what, err) < 0)
		return -1;
	survey->hold = buf_take_string(&what);
	return survey->hold ? 0 : error_nomem(err);
}

/* Says where packages are from when there is more to it than a database. */
static int
databases_note(const struct databases *databases, enum inventory_level level,
    struct survey *survey, struct error *err)
{
	CLEANUP(buf_clear) struct buf note = { 0 };

	if (databases->n_items == 0 && level == INVENTORY_PACKAGES)
		return say(
		    &survey->unknown, "it has no database of packages", err);
	if (databases->n_items == 0)
		return say(&survey->unknown,
		    "it has no database of packages, and no program in it "
		    "names one",
		    err);
	if (databases->items[0].kind == DATABASE_NOTES)
		return say(&survey->note,
		    "it has no database of packages; these are what notes in "
		    "its programs name, by source package, and there may be "
		    "more",
		    err);
	if (databases->n_items == 1)
		return 0;
	buf_put_string(&note, "it has several databases of packages:");
	for (size_t i = 0; i < databases->n_items; i++)
		buf_put_format(&note, "%s %s (%zu)", i > 0 ? "," : "",
		    database_kind_to_string(databases->items[i].kind),
		    databases->items[i].packages->n_items);
	if (buf_check(&note, err) < 0)
		return -1;
	survey->note = buf_take_string(&note);
	return survey->note ? 0 : error_nomem(err);
}

/* One that has nothing counts only when there is no other. */
static void
databases_drop_empty(struct databases *databases)
{
	size_t n = 0;

	for (size_t i = 0; i < databases->n_items; i++)
		n += databases->items[i].packages->n_items > 0;
	if (n == 0 || n == databases->n_items)
		return;
	n = 0;
	for (size_t i = 0; i < databases->n_items; i++) {
		struct database *database = &databases->items[i];

		if (database->packages->n_items == 0)
			package_list_free(database->packages);
		else
			databases->items[n++] = *database;
	}
	databases->n_items = n;
}

static int
automatic_read(const struct tree *tree, const struct databases *databases,
    struct error *err)
{
	struct slice path = SLICE("var/lib/apt/extended_states");
	struct tree_file file;
	int r = lookup_file(tree, path, &file, err);

	for (size_t i = 0; r > 0 && i < databases->n_items; i++)
		if (databases->items[i].kind == DATABASE_DPKG &&
		    extended_states_apply(
			file.content, databases->items[i].packages, err) < 0)
			return error_wrap(err, SLICE_FMT, SLICE_ARG(path));
	return r < 0 ? -1 : 0;
}

/* All packages of all databases, in a list that views nothing else. */
static int
packages_join(const struct tree *tree, const struct databases *databases,
    enum inventory_level level, struct survey *survey, struct error *err)
{
	CLEANUP(package_list_free) struct package_list *joined = NULL;
	CLEANUP(licences_clear) struct licences licences = { 0 };
	const struct package_list **lists =
	    calloc(databases->n_items + 1, sizeof(*lists));

	if (!lists)
		return error_nomem(err);
	for (size_t i = 0; i < databases->n_items; i++)
		lists[i] = databases->items[i].packages;
	int r = package_list_join(lists, databases->n_items, &joined, err);
	free(lists);
	if (r < 0)
		return -1;
	if (level == INVENTORY_PACKAGES) {
		survey->packages = TAKE(joined);
		return 0;
	}

	const struct package_list *const one[] = { joined };
	if (licences_find(tree, joined, &licences, err) < 0)
		return -1;
	return package_list_join(one, 1, &survey->packages, err);
}

int
survey_read(const struct tree *tree, enum inventory_level level,
    struct survey **ret, struct error *err)
{
	CLEANUP(databases_clear) struct databases databases = { 0 };
	CLEANUP(survey_free)
	struct survey *survey = calloc(1, sizeof(*survey));

	if (!survey)
		return error_nomem(err);
	if (databases_read(tree, &databases, err) < 0)
		return -1;
	databases_drop_empty(&databases);
	if (databases.n_items == 0 && level == INVENTORY_FILES &&
	    databases_add_notes(tree, &databases, err) < 0)
		return -1;
	if (automatic_read(tree, &databases, err) < 0 ||
	    databases_note(&databases, level, survey, err) < 0 ||
	    databases_judge(tree, &databases, survey, err) < 0 ||
	    os_judge(tree, level, survey, err) < 0 ||
	    packages_join(tree, &databases, level, survey, err) < 0)
		return -1;
	if (level == INVENTORY_FILES &&
	    file_owners_find(tree, &databases, &survey->owners, err) < 0)
		return -1;
	*ret = TAKE(survey);
	return 0;
}
