/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "registry/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct token token = { 0 };
	struct error err;

	if (token_parse(slice_of((const char *)data, size), &token, &err) < 0) {
		if (token.text)
			abort();
		return 0;
	}
	if (!slice_is_graph(slice_of(token.text, strlen(token.text))) ||
	    token.lasts_sec < 60 || token.lasts_sec > 86400)
		abort();
	token_clear(&token);
	return 0;
}
