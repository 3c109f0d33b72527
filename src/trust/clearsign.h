/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"

/* A signed text is no longer than this: Debian's largest has 0.3 MB, and one
 * must fit into an answer of the worker. */
#define CLEARSIGN_TEXT_MAX_BYTES ((size_t)8 * 1024 * 1024)

/*
 * A text and the signatures that claim to be of it, none of them verified:
 * give it to trust_verify(), and only then use signed_text.
 */
struct clearsign {
	/*
	 * What the signatures are of: with detached, these bytes. Else these
	 * lines, which were unescaped, have no blanks at their ends, and each
	 * end in a newline; what is hashed has CR LF for each of these, and
	 * none after the last line.
	 */
	struct slice signed_text;
	struct slice signatures; /* OpenPGP signature packets, binary */
	bool detached;
	char *bytes; /* what the slices view */
};

/*
 * Parses text, the whole of an InRelease, into a new *ret, to be freed with
 * clearsign_free(). text is untrusted, copied, and may go away afterwards.
 *
 * ERROR_UNTRUSTED: it is not one signed message and nothing else: there is
 *     text before or after it, a second one, a header other than "Hash:", or
 *     a line with a dash that is not escaped.
 * ERROR_FORMAT: the message is cut off, or its signatures are no OpenPGP
 *     signature packets in ASCII armor.
 * ERROR_LIMIT: it is larger, or has more signatures, than any archive's.
 */
MUST_CHECK int clearsign_parse(struct slice text, struct clearsign **ret,
    struct error *err) __attribute__((nonnull));

/*
 * The same of a detached signature: text is the Release file, signatures the
 * Release.gpg, armored (in one block or several) or binary. Errors as above.
 */
MUST_CHECK int signatures_parse(struct slice text, struct slice signatures,
    struct clearsign **ret, struct error *err) __attribute__((nonnull));

/* Puts what the signatures are of, byte for byte as hashed, into ret. */
void clearsign_canonical(const struct clearsign *msg, struct buf *ret);

/* Puts all of msg into ret, to be sent out of the worker. */
void clearsign_encode(const struct clearsign *msg, struct buf *ret);

/*
 * Reads what clearsign_encode() wrote. bytes are as untrusted as the text was
 * and are copied. Nothing that they say makes a forged text verify: what is
 * hashed follows from signed_text alone, and no two texts are hashed alike.
 * ERROR_FORMAT, ERROR_LIMIT.
 */
MUST_CHECK int clearsign_decode(struct slice bytes, struct clearsign **ret,
    struct error *err) __attribute__((nonnull));

void clearsign_free(struct clearsign *msg);
DEFINE_CLEANUP(struct clearsign, clearsign_free)
