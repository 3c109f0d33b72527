/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "trust/keyring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SIGNED_AT 1769904000 /* 2026-02-01 */
#define NOW       1775001600 /* 2026-04-01 */

/* So many keys of a ring are checked: each check walks over all of it. */
#define CHECKS_MAX 16

static void
check_owner(const struct keyring_owner *owner)
{
	size_t len = strnlen(owner->user_id, sizeof(owner->user_id));

	if (len == sizeof(owner->user_id) ||
	    strlen(owner->primary) != OPENPGP_FINGERPRINT_SIZE - 1)
		abort();
	for (size_t i = 0; i < len; i++)
		if (owner->user_id[i] < ' ' || owner->user_id[i] > '~')
			abort();
}

static void
check_keys(const struct keyring *ring)
{
	struct keyring_owner owner;
	struct error err;

	for (size_t i = 0; i < ring->n_keys && i < CHECKS_MAX; i++) {
		const struct keyring_key *key = &ring->keys[i];

		if (key->certificate >= ring->n_certificates)
			abort();
		if (keyring_key_check(
			ring, key, SIGNED_AT, NOW, &owner, &err) == 0)
			check_owner(&owner);
		else if (err.kind != ERROR_UNTRUSTED)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(keyring_free) struct keyring *ring = NULL;
	CLEANUP(keyring_free) struct keyring *both = NULL;
	struct slice bytes = slice_of((const char *)data, size);
	struct error err;

	if (keyring_parse(bytes, &ring, &err) < 0)
		return 0;
	check_keys(ring);
	if (keyring_parse(SLICE(""), &both, &err) < 0 ||
	    keyring_add(both, ring, &err) < 0 ||
	    keyring_add(both, ring, &err) < 0 ||
	    both->n_keys != 2 * ring->n_keys ||
	    both->n_certificates != 2 * ring->n_certificates)
		abort();
	return 0;
}
