/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/slice.h"

/* What makes a hash unguessable; of a table, not of a file. */
struct siphash_key {
	uint64_t halves[2];
};

/*
 * A key for the tables of this process: where the kernel put its memory,
 * which whoever made the input did not see. Unlike random bytes it needs no
 * system call; it decides how long a look-up takes and nothing else.
 */
struct siphash_key siphash_key_of(const void *allocated);

/*
 * SipHash-1-3 of bytes: who does not know the key cannot make many names that
 * fall into one bucket.
 */
uint64_t siphash(const struct siphash_key *key, struct slice bytes);
