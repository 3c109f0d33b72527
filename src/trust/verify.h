/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "trust/clearsign.h"
#include "trust/keyring.h"

/* Who signed, of the first good signature. */
struct trust_verdict {
	struct keyring_owner owner;
	char signer[OPENPGP_FINGERPRINT_SIZE]; /* the primary key or a subkey */
	int64_t signed_at;                     /* unix seconds */
};

/*
 * Verifies msg against the keys of ring as apt does with gpgv: at least one
 * signature is good, and none is wrong. Signatures by unknown keys, by keys
 * that are revoked or expired, and with algorithms that we do not take (SHA-1
 * above all) count for nothing.
 *
 * A good signature is cryptographically right, of this kind of message, not
 * from after now (unix seconds) but for a little skew of clocks, not expired,
 * and by a key for which keyring_key_check() holds. Nothing about it is taken
 * from anywhere but the bytes that it signs.
 *
 * ERROR_UNTRUSTED: it does not verify; the message says which signature and
 *     why. ERROR_FORMAT: a signature is malformed. ERROR_NOMEM.
 */
MUST_CHECK int trust_verify(const struct keyring *ring,
    const struct clearsign *msg, int64_t now, struct trust_verdict *ret,
    struct error *err) __attribute__((nonnull));
