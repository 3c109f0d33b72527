/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "layer/tree.h"
#include "model/package.h"

/* The licences of packages, one behind the other, and where each ends. */
struct licences {
	struct buf text;
	size_t *ends;
};

/*
 * Sets the licence of those of list that are dpkg's to what their file in
 * usr/share/doc of tree, of INVENTORY_FILES, says; without one, or when it is
 * not machine-readable, it stays as it was. licences, of zeroes, keeps the
 * text, and must outlive list's views of it. ERROR_NOMEM.
 */
MUST_CHECK int licences_find(const struct tree *tree, struct package_list *list,
    struct licences *licences, struct error *err);

void licences_clear(struct licences *licences);
DEFINE_CLEANUP_IN_PLACE(struct licences, licences_clear)
