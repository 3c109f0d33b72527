/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/rpmdb_source.h"

#include <stdlib.h>

int
page_set_init(struct page_set *set, uint32_t n_pages, struct error *err)
{
	set->used = calloc((size_t)n_pages / 8 + 1, 1);
	if (!set->used)
		return error_nomem(err);
	set->n_pages = n_pages;
	return 0;
}

int
page_set_take(struct page_set *set, uint32_t page, struct error *err)
{
	if (page >= set->n_pages)
		return error_set(
		    err, ERROR_FORMAT, "page %u: there is none", page);

	uint8_t *byte = &set->used[page / 8];
	uint8_t bit = (uint8_t)(1U << page % 8);

	if (*byte & bit)
		return error_set(
		    err, ERROR_FORMAT, "page %u is in two places", page);
	*byte |= bit;
	return 0;
}

void
page_set_clear(struct page_set *set)
{
	free(set->used);
	*set = (struct page_set){ 0 };
}
