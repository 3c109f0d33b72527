/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>

#include "registry/challenge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice header = slice_of((const char *)data, size);
	CLEANUP(challenges_clear) struct challenges challenges = { 0 };
	struct error err = { 0 };
	size_t n_bytes = 0;

	if (challenges_parse(header, &challenges, &err) < 0) {
		if (err.kind != ERROR_FORMAT && err.kind != ERROR_LIMIT)
			abort();
		return 0;
	}
	for (size_t i = 0; i < challenges.n_items; i++) {
		const struct challenge *one = &challenges.items[i];
		const struct slice fields[] = { one->realm, one->service,
			one->scope, one->error };

		for (size_t n = 0; n < 4; n++) {
			if (!slice_is_print(fields[n]))
				abort();
			n_bytes += fields[n].len;
		}
	}
	/* No byte of the header stands in two of them. */
	if (n_bytes > size)
		abort();
	return 0;
}
