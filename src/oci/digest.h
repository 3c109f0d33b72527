/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "base/hash.h"
#include "base/slice.h"

#define DIGEST_PREFIX "sha256:"
#define DIGEST_SIZE   (sizeof(DIGEST_PREFIX) - 1 + SHA256_HEX_SIZE)

/*
 * Reads "sha256:" and 64 lower-case hex digits from untrusted text.
 * ERROR_FORMAT: not a digest; ERROR_UNSUPPORTED: one of another algorithm.
 */
MUST_CHECK int digest_parse(
    struct slice text, struct sha256 *ret, struct error *err);

/* "sha256:" and 64 hex digits and a NUL. */
void digest_to_string(const struct sha256 *digest, char ret[DIGEST_SIZE]);
