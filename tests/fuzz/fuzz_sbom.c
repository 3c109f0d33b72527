/* SPDX-License-Identifier: Apache-2.0 */
#include "report/sbom.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever the texts are, the document is JSON. It may say NUL, as \u0000,
 * which our reader refuses. */
static void
assert_json(const struct sbom *sbom, enum sbom_format format)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct error err;

	if (sbom_write(sbom, format, &out, &err) < 0 ||
	    (json_validate(slice_trim(buf_slice(&out)), &err) < 0 &&
		!memmem(out.ptr, out.len, "\\u0000", 6)))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(sbom_free) struct sbom *sbom = NULL;
	CLEANUP(buf_clear) struct buf again = { 0 };
	struct slice bytes = slice_of((const char *)data, size);
	struct error err;

	if (sbom_decode(bytes, &sbom, &err) < 0)
		return 0;
	sbom_encode(sbom, &again);
	if (!slice_eq(bytes, buf_slice(&again)))
		abort();
	if (sbom_prepare(sbom, &err) < 0)
		abort();
	assert_json(sbom, SBOM_CYCLONEDX);
	assert_json(sbom, SBOM_SPDX);
	return 0;
}
