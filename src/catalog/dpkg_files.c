/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which package has which file, as dpkg keeps it: var/lib/dpkg/info/NAME.list,
 * a path a line, directories too; and var/lib/dpkg/diversions, three lines
 * for each path that was moved out of another package's way
 * (dpkg-divert(1)).
 *
 *	/bin/sh				what packages say they have
 *	/bin/sh.distrib			where it was put
 *	dash				who wanted it so, and has the first
 */
#include "catalog/dpkg_files.h"

#include <stdlib.h>

#include "base/memory.h"

/* Systems have a few dozen; each costs 48 bytes. */
#define DIVERSIONS_MAX 100000

bool
dpkg_list_name(
    struct slice name, struct slice *ret_package, struct slice *ret_arch)
{
	if (!slice_ends_with(name, SLICE(".list")))
		return false;
	name = slice_first(name, name.len - 5);
	*ret_arch = SLICE("");
	if (!slice_split(&name, ':', ret_package))
		return false;
	*ret_arch = name;
	return ret_package->len > 0;
}

bool
dpkg_list_next(struct reader *in, struct slice *ret)
{
	struct slice line;

	while (reader_line(in, &line)) {
		if (line.len < 2 || line.ptr[0] != '/' ||
		    slice_eq(line, SLICE("/.")))
			continue;
		*ret = slice_after(line, 1);
		return true;
	}
	return false;
}

bool
dpkg_md5sums_next(struct reader *in, struct slice *ret)
{
	struct slice line;

	while (reader_line(in, &line)) {
		/* 32 digits and two spaces. */
		if (line.len < 35 || line.ptr[32] != ' ' || line.ptr[33] != ' ')
			continue;
		*ret = slice_after(line, 34);
		return true;
	}
	return false;
}

void
dpkg_diversions_clear(struct dpkg_diversions *diversions)
{
	free(diversions->items);
	*diversions = (struct dpkg_diversions){ 0 };
}

static int
diversion_cmp(const void *a, const void *b)
{
	const struct dpkg_diversion *left = a;
	const struct dpkg_diversion *right = b;

	return slice_cmp(left->from, right->from);
}

/* 1, or 0 at the end of the text. */
static int
diversion_read(struct reader *in, struct dpkg_diversion *ret, struct error *err)
{
	if (!reader_line(in, &ret->from))
		return 0;
	if (!reader_line(in, &ret->to) || !reader_line(in, &ret->package))
		return error_set(err, ERROR_FORMAT, "not three lines for each");
	if (!slice_starts_with(ret->from, SLICE("/")) ||
	    !slice_starts_with(ret->to, SLICE("/")) || ret->package.len == 0)
		return error_set(err, ERROR_FORMAT, "not a diversion");
	ret->from = slice_after(ret->from, 1);
	ret->to = slice_after(ret->to, 1);
	return 1;
}

int
dpkg_diversions_parse(
    struct slice text, struct dpkg_diversions *ret, struct error *err)
{
	struct dpkg_diversion diversion;
	struct reader in = reader_of(text);
	int r;

	while ((r = diversion_read(&in, &diversion, err)) > 0) {
		if (ret->n_items == DIVERSIONS_MAX)
			return error_set(
			    err, ERROR_LIMIT, "too many diversions");
		if (!ARRAY_GROW(ret->items, ret->n_items))
			return error_nomem(err);
		ret->items[ret->n_items++] = diversion;
	}
	if (r < 0)
		return error_wrap(err, "line %zu", in.line);
	if (ret->n_items > 0)
		qsort(ret->items, ret->n_items, sizeof(*ret->items),
		    diversion_cmp);
	for (size_t i = 1; i < ret->n_items; i++)
		if (diversion_cmp(&ret->items[i - 1], &ret->items[i]) == 0)
			return error_set(
			    err, ERROR_FORMAT, "a path is diverted twice");
	return 0;
}

struct slice
dpkg_divert(const struct dpkg_diversions *diversions, struct slice package,
    struct slice path)
{
	const struct dpkg_diversion wanted = { .from = path };
	const struct dpkg_diversion *found = NULL;

	if (diversions->n_items > 0)
		found = bsearch(&wanted, diversions->items, diversions->n_items,
		    sizeof(wanted), diversion_cmp);
	if (!found || slice_eq(found->package, package))
		return path;
	return found->to;
}
