/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "archive/tar.h"
#include "base/cleanup.h"
#include "base/error.h"

/*
 * The extended attributes of a file that a layer keeps: security.capability
 * and user.*, in the order of their names. Of zeroes: none. In the jail's
 * user namespace the kernel shows capabilities as those of its root, in the
 * form (version 2) that an image has.
 */
struct attributes {
	char *names;
	struct tar_xattr *items; /* slices view names and values */
	size_t n_items;
};

/* Reads those of path, no link followed. ERROR_SYSTEM, ERROR_NOMEM. */
MUST_CHECK int attributes_read(
    const char *path, struct attributes *ret, struct error *err);

bool attributes_eq(const struct attributes *a, const struct attributes *b);

void attributes_clear(struct attributes *attributes);
DEFINE_CLEANUP_IN_PLACE(struct attributes, attributes_clear)
