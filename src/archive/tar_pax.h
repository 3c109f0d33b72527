/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "archive/tar.h"
#include "base/memory.h"

/* What an extended header says; the slices view its text. */
struct tar_pax {
	struct slice path; /* empty: not said */
	struct slice link;
	bool has_size, has_uid, has_gid, has_mtime;
	uint64_t size_bytes, uid, gid;
	int64_t mtime_sec;
	uint32_t mtime_nsec;
	struct tar_xattr *xattrs;
	size_t n_xattrs;
};

/*
 * Parses text, the whole of an entry's extended header, into *ret, which is
 * empty and is to be cleared with tar_pax_clear(), also after a failure.
 * text is untrusted. ERROR_FORMAT: not records, or a value that is none.
 * ERROR_UNSUPPORTED: a sparse file. ERROR_LIMIT, ERROR_NOMEM.
 */
MUST_CHECK int tar_pax_parse(struct slice text, size_t max_xattrs,
    struct tar_pax *ret, struct error *err);

/*
 * Checks text, the whole of a global extended header. ERROR_FORMAT: not
 * records. ERROR_UNSUPPORTED: it says what some readers would apply to the
 * entries, and others would not, so that they'd see other files.
 */
MUST_CHECK int tar_pax_check_global(struct slice text, struct error *err);

/* Frees what it holds; it is empty again. */
void tar_pax_clear(struct tar_pax *pax);
DEFINE_CLEANUP_IN_PLACE(struct tar_pax, tar_pax_clear)
