/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/deb822.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct slice names[] = { SLICE("Package"), SLICE("Types"),
	SLICE("Description") };

static bool
is_inside(struct slice outer, struct slice inner)
{
	return inner.len == 0 ||
	    (inner.ptr >= outer.ptr &&
		inner.ptr + inner.len <= outer.ptr + outer.len);
}

static void
read_all(struct slice text, bool handwritten)
{
	const struct deb822_form form = { names, 3, handwritten };
	struct reader in = reader_of(text);
	struct slice values[3];
	struct slice word;
	struct error err;
	size_t line;

	while (deb822_stanza(&in, &form, values, &line, &err) > 0) {
		if (line == 0 || line > in.line)
			abort();
		for (size_t i = 0; i < 3; i++) {
			if (!is_inside(text, values[i]) ||
			    slice_trim(values[i]).len != values[i].len)
				abort();
			while (deb822_word(&values[i], &word))
				if (word.len == 0)
					abort();
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_all(slice_of((const char *)data, size), false);
	read_all(slice_of((const char *)data, size), true);
	return 0;
}
