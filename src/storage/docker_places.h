/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"

/* For this room: where a Docker engine says that an image's layers are. */

/* "/" of the engine's data, without a slash behind, and 64 hex digits. */
struct docker_place {
	struct slice root;
	struct slice id;
};

struct docker_places {
	char *lower; /* what the places view */
	char *upper;
	struct docker_place *items; /* highest first, all with one root */
	size_t n;                   /* at least one */
};

/*
 * Reads what an engine says of an image, validated JSON. ERROR_UNSUPPORTED: a
 * storage that is not overlay2's, or is elsewhere than it has layers;
 * ERROR_FORMAT; ERROR_NOMEM. Clear *ret with docker_places_clear(), also then.
 */
MUST_CHECK int docker_places_parse(
    struct slice inspect, struct docker_places *ret, struct error *err);
void docker_places_clear(struct docker_places *places);
DEFINE_CLEANUP_IN_PLACE(struct docker_places, docker_places_clear)
