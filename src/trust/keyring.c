/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keyrings: transferable public keys one after the other, RFC 4880 section
 * 11.1, as gpg --export writes them: each a primary key, then what it says of
 * itself (statements, user ids, subkeys), each followed by its signatures.
 * certificate.c judges those.
 *
 * Left out: GnuPG's keybox and its trust packets, and private keys.
 */
#include "trust/keyring.h"

#include <stdlib.h>

#include "base/memory.h"
#include "trust/armor.h"

/* Debian's keyring of all its developers has 30 MB; archives' have 0.1 MB. */
#define KEYRING_MAX_BYTES ((size_t)64 * 1024 * 1024)

/* So many reasons for leaving keys out are enough for a person. */
#define FAULTS_MAX 8

/* A fault that cannot be remembered is not worth failing for. */
static void
fault_add(struct keyring *ring, const struct error *fault)
{
	if (ring->n_faults < FAULTS_MAX &&
	    ARRAY_GROW(ring->faults, ring->n_faults))
		ring->faults[ring->n_faults++] = *fault;
}

static int
key_add(
    struct keyring *ring, struct slice body, bool is_primary, struct error *err)
{
	struct keyring_key key = {
		.certificate = ring->n_certificates - 1,
		.is_primary = is_primary,
	};

	if (openpgp_key_parse(body, &key.key, err) < 0)
		return -1;
	if (!ARRAY_GROW(ring->keys, ring->n_keys))
		return error_nomem(err);
	ring->keys[ring->n_keys++] = key;
	if (is_primary)
		ring->certificates[key.certificate].primary = key.key;
	return 0;
}

/* Begins the certificate of the primary key that is body; packets views the
 * file from its packet on. */
static int
certificate_begin(struct keyring *ring, struct slice body, struct slice packets,
    struct error *err)
{
	if (!ARRAY_GROW(ring->certificates, ring->n_certificates))
		return error_nomem(err);
	ring->certificates[ring->n_certificates++] =
	    (struct certificate){ .packets = slice_first(packets, 0) };
	if (key_add(ring, body, true, err) < 0) {
		ring->n_certificates--;
		return -1;
	}
	return 0;
}

/* Takes the packet that before begins with into the ring; *open says whether
 * the last certificate is what it belongs to. */
static int
packet_add(struct keyring *ring, const struct openpgp_packet *packet,
    struct slice before, bool *open, struct error *err)
{
	switch (packet->tag) {
	case OPENPGP_TAG_PUBLIC_KEY:
		*open = false;
		if (certificate_begin(ring, packet->body, before, err) < 0)
			return -1;
		*open = true;
		return 0;
	case OPENPGP_TAG_SECRET_KEY:
		*open = false;
		return error_set(err, ERROR_UNSUPPORTED, "a private key");
	case OPENPGP_TAG_PUBLIC_SUBKEY:
		return *open ? key_add(ring, packet->body, false, err) : 0;
	default: return 0;
	}
}

/* Adds the keys in packets, which must stay. Fails only without memory. */
static int
packets_add(struct keyring *ring, struct slice packets, struct error *err)
{
	struct bytes_reader in = bytes_reader_of(packets);
	struct openpgp_packet packet;
	bool open = false;

	while (in.rest.len > 0) {
		struct slice before = in.rest;

		if (openpgp_packet_next(&in, &packet, err) < 0) {
			fault_add(ring, err);
			return 0;
		}
		if (packet_add(ring, &packet, before, &open, err) < 0) {
			if (err->kind == ERROR_NOMEM)
				return -1;
			fault_add(ring, err);
		}
		if (open) {
			struct slice *all =
			    &ring->certificates[ring->n_certificates - 1]
				 .packets;
			*all = slice_of(
			    all->ptr, (size_t)(in.rest.ptr - all->ptr));
		}
	}
	return 0;
}

/* Adds the keys of a copy of packets. */
static int
text_add(struct keyring *ring, struct slice packets, struct error *err)
{
	CLEANUP(string_free) char *copy = slice_copy(packets);

	if (!copy || !ARRAY_GROW(ring->texts, ring->n_texts))
		return error_nomem(err);

	struct keyring_text text = { TAKE(copy), packets.len };
	ring->texts[ring->n_texts++] = text;
	return packets_add(ring, slice_of(text.ptr, text.len), err);
}

/* The packets of a file, in binary: of bytes, or put into ret_buf. */
static int
file_decode(struct slice bytes, struct buf *ret_buf, struct slice *ret,
    struct error *err)
{
	if (slice_starts_with(slice_after(bytes, 8), SLICE("KBXf")))
		return error_set(err, ERROR_UNSUPPORTED,
		    "a GnuPG keybox; export the keys from it");
	*ret = bytes;
	if (bytes.len == 0 || ((uint8_t)bytes.ptr[0] & 0x80) != 0)
		return 0;
	if (!armor_is_in(bytes))
		return error_set(err, ERROR_FORMAT, "not an OpenPGP keyring");
	if (armor_decode(
		bytes, "PUBLIC KEY BLOCK", ARMOR_REST_ANY, ret_buf, err) < 0)
		return -1;
	*ret = buf_slice(ret_buf);
	return 0;
}

int
keyring_parse(struct slice bytes, struct keyring **ret, struct error *err)
{
	CLEANUP(buf_clear) struct buf binary = buf_limited(KEYRING_MAX_BYTES);
	CLEANUP(keyring_free) struct keyring *ring = calloc(1, sizeof(*ring));
	struct slice packets;

	if (!ring)
		return error_nomem(err);
	if (bytes.len > KEYRING_MAX_BYTES)
		return error_set(err, ERROR_LIMIT, "too large");
	if (file_decode(bytes, &binary, &packets, err) < 0 ||
	    text_add(ring, packets, err) < 0)
		return -1;
	if (ring->n_certificates == 0 && ring->n_faults > 0) {
		*err = ring->faults[0];
		return -1;
	}
	if (ring->n_certificates == 0 && packets.len > 0)
		return error_set(err, ERROR_FORMAT, "no key in it");
	*ret = TAKE(ring);
	return 0;
}

static void
texts_drop(struct keyring *ring, size_t n_kept)
{
	while (ring->n_texts > n_kept)
		free(ring->texts[--ring->n_texts].ptr);
}

int
keyring_add(struct keyring *into, const struct keyring *from, struct error *err)
{
	const struct keyring before = *into;

	for (size_t i = 0; i < from->n_texts; i++) {
		struct keyring_text text = from->texts[i];

		if (text_add(into, slice_of(text.ptr, text.len), err) < 0) {
			texts_drop(into, before.n_texts);
			into->n_certificates = before.n_certificates;
			into->n_keys = before.n_keys;
			into->n_faults = before.n_faults;
			return -1;
		}
	}
	return 0;
}

void
keyring_free(struct keyring *ring)
{
	if (!ring)
		return;
	texts_drop(ring, 0);
	free(ring->texts);
	free(ring->faults);
	free(ring->keys);
	free(ring->certificates);
	free(ring);
}
