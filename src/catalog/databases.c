/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where each kind of database lies in a tree. apk moved from lib to usr/lib,
 * and rpm from var/lib/rpm to usr/lib/sysimage/rpm (Fedora, SUSE) or
 * usr/share/rpm (ostree); the old path is often a link to the new one.
 */
#include "catalog/databases.h"

#include <stdlib.h>

#include "base/memory.h"
#include "catalog/alpmdb.h"
#include "catalog/apkdb.h"
#include "catalog/dpkgdb.h"
#include "catalog/lookup.h"
#include "catalog/rpmmanifest.h"

#define STATUS_D SLICE("var/lib/dpkg/status.d")
#define UPDATES  SLICE("var/lib/dpkg/updates")
#define PACMAN   SLICE("var/lib/pacman/local")

static const char *const kind_names[] = {
	[DATABASE_DPKG] = "dpkg",
	[DATABASE_STATUS_D] = "dpkg status.d",
	[DATABASE_APK] = "apk",
	[DATABASE_RPM] = "rpm",
	[DATABASE_RPM_MANIFEST] = "rpm manifest",
	[DATABASE_PACMAN] = "pacman",
	[DATABASE_NOTES] = "ELF notes",
};

const char *
database_kind_to_string(enum database_kind kind)
{
	return (size_t)kind < N_ITEMS(kind_names) ? kind_names[kind]
						  : "unknown";
}

void
databases_clear(struct databases *databases)
{
	for (size_t i = 0; i < databases->n_items; i++)
		package_list_free(databases->items[i].packages);
	free(databases->items);
	*databases = (struct databases){ 0 };
}

/* Takes over its packages, also on failure. */
static int
add(struct databases *databases, struct database database, struct error *err)
{
	if (!ARRAY_GROW(databases->items, databases->n_items)) {
		package_list_free(database.packages);
		return error_nomem(err);
	}
	databases->items[databases->n_items++] = database;
	return 0;
}

static int
dpkg_parse(const struct rpmdb_files *files, struct package_list **ret,
    struct error *err)
{
	return dpkgdb_parse(files->main, ret, err);
}

static int
apk_parse(const struct rpmdb_files *files, struct package_list **ret,
    struct error *err)
{
	return apkdb_parse(files->main, ret, err);
}

static int
manifest_parse(const struct rpmdb_files *files, struct package_list **ret,
    struct error *err)
{
	return rpmmanifest_parse(files->main, ret, err);
}

/* The databases that are a file, with another one beside it at the most. */
struct place {
	enum database_kind kind;
	struct slice path;
	bool has_wal;
	state_parse_fn *parse;
};

#define RPM_PLACES(dir) \
	{ DATABASE_RPM, SLICE(dir "/rpmdb.sqlite"), true, rpmdb_parse }, \
	    { DATABASE_RPM, SLICE(dir "/Packages.db"), false, rpmdb_parse }, \
	{ \
		DATABASE_RPM, SLICE(dir "/Packages"), false, rpmdb_parse \
	}

/* What a system would open first stands first. */
static const struct place places[] = {
	{ DATABASE_DPKG, SLICE("var/lib/dpkg/status"), false, dpkg_parse },
	{ DATABASE_APK, SLICE("lib/apk/db/installed"), false, apk_parse },
	{ DATABASE_APK, SLICE("usr/lib/apk/db/installed"), false, apk_parse },
	RPM_PLACES("var/lib/rpm"),
	RPM_PLACES("usr/lib/sysimage/rpm"),
	RPM_PLACES("usr/share/rpm"),
	{ DATABASE_RPM_MANIFEST,
	    SLICE("var/lib/rpmmanifest/container-manifest-2"), false,
	    manifest_parse },
};

static struct slice
directory_of(struct slice path)
{
	const char *slash = memrchr(path.ptr, '/', path.len);

	return slice_first(path, slash ? (size_t)(slash - path.ptr) : 0);
}

/* The same file by another path. Which of two formats in one directory an rpm
 * would read is a matter of its age and of its configuration: what is in
 * either is listed, so that none can be made to stand before the other. */
static bool
is_known(const struct databases *databases, struct slice path)
{
	for (size_t i = 0; i < databases->n_items; i++)
		if (slice_eq(databases->items[i].path, path))
			return true;
	return false;
}

/*
 * Sets *ret to the path of the log of a database in sqlite, which lies beside
 * the file itself, and not beside a link to it. With a journal there, sqlite
 * would first undo what that says, unless it begins with a zero ("Database
 * File Format", 3): and the rows would be others.
 */
static int
wal_path(
    const struct tree *tree, struct slice main, char **ret, struct error *err)
{
	CLEANUP(string_free)
	char *journal = string_format(SLICE_FMT "-journal", SLICE_ARG(main));
	struct tree_file file;

	if (!journal)
		return error_nomem(err);
	/* Beside another name nobody looked. */
	if (!slice_ends_with(main, SLICE("/rpmdb.sqlite")))
		return error_set(err, ERROR_UNSUPPORTED,
		    "rpmdb.sqlite is a link to a file of another name");
	int r = lookup_file(tree, slice_of_string(journal), &file, err);
	if (r < 0)
		return -1;
	if (r > 0 && file.content.len > 0 && file.content.ptr[0] != '\0')
		return error_set(err, ERROR_UNSUPPORTED,
		    "%s: sqlite has not come to its end", journal);
	*ret = string_format(SLICE_FMT "-wal", SLICE_ARG(main));
	return *ret ? 0 : error_nomem(err);
}

/* All digits. */
static bool
is_number(struct slice name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.ptr[i] < '0' || name.ptr[i] > '9')
			return false;
	return name.len > 0;
}

/*
 * What dpkg has done since it wrote its status lies beside it, a file for each
 * change, until it writes the next: updates/0000. It reads both (dpkg's
 * dbmodify.c). Where it was not let come to its end, the status alone is not
 * what is installed.
 */
static int
updates_check(const struct tree *tree, struct error *err)
{
	CLEANUP(tree_list_clear) struct tree_list files = { 0 };

	if (tree_list_files(tree, UPDATES, &files, err) < 0)
		return error_wrap(err, SLICE_FMT, SLICE_ARG(UPDATES));
	for (size_t i = 0; i < files.n_items; i++)
		if (is_number(
			slice_after(files.items[i].path, UPDATES.len + 1)))
			return error_set(err, ERROR_UNSUPPORTED,
			    SLICE_FMT ": dpkg has not come to its end",
			    SLICE_ARG(files.items[i].path));
	return 0;
}

static int
place_read(const struct tree *tree, const struct place *place,
    struct databases *ret, struct error *err)
{
	CLEANUP(state_list_clear) struct state_list states = { 0 };
	CLEANUP(string_free) char *wal = NULL;
	struct database database = { .kind = place->kind };
	struct tree_file file;
	int r = lookup_file(tree, place->path, &file, err);

	if (r <= 0 || is_known(ret, file.path))
		return r < 0 ? -1 : 0;
	if (place->kind == DATABASE_DPKG && updates_check(tree, err) < 0)
		return -1;
	if (place->has_wal && wal_path(tree, file.path, &wal, err) < 0)
		return -1;
	database.path = file.path;
	if (states_find(tree, place->path, slice_of_string(wal), &states, err) <
	    0)
		return -1;
	database.files = states.items[0].files;
	if (states_parse(&states, place->parse, &database.packages, err) < 0)
		return error_wrap(err, SLICE_FMT, SLICE_ARG(place->path));
	return add(ret, database, err);
}

/* Lists of a package each, and then all of them in one. */
struct parts {
	struct package_list **items;
	size_t n_items;
};

static void
parts_clear(struct parts *parts)
{
	for (size_t i = 0; i < parts->n_items; i++)
		package_list_free(parts->items[i]);
	free(parts->items);
}
DEFINE_CLEANUP_IN_PLACE(struct parts, parts_clear)

/* Takes over part, also on failure. */
static int
parts_add(struct parts *parts, struct package_list *part, uint32_t layer,
    struct error *err)
{
	for (size_t i = 0; i < part->n_items; i++)
		part->items[i].layer = layer;
	if (!ARRAY_GROW(parts->items, parts->n_items)) {
		package_list_free(part);
		return error_nomem(err);
	}
	parts->items[parts->n_items++] = part;
	return 0;
}

static int
parts_join(
    const struct parts *parts, struct package_list **ret, struct error *err)
{
	return package_list_join(
	    (const struct package_list *const *)parts->items, parts->n_items,
	    ret, err);
}

static int
status_d_read(const struct tree *tree, struct databases *ret, struct error *err)
{
	CLEANUP(tree_list_clear) struct tree_list files = { 0 };
	CLEANUP(parts_clear) struct parts parts = { 0 };
	struct database database = { .kind = DATABASE_STATUS_D,
		.path = STATUS_D };

	if (tree_list_files(tree, STATUS_D, &files, err) < 0)
		return error_wrap(err, SLICE_FMT, SLICE_ARG(STATUS_D));
	for (size_t i = 0; i < files.n_items; i++) {
		const struct tree_file *file = &files.items[i];
		struct package_list *part = NULL;

		if (slice_ends_with(file->path, SLICE(".md5sums")))
			continue;
		if (dpkgdb_parse_control(file->content, &part, err) < 0)
			return error_wrap(
			    err, SLICE_FMT, SLICE_ARG(file->path));
		if (parts_add(&parts, part, file->layer, err) < 0)
			return -1;
	}
	if (parts.n_items == 0)
		return 0;
	if (parts_join(&parts, &database.packages, err) < 0)
		return -1;
	if (dpkgdb_check_unique(database.packages, err) < 0) {
		package_list_free(database.packages);
		return error_wrap(err, SLICE_FMT, SLICE_ARG(STATUS_D));
	}
	return add(ret, database, err);
}

static int
package_directory_read(const struct tree *tree, struct slice dir,
    struct parts *parts, struct error *err)
{
	CLEANUP(string_free)
	char *path = string_format(SLICE_FMT "/desc", SLICE_ARG(dir));
	struct slice name = slice_after(dir, directory_of(dir).len + 1);
	struct package_list *part = NULL;
	struct tree_file file;

	if (!path)
		return error_nomem(err);

	int r = lookup_file(tree, slice_of_string(path), &file, err);
	if (r == 0)
		return error_set(err, ERROR_FORMAT, "%s is not there", path);
	if (r < 0)
		return -1;
	if (alpmdb_parse(name, file.content, &part, err) < 0)
		return error_wrap(err, "%s", path);
	return parts_add(parts, part, file.layer, err);
}

static int
pacman_read(const struct tree *tree, struct databases *ret, struct error *err)
{
	CLEANUP(tree_list_clear) struct tree_list dirs = { 0 };
	CLEANUP(parts_clear) struct parts parts = { 0 };
	struct database database = { .kind = DATABASE_PACMAN, .path = PACMAN };

	if (tree_list_directories(tree, PACMAN, &dirs, err) < 0)
		return error_wrap(err, SLICE_FMT, SLICE_ARG(PACMAN));
	for (size_t i = 0; i < dirs.n_items; i++)
		if (package_directory_read(
			tree, dirs.items[i].path, &parts, err) < 0)
			return -1;
	if (parts.n_items == 0)
		return 0;
	if (parts_join(&parts, &database.packages, err) < 0)
		return -1;
	return add(ret, database, err);
}

int
databases_read(
    const struct tree *tree, struct databases *ret, struct error *err)
{
	for (size_t i = 0; i < N_ITEMS(places); i++)
		if (place_read(tree, &places[i], ret, err) < 0)
			return -1;
	if (status_d_read(tree, ret, err) < 0)
		return -1;
	return pacman_read(tree, ret, err);
}
