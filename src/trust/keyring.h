/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "trust/openpgp.h"

/* One primary key and all that its file says of it. */
struct certificate {
	struct slice packets;
	struct openpgp_key primary;
};

/* The bytes of one file. */
struct keyring_text {
	char *ptr;
	size_t len;
};

/*
 * The keys that somebody decided to trust. Parsing takes them as they stand;
 * whether a key may sign is worked out when it is asked for, because that
 * costs a verification for each statement that the key makes of itself.
 */
struct keyring {
	struct certificate *certificates;
	size_t n_certificates;
	struct keyring_key *keys; /* all primary keys and subkeys */
	size_t n_keys;
	struct error *faults; /* why something was left out; the first few */
	size_t n_faults;
	struct keyring_text *texts; /* what all slices view */
	size_t n_texts;
};

struct keyring_key {
	struct openpgp_key key;
	size_t certificate; /* the index of the one it is in */
	bool is_primary;
};

#define KEYRING_USER_ID_SIZE 128

/* Whom a key belongs to. */
struct keyring_owner {
	char primary[OPENPGP_FINGERPRINT_SIZE]; /* upper-case hex, as gpg */
	char user_id[KEYRING_USER_ID_SIZE];     /* printable ASCII; may be "" */
};

/*
 * Parses bytes, a keyring file, into a new *ret, to be freed with
 * keyring_free(): public keys, binary or in one or more armored blocks with
 * any text around. No bytes give an empty keyring. bytes are copied. A key
 * that cannot be used is left out, and ret->faults says why.
 *
 * ERROR_FORMAT: there is no key in it that could be read.
 * ERROR_UNSUPPORTED: it is a GnuPG keybox, or only has keys of other versions.
 * ERROR_LIMIT: it is larger than any keyring.
 */
MUST_CHECK int keyring_parse(struct slice bytes, struct keyring **ret,
    struct error *err) __attribute__((nonnull));

/* Adds the keys of from to those of into, and the faults; from stays the
 * caller's. On failure into is as it was. ERROR_NOMEM. */
MUST_CHECK int keyring_add(struct keyring *into, const struct keyring *from,
    struct error *err) __attribute__((nonnull));

/*
 * Checks that a key of the ring made signatures in its own right at the moment
 * signed_at, and may do so still now: a self-signature, for a subkey a binding
 * signature and the subkey's consent to it, not revoked, not expired, and
 * meant for signing. Both moments are unix seconds. What several copies of a
 * key say is taken together. Gives in *ret whom the key belongs to.
 *
 * ERROR_UNTRUSTED: it may not; the message says why, as "is revoked" does.
 * ERROR_NOMEM.
 */
MUST_CHECK int keyring_key_check(const struct keyring *ring,
    const struct keyring_key *key, int64_t signed_at, int64_t now,
    struct keyring_owner *ret, struct error *err) __attribute__((nonnull));

void keyring_free(struct keyring *ring);
DEFINE_CLEANUP(struct keyring, keyring_free)
