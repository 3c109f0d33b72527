/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/file_owners.h"

#include <stdlib.h>

#include "base/memory.h"
#include "catalog/alpmdb.h"
#include "catalog/apkdb.h"
#include "catalog/dpkg_files.h"
#include "catalog/lookup.h"
#include "catalog/owners.h"

/* A full desktop has 500,000, each 32 bytes and the length of its path. */
#define CLAIMS_MAX     ((size_t)4 * 1024 * 1024)
#define CLAIMS_BYTES   ((size_t)256 * 1024 * 1024)
#define PATH_BYTES_MAX ((size_t)4096)

/* That a package says it has a file, by where its texts are in the pool. */
struct claim {
	size_t path;
	size_t owner;
	uint32_t path_len;
	uint32_t owner_len;
};

struct claims {
	const struct tree *tree;
	struct buf pool;
	struct claim *items;
	size_t n_items;
	struct claim owner; /* of those that are added now */

	/* The directory that was resolved last: one follows the other. */
	struct buf dir;
	struct buf resolved;
	bool dir_exists;
};

static void
claims_clear(struct claims *claims)
{
	buf_clear(&claims->pool);
	buf_clear(&claims->dir);
	buf_clear(&claims->resolved);
	free(claims->items);
}
DEFINE_CLEANUP_IN_PLACE(struct claims, claims_clear)

/* "NAME", or "NAME:ARCH". */
static void
owner_begin(struct claims *claims, struct slice name, struct slice arch)
{
	struct buf *pool = &claims->pool;

	claims->owner.owner = pool->len;
	buf_put(pool, name);
	if (arch.len > 0) {
		buf_put(pool, SLICE(":"));
		buf_put(pool, arch);
	}
	claims->owner.owner_len = (uint32_t)(pool->len - claims->owner.owner);
}

/* Sets where dir, as a package names it, really lies. */
static int
dir_resolve(struct claims *claims, struct slice dir, struct error *err)
{
	if (claims->dir.len > 0 &&
	    slice_eq(slice_first(buf_slice(&claims->dir), dir.len), dir) &&
	    claims->dir.len == dir.len + 1)
		return 0;

	/* With a slash at its end, so that the whole is followed. */
	claims->dir.len = 0;
	buf_put(&claims->dir, dir);
	buf_put(&claims->dir, SLICE("/"));
	if (buf_check(&claims->dir, err) < 0)
		return -1;
	claims->dir_exists = true;
	if (tree_resolve(claims->tree, buf_slice(&claims->dir),
		&claims->resolved, err) == 0)
		return 0;
	/* Links that lead nowhere, or in a circle, lead to no file. */
	claims->dir_exists = false;
	return err->kind == ERROR_NOMEM ? -1 : 0;
}

/* Says that the owner has a file; it may not be there. */
static int
claim_add(struct claims *claims, struct slice dir, struct slice name,
    struct error *err)
{
	struct buf *pool = &claims->pool;
	struct claim claim = claims->owner;

	if (dir.len + name.len > PATH_BYTES_MAX)
		return 0;
	if (dir_resolve(claims, dir, err) < 0)
		return -1;
	if (!claims->dir_exists || name.len == 0)
		return 0;
	claim.path = pool->len;
	if (claims->resolved.len > 0) {
		buf_put(pool, buf_slice(&claims->resolved));
		buf_put(pool, SLICE("/"));
	}
	buf_put(pool, name);
	claim.path_len = (uint32_t)(pool->len - claim.path);
	if (claims->n_items == CLAIMS_MAX)
		return error_set(err, ERROR_LIMIT, "too many files");
	if (!ARRAY_GROW(claims->items, claims->n_items))
		return error_nomem(err);
	claims->items[claims->n_items++] = claim;
	return buf_check(pool, err);
}

static int
claim_path(struct claims *claims, struct slice path, struct error *err)
{
	const char *slash =
	    path.len > 0 ? memrchr(path.ptr, '/', path.len) : NULL;
	size_t dir = slash ? (size_t)(slash - path.ptr) : 0;

	return claim_add(claims, slice_first(path, dir),
	    slash ? slice_after(path, dir + 1) : path, err);
}

static struct slice
base_name(struct slice path)
{
	const char *slash =
	    path.len > 0 ? memrchr(path.ptr, '/', path.len) : NULL;

	return slash ? slice_after(path, (size_t)(slash - path.ptr) + 1) : path;
}

static int
dpkg_list_claim(struct claims *claims, const struct tree_file *file,
    const struct dpkg_diversions *diversions, struct error *err)
{
	struct reader in = reader_of(file->content);
	struct slice package;
	struct slice arch;
	struct slice path;

	if (!dpkg_list_name(base_name(file->path), &package, &arch))
		return 0;
	owner_begin(claims, package, arch);
	while (dpkg_list_next(&in, &path))
		if (claim_path(claims, dpkg_divert(diversions, package, path),
			err) < 0)
			return -1;
	return 0;
}

static int
dpkg_claim(struct claims *claims, struct error *err)
{
	CLEANUP(dpkg_diversions_clear)
	struct dpkg_diversions diversions = { 0 };
	CLEANUP(tree_list_clear) struct tree_list files = { 0 };
	struct slice path = SLICE("var/lib/dpkg/diversions");
	struct tree_file file;
	int r = lookup_file(claims->tree, path, &file, err);

	if (r < 0)
		return -1;
	if (r > 0 && dpkg_diversions_parse(file.content, &diversions, err) < 0)
		return error_wrap(err, SLICE_FMT, SLICE_ARG(path));
	if (tree_list_files(
		claims->tree, SLICE("var/lib/dpkg/info"), &files, err) < 0)
		return -1;
	for (size_t i = 0; i < files.n_items; i++)
		if (dpkg_list_claim(claims, &files.items[i], &diversions, err) <
		    0)
			return -1;
	return 0;
}

/* The sums beside the records of images without dpkg name their files. */
static int
status_d_claim(struct claims *claims, struct error *err)
{
	CLEANUP(tree_list_clear) struct tree_list files = { 0 };
	struct slice dir = SLICE("var/lib/dpkg/status.d");
	struct slice end = SLICE(".md5sums");

	if (tree_list_files(claims->tree, dir, &files, err) < 0)
		return -1;
	for (size_t i = 0; i < files.n_items; i++) {
		struct reader in = reader_of(files.items[i].content);
		struct slice name = base_name(files.items[i].path);
		struct slice path;

		if (!slice_ends_with(name, end))
			continue;
		owner_begin(
		    claims, slice_first(name, name.len - end.len), SLICE(""));
		while (dpkg_md5sums_next(&in, &path))
			if (claim_path(claims, path, err) < 0)
				return -1;
	}
	return 0;
}

static int
apk_claim(struct claims *claims, struct slice text, struct error *err)
{
	struct apkdb_files files = apkdb_files_of(text);
	struct slice owner = SLICE("");
	struct slice package;
	struct slice dir;
	struct slice name;

	while (apkdb_files_next(&files, &package, &dir, &name)) {
		if (package.ptr != owner.ptr)
			owner_begin(claims, package, SLICE(""));
		owner = package;
		if (claim_add(claims, dir, name, err) < 0)
			return -1;
	}
	return 0;
}

static int
rpm_visit(void *ctx, const struct package *package, struct slice path,
    struct error *err)
{
	struct claims *claims = ctx;
	struct slice owner = slice_first(
	    slice_after(buf_slice(&claims->pool), claims->owner.owner),
	    claims->owner.owner_len);

	if (!slice_eq(owner, package->name))
		owner_begin(claims, package->name, SLICE(""));
	if (slice_starts_with(path, SLICE("/")))
		path = slice_after(path, 1);
	return claim_path(claims, path, err);
}

static int
pacman_package_claim(struct claims *claims, struct slice dir,
    const struct package *package, struct error *err)
{
	CLEANUP(string_free)
	char *at = string_format(SLICE_FMT "/files", SLICE_ARG(dir));
	struct tree_file file;
	struct slice path;

	if (!at)
		return error_nomem(err);
	int r = lookup_file(claims->tree, slice_of_string(at), &file, err);
	if (r <= 0)
		return r;

	struct alpmdb_files files = alpmdb_files_of(file.content);
	owner_begin(claims, package->name, SLICE(""));
	while (alpmdb_files_next(&files, &path))
		if (claim_path(claims, path, err) < 0)
			return -1;
	return 0;
}

static int
pacman_claim(
    struct claims *claims, const struct database *database, struct error *err)
{
	CLEANUP(tree_list_clear) struct tree_list dirs = { 0 };
	const struct package_list *packages = database->packages;

	if (tree_list_directories(claims->tree, database->path, &dirs, err) < 0)
		return -1;
	/* There is one package a directory, in the same order. */
	for (size_t i = 0; i < dirs.n_items && i < packages->n_items; i++)
		if (pacman_package_claim(claims, dirs.items[i].path,
			&packages->items[i], err) < 0)
			return -1;
	return 0;
}

static int
databases_claim(
    struct claims *claims, const struct databases *databases, struct error *err)
{
	if (dpkg_claim(claims, err) < 0 || status_d_claim(claims, err) < 0)
		return -1;
	for (size_t i = 0; i < databases->n_items; i++) {
		const struct database *database = &databases->items[i];
		int r = 0;

		if (database->kind == DATABASE_APK)
			r = apk_claim(claims, database->files.main, err);
		else if (database->kind == DATABASE_RPM)
			r = rpmdb_walk_files(
			    &database->files, rpm_visit, claims, err);
		else if (database->kind == DATABASE_PACMAN)
			r = pacman_claim(claims, database, err);
		if (r < 0)
			return error_wrap(
			    err, SLICE_FMT, SLICE_ARG(database->path));
	}
	return 0;
}

/* A file of the tree and those who claim it, side by side in order. */
struct merge {
	const struct file_owner *owners;
	size_t n_owners;
	size_t at;
	struct buf *out;
};

static int
owner_cmp(const void *a, const void *b)
{
	const struct file_owner *one = a;
	const struct file_owner *other = b;
	int r = slice_cmp(one->path, other->path);

	return r != 0 ? r : slice_cmp(one->owner, other->owner);
}

static int
merge_visit(void *ctx, const struct tree_file *file, struct error *err)
{
	struct merge *merge = ctx;
	struct file_owner of = { .path = file->path };
	bool is_owned = false;

	if (file->kind == INVENTORY_DIRECTORY)
		return 0;
	for (; merge->at < merge->n_owners; merge->at++) {
		const struct file_owner *owner = &merge->owners[merge->at];
		int r = slice_cmp(owner->path, file->path);

		if (r > 0)
			break;
		/* Two paths of one package may lead to one file. */
		if (r < 0 || (is_owned && slice_eq(owner->owner, of.owner)))
			continue;
		of.owner = owner->owner;
		is_owned = true;
		file_owner_encode(&of, merge->out);
	}
	if (!is_owned)
		file_owner_encode(&of, merge->out);
	return buf_check(merge->out, err);
}

static struct slice
pool_slice(const struct claims *claims, size_t at, size_t len)
{
	return slice_first(slice_after(buf_slice(&claims->pool), at), len);
}

int
file_owners_find(const struct tree *tree, const struct databases *databases,
    struct buf *out, struct error *err)
{
	CLEANUP(claims_clear)
	struct claims claims = { .tree = tree,
		.pool = buf_limited(CLAIMS_BYTES) };

	if (databases_claim(&claims, databases, err) < 0 ||
	    buf_check(&claims.pool, err) < 0)
		return -1;

	struct file_owner *owners = calloc(claims.n_items + 1, sizeof(*owners));
	struct merge merge = { owners, claims.n_items, 0, out };
	if (!owners)
		return error_nomem(err);
	for (size_t i = 0; i < claims.n_items; i++) {
		const struct claim *claim = &claims.items[i];

		owners[i].path =
		    pool_slice(&claims, claim->path, claim->path_len);
		owners[i].owner =
		    pool_slice(&claims, claim->owner, claim->owner_len);
	}
	qsort(owners, claims.n_items, sizeof(*owners), owner_cmp);
	int r = tree_walk(tree, merge_visit, &merge, err);
	free(owners);
	return r;
}
