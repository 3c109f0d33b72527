/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a signed text counts, by the rule that apt has with gpgv (apt's
 * methods/gpgv.cc): GOODSIG from a known key, and no BADSIG; NO_PUBKEY,
 * EXPKEYSIG, EXPSIG, REVKEYSIG and weak digests are neither.
 */
#include "trust/verify.h"

#include "base/time.h"

/* Clocks of an archive and of a host differ by less; apt allows 10 s. */
#define SKEW_MAX_SEC 300

enum outcome {
	OUTCOME_GOOD,
	OUTCOME_WRONG,   /* not made by the known key that it names */
	OUTCOME_NOTHING, /* by a known key, but it does not count */
	OUTCOME_UNKNOWN, /* by a key that we do not have */
};

struct context {
	const struct keyring *ring;
	bool detached;
	int64_t now;
	struct slice hashed_text;
	struct trust_verdict verdict; /* of the first good one */
	size_t n_good;
	struct buf unknown; /* by whom, with commas between */
	struct buf notes;   /* why known ones do not count, likewise */
};

/* The signature does not count, for this reason, unless that is our own
 * trouble. */
static int
nothing(const struct error *why, enum outcome *ret)
{
	if (why->kind == ERROR_NOMEM)
		return -1;
	*ret = OUTCOME_NOTHING;
	return 0;
}

/* The same of a key: "the key is revoked". */
static int
nothing_by_key(struct error *why, enum outcome *ret)
{
	const struct error key = *why;

	(void)error_set(why, key.kind, "the key %s", key.msg);
	return nothing(why, ret);
}

static int
kind_check(const struct context *ctx, const struct openpgp_signature *sig,
    struct error *err)
{
	/* gpg signs cleartext as text, others as the bytes that the text is
	 * hashed as; gpgv takes both, since it can be hashed but one way. */
	if (sig->type == OPENPGP_OF_DOCUMENT ||
	    (sig->type == OPENPGP_OF_TEXT && !ctx->detached))
		return 0;
	return error_set(err, ERROR_UNTRUSTED,
	    "a signature of type 0x%02x, not of this", (unsigned int)sig->type);
}

static int
time_check(const struct context *ctx, const struct openpgp_signature *sig,
    struct error *err)
{
	char text[TIME_SIZE];

	if (sig->created > ctx->now + SKEW_MAX_SEC) {
		time_to_rfc3339(sig->created, text);
		return error_set(err, ERROR_UNTRUSTED,
		    "a signature from the future, %s", text);
	}
	if (sig->expires <= ctx->now) {
		time_to_rfc3339(sig->expires, text);
		return error_set(err, ERROR_UNTRUSTED,
		    "a signature that expired on %.10s", text);
	}
	return 0;
}

/* Judges a signature against the key that it names; unless it is good, *why
 * says why not. Fails only without memory. */
static int
candidate_judge(const struct context *ctx, const struct openpgp_signature *sig,
    const struct keyring_key *key, struct trust_verdict *ret_verdict,
    enum outcome *ret, struct error *why)
{
	struct openpgp_part part = openpgp_part_of_document(ctx->hashed_text);
	struct trust_verdict verdict = { .signed_at = sig->created };

	if (kind_check(ctx, sig, why) < 0)
		return nothing(why, ret);
	if (openpgp_verify(sig, &key->key, &part, 1, why) < 0) {
		if (why->kind != ERROR_UNTRUSTED)
			return nothing(why, ret);
		*ret = OUTCOME_WRONG;
		return 0;
	}
	if (time_check(ctx, sig, why) < 0)
		return nothing(why, ret);
	if (keyring_key_check(ctx->ring, key, sig->created, ctx->now,
		&verdict.owner, why) < 0)
		return nothing_by_key(why, ret);
	openpgp_fingerprint_to_string(&key->key, verdict.signer);
	*ret_verdict = verdict;
	*ret = OUTCOME_GOOD;
	return 0;
}

/* As above, against all keys that it may be by: of several with one key id,
 * which can be forged, one may have made it. */
static int
signature_judge(const struct context *ctx, const struct openpgp_signature *sig,
    struct trust_verdict *ret_verdict, enum outcome *ret, struct error *why)
{
	*ret = OUTCOME_UNKNOWN;
	if (sig->fingerprint.len == 0 && sig->key_id.len == 0)
		return 0;
	for (size_t i = 0; i < ctx->ring->n_keys; i++) {
		const struct keyring_key *key = &ctx->ring->keys[i];

		if (!openpgp_may_be_by(sig, &key->key))
			continue;
		if (candidate_judge(ctx, sig, key, ret_verdict, ret, why) < 0)
			return -1;
		if (*ret == OUTCOME_GOOD)
			return 0;
	}
	return 0;
}

/* Puts the issuer that a signature names, in hex, into ret. */
static void
issuer_put(const struct openpgp_signature *sig, struct buf *ret)
{
	struct slice name =
	    sig->fingerprint.len > 0 ? sig->fingerprint : sig->key_id;

	for (size_t i = 0; i < name.len; i++)
		buf_put_format(ret, "%02X", (unsigned int)(uint8_t)name.ptr[i]);
	if (name.len == 0)
		buf_put(ret, SLICE("somebody"));
}

static void
separator_put(struct buf *list)
{
	if (list->len > 0)
		buf_put(list, SLICE(", "));
}

static void
note(struct context *ctx, const struct openpgp_signature *sig,
    const struct error *why)
{
	separator_put(&ctx->notes);
	issuer_put(sig, &ctx->notes);
	buf_put(&ctx->notes, SLICE(": "));
	buf_put_string(&ctx->notes, why->msg);
}

static int
wrong(const struct openpgp_signature *sig, struct error *err)
{
	CLEANUP(buf_clear) struct buf name = { 0 };

	issuer_put(sig, &name);
	if (buf_check(&name, err) < 0)
		return -1;
	return error_set(err, ERROR_UNTRUSTED, "bad signature by " SLICE_FMT,
	    SLICE_ARG(buf_slice(&name)));
}

static int
signature_weigh(struct context *ctx, struct slice body, struct error *err)
{
	struct openpgp_signature sig = { 0 };
	struct trust_verdict verdict;
	enum outcome outcome;

	if (openpgp_signature_parse(body, &sig, err) < 0) {
		/* What is not of our time is nobody's fault. */
		if (err->kind != ERROR_UNSUPPORTED)
			return -1;
		outcome = OUTCOME_NOTHING;
	} else if (signature_judge(ctx, &sig, &verdict, &outcome, err) < 0) {
		return -1;
	}

	switch (outcome) {
	case OUTCOME_WRONG: return wrong(&sig, err);
	case OUTCOME_GOOD:
		if (ctx->n_good++ == 0)
			ctx->verdict = verdict;
		return 0;
	case OUTCOME_NOTHING: note(ctx, &sig, err); return 0;
	case OUTCOME_UNKNOWN:
	default:
		separator_put(&ctx->unknown);
		issuer_put(&sig, &ctx->unknown);
		return 0;
	}
}

static int
conclude(
    const struct context *ctx, struct trust_verdict *ret, struct error *err)
{
	if (ctx->n_good > 0) {
		*ret = ctx->verdict;
		return 0;
	}
	if (buf_check(&ctx->unknown, err) < 0 ||
	    buf_check(&ctx->notes, err) < 0)
		return -1;
	if (ctx->notes.len > 0)
		return error_set(err, ERROR_UNTRUSTED,
		    "no good signature (" SLICE_FMT ")",
		    SLICE_ARG(buf_slice(&ctx->notes)));
	if (ctx->unknown.len == 0)
		return error_set(err, ERROR_UNTRUSTED, "no signature");
	return error_set(err, ERROR_UNTRUSTED,
	    "no signature by a known key (signed by " SLICE_FMT ")",
	    SLICE_ARG(buf_slice(&ctx->unknown)));
}

static int
signatures_weigh(
    struct context *ctx, struct slice signatures, struct error *err)
{
	struct bytes_reader in = bytes_reader_of(signatures);
	struct openpgp_packet packet;

	while (in.rest.len > 0)
		if (openpgp_packet_next(&in, &packet, err) < 0 ||
		    signature_weigh(ctx, packet.body, err) < 0)
			return -1;
	return 0;
}

static void
context_clear(struct context *ctx)
{
	buf_clear(&ctx->unknown);
	buf_clear(&ctx->notes);
}
DEFINE_CLEANUP_IN_PLACE(struct context, context_clear)

int
trust_verify(const struct keyring *ring, const struct clearsign *msg,
    int64_t now, struct trust_verdict *ret, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(context_clear)
	struct context ctx = {
		.ring = ring,
		.detached = msg->detached,
		.now = now,
	};

	clearsign_canonical(msg, &text);
	if (buf_check(&text, err) < 0)
		return -1;
	ctx.hashed_text = buf_slice(&text);
	if (signatures_weigh(&ctx, msg->signatures, err) < 0)
		return -1;
	return conclude(&ctx, ret, err);
}
