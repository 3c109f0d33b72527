/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inventories of an image's layers, each with its length before it: what
 * a worker's image role gets, with all that it makes of it.
 */
#include "catalog/survey.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "catalog/owners.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct survey *survey)
{
	CLEANUP(package_list_free) struct package_list *again = NULL;
	CLEANUP(owner_list_free) struct owner_list *owners = NULL;
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct error err;

	package_list_encode(survey->packages, &bytes);
	if (package_list_decode(buf_slice(&bytes), &again, &err) < 0 ||
	    again->n_items != survey->packages->n_items)
		abort();
	if (owner_list_decode(buf_slice(&survey->owners), &owners, &err) < 0)
		abort();
	for (size_t i = 1; i < owners->n_items; i++)
		if (slice_cmp(
			owners->items[i - 1].path, owners->items[i].path) > 0)
			abort();
	/* What is not known has no updates. */
	if (survey->unknown && (again->n_items > 0 || !survey->hold))
		abort();
	(void)survey_native_arch(survey->packages);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(tree_free) struct tree *tree = tree_new();
	CLEANUP(survey_free) struct survey *survey = NULL;
	CLEANUP(survey_free) struct survey *less = NULL;
	struct bytes_reader in =
	    bytes_reader_of(slice_of((const char *)data, size));
	struct slice inventory;
	struct error err;

	while (tree && bytes_sized(&in, &inventory))
		if (tree_add(tree, inventory, &err) < 0)
			return 0;
	if (!tree)
		return 0;
	if (survey_read(tree, INVENTORY_FILES, &survey, &err) == 0)
		check(survey);
	if (survey_read(tree, INVENTORY_PACKAGES, &less, &err) == 0 &&
	    less->owners.len > 0)
		abort();
	return 0;
}
