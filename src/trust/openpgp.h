/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "base/slice.h"

#define OPENPGP_FINGERPRINT_BYTES ((size_t)20)
#define OPENPGP_KEY_ID_BYTES      ((size_t)8)
#define OPENPGP_FINGERPRINT_SIZE  (2 * OPENPGP_FINGERPRINT_BYTES + 1)

enum openpgp_tag {
	OPENPGP_TAG_SIGNATURE = 2,
	OPENPGP_TAG_SECRET_KEY = 5,
	OPENPGP_TAG_PUBLIC_KEY = 6,
	OPENPGP_TAG_USER_ID = 13,
	OPENPGP_TAG_PUBLIC_SUBKEY = 14,
	OPENPGP_TAG_USER_ATTRIBUTE = 17,
};

struct openpgp_packet {
	uint8_t tag;
	struct slice body;
};

/*
 * Takes the next packet off in, which must not be empty. *ret views it.
 * ERROR_FORMAT: it is cut off, or no packet. ERROR_UNSUPPORTED: its length is
 * partial or indeterminate, which no key and no signature has.
 */
MUST_CHECK int openpgp_packet_next(struct bytes_reader *in,
    struct openpgp_packet *ret, struct error *err) __attribute__((nonnull));

/* A public key of version 4. The slices view the packet's body. */
struct openpgp_key {
	struct slice body;     /* what is hashed of it */
	struct slice material; /* what the algorithm makes of it */
	int64_t created;       /* unix seconds */
	uint8_t algorithm;
	uint8_t fingerprint[OPENPGP_FINGERPRINT_BYTES];
};

/* Parses the body of a key's packet. The algorithm may be one that we cannot
 * verify with. ERROR_FORMAT, ERROR_UNSUPPORTED (another version). */
MUST_CHECK int openpgp_key_parse(struct slice body, struct openpgp_key *ret,
    struct error *err) __attribute__((nonnull));

/* 40 upper-case hex digits, as gpg shows them, and a NUL. */
void openpgp_fingerprint_to_string(
    const struct openpgp_key *key, char ret[OPENPGP_FINGERPRINT_SIZE]);

enum openpgp_signature_type {
	OPENPGP_OF_DOCUMENT = 0x00,
	OPENPGP_OF_TEXT = 0x01,
	OPENPGP_CERTIFIES_FIRST = 0x10, /* a user id, in four strengths */
	OPENPGP_CERTIFIES_LAST = 0x13,
	OPENPGP_BINDS_SUBKEY = 0x18,
	OPENPGP_BINDS_PRIMARY = 0x19, /* a subkey's consent to be bound */
	OPENPGP_OF_KEY = 0x1f,
	OPENPGP_REVOKES_KEY = 0x20,
	OPENPGP_REVOKES_SUBKEY = 0x28,
	OPENPGP_REVOKES_USER_ID = 0x30,
};

#define OPENPGP_MAY_SIGN 0x02

/*
 * A signature of version 4. The slices view the packet's body. All fields but
 * key_id and back_signature are read from the bytes that it signs.
 */
struct openpgp_signature {
	struct slice hashed;   /* from the version to the hashed subpackets */
	struct slice material; /* what the algorithm makes of it */
	struct slice left;     /* the first two bytes of the digest */
	int64_t created;       /* unix seconds */
	int64_t expires;       /* the same; INT64_MAX: never */
	uint32_t key_lifetime; /* seconds from the key's creation; 0: no end */
	bool has_key_lifetime;
	bool has_flags;
	bool is_primary_user_id;
	uint8_t flags; /* OPENPGP_MAY_SIGN and others */
	uint8_t type;
	uint8_t algorithm;
	uint8_t hash;
	struct slice fingerprint;    /* of the issuer; may be empty */
	struct slice key_id;         /* of the issuer, a hint; may be empty */
	struct slice back_signature; /* a signature's body; may be empty */
};

/*
 * Parses the body of a signature's packet.
 * ERROR_FORMAT: it is cut off, or does not say when it was made.
 * ERROR_UNSUPPORTED: another version, or something in it is marked critical
 *     that we do not know. *ret then has no more than fingerprint and key_id.
 */
MUST_CHECK int openpgp_signature_parse(struct slice body,
    struct openpgp_signature *ret, struct error *err) __attribute__((nonnull));

/* True when the signature says that this key made it, or does not say who. */
bool openpgp_may_be_by(
    const struct openpgp_signature *sig, const struct openpgp_key *key);

/* One run of the bytes that a signature is of: a header, then bytes. */
struct openpgp_part {
	struct slice bytes;
	size_t n_header;
	char header[6];
};

struct openpgp_part openpgp_part_of_document(struct slice bytes);
struct openpgp_part openpgp_part_of_key(const struct openpgp_key *key);
struct openpgp_part openpgp_part_of_user_id(struct slice user_id);

/*
 * Verifies that key made the signature of the parts: 0 if it did.
 *
 * ERROR_UNTRUSTED: it did not. ERROR_UNSUPPORTED: an algorithm, a hash, or a
 * size of key that we do not take, or key is of another algorithm than the
 * signature. ERROR_FORMAT: the key or the signature is malformed. ERROR_NOMEM.
 *
 * SHA-1 is taken only for revocations, where a forgery could but take trust
 * away.
 */
MUST_CHECK int openpgp_verify(const struct openpgp_signature *sig,
    const struct openpgp_key *key, const struct openpgp_part *parts,
    size_t n_parts, struct error *err) __attribute__((nonnull));
