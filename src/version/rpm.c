/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Versions of rpm packages, [epoch:]version[-release]:
 *
 *	1:3.0.7-27.el9
 *	2.34-60.el9_2.7
 *	1.0~rc1-1.fc38
 *	0.9.1^20230101git0123abc-1.fc38
 *
 * rpm-version(7) has the rules. Each part is a row of numbers, of runs of
 * letters, of tildes and of carets; all other bytes only keep these apart, so
 * that 1.0, 1_0 and 1..0 are one version, and so are 1.α and 1.β.
 */
#include "version/rpm.h"

#include "version/chars.h"
#include "version/evr.h"

/* What may come next in a part, the oldest first. */
enum kind {
	KIND_TILDE, /* a pre-release: before even the end */
	KIND_END,
	KIND_CARET, /* a snapshot after the release: before all that follows */
	KIND_LETTERS,
	KIND_DIGITS, /* so that 1.1 is newer than 1.rc1 */
};

static enum kind
kind_of(char c)
{
	if (is_digit(c))
		return KIND_DIGITS;
	if (is_letter(c))
		return KIND_LETTERS;
	if (c == '~')
		return KIND_TILDE;
	return c == '^' ? KIND_CARET : KIND_END;
}

/* Skips what only separates; KIND_END when nothing else is left. */
static enum kind
kind_next(struct slice *rest)
{
	size_t n = 0;
	enum kind kind = KIND_END;

	while (n < rest->len && (kind = kind_of(rest->ptr[n])) == KIND_END)
		n++;
	*rest = slice_after(*rest, n);
	return kind;
}

/* Takes what is of that kind off the front of *rest. */
static struct slice
run_next(struct slice *rest, enum kind kind)
{
	size_t n = 1;

	/* Two tildes are two, but letters that follow each other are one. */
	if (kind == KIND_LETTERS || kind == KIND_DIGITS)
		while (n < rest->len && kind_of(rest->ptr[n]) == kind)
			n++;

	struct slice run = slice_first(*rest, n);
	*rest = slice_after(*rest, n);
	return run;
}

static int
compare_part(struct slice a, struct slice b)
{
	for (;;) {
		enum kind kind = kind_next(&a);
		enum kind kind_b = kind_next(&b);
		if (kind != kind_b)
			return kind < kind_b ? -1 : 1;
		if (kind == KIND_END)
			return 0;

		struct slice run = run_next(&a, kind);
		struct slice run_b = run_next(&b, kind);
		int order = kind == KIND_DIGITS ? digits_cmp(run, run_b)
						: slice_cmp(run, run_b);
		if (order != 0)
			return order;
	}
}

int
version_rpm_compare(struct slice a, struct slice b)
{
	struct evr v = evr_of(a);
	struct evr w = evr_of(b);

	int order = digits_cmp(v.epoch, w.epoch);
	if (order == 0)
		order = compare_part(v.version, w.version);
	if (order != 0)
		return order;

	/* No release is older than any, even than an empty one: that one may
	 * stand for all releases is a matter of dependencies. */
	if (v.has_release != w.has_release)
		return v.has_release ? 1 : -1;
	return compare_part(v.release, w.release);
}
