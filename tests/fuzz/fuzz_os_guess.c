/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/os_guess.h"

#include <stdint.h>
#include <stdlib.h>

#include "catalog/support.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is guessed can be handed on. */
static void
check(const struct os_release *os)
{
	CLEANUP(os_release_free) struct os_release *again = NULL;
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct error err;

	os_release_encode(os, &bytes);
	if (os_release_decode(buf_slice(&bytes), &again, &err) < 0 ||
	    !slice_eq(again->id, os->id))
		abort();
	(void)support_find(os);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of((const char *)data, size);
	struct error err;

	for (enum os_guess_file file = 0; file < N_OS_GUESS_FILES; file++) {
		CLEANUP(os_release_free) struct os_release *os = NULL;
		int r = os_guess_parse(file, text, &os, &err);

		if (r < 0 || (r > 0) != (os != NULL))
			abort();
		if (os)
			check(os);
	}
	return 0;
}
