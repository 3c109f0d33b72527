/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/copyright.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(buf_clear) struct buf out = { 0 };

	copyright_licences(slice_of((const char *)data, size), &out);
	if (out.len > 64 * 256 || !slice_is_print(buf_slice(&out)))
		abort();
	return 0;
}
