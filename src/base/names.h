/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/cleanup.h"
#include "base/slice.h"

#define NAMES_NONE UINT32_MAX

/*
 * A set of names, each with a number. The names are views: their bytes must
 * outlive the set. A set of zeroes is empty.
 */
struct names {
	struct names_slot *slots;
	size_t n_slots; /* 0 or a power of two */
	size_t n_names;
};

struct names_slot {
	struct slice name; /* ptr NULL: free */
	uint32_t hash;
	uint32_t number;
};

/*
 * The place of name's number, which is NAMES_NONE when name is new to the
 * set; valid until the next call. NULL if out of memory.
 */
uint32_t *names_at(struct names *names, struct slice name);

/* The number of name; NAMES_NONE when it is not in the set. */
uint32_t names_find(const struct names *names, struct slice name);

bool names_has(const struct names *names, struct slice name);

void names_clear(struct names *names);
DEFINE_CLEANUP_IN_PLACE(struct names, names_clear)
