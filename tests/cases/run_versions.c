/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads lines "TYPE A B", tabs between them, and prints "<", "=" or ">" for
 * each: what tests/system/test_version.py compares with the tools themselves.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/reader.h"
#include "version/version.h"

#define LINE_MAX_BYTES 4096

static version_compare_fn *
order_of(struct slice name)
{
	static const enum package_type types[] = { PACKAGE_DEB, PACKAGE_APK,
		PACKAGE_RPM };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (slice_eq(name,
			slice_of_string(package_type_to_string(types[i]))))
			return version_compare_of(types[i]);
	return NULL;
}

static bool
run(struct slice line)
{
	struct slice a;
	struct slice type;

	if (!slice_split(&line, '\t', &type) || !slice_split(&line, '\t', &a))
		return false;
	version_compare_fn *compare = order_of(type);
	if (!compare)
		return false;
	int order = compare(a, line);
	(void)puts(order < 0 ? "<" : order > 0 ? ">" : "=");
	return true;
}

int
main(void)
{
	char text[LINE_MAX_BYTES];

	while (fgets(text, sizeof(text), stdin)) {
		struct slice line = slice_trim(slice_of_string(text));
		if (!run(line)) {
			(void)fprintf(stderr, "no case: " SLICE_FMT "\n",
			    SLICE_ARG(line));
			return EXIT_FAILURE;
		}
	}
	return EXIT_SUCCESS;
}
