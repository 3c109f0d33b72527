/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "catalog/databases.h"

/*
 * Puts each thing in tree, of INVENTORY_FILES, that is no directory, and all
 * its owners into out, as owner_list_decode() reads them: what databases say
 * of their files, taken to where they lie. In a usr-merged system dpkg's
 * /bin/ls is the tree's usr/bin/ls; what dpkg diverted is the other file's;
 * and what several packages say they have is each one's.
 *
 * ERROR_FORMAT: diversions, or a database, that no tool writes; ERROR_LIMIT:
 * more files than any system has; ERROR_NOMEM.
 */
MUST_CHECK int file_owners_find(const struct tree *tree,
    const struct databases *databases, struct buf *out, struct error *err);
