/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a key may do, by what it signed about itself: RFC 4880 sections 5.2.1,
 * 5.2.3.3 and 11.1.
 *
 *	public key
 *	    direct key signatures, revocations
 *	user id
 *	    self-signatures, revocations, signatures of others
 *	subkey
 *	    binding signature (with the subkey's own consent), revocations
 *
 * The newest valid statement of each sort counts, as with gpg: what the key
 * signed of itself alone, else what it signed with its user id. Stricter than
 * gpg: a statement counts only with SHA-256 or better, any revocation takes
 * the key away for good, whatever its reason, and it also counts with SHA-1.
 * Left out: revocation by a designated revoker (none of Debian's revokers'
 * keys are on a host), and signatures of others, of no use without a web of
 * trust.
 */
#include "base/time.h"
#include "trust/keyring.h"

/* What one signature of a key about itself says. */
struct statement {
	bool there;
	bool consented; /* of a binding: with the subkey's own signature */
	struct openpgp_signature sig;
};

/* What is known of a key, while its packets are walked over. */
struct standing {
	const struct openpgp_key *primary;
	const struct openpgp_key *subkey; /* NULL: the primary itself */
	int64_t now;
	struct statement direct;
	struct statement user_id; /* of the user id that counts most */
	struct slice user_id_text;
	struct statement binding;
	bool revoked;

	/* What the signatures that come next are about. */
	bool at_user_id;
	bool at_subkey; /* the one above, not any */
	struct slice current_text;
	struct statement current;
	bool current_revoked;
	int64_t current_revoked_at;
};

static bool
is_newer(const struct openpgp_signature *sig, const struct statement *than)
{
	return !than->there || sig->created >= than->sig.created;
}

/* Ends the user id at hand: it may be the one that counts most, which is the
 * newest of those that are marked as primary, or of all. */
static void
user_id_end(struct standing *standing)
{
	struct statement *best = &standing->user_id;
	struct statement *current = &standing->current;
	bool revoked = standing->current_revoked &&
	    standing->current_revoked_at >= current->sig.created;

	if (standing->at_user_id && current->there && !revoked) {
		bool primary = current->sig.is_primary_user_id;
		bool best_primary = best->there && best->sig.is_primary_user_id;

		if (primary == best_primary ? is_newer(&current->sig, best)
					    : primary) {
			*best = *current;
			standing->user_id_text = standing->current_text;
		}
	}
	standing->at_user_id = false;
	standing->at_subkey = false;
	*current = (struct statement){ 0 };
	standing->current_revoked = false;
}

/* Begins what the signatures after this packet are about. */
static void
component_begin(struct standing *standing, const struct openpgp_packet *packet)
{
	if (packet->tag == OPENPGP_TAG_USER_ID) {
		user_id_end(standing);
		standing->at_user_id = true;
		standing->current_text = packet->body;
	} else if (packet->tag == OPENPGP_TAG_PUBLIC_SUBKEY) {
		user_id_end(standing);
		standing->at_subkey = standing->subkey &&
		    slice_eq(standing->subkey->body, packet->body);
	} else if (packet->tag == OPENPGP_TAG_USER_ATTRIBUTE) {
		/* A picture, whose signatures are of no use. */
		user_id_end(standing);
	}
}

static bool
is_revocation(uint8_t type)
{
	return type == OPENPGP_REVOKES_KEY || type == OPENPGP_REVOKES_SUBKEY ||
	    type == OPENPGP_REVOKES_USER_ID;
}

/* Where a statement of this type goes, if it has a meaning at this place;
 * for a revocation, what it revokes. NULL: to be passed over. */
static struct statement *
place_of(struct standing *standing, uint8_t type)
{
	switch (type) {
	case OPENPGP_OF_KEY:
	case OPENPGP_REVOKES_KEY: return &standing->direct;
	case OPENPGP_BINDS_SUBKEY:
	case OPENPGP_REVOKES_SUBKEY:
		return standing->at_subkey ? &standing->binding : NULL;
	default: break;
	}

	bool of_user_id = type == OPENPGP_REVOKES_USER_ID ||
	    (type >= OPENPGP_CERTIFIES_FIRST && type <= OPENPGP_CERTIFIES_LAST);
	return of_user_id && standing->at_user_id ? &standing->current : NULL;
}

/* Verifies that the primary key signed this about itself, at this place. */
static int
statement_verify(const struct standing *standing,
    const struct openpgp_signature *sig, struct error *err)
{
	struct openpgp_part parts[2] = { openpgp_part_of_key(
	    standing->primary) };
	size_t n_parts = 2;

	switch (sig->type) {
	case OPENPGP_OF_KEY:
	case OPENPGP_REVOKES_KEY: n_parts = 1; break;
	case OPENPGP_BINDS_SUBKEY:
	case OPENPGP_REVOKES_SUBKEY:
		parts[1] = openpgp_part_of_key(standing->subkey);
		break;
	default:
		parts[1] = openpgp_part_of_user_id(standing->current_text);
		break;
	}
	return openpgp_verify(sig, standing->primary, parts, n_parts, err);
}

/* Whether the subkey itself signed that it belongs to the primary: else a key
 * could pass another's signatures off as its own. */
static int
consent_verify(const struct standing *standing,
    const struct openpgp_signature *binding, struct error *err)
{
	struct openpgp_part parts[2] = {
		openpgp_part_of_key(standing->primary),
		openpgp_part_of_key(standing->subkey),
	};
	struct openpgp_signature sig;

	if (openpgp_signature_parse(binding->back_signature, &sig, err) < 0)
		return -1;
	if (sig.type != OPENPGP_BINDS_PRIMARY || sig.created > standing->now ||
	    sig.expires <= standing->now)
		return error_set(err, ERROR_UNTRUSTED, "no consent");
	return openpgp_verify(&sig, standing->subkey, parts, 2, err);
}

static void
revoke(struct standing *standing, const struct openpgp_signature *sig)
{
	if (sig->type != OPENPGP_REVOKES_USER_ID) {
		standing->revoked = true;
		return;
	}
	if (!standing->current_revoked ||
	    sig->created > standing->current_revoked_at)
		standing->current_revoked_at = sig->created;
	standing->current_revoked = true;
}

/* Takes account of one signature; those that do not hold, or are not the
 * key's own, are as if they were not there. Fails only without memory. */
static int
signature_weigh(struct standing *standing, struct slice body, struct error *err)
{
	struct openpgp_signature sig;

	if (openpgp_signature_parse(body, &sig, err) < 0 ||
	    !openpgp_may_be_by(&sig, standing->primary))
		return 0;

	struct statement *place = place_of(standing, sig.type);
	bool revokes = is_revocation(sig.type);
	if (!place)
		return 0;
	if (!revokes &&
	    (sig.created > standing->now || sig.expires <= standing->now ||
		!is_newer(&sig, place)))
		return 0;
	if (statement_verify(standing, &sig, err) < 0)
		return err->kind == ERROR_NOMEM ? -1 : 0;
	if (revokes) {
		revoke(standing, &sig);
		return 0;
	}

	*place = (struct statement){ .there = true, .sig = sig };
	if (sig.type == OPENPGP_BINDS_SUBKEY) {
		if (consent_verify(standing, &sig, err) == 0)
			place->consented = true;
		else if (err->kind == ERROR_NOMEM)
			return -1;
	}
	return 0;
}

static int
certificate_walk(
    struct standing *standing, struct slice packets, struct error *err)
{
	struct bytes_reader in = bytes_reader_of(packets);
	struct openpgp_packet packet;

	while (in.rest.len > 0) {
		if (openpgp_packet_next(&in, &packet, err) < 0)
			return -1;
		if (packet.tag != OPENPGP_TAG_SIGNATURE)
			component_begin(standing, &packet);
		else if (signature_weigh(standing, packet.body, err) < 0)
			return -1;
	}
	user_id_end(standing);
	return 0;
}

/* When the key that says this of itself ends; INT64_MAX: never. */
static int64_t
end_of(const struct openpgp_key *key, const struct statement *statement)
{
	if (!statement->there || !statement->sig.has_key_lifetime ||
	    statement->sig.key_lifetime == 0)
		return INT64_MAX;
	return key->created + statement->sig.key_lifetime;
}

/* What counts of a primary key: what it says directly, if that has it. */
static const struct statement *
primary_statement(const struct standing *standing, bool direct_has_it)
{
	return direct_has_it ? &standing->direct : &standing->user_id;
}

static int
not_good(struct error *err, const char *why)
{
	return error_set(err, ERROR_UNTRUSTED, "%s", why);
}

static int
end_check(int64_t end, int64_t signed_at, int64_t now, struct error *err)
{
	char text[TIME_SIZE];

	if (now < end && signed_at < end)
		return 0;
	time_to_rfc3339(end, text);
	return error_set(err, ERROR_UNTRUSTED, "expired on %.10s", text);
}

static int
time_check(
    const struct standing *standing, int64_t signed_at, struct error *err)
{
	const struct statement *says =
	    primary_statement(standing, standing->direct.sig.has_key_lifetime);
	const struct openpgp_key *subkey = standing->subkey;

	if (signed_at < standing->primary->created ||
	    (subkey && signed_at < subkey->created))
		return not_good(err, "is younger than the signature");
	if (end_check(end_of(standing->primary, says), signed_at, standing->now,
		err) < 0)
		return -1;
	if (!subkey)
		return 0;
	return end_check(
	    end_of(subkey, &standing->binding), signed_at, standing->now, err);
}

/* A key that does not say what it is for, is for anything. */
static bool
may_sign(const struct standing *standing)
{
	const struct statement *says = standing->subkey
	    ? &standing->binding
	    : primary_statement(standing, standing->direct.sig.has_flags);

	return !says->there || !says->sig.has_flags ||
	    (says->sig.flags & OPENPGP_MAY_SIGN) != 0;
}

static int
standing_judge(
    const struct standing *standing, int64_t signed_at, struct error *err)
{
	if (standing->revoked)
		return not_good(err, "is revoked");
	if (!standing->direct.there && !standing->user_id.there)
		return not_good(err, "has no valid self-signature");
	if (standing->subkey && !standing->binding.there)
		return not_good(err, "is not bound to its primary key");
	if (time_check(standing, signed_at, err) < 0)
		return -1;
	if (!may_sign(standing))
		return not_good(err, "is not meant for signing");
	if (standing->subkey && !standing->binding.consented)
		return not_good(err, "was bound without its consent");
	return 0;
}

/* What may be shown on a terminal: other bytes become '?'. */
static void
user_id_copy(struct slice user_id, char ret[KEYRING_USER_ID_SIZE])
{
	size_t n = user_id.len < KEYRING_USER_ID_SIZE
	    ? user_id.len
	    : KEYRING_USER_ID_SIZE - 1;

	for (size_t i = 0; i < n; i++) {
		char c = user_id.ptr[i];
		ret[i] = '?';
		if (c >= ' ' && c <= '~')
			ret[i] = c;
	}
	ret[n] = '\0';
}

int
keyring_key_check(const struct keyring *ring, const struct keyring_key *key,
    int64_t signed_at, int64_t now, struct keyring_owner *ret,
    struct error *err)
{
	const struct openpgp_key *primary =
	    &ring->certificates[key->certificate].primary;
	struct standing standing = {
		.primary = primary,
		.subkey = key->is_primary ? NULL : &key->key,
		.now = now,
	};

	/* Another file may have a newer copy of the key, or a revocation. */
	for (size_t i = 0; i < ring->n_certificates; i++) {
		const struct certificate *copy = &ring->certificates[i];

		if (slice_eq(copy->primary.body, primary->body) &&
		    certificate_walk(&standing, copy->packets, err) < 0)
			return -1;
	}
	if (standing_judge(&standing, signed_at, err) < 0)
		return -1;
	openpgp_fingerprint_to_string(primary, ret->primary);
	user_id_copy(standing.user_id_text, ret->user_id);
	return 0;
}
