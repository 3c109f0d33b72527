/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "version/dpkg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
sign(int order)
{
	return (order > 0) - (order < 0);
}

/* The order is total: so it is with any three. */
static void
check_order(struct slice a, struct slice b, struct slice c)
{
	int ab = sign(version_dpkg_compare(a, b));
	int bc = sign(version_dpkg_compare(b, c));
	int ac = sign(version_dpkg_compare(a, c));

	if (version_dpkg_compare(a, a) != 0 ||
	    sign(version_dpkg_compare(b, a)) != -ab)
		abort();
	if (ab <= 0 && bc <= 0 && (ac > 0 || (ac == 0 && ab + bc != 0)))
		abort();
	if (ab >= 0 && bc >= 0 && (ac < 0 || (ac == 0 && ab + bc != 0)))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = slice_of((const char *)data, size);
	struct slice version[3] = { 0 };

	for (size_t i = 0; i < 3; i++) {
		(void)slice_split(&rest, '\n', &version[i]);
		if (version_dpkg_is_valid(version[i]) && version[i].len == 0)
			abort();
	}
	check_order(version[0], version[1], version[2]);
	check_order(version[1], version[2], version[0]);
	check_order(version[2], version[0], version[1]);
	return 0;
}
