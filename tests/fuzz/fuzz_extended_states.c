/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/extended_states.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct package packages[] = {
		{ .name = SLICE("libc6"), .arch = SLICE("amd64") },
		{ .name = SLICE("all"), .arch = SLICE("all") },
		{ .type = PACKAGE_RPM, .name = SLICE("libc6") },
	};
	struct package_list list = { NULL, packages, N_ITEMS(packages) };
	struct error err;

	ERROR_IGNORE(extended_states_apply(
	    slice_of((const char *)data, size), &list, &err));
	if (packages[2].automatic)
		abort();
	return 0;
}
