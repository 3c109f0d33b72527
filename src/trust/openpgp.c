/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenPGP packets, keys and signatures of version 4: RFC 4880 sections 4 and
 * 5, of which RFC 9580 is the newer text.
 *
 *	99 01 0d  04 51 de 4b 4e  01  08 00 a3 ...
 *	tag, len  v4 created      RSA MPI of 2048 bits ...
 *
 * Left out: versions 3, 5 and 6; private keys; encrypted, compressed and
 * partial data; keyboxes. What a signature says of itself (when it was made,
 * until when it holds, by whom) is read from its hashed subpackets only,
 * since anybody can change the others.
 */
#include "trust/openpgp.h"

#include <openssl/evp.h>

#define KEY_VERSION       4
#define SIGNATURE_VERSION 4

/* The hash of a key covers its length in 16 bits. */
#define KEY_BODY_MAX_BYTES 0xffff

enum subpacket {
	SUBPACKET_CREATED = 2,
	SUBPACKET_EXPIRES = 3,
	SUBPACKET_KEY_EXPIRES = 9,
	SUBPACKET_ISSUER = 16,
	SUBPACKET_PRIMARY_USER_ID = 25,
	SUBPACKET_KEY_FLAGS = 27,
	SUBPACKET_BACK_SIGNATURE = 32,
	SUBPACKET_FINGERPRINT = 33,
};

#define SUBPACKET_CRITICAL 0x80

static bool
take_n(struct bytes_reader *in, size_t n_bytes, size_t *ret)
{
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;

	switch (n_bytes) {
	case 1:
		if (!bytes_u8(in, &u8))
			return false;
		*ret = u8;
		return true;
	case 2:
		if (!bytes_u16be(in, &u16))
			return false;
		*ret = u16;
		return true;
	default:
		if (!bytes_u32be(in, &u32))
			return false;
		*ret = u32;
		return true;
	}
}

/* Takes a length of one, two or five bytes; of two when the first of them is
 * from 192 to two_max. */
static bool
take_length(struct bytes_reader *in, uint8_t two_max, size_t *ret)
{
	uint8_t first, second;

	if (!bytes_u8(in, &first))
		return false;
	if (first < 192) {
		*ret = first;
		return true;
	}
	if (first == 255)
		return take_n(in, 4, ret);
	if (first > two_max || !bytes_u8(in, &second))
		return false;
	*ret = (((size_t)first - 192) << 8) + second + 192;
	return true;
}

#define PACKET_TWO_BYTES_MAX    223 /* and then partial lengths, up to 254 */
#define SUBPACKET_TWO_BYTES_MAX 254

static bool
is_partial(uint8_t head, struct bytes_reader in)
{
	uint8_t first;

	if ((head & 0x40) == 0)
		return (head & 3) == 3;
	return bytes_u8(&in, &first) && first > PACKET_TWO_BYTES_MAX &&
	    first < 255;
}

int
openpgp_packet_next(
    struct bytes_reader *in, struct openpgp_packet *ret, struct error *err)
{
	struct bytes_reader ahead = *in;
	struct openpgp_packet packet;
	size_t len;
	uint8_t head;

	if (!bytes_u8(&ahead, &head) || (head & 0x80) == 0)
		return error_set(err, ERROR_FORMAT, "not an OpenPGP packet");
	if (is_partial(head, ahead))
		return error_set(
		    err, ERROR_UNSUPPORTED, "a packet of unknown length");

	bool is_new = (head & 0x40) != 0;
	packet.tag = is_new ? head & 0x3f : head >> 2 & 0x0f;
	bool ok = is_new ? take_length(&ahead, PACKET_TWO_BYTES_MAX, &len)
			 : take_n(&ahead, (size_t)1 << (head & 3), &len);
	if (!ok || !bytes_take(&ahead, len, &packet.body))
		return error_set(err, ERROR_FORMAT, "a packet is cut off");
	*in = ahead;
	*ret = packet;
	return 0;
}

/* The header that a key is hashed with. */
static void
key_header(struct slice body, char ret[3])
{
	ret[0] = (char)0x99;
	ret[1] = (char)(uint8_t)(body.len >> 8);
	ret[2] = (char)(uint8_t)body.len;
}

/* SHA-1 as a name: that two keys might be made to share it gains an attacker
 * nothing, since both would have to be in the operator's keyring. */
static int
fingerprint_of(struct slice body, uint8_t ret[OPENPGP_FINGERPRINT_BYTES],
    struct error *err)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	char header[3];

	key_header(body, header);
	bool ok = ctx && EVP_DigestInit_ex(ctx, EVP_sha1(), NULL) == 1 &&
	    EVP_DigestUpdate(ctx, header, sizeof(header)) == 1 &&
	    EVP_DigestUpdate(ctx, body.ptr, body.len) == 1 &&
	    EVP_DigestFinal_ex(ctx, ret, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : error_nomem(err);
}

int
openpgp_key_parse(struct slice body, struct openpgp_key *ret, struct error *err)
{
	struct bytes_reader in = bytes_reader_of(body);
	struct openpgp_key key = { .body = body };
	uint8_t version;
	uint32_t created;

	if (!bytes_u8(&in, &version) || body.len > KEY_BODY_MAX_BYTES)
		return error_set(err, ERROR_FORMAT, "not a key");
	if (version != KEY_VERSION)
		return error_set(err, ERROR_UNSUPPORTED, "a key of version %u",
		    (unsigned int)version);
	if (!bytes_u32be(&in, &created) || !bytes_u8(&in, &key.algorithm))
		return error_set(err, ERROR_FORMAT, "a key is cut off");
	key.created = created;
	key.material = in.rest;
	if (fingerprint_of(body, key.fingerprint, err) < 0)
		return -1;
	*ret = key;
	return 0;
}

void
openpgp_fingerprint_to_string(
    const struct openpgp_key *key, char ret[OPENPGP_FINGERPRINT_SIZE])
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < OPENPGP_FINGERPRINT_BYTES; i++) {
		ret[2 * i] = digits[key->fingerprint[i] >> 4];
		ret[2 * i + 1] = digits[key->fingerprint[i] & 15];
	}
	ret[2 * OPENPGP_FINGERPRINT_BYTES] = '\0';
}

static bool
u32_of(struct slice value, uint32_t *ret)
{
	struct bytes_reader in = bytes_reader_of(value);

	return bytes_u32be(&in, ret) && in.rest.len == 0;
}

/* What is read of a signature before all of it is known. */
struct draft {
	struct openpgp_signature *sig;
	uint32_t lifetime; /* seconds; 0: no end */
	bool has_created;
};

static void
issuer_read(struct openpgp_signature *sig, uint8_t type, struct slice value)
{
	if (type == SUBPACKET_ISSUER && value.len == OPENPGP_KEY_ID_BYTES)
		sig->key_id = value;
	if (type == SUBPACKET_FINGERPRINT &&
	    value.len == 1 + OPENPGP_FINGERPRINT_BYTES &&
	    value.ptr[0] == KEY_VERSION)
		sig->fingerprint = slice_after(value, 1);
	if (type == SUBPACKET_BACK_SIGNATURE)
		sig->back_signature = value;
}

/* Subpackets that change nothing for us, but that a signature may well mark
 * as critical: preferences, revocability, exportability, a revoker. */
static bool
may_be_skipped(uint8_t type)
{
	switch (type) {
	case 4:  /* exportable */
	case 7:  /* revocable */
	case 11: /* preferred ciphers */
	case 12: /* revocation key: see keyring.c */
	case 21: /* preferred hashes */
	case 22: /* preferred compression */
	case 23: /* key server preferences */
	case 24: /* preferred key server */
	case 26: /* policy URI */
	case 28: /* the signer's user id */
	case 29: /* reason for revocation */
	case 30: /* features */
	case SUBPACKET_ISSUER:
	case SUBPACKET_BACK_SIGNATURE:
	case SUBPACKET_FINGERPRINT: return true;
	default: return false;
	}
}

/* False when the subpacket is malformed, or critical and not known. */
static bool
subpacket_read(
    struct draft *draft, uint8_t type, bool critical, struct slice value)
{
	struct openpgp_signature *sig = draft->sig;
	uint32_t created;

	switch (type) {
	case SUBPACKET_CREATED:
		if (!u32_of(value, &created))
			return false;
		draft->has_created = true;
		sig->created = created;
		return true;
	case SUBPACKET_EXPIRES: return u32_of(value, &draft->lifetime);
	case SUBPACKET_KEY_EXPIRES:
		sig->has_key_lifetime = true;
		return u32_of(value, &sig->key_lifetime);
	case SUBPACKET_PRIMARY_USER_ID:
		sig->is_primary_user_id = value.len == 1 && value.ptr[0] != 0;
		return value.len == 1;
	case SUBPACKET_KEY_FLAGS:
		sig->has_flags = true;
		sig->flags = value.len > 0 ? (uint8_t)value.ptr[0] : 0;
		return true;
	default:
		issuer_read(sig, type, value);
		return !critical || may_be_skipped(type);
	}
}

/* Takes the next subpacket, its type still with the critical bit. */
static bool
subpacket_take(struct bytes_reader *in, uint8_t *ret_type, struct slice *ret)
{
	struct slice content;
	size_t len;

	if (!take_length(in, SUBPACKET_TWO_BYTES_MAX, &len) || len == 0 ||
	    !bytes_take(in, len, &content))
		return false;
	*ret_type = (uint8_t)content.ptr[0];
	*ret = slice_after(content, 1);
	return true;
}

static int
hashed_read(struct draft *draft, struct slice area, struct error *err)
{
	struct bytes_reader in = bytes_reader_of(area);
	struct slice value;
	uint8_t type;
	bool known = true;

	while (in.rest.len > 0) {
		if (!subpacket_take(&in, &type, &value))
			return error_set(
			    err, ERROR_FORMAT, "a signature's part is cut off");
		bool critical = (type & SUBPACKET_CRITICAL) != 0;
		type &= (uint8_t)~SUBPACKET_CRITICAL;
		/* Read on, to know whose signature it is. */
		known = subpacket_read(draft, type, critical, value) && known;
	}
	return known ? 0
		     : error_set(err, ERROR_UNSUPPORTED,
			   "a signature with a part that is not known");
}

/* Of what is not hashed, only hints and what proves itself. To be read before
 * what is hashed, which then prevails. */
static void
unhashed_read(struct openpgp_signature *sig, struct slice area)
{
	struct bytes_reader in = bytes_reader_of(area);
	struct slice value;
	uint8_t type;

	while (in.rest.len > 0 && subpacket_take(&in, &type, &value))
		issuer_read(sig, type & (uint8_t)~SUBPACKET_CRITICAL, value);
}

static int
draft_finish(struct draft *draft, struct error *err)
{
	struct openpgp_signature *sig = draft->sig;

	if (!draft->has_created)
		return error_set(
		    err, ERROR_FORMAT, "a signature without a time");
	sig->expires =
	    draft->lifetime == 0 ? INT64_MAX : sig->created + draft->lifetime;
	return 0;
}

/* The fixed fields and the two areas; those slices view body. */
static bool
signature_split(struct slice body, struct openpgp_signature *sig,
    struct slice *ret_hashed, struct slice *ret_unhashed)
{
	struct bytes_reader in = bytes_reader_of(body);
	uint16_t len;
	uint8_t version;

	if (!bytes_u8(&in, &version) || !bytes_u8(&in, &sig->type) ||
	    !bytes_u8(&in, &sig->algorithm) || !bytes_u8(&in, &sig->hash) ||
	    !bytes_u16be(&in, &len) || !bytes_take(&in, len, ret_hashed))
		return false;
	sig->hashed = slice_first(body, body.len - in.rest.len);
	if (!bytes_u16be(&in, &len) || !bytes_take(&in, len, ret_unhashed) ||
	    !bytes_take(&in, 2, &sig->left))
		return false;
	sig->material = in.rest;
	return true;
}

int
openpgp_signature_parse(
    struct slice body, struct openpgp_signature *ret, struct error *err)
{
	struct openpgp_signature sig = { 0 };
	struct draft draft = { .sig = &sig };
	struct slice hashed, unhashed;

	if (body.len == 0)
		return error_set(err, ERROR_FORMAT, "an empty signature");
	if (body.ptr[0] != SIGNATURE_VERSION)
		return error_set(err, ERROR_UNSUPPORTED,
		    "a signature of version %u",
		    (unsigned int)(uint8_t)body.ptr[0]);
	if (!signature_split(body, &sig, &hashed, &unhashed))
		return error_set(err, ERROR_FORMAT, "a signature is cut off");

	unhashed_read(&sig, unhashed);
	if (hashed_read(&draft, hashed, err) < 0) {
		ret->fingerprint = sig.fingerprint;
		ret->key_id = sig.key_id;
		return -1;
	}
	if (draft_finish(&draft, err) < 0)
		return -1;
	*ret = sig;
	return 0;
}

bool
openpgp_may_be_by(
    const struct openpgp_signature *sig, const struct openpgp_key *key)
{
	struct slice own =
	    slice_of((const char *)key->fingerprint, OPENPGP_FINGERPRINT_BYTES);
	struct slice own_id =
	    slice_after(own, OPENPGP_FINGERPRINT_BYTES - OPENPGP_KEY_ID_BYTES);

	if (sig->fingerprint.len > 0)
		return slice_eq(sig->fingerprint, own);
	return sig->key_id.len == 0 || slice_eq(sig->key_id, own_id);
}

struct openpgp_part
openpgp_part_of_document(struct slice bytes)
{
	return (struct openpgp_part){ .bytes = bytes };
}

struct openpgp_part
openpgp_part_of_key(const struct openpgp_key *key)
{
	struct openpgp_part part = { .bytes = key->body, .n_header = 3 };

	key_header(key->body, part.header);
	return part;
}

struct openpgp_part
openpgp_part_of_user_id(struct slice user_id)
{
	struct openpgp_part part = { .bytes = user_id, .n_header = 5 };

	part.header[0] = (char)0xb4;
	for (size_t i = 0; i < 4; i++)
		part.header[1 + i] =
		    (char)(uint8_t)(user_id.len >> (24 - 8 * i));
	return part;
}
