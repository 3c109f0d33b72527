/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/os_release.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What decodes is what a parser could have made. */
static void
decode(struct slice bytes, struct os_release **ret)
{
	CLEANUP(buf_clear) struct buf again = { 0 };
	struct error err;

	if (os_release_decode(bytes, ret, &err) < 0)
		return;
	os_release_encode(*ret, &again);
	if (!slice_eq(buf_slice(&again), bytes))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(os_release_free) struct os_release *decoded = NULL;
	CLEANUP(os_release_free) struct os_release *os = NULL;
	CLEANUP(os_release_free) struct os_release *again = NULL;
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct slice text = slice_of((const char *)data, size);
	struct error err;

	decode(text, &decoded);
	if (os_release_parse(text, &os, &err) < 0)
		return 0;
	os_release_encode(os, &bytes);
	decode(buf_slice(&bytes), &again);
	if (!again || !slice_eq(again->id, os->id))
		abort();
	return 0;
}
