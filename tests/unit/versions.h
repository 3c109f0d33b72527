/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Cases of versions: "a < b" a line, ">" and "=" too, empty lines, and
 * comments that begin with "#". Other signs are for a test of its own.
 */
#include "base/memory.h"
#include "base/reader.h"
#include "files.h"
#include "version/version.h"

#define VECTORS "../shared/data/version-vectors/"
#define CASES   "tests/cases/version/"

struct comparison {
	struct slice a, sign, b;
};

static inline int
sign_of(int order)
{
	return (order > 0) - (order < 0);
}

/* False for a comment, and where nothing is. */
static inline bool
comparison_of(struct slice line, struct comparison *ret)
{
	struct slice words[3] = { 0 };
	size_t n = 0;

	if (slice_starts_with(line, SLICE("#")))
		return false;
	while (n < 3) {
		line = slice_trim(line);
		size_t len = 0;
		while (len < line.len && line.ptr[len] != ' ' &&
		    line.ptr[len] != '\t')
			len++;
		if (len == 0)
			break;
		words[n++] = slice_first(line, len);
		line = slice_after(line, len);
	}
	if (n == 0)
		return false;
	if (n != 3 || line.len > 0)
		fail_msg("not a case: " SLICE_FMT, SLICE_ARG(line));
	*ret = (struct comparison){ words[0], words[1], words[2] };
	return true;
}

/* False where the sign is none of the three. */
static inline bool
check_order(struct comparison c, version_compare_fn *compare)
{
	bool is_less = slice_eq(c.sign, SLICE("<"));
	bool is_more = slice_eq(c.sign, SLICE(">"));
	int order = is_more - is_less;

	if (order == 0 && !slice_eq(c.sign, SLICE("=")))
		return false;
	if (sign_of(compare(c.a, c.b)) != order ||
	    sign_of(compare(c.b, c.a)) != -order)
		fail_msg(SLICE_FMT " against " SLICE_FMT " is not %d",
		    SLICE_ARG(c.a), SLICE_ARG(c.b), order);
	return true;
}

static inline void
refuse_sign(struct comparison c)
{
	fail_msg("no sign: " SLICE_FMT, SLICE_ARG(c.sign));
}

/* How many lines there were; other checks those with other signs. */
static inline size_t
check_lines(struct slice text, version_compare_fn *compare,
    void (*other)(struct comparison c))
{
	struct reader in = reader_of(text);
	struct comparison c;
	struct slice line;
	size_t n = 0;

	while (reader_line(&in, &line)) {
		if (!comparison_of(line, &c))
			continue;
		if (!check_order(c, compare))
			other(c);
		n++;
	}
	return n;
}

/* Of tests/cases/version; more than n_min of them. */
static inline void
check_cases(const char *name, version_compare_fn *compare, size_t n_min)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	char path[256];

	(void)snprintf(path, sizeof(path), CASES "%s", name);
	source_file(path, &text);
	assert_true(
	    check_lines(buf_slice(&text), compare, refuse_sign) > n_min);
}

/* What others have found; skips where that is not beside the source tree. */
static inline void
check_vectors_with(const char *const *names, version_compare_fn *compare,
    void (*other)(struct comparison c))
{
	for (; *names; names++) {
		CLEANUP(buf_clear) struct buf text = { 0 };
		char path[256];

		(void)snprintf(path, sizeof(path), VECTORS "%s", *names);
		if (!source_file_try(path, &text)) {
			print_message("%s is not there\n", path);
			skip();
		}
		size_t n = check_lines(buf_slice(&text), compare, other);
		assert_true(n > 20);
	}
}

static inline void
check_vectors(const char *const *names, version_compare_fn *compare)
{
	check_vectors_with(names, compare, refuse_sign);
}

#define VERSIONS_MAX 512

static inline size_t
versions_load(const char *name, struct buf *text, struct slice *ret)
{
	struct comparison c;
	struct slice line;
	char path[256];
	size_t n = 0;

	(void)snprintf(path, sizeof(path), CASES "%s", name);
	source_file(path, text);
	struct reader in = reader_of(buf_slice(text));
	while (reader_line(&in, &line)) {
		if (!comparison_of(line, &c))
			continue;
		assert_true(n + 2 <= VERSIONS_MAX);
		ret[n++] = c.a;
		ret[n++] = c.b;
	}
	return n;
}

/* That the order of any three of n is one; signs has all n * n. */
static inline void
check_signs(const struct slice *v, size_t n, const int8_t *signs)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			for (size_t k = 0; k < n && signs[i * n + j] <= 0; k++)
				if (signs[j * n + k] <= 0 &&
				    signs[i * n + k] !=
					(signs[i * n + j] | signs[j * n + k]))
					fail_msg(SLICE_FMT " " SLICE_FMT
							   " " SLICE_FMT,
					    SLICE_ARG(v[i]), SLICE_ARG(v[j]),
					    SLICE_ARG(v[k]));
}

/* All versions of two files of cases, any three of them. */
static inline void
check_total(const char *name, const char *hostile, version_compare_fn *compare)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(buf_clear) struct buf hostile_text = { 0 };
	struct slice v[2 * VERSIONS_MAX];

	size_t n = versions_load(name, &text, v);
	n += versions_load(hostile, &hostile_text, v + n);
	int8_t *signs = test_malloc(n * n);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			signs[i * n + j] = (int8_t)sign_of(compare(v[i], v[j]));
	check_signs(v, n, signs);
	test_free(signs);
}
