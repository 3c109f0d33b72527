/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>

#include "registry/content_range.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice header = slice_of((const char *)data, size);

	/* It cannot fit two places at once, nor a file that ends before. */
	if (content_range_fits(header, 5, 12) &&
	    (content_range_fits(header, 4, 12) ||
		content_range_fits(header, 5, 5)))
		abort();
	return 0;
}
