/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "repo/release.h"

/* How a release is put together: for this room only. */

MUST_CHECK int release_add_file(struct release *release,
    const struct release_file *file, struct error *err);

/* Sorts the files. ERROR_FORMAT: a path is there twice, with two hashes. */
MUST_CHECK int release_sort_files(struct release *release, struct error *err);

/* True when every text is what struct release promises. */
bool release_texts_ok(const struct release *release);
