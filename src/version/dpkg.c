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

struct version {
	uint64_t epoch;
	struct slice upstream;
	struct slice revision; /* empty when there is none: as old as "0" */
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

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

/*
 * The number that digits are. One that is over any epoch counts as the
 * largest: dpkg refuses it, and we need no more than some place for it.
 */
static uint64_t
epoch_of(struct slice digits)
{
	uint64_t epoch;

	if (digits.len == 0)
		return 0;
	return slice_to_u64(digits, UINT64_MAX - 1, &epoch) ? epoch
							    : UINT64_MAX;
}

/* How many digits s begins with. */
static size_t
digits_in(struct slice s)
{
	size_t n = 0;

	while (n < s.len && is_digit(s.ptr[n]))
		n++;
	return n;
}

static struct version
version_of(struct slice text)
{
	struct version version = { .upstream = text };

	/* A colon after anything but digits is no epoch's: dpkg refuses such
	 * a version; we leave the colon where it stands. */
	size_t n = digits_in(text);
	if (n < text.len && text.ptr[n] == ':') {
		version.epoch = epoch_of(slice_first(text, n));
		version.upstream = slice_after(text, n + 1);
	}

	const char *dash = version.upstream.len == 0
	    ? NULL
	    : memrchr(version.upstream.ptr, '-', version.upstream.len);
	if (dash) {
		size_t len = (size_t)(dash - version.upstream.ptr);
		version.revision = slice_after(version.upstream, len + 1);
		version.upstream = slice_first(version.upstream, len);
	}
	return version;
}

/* The rank of the byte at i; the end and digits are ranked alike. */
static int
rank_at(struct slice s, size_t i)
{
	return i < s.len && !is_digit(s.ptr[i]) ? rank_of(s.ptr[i]) : 0;
}

static size_t
zeroes_skip(struct slice s, size_t i)
{
	while (i < s.len && s.ptr[i] == '0')
		i++;
	return i;
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

		i = zeroes_skip(a, i);
		j = zeroes_skip(b, j);
		struct slice rest_a = slice_after(a, i);
		struct slice rest_b = slice_after(b, j);
		size_t n = digits_in(rest_a);
		size_t n_b = digits_in(rest_b);
		if (n != n_b)
			return n < n_b ? -1 : 1;
		order =
		    slice_cmp(slice_first(rest_a, n), slice_first(rest_b, n));
		if (order != 0)
			return order;
		i += n;
		j += n;
	}
	return 0;
}

int
version_dpkg_compare(struct slice a, struct slice b)
{
	struct version v = version_of(a);
	struct version w = version_of(b);

	if (v.epoch != w.epoch)
		return v.epoch < w.epoch ? -1 : 1;

	int order = compare_part(v.upstream, w.upstream);
	return order != 0 ? order : compare_part(v.revision, w.revision);
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
	struct slice rest = version;
	uint64_t epoch;

	const char *colon =
	    rest.len > 0 ? memchr(rest.ptr, ':', rest.len) : NULL;
	if (colon) {
		size_t n = (size_t)(colon - rest.ptr);
		if (!slice_to_u64(slice_first(rest, n), INT_MAX, &epoch))
			return false;
		rest = slice_after(rest, n + 1);
	}

	struct version v = version_of(version);
	bool has_dash = v.upstream.len < rest.len;
	if (has_dash && v.revision.len == 0)
		return false;
	return v.upstream.len > 0 && is_digit(v.upstream.ptr[0]) &&
	    has_only(v.upstream, ".-+~:") && has_only(v.revision, ".+~");
}
