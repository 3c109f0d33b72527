/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The extended header of pax, POSIX.1-2017, "pax Extended Header": records of
 * a length (its own digits included), a space, a key, "=", a value, newline:
 *
 *	30 mtime=1700000000.123456789
 *	24 path=usr/share/J\xc3\xb6rg
 *	51 SCHILY.xattr.security.capability=\x01\x00\x00\x02...
 *
 * An empty value takes back what an earlier record said; of several, the last
 * counts. Keys that we do not know are passed over, as everybody does; so are
 * the owner's names, since an engine goes by the numbers.
 */
#include "archive/tar_pax.h"

#include <stdlib.h>

#include "archive/tar_number.h"

#define XATTR_PREFIX SLICE("SCHILY.xattr.")

/* Takes the next record off the front of *rest. */
static int
record_take(struct slice *rest, struct slice *ret_key, struct slice *ret_value,
    struct error *err)
{
	struct slice after = *rest;
	struct slice digits;
	uint64_t len;

	if (!slice_split(&after, ' ', &digits) ||
	    !slice_to_u64(digits, rest->len, &len) || len <= digits.len + 1)
		return error_set(err, ERROR_FORMAT,
		    "an extended header with a record of no valid length");

	struct slice record = slice_first(after, len - digits.len - 1);
	if (!slice_ends_with(record, SLICE("\n")))
		return error_set(err, ERROR_FORMAT,
		    "an extended header with a record that has no end");
	record = slice_first(record, record.len - 1);

	const char *equals = memchr(record.ptr, '=', record.len);
	if (!equals || equals == record.ptr)
		return error_set(err, ERROR_FORMAT,
		    "an extended header with a record that has no key");
	*ret_key = slice_first(record, (size_t)(equals - record.ptr));
	*ret_value = slice_after(record, ret_key->len + 1);
	*rest = slice_after(*rest, len);
	return 0;
}

static int
text_take(struct slice value, struct slice *ret, struct error *err)
{
	if (memchr(value.ptr, '\0', value.len))
		return error_set(err, ERROR_FORMAT,
		    "an extended header with a NUL in a path");
	*ret = value;
	return 0;
}

static int
number_take(struct slice value, bool *ret_has, uint64_t *ret, struct error *err)
{
	*ret_has = value.len > 0;
	if (*ret_has && !slice_to_u64(value, INT64_MAX, ret))
		return error_set(err, ERROR_FORMAT,
		    "an extended header with a number that is none");
	return 0;
}

static int
mtime_take(struct slice value, struct tar_pax *pax, struct error *err)
{
	pax->has_mtime = value.len > 0;
	if (pax->has_mtime &&
	    !tar_time_parse(value, &pax->mtime_sec, &pax->mtime_nsec))
		return error_set(err, ERROR_FORMAT,
		    "an extended header with a time that is none");
	return 0;
}

static int
xattr_take(
    struct tar_pax *pax, struct tar_xattr xattr, size_t max, struct error *err)
{
	if (xattr.name.len == 0 || memchr(xattr.name.ptr, '\0', xattr.name.len))
		return error_set(err, ERROR_FORMAT,
		    "an extended attribute whose name is none");
	for (size_t i = 0; i < pax->n_xattrs; i++) {
		if (!slice_eq(pax->xattrs[i].name, xattr.name))
			continue;
		pax->xattrs[i] = xattr;
		return 0;
	}
	if (pax->n_xattrs == max)
		return error_set(
		    err, ERROR_LIMIT, "over %zu extended attributes", max);
	if (!ARRAY_GROW(pax->xattrs, pax->n_xattrs))
		return error_nomem(err);
	pax->xattrs[pax->n_xattrs++] = xattr;
	return 0;
}

static int
record_apply(struct tar_pax *pax, struct slice key, struct slice value,
    size_t max_xattrs, struct error *err)
{
	if (slice_eq(key, SLICE("path")))
		return text_take(value, &pax->path, err);
	if (slice_eq(key, SLICE("linkpath")))
		return text_take(value, &pax->link, err);
	if (slice_eq(key, SLICE("size")))
		return number_take(
		    value, &pax->has_size, &pax->size_bytes, err);
	if (slice_eq(key, SLICE("uid")))
		return number_take(value, &pax->has_uid, &pax->uid, err);
	if (slice_eq(key, SLICE("gid")))
		return number_take(value, &pax->has_gid, &pax->gid, err);
	if (slice_eq(key, SLICE("mtime")))
		return mtime_take(value, pax, err);
	if (slice_starts_with(key, SLICE("GNU.sparse.")))
		return error_set(err, ERROR_UNSUPPORTED, "a sparse file");
	if (slice_starts_with(key, XATTR_PREFIX)) {
		struct tar_xattr xattr = {
			.name = slice_after(key, XATTR_PREFIX.len),
			.value = value,
		};

		return xattr_take(pax, xattr, max_xattrs, err);
	}
	return 0;
}

int
tar_pax_parse(struct slice text, size_t max_xattrs, struct tar_pax *ret,
    struct error *err)
{
	struct slice key;
	struct slice value;

	while (text.len > 0)
		if (record_take(&text, &key, &value, err) < 0 ||
		    record_apply(ret, key, value, max_xattrs, err) < 0)
			return -1;
	return 0;
}

int
tar_pax_check_global(struct slice text, struct error *err)
{
	struct slice key;
	struct slice value;

	while (text.len > 0) {
		if (record_take(&text, &key, &value, err) < 0)
			return -1;
		if (slice_eq(key, SLICE("path")) ||
		    slice_eq(key, SLICE("linkpath")) ||
		    slice_eq(key, SLICE("size")) ||
		    slice_starts_with(key, SLICE("GNU.sparse.")))
			return error_set(err, ERROR_UNSUPPORTED,
			    "a global header that names or sizes all entries");
	}
	return 0;
}

void
tar_pax_clear(struct tar_pax *pax)
{
	free(pax->xattrs);
	*pax = (struct tar_pax){ 0 };
}
