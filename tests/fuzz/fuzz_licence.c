/* SPDX-License-Identifier: Apache-2.0 */
#include "report/licence_debian.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(buf_clear) struct buf once = { 0 };
	CLEANUP(buf_clear) struct buf twice = { 0 };
	struct slice text = slice_of((const char *)data, size);
	enum licence_kind kind = licence_read(text, &once);
	struct slice rest = buf_slice(&once);
	struct slice ref;

	if ((kind == LICENCE_NONE) != (once.len == 0))
		abort();
	/* What is put is read as the same. */
	if (licence_read(rest, &twice) != kind ||
	    !slice_eq(rest, buf_slice(&twice)))
		abort();
	while (licence_next_ref(&rest, &ref))
		if (!slice_is_graph(ref))
			abort();

	/* Debian's names are put as what is read as itself, or left alone. */
	CLEANUP(buf_clear) struct buf debian = { 0 };
	CLEANUP(buf_clear) struct buf again = { 0 };
	enum licence_kind is = licence_read_debian(text, &debian);
	if (is != licence_read(buf_slice(&debian), &again) ||
	    !slice_eq(buf_slice(&debian), buf_slice(&again)))
		abort();
	return 0;
}
