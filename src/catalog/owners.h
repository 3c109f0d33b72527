/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"

/* A file of an image, and a package that says it has it. */
struct file_owner {
	struct slice path;  /* where it lies, no slash at the front; any bytes
			     * but NUL */
	struct slice owner; /* as the package's own tool names it, "libc6:amd64"
			     * or "zlib"; empty: nobody's */
};

/* Each file at least once, once for each of its owners; in the order of path,
 * then owner. */
struct owner_list {
	char *text; /* that the slices view */
	struct file_owner *items;
	size_t n_items;
};

/* Puts one into out: of these owner_list_decode() reads a list. Fails as
 * buf_put(). */
void file_owner_encode(const struct file_owner *of, struct buf *out);

/*
 * Reads what file_owner_encode() wrote into a new *ret, to be freed with
 * owner_list_free(). bytes come from a worker and are untrusted; they are
 * copied. ERROR_FORMAT, ERROR_NOMEM.
 */
MUST_CHECK int owner_list_decode(
    struct slice bytes, struct owner_list **ret, struct error *err);

void owner_list_free(struct owner_list *list);
DEFINE_CLEANUP(struct owner_list, owner_list_free)
