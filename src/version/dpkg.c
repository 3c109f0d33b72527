/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Version numbers of Debian packages, [epoch:]upstream[-revision]:
 *
 *	1:9.2p1-2+deb12u3
 *	2.36-9+deb12u10
 *	1.0~rc1
 *
 * deb-version(7) has the rules; where it is silent we do what dpkg's
 * lib/dpkg/version.c does with such bytes.
 */
#include "version/dpkg.h"

#include <limits.h>

#include "version/chars.h"
#include "version/evr.h"

/* Where a byte stands among those that are no digits, '~' before all and even
 * before the end, whose rank is 0, and letters before the rest. */
static int
rank_of(char c)
{
	if (c == '~')
		return -1;
	if (is_letter(c))
		return c;
	return (uint8_t)c + 256;
}

/* The rank of the byte at i; the end and digits are ranked alike. */
static int
rank_at(struct slice s, size_t i)
{
	return i < s.len && !is_digit(s.ptr[i]) ? rank_of(s.ptr[i]) : 0;
}

/* How many bytes both begin with that need not be looked at again: not those
 * of a number that may go on. */
static size_t
same_before(struct slice a, struct slice b)
{
	size_t n = 0;

	while (n < a.len && n < b.len && a.ptr[n] == b.ptr[n])
		n++;
	while (n > 0 && is_digit(a.ptr[n - 1]))
		n--;
	return n;
}

/* In turns, text and a number: no digit is a 0, and numbers have no limit,
 * the one with more digits is larger. */
static int
compare_part(struct slice a, struct slice b)
{
	size_t i = same_before(a, b);
	size_t j = i;

	while (i < a.len || j < b.len) {
		int rank = rank_at(a, i);
		int order = rank - rank_at(b, j);
		if (order != 0)
			return order;
		if (rank != 0) {
			i++;
			j++;
			continue;
		}

		struct slice digits = slice_after(a, i);
		struct slice digits_b = slice_after(b, j);
		digits.len = digits_in(digits);
		digits_b.len = digits_in(digits_b);
		order = digits_cmp(digits, digits_b);
		if (order != 0)
			return order;
		i += digits.len;
		j += digits_b.len;
	}
	return 0;
}

int
version_dpkg_compare(struct slice a, struct slice b)
{
	struct evr v = evr_of(a);
	struct evr w = evr_of(b);

	int order = digits_cmp(v.epoch, w.epoch);
	if (order == 0)
		order = compare_part(v.version, w.version);
	/* No revision is as old as "0". */
	return order != 0 ? order : compare_part(v.release, w.release);
}

/* True when s has nothing but letters, digits, and those of others. */
static bool
has_only(struct slice s, const char *others)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		if (!is_letter(c) && !is_digit(c) &&
		    (c == '\0' || !strchr(others, c)))
			return false;
	}
	return true;
}

bool
version_dpkg_is_valid(struct slice version)
{
	struct evr v = evr_of(version);
	uint64_t epoch;

	/* Whatever stands before a colon must be an epoch. */
	const char *colon =
	    version.len > 0 ? memchr(version.ptr, ':', version.len) : NULL;
	if (colon) {
		size_t n = (size_t)(colon - version.ptr);
		if (!slice_to_u64(slice_first(version, n), INT_MAX, &epoch))
			return false;
	}
	if (v.has_release && v.release.len == 0)
		return false;
	return v.version.len > 0 && is_digit(v.version.ptr[0]) &&
	    has_only(v.version, ".-+~:") && has_only(v.release, ".+~");
}
