/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/json_edit.h"
#include "engine/container_spec.h"

/* The parts of a container's configuration, for container_spec.c. All values
 * here are validated JSON. */

/* The value at key; empty when there is none. */
struct slice json_at(struct slice object, const char *key);

/* Whether nothing is there: null, "", [], {}, 0, false, or no value. To the
 * engine they are all the same. */
bool json_is_empty(struct slice value);

/* Changes to an object that are gathered and then made at once. */
#define CHANGES_MAX 24
struct changes {
	struct {
		const char *key;
		struct buf value;
		bool remove;
	} items[CHANGES_MAX];
	size_t n_items;
};

/* A buf for the new value of key. */
struct buf *changes_put(struct changes *changes, const char *key);
void changes_remove(struct changes *changes, const char *key);

/* Puts object, changed, into ret. Fails as json_object_edit(). */
MUST_CHECK int changes_apply(const struct changes *changes, struct slice object,
    struct buf *ret, struct error *err);
void changes_clear(struct changes *changes);
DEFINE_CLEANUP_IN_PLACE(struct changes, changes_clear)

/* Adds a note to a spec. ERROR_NOMEM. */
MUST_CHECK int container_spec_note(
    struct container_spec *spec, struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* What the parts are made from. */
struct container_parts {
	const struct container_spec_input *input;
	struct slice id;          /* a JSON string */
	struct slice config;      /* of the container */
	struct slice host_config; /* of the container */
	struct slice networks;    /* of the container */
	struct slice mounts;      /* of the container */
	struct slice old_config;  /* of the image; empty: not known */
	struct slice new_config;  /* of the image; empty: not known */
	char *network_mode;
};

/* The changes by which what came from the old image follows the new one. */
MUST_CHECK int container_config_follow(const struct container_parts *parts,
    struct changes *changes, struct error *err);

/* The changes to HostConfig that carry volumes without a name. */
MUST_CHECK int container_mounts_carry(const struct container_parts *parts,
    struct changes *changes, struct container_spec *spec, struct error *err);

/* Writes {"/data": {"Type":...}, ...}: what of volumes and directories is
 * mounted where. */
MUST_CHECK int container_mounts_write(struct slice mounts, struct slice tmpfs,
    struct buf *ret, struct error *err);

/* Puts NetworkingConfig into ret (nothing, when there is none) and the
 * networks to connect later into spec. */
MUST_CHECK int container_networks_split(const struct container_parts *parts,
    struct buf *ret, struct container_spec *spec, struct error *err);

/* Writes {"NAME": {"IPAMConfig":...}, ...}: what was configured. */
MUST_CHECK int container_networks_write(struct slice networks, struct slice id,
    struct slice hostname, struct buf *ret, struct error *err);
