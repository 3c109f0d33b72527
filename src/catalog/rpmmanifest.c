/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What images of Azure Linux (and Mariner before it) have instead of rpm's
 * database when they are "distroless": what rpm -qa printed when the image
 * was made, one package a line, ten fields with tabs between:
 *
 *	name, version-release, time of installation, time of the build,
 *	vendor, epoch ("(none)"), size, architecture, epoch as a number,
 *	name of the source package's file
 *
 *	zlib\t1.3.1-1.azl3\t1713000000\t1711000000\tMicrosoft Corporation\t
 *	(none)\t92832\tx86_64\t0\tzlib-1.3.1-1.azl3.src.rpm
 *
 * container-manifest-1 beside it is for people, and is not read.
 */
#include "catalog/rpmmanifest.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/reader.h"
#include "catalog/text.h"

/* Images have hundreds of packages; no distribution of rpm has this many. */
#define PACKAGES_MAX 100000

enum column {
	COLUMN_NAME,
	COLUMN_VERSION,
	COLUMN_INSTALLED,
	COLUMN_BUILT,
	COLUMN_VENDOR,
	COLUMN_EPOCH,
	COLUMN_SIZE,
	COLUMN_ARCH,
	COLUMN_EPOCH_NUMBER,
	COLUMN_SOURCE,
	N_COLUMNS,
};

static bool
columns_split(struct slice line, struct slice columns[N_COLUMNS])
{
	size_t n = 0;
	struct slice column;

	while (n < N_COLUMNS && slice_split(&line, '\t', &column))
		columns[n++] = column;
	return n == N_COLUMNS && line.len == 0;
}

/* "zlib-1.3.1-1.azl3.src.rpm": name, version and release at the dashes. */
static bool
source_split(struct slice file, struct package *pkg)
{
	size_t end = file.len;

	if (!slice_ends_with(file, SLICE(".rpm")))
		return false;
	end -= 4;
	while (end > 0 && file.ptr[end - 1] != '.')
		end--;
	if (end == 0)
		return false;
	file = slice_first(file, end - 1);

	const char *dash = memrchr(file.ptr, '-', file.len);
	if (dash)
		dash = memrchr(file.ptr, '-', (size_t)(dash - file.ptr));
	if (!dash)
		return false;
	pkg->source = slice_first(file, (size_t)(dash - file.ptr));
	pkg->source_version = slice_after(file, pkg->source.len + 1);
	return slice_is_graph(pkg->source) &&
	    slice_is_graph(pkg->source_version);
}

static bool
is_none(struct slice s)
{
	return s.len == 0 || slice_eq(s, SLICE("(none)"));
}

/* The version with the epoch before it, put together in out. */
static bool
version_put(const struct slice *columns, struct buf *out, struct slice *ret)
{
	struct slice epoch = columns[COLUMN_EPOCH];
	size_t start = out->len;
	uint64_t number;

	if (!is_none(epoch)) {
		if (!slice_to_u64(epoch, UINT32_MAX, &number))
			return false;
		buf_put(out, epoch);
		buf_put(out, SLICE(":"));
	}
	buf_put(out, columns[COLUMN_VERSION]);
	*ret = slice_after(buf_slice(out), start);
	return true;
}

static int
line_parse(
    struct slice line, struct buf *text, struct package *pkg, struct error *err)
{
	struct slice columns[N_COLUMNS];

	if (!columns_split(line, columns))
		return error_set(err, ERROR_FORMAT, "not %d fields", N_COLUMNS);
	*pkg = (struct package){
		.type = PACKAGE_RPM,
		.name = columns[COLUMN_NAME],
		.arch = columns[COLUMN_ARCH],
	};
	if (!slice_is_graph(pkg->name) || !slice_is_graph(pkg->arch) ||
	    !slice_is_graph(columns[COLUMN_VERSION]) ||
	    !version_put(columns, text, &pkg->version))
		return error_set(err, ERROR_FORMAT, "a field is broken");

	pkg->source = pkg->name;
	pkg->source_version = pkg->version;
	if (!is_none(columns[COLUMN_SOURCE]) &&
	    !source_split(columns[COLUMN_SOURCE], pkg))
		return error_set(
		    err, ERROR_FORMAT, "the source package is broken");
	if (!is_none(columns[COLUMN_VENDOR]) &&
	    slice_is_print(columns[COLUMN_VENDOR]))
		pkg->maintainer = columns[COLUMN_VENDOR];
	return 0;
}

static int
lines_parse(struct slice text, struct buf *versions, struct package_list *list,
    struct error *err)
{
	struct reader in = reader_of(text);
	struct slice line;

	while (reader_line(&in, &line)) {
		struct package pkg;

		if (line.len == 0)
			continue;
		if (line_parse(line, versions, &pkg, err) < 0)
			return error_wrap(err, "line %zu", in.line);
		/* Keys of who builds are in rpm's database like packages. */
		if (slice_eq(pkg.name, SLICE("gpg-pubkey")))
			continue;
		if (list->n_items == PACKAGES_MAX)
			return error_set(err, ERROR_LIMIT, "too many packages");
		if (!ARRAY_GROW(list->items, list->n_items))
			return error_nomem(err);
		list->items[list->n_items++] = pkg;
	}
	return 0;
}

int
rpmmanifest_parse(
    struct slice text, struct package_list **ret, struct error *err)
{
	CLEANUP(package_list_free)
	struct package_list *list = calloc(1, sizeof(*list));
	CLEANUP(buf_clear) struct buf copy = { 0 };

	/* The text, and then the versions, which are not as long as the lines
	 * that they are of: it never grows, so views into it hold. */
	if (!list || !buf_reserve(&copy, 2 * text.len + 1))
		return error_nomem(err);
	buf_put(&copy, text);
	if (lines_parse(buf_slice(&copy), &copy, list, err) < 0 ||
	    buf_check(&copy, err) < 0)
		return -1;
	if (!(list->text = buf_take_string(&copy)))
		return error_nomem(err);
	*ret = TAKE(list);
	return 0;
}
