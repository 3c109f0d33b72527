/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many versions a second each order compares, and how many pairs memcmp()
 * looks at in that time: the floor, as no order can do with less than all
 * bytes up to the first that differs.
 *
 *	version
 *
 * The pairs are such as lists of packages have: what is installed, and what
 * comes after it. Prints, of each type, the millions a second of both.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "version/version.h"

#define N_PAIRS  4096
#define TEXT_MAX 64
#define N_ROUNDS 512
#define N_RUNS   7

struct pair {
	char text[2][TEXT_MAX];
	struct slice a, b;
};

/* Two numbers and what is newer than them, in the form of versions. */
struct shape {
	enum package_type type;
	const char *formats[4];
};

static const struct shape shapes[] = {
	{ PACKAGE_DEB,
	    { "%u.%u.%u-1+deb12u%u", "1:%u.%up1-%u+deb12u%u",
		"%u.%u~rc%u+dfsg-%u", "%u.%u-%u.%ubuild1" } },
	{ PACKAGE_APK,
	    { "%u.%u.%u-r%u", "%u.%u.%u_p%u-r0", "%u.%u.%ub-r%u",
		"%u.%u_git2024%04u-r%u" } },
	{ PACKAGE_RPM,
	    { "%u.%u.%u-%u.el9", "1:%u.%u-%u.el9_%u", "%u.%u~rc%u-%u.fc39",
		"%u.%u^20240101git%u-%u.fc39" } },
};

static struct pair pairs[N_PAIRS];

/* The same numbers on any machine. */
static unsigned int
number_next(uint64_t *state, unsigned int below)
{
	*state = *state * 6364136223846793005U + 1442695040888963407U;
	return (unsigned int)(*state >> 33) % below;
}

static void
version_write(char *ret, const char *format, const unsigned int *n)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	(void)snprintf(ret, TEXT_MAX, format, n[0], n[1], n[2], n[3]);
#pragma GCC diagnostic pop
}

/* One number of four is newer in the second: the last in most. */
static void
pairs_make(const struct shape *shape)
{
	uint64_t state = 1;

	for (size_t i = 0; i < N_PAIRS; i++) {
		struct pair *pair = &pairs[i];
		const char *format = shape->formats[i % 4];
		unsigned int n[4] = { number_next(&state, 20),
			number_next(&state, 50), number_next(&state, 120),
			number_next(&state, 12) };

		version_write(pair->text[0], format, n);
		unsigned int which = number_next(&state, 8);
		n[which < 4 ? which : 3] += 1 + number_next(&state, 3);
		version_write(pair->text[1], format, n);
		bool is_turned = number_next(&state, 2) == 1;
		pair->a = slice_of_string(pair->text[is_turned]);
		pair->b = slice_of_string(pair->text[!is_turned]);
	}
}

static int
compare_bytes(struct slice a, struct slice b)
{
	size_t n = a.len < b.len ? a.len : b.len;

	return memcmp(a.ptr, b.ptr, n);
}

static double
now_sec(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Millions a second, of the quickest run; *n_newer keeps the work needed. */
static double
measure(version_compare_fn *compare, uint64_t *n_newer)
{
	double best = 0;

	for (size_t run = 0; run < N_RUNS; run++) {
		double began = now_sec();
		for (size_t round = 0; round < N_ROUNDS; round++)
			for (size_t i = 0; i < N_PAIRS; i++)
				*n_newer += compare(pairs[i].a, pairs[i].b) > 0;
		double millions =
		    (double)N_ROUNDS * N_PAIRS / 1e6 / (now_sec() - began);
		if (millions > best)
			best = millions;
	}
	return best;
}

int
main(void)
{
	uint64_t n_newer = 0;

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		pairs_make(&shapes[i]);
		double floor = measure(compare_bytes, &n_newer);
		double ours =
		    measure(version_compare_of(shapes[i].type), &n_newer);
		(void)printf("%s %.1f %.1f\n",
		    package_type_to_string(shapes[i].type), ours, floor);
	}
	return n_newer > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
