/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/names.h"
#include "base/stream.h"
#include "model/package.h"

/*
 * Reads packages, the text of a Packages file, to its end and keeps the
 * packages whose name is in names, every version of them, in a new *ret; each
 * has the given origin. The text is untrusted, also when it is the one that
 * was signed. Free *ret with package_list_free().
 *
 * ERROR_FORMAT: a stanza has no Package; or one that we keep is not deb822,
 *     or lacks Version, Architecture, Filename, Size or SHA256, or has one
 *     that cannot be, or a Filename that leads out of the repository.
 * ERROR_LIMIT: a stanza, or all that is kept, is larger than any archive has.
 * What packages' next() fails with.
 */
MUST_CHECK int index_read(struct stream *packages, const struct names *names,
    uint32_t origin, struct package_list **ret, struct error *err);
