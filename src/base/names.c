/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of names by open addressing: the slot of a name is the first that is
 * free or has it, from the one its hash points at. Names come from hostile
 * input, and who chooses them can make the search long; the time that a
 * worker may take bounds that.
 */
#include "base/names.h"

#include <stdlib.h>

#define SLOTS_FIRST 64

/* FNV-1a, whose constants are these. */
static uint32_t
name_hash(struct slice name)
{
	uint32_t hash = 2166136261;

	for (size_t i = 0; i < name.len; i++)
		hash = (hash ^ (uint8_t)name.ptr[i]) * 16777619;
	return hash;
}

/* The slot that has name, or the free one where it would go. */
static struct names_slot *
slot_find(const struct names *names, struct slice name, uint32_t hash)
{
	size_t i = hash & (names->n_slots - 1);

	for (;;) {
		struct names_slot *slot = &names->slots[i];

		if (!slot->name.ptr ||
		    (slot->hash == hash && slice_eq(slot->name, name)))
			return slot;
		i = (i + 1) & (names->n_slots - 1);
	}
}

/* Twice the slots; at most half of them are ever taken. */
static bool
names_grow(struct names *names)
{
	struct names grown = { .n_names = names->n_names };

	grown.n_slots = names->n_slots > 0 ? 2 * names->n_slots : SLOTS_FIRST;
	grown.slots = calloc(grown.n_slots, sizeof(*grown.slots));
	if (!grown.slots)
		return false;
	for (size_t i = 0; i < names->n_slots; i++) {
		const struct names_slot *slot = &names->slots[i];

		if (slot->name.ptr)
			*slot_find(&grown, slot->name, slot->hash) = *slot;
	}
	free(names->slots);
	*names = grown;
	return true;
}

uint32_t *
names_at(struct names *names, struct slice name)
{
	uint32_t hash = name_hash(name);

	if (names->n_names >= names->n_slots / 2 && !names_grow(names))
		return NULL;

	struct names_slot *slot = slot_find(names, name, hash);
	if (!slot->name.ptr) {
		/* No pointer is what marks a free one. */
		slot->name = name.ptr ? name : SLICE("");
		slot->hash = hash;
		slot->number = NAMES_NONE;
		names->n_names++;
	}
	return &slot->number;
}

uint32_t
names_find(const struct names *names, struct slice name)
{
	if (names->n_slots == 0)
		return NAMES_NONE;

	const struct names_slot *slot = slot_find(names, name, name_hash(name));
	return slot->name.ptr ? slot->number : NAMES_NONE;
}

bool
names_has(const struct names *names, struct slice name)
{
	return names->n_slots > 0 &&
	    slot_find(names, name, name_hash(name))->name.ptr != NULL;
}

void
names_clear(struct names *names)
{
	free(names->slots);
	*names = (struct names){ 0 };
}
