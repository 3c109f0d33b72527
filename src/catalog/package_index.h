/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/names.h"
#include "model/package.h"

#define PACKAGE_INDEX_NONE NAMES_NONE

/* The packages of a list by their name, of which there may be several. One of
 * zeroes is empty. */
struct package_index {
	struct names names; /* the last one of that name */
	uint32_t *before;   /* of each, the one of that name before it */
};

/* Fills index, of zeroes, with list, which must outlive it. ERROR_LIMIT:
 * there are too many of one name; ERROR_NOMEM. */
MUST_CHECK int package_index_fill(struct package_index *index,
    const struct package_list *list, struct error *err);

/* The number of the last package of that name, and of the one before number;
 * PACKAGE_INDEX_NONE when there is none. */
uint32_t package_index_find(
    const struct package_index *index, struct slice name);
uint32_t package_index_before(
    const struct package_index *index, uint32_t number);

void package_index_clear(struct package_index *index);
DEFINE_CLEANUP_IN_PLACE(struct package_index, package_index_clear)
