/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/sources.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
parse(struct slice name, struct slice text)
{
	CLEANUP(source_list_clear) struct source_list list = { 0 };
	CLEANUP(source_list_clear) struct source_list again = { 0 };
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct error err;

	if (sources_parse(name, text, &list, &err) < 0)
		return;
	/* All that is parsed is what the decoder takes. */
	sources_encode(&list, &bytes);
	if (sources_decode(buf_slice(&bytes), &again, &err) < 0 ||
	    again.n_items != list.n_items ||
	    again.n_problems != list.n_problems)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(source_list_clear) struct source_list decoded = { 0 };
	CLEANUP(buf_clear) struct buf again = { 0 };
	struct slice text = slice_of((const char *)data, size);
	struct error err;

	parse(SLICE("a.list"), text);
	parse(SLICE("a.sources"), text);
	(void)preferences_has_pins(text);
	if (sources_decode(text, &decoded, &err) < 0)
		return 0;
	sources_encode(&decoded, &again);
	if (!slice_eq(buf_slice(&again), text))
		abort();
	return 0;
}
