/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signed texts: the cleartext signature framework, RFC 4880 section 7, in the
 * one form that archives use, and detached signatures.
 *
 *	-----BEGIN PGP SIGNED MESSAGE-----
 *	Hash: SHA256
 *
 *	Origin: Debian
 *	- -----this line begins with dashes
 *	-----BEGIN PGP SIGNATURE-----
 *
 *	iHUEABYKAB0WIQRk2S9vYw0tWXQ1a0lG8i9r...
 *	-----END PGP SIGNATURE-----
 *
 * Nothing may stand around the message, because a reader of the file would
 * take it for signed. "Hash:" is but a hint for readers in one pass: we check
 * that it holds nothing else, and take the hash from the signature, as RFC
 * 9580 and sqv do (gpgv refuses a hint that is wrong). "NotDashEscaped:",
 * which gpg takes, and all other headers are refused.
 */
#include "trust/clearsign.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/reader.h"
#include "trust/armor.h"
#include "trust/openpgp.h"

/* Debian signs with three keys; while one is replaced, with four. */
#define SIGNATURES_MAX 32

/* One with RSA of 4096 bits has 0.6 kB; those to come (ML-DSA, SLH-DSA) are of
 * 4 to 50 kB, and skipped. */
#define SIGNATURES_MAX_BYTES ((size_t)512 * 1024)

/* gpg writes one, with all hashes. */
#define HASH_LINES_MAX 8

static int
untrusted(const char *what, struct error *err)
{
	return error_set(err, ERROR_UNTRUSTED, "%s", what);
}

static bool
is_hash_name(struct slice name)
{
	static const struct slice names[] = { SLICE("MD5"), SLICE("SHA1"),
		SLICE("RIPEMD160"), SLICE("SHA224"), SLICE("SHA256"),
		SLICE("SHA384"), SLICE("SHA512"), SLICE("SHA3-256"),
		SLICE("SHA3-512") };

	for (size_t i = 0; i < N_ITEMS(names); i++)
		if (slice_eq(names[i], name))
			return true;
	return false;
}

/* True for "Hash: SHA256, SHA512". */
static bool
is_hash_line(struct slice line)
{
	const struct slice key = SLICE("Hash: ");
	struct slice name;

	if (!slice_starts_with(line, key))
		return false;

	struct slice rest = slice_after(line, key.len);
	while (slice_split(&rest, ',', &name))
		if (!is_hash_name(slice_trim(name)))
			return false;
	return true;
}

/* Takes the first line and the headers, and the blank line after them. */
static int
head_skip(struct reader *in, struct error *err)
{
	struct slice line;

	if (!reader_line(in, &line) ||
	    !armor_is_marker(line, "BEGIN", "SIGNED MESSAGE"))
		return untrusted("does not begin as a signed message", err);
	for (size_t n = 0; n <= HASH_LINES_MAX; n++) {
		if (!reader_line(in, &line))
			return error_set(err, ERROR_FORMAT, "cut off");
		if (armor_line_trim(line).len == 0)
			return 0;
		if (!is_hash_line(line))
			return untrusted("a header other than \"Hash:\"", err);
	}
	return untrusted("too many headers", err);
}

/* Puts the lines of the text, unescaped, into ret; the reader is left at the
 * line that begins the signatures. */
static int
text_take(struct reader *in, struct buf *ret, struct error *err)
{
	struct reader ahead = *in;
	struct slice line;

	while (reader_line(&ahead, &line)) {
		if (armor_is_marker(line, "BEGIN", "SIGNATURE"))
			return buf_check(ret, err);
		if (slice_starts_with(line, SLICE("- ")))
			line = slice_after(line, 2);
		else if (slice_starts_with(line, SLICE("-")))
			return untrusted("a dash that is not escaped", err);
		buf_put(ret, armor_line_trim(line));
		buf_put(ret, SLICE("\n"));
		*in = ahead;
	}
	return error_set(err, ERROR_FORMAT, "cut off");
}

/* All of the packets are signatures, and not too many. */
static int
packets_check(struct slice packets, struct error *err)
{
	struct bytes_reader in = bytes_reader_of(packets);
	struct openpgp_packet packet;

	for (size_t n = 0; in.rest.len > 0; n++) {
		if (n == SIGNATURES_MAX)
			return error_set(
			    err, ERROR_LIMIT, "too many signatures");
		if (openpgp_packet_next(&in, &packet, err) < 0)
			return -1;
		if (packet.tag != OPENPGP_TAG_SIGNATURE)
			return error_set(
			    err, ERROR_FORMAT, "a packet that is no signature");
	}
	if (packets.len == 0)
		return error_set(err, ERROR_FORMAT, "no signature");
	return 0;
}

/* Makes a message of bytes: n_text of them the text, the rest signatures. */
static int
message_new(struct buf *bytes, size_t n_text, bool detached,
    struct clearsign **ret, struct error *err)
{
	struct slice signatures = slice_after(buf_slice(bytes), n_text);

	if (n_text > CLEARSIGN_TEXT_MAX_BYTES ||
	    signatures.len > SIGNATURES_MAX_BYTES)
		return error_set(err, ERROR_LIMIT, "too large");
	if (packets_check(signatures, err) < 0)
		return -1;

	CLEANUP(clearsign_free)
	struct clearsign *msg = calloc(1, sizeof(*msg));
	size_t len = bytes->len;
	if (!msg || !(msg->bytes = buf_take_string(bytes)))
		return error_nomem(err);
	msg->signed_text = slice_of(msg->bytes, n_text);
	msg->signatures = slice_of(msg->bytes + n_text, len - n_text);
	msg->detached = detached;
	*ret = TAKE(msg);
	return 0;
}

static struct buf
message_buf(void)
{
	return buf_limited(CLEARSIGN_TEXT_MAX_BYTES + SIGNATURES_MAX_BYTES);
}

int
clearsign_parse(struct slice text, struct clearsign **ret, struct error *err)
{
	CLEANUP(buf_clear) struct buf bytes = message_buf();
	struct reader in = reader_of(text);

	if (head_skip(&in, err) < 0 || text_take(&in, &bytes, err) < 0)
		return error_wrap(err, "line %zu", in.line);

	size_t n_text = bytes.len;
	if (armor_decode(in.rest, "SIGNATURE", ARMOR_REST_BLANK, &bytes, err) <
	    0)
		return -1;
	return message_new(&bytes, n_text, false, ret, err);
}

int
signatures_parse(struct slice text, struct slice signatures,
    struct clearsign **ret, struct error *err)
{
	CLEANUP(buf_clear) struct buf bytes = message_buf();
	bool is_binary =
	    signatures.len > 0 && ((uint8_t)signatures.ptr[0] & 0x80) != 0;

	buf_put(&bytes, text);
	if (is_binary)
		buf_put(&bytes, signatures);
	else if (armor_decode(signatures, "SIGNATURE", ARMOR_REST_BLANK, &bytes,
		     err) < 0)
		return -1;
	if (buf_check(&bytes, err) < 0)
		return -1;
	return message_new(&bytes, text.len, true, ret, err);
}

void
clearsign_canonical(const struct clearsign *msg, struct buf *ret)
{
	struct slice text = msg->signed_text;

	if (msg->detached) {
		buf_put(ret, text);
		return;
	}
	if (slice_ends_with(text, SLICE("\n")))
		text.len--;

	const char *newline;
	while (text.len > 0 && (newline = memchr(text.ptr, '\n', text.len))) {
		size_t len = (size_t)(newline - text.ptr);
		buf_put(ret, slice_first(text, len));
		buf_put(ret, SLICE("\r\n"));
		text = slice_after(text, len + 1);
	}
	buf_put(ret, text);
}

void
clearsign_encode(const struct clearsign *msg, struct buf *ret)
{
	buf_put_u8(ret, msg->detached);
	buf_put_sized(ret, msg->signed_text);
	buf_put_sized(ret, msg->signatures);
}

int
clearsign_decode(struct slice bytes, struct clearsign **ret, struct error *err)
{
	CLEANUP(buf_clear) struct buf copy = message_buf();
	struct bytes_reader in = bytes_reader_of(bytes);
	struct slice text, signatures;
	uint8_t detached;

	if (!bytes_u8(&in, &detached) || detached > 1 ||
	    !bytes_sized(&in, &text) || !bytes_sized(&in, &signatures) ||
	    in.rest.len > 0)
		return error_set(err, ERROR_FORMAT, "not a signed message");
	/* With no newline at its end it would be hashed as the text that has
	 * one. */
	if (!detached && text.len > 0 && !slice_ends_with(text, SLICE("\n")))
		return error_set(err, ERROR_FORMAT, "not lines of text");

	buf_put(&copy, text);
	buf_put(&copy, signatures);
	if (buf_check(&copy, err) < 0)
		return -1;
	return message_new(&copy, text.len, detached, ret, err);
}

void
clearsign_free(struct clearsign *msg)
{
	if (!msg)
		return;
	free(msg->bytes);
	free(msg);
}
