/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cryptography of OpenPGP signatures: RFC 4880 sections 5.2.2 to 5.2.4
 * and 13.2, RFC 6637 (ECDSA), draft-koch-eddsa-for-openpgp (EdDSA as gpg
 * writes it), RFC 9580 section 5.2.3.4 (Ed25519).
 *
 * Left out: DSA and RSA keys under 2048 bits, which are too weak to trust a
 * distribution to, and Ed448, the Brainpool curves and what RFC 9580 adds for
 * keys of version 6, which no archive uses. MD5, RIPEMD-160 and SHA-1 are not
 * taken, nor SHA-224, which nobody writes. All of Debian's, Ubuntu's and
 * Docker's keys sign, and are bound, with SHA-256 or SHA-512.
 */
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "base/cleanup.h"
#include "base/memory.h"
#include "trust/openpgp.h"

/* NIST SP 800-131A disallows less; more than 8192 only costs time. */
#define RSA_MIN_BITS 2048
#define RSA_MAX_BITS 8192

/* 65537 nearly always; more than 32 bits only costs time. */
#define RSA_EXPONENT_MAX_BITS 32

#define ED25519_BYTES ((size_t)32)

/* The largest is ECDSA's on P-521: 66 bytes each, and DER around them. */
#define ECDSA_DER_MAX_BYTES ((size_t)160)

enum algorithm {
	ALGORITHM_RSA = 1,
	ALGORITHM_RSA_SIGN = 3,
	ALGORITHM_ECDSA = 19,
	ALGORITHM_EDDSA = 22,
	ALGORITHM_ED25519 = 27,
};

enum hash_id {
	HASH_SHA1 = 2,
	HASH_SHA256 = 8,
	HASH_SHA384 = 9,
	HASH_SHA512 = 10,
};

struct digest {
	const EVP_MD *md;
	uint8_t bytes[EVP_MAX_MD_SIZE];
	size_t len;
};

static void
pkey_free(EVP_PKEY *pkey)
{
	EVP_PKEY_free(pkey);
}
DEFINE_CLEANUP(EVP_PKEY, pkey_free)

static void
pkey_ctx_free(EVP_PKEY_CTX *ctx)
{
	EVP_PKEY_CTX_free(ctx);
}
DEFINE_CLEANUP(EVP_PKEY_CTX, pkey_ctx_free)

static void
md_ctx_free(EVP_MD_CTX *ctx)
{
	EVP_MD_CTX_free(ctx);
}
DEFINE_CLEANUP(EVP_MD_CTX, md_ctx_free)

static void
bignum_free(BIGNUM *number)
{
	BN_free(number);
}
DEFINE_CLEANUP(BIGNUM, bignum_free)

static void
param_bld_free(OSSL_PARAM_BLD *build)
{
	OSSL_PARAM_BLD_free(build);
}
DEFINE_CLEANUP(OSSL_PARAM_BLD, param_bld_free)

static void
params_free(OSSL_PARAM *params)
{
	OSSL_PARAM_free(params);
}
DEFINE_CLEANUP(OSSL_PARAM, params_free)

static void
ecdsa_sig_free(ECDSA_SIG *sig)
{
	ECDSA_SIG_free(sig);
}
DEFINE_CLEANUP(ECDSA_SIG, ecdsa_sig_free)

static const unsigned char *
octets(struct slice s)
{
	return (const unsigned char *)s.ptr;
}

/* Takes a number: its length in bits, then its bytes, big end first. Leading
 * zeroes, which should not be there, are dropped. */
static bool
mpi_take(struct bytes_reader *in, struct slice *ret)
{
	uint16_t bits;

	if (!bytes_u16be(in, &bits) ||
	    !bytes_take(in, ((size_t)bits + 7) / 8, ret))
		return false;
	while (ret->len > 0 && ret->ptr[0] == 0)
		*ret = slice_after(*ret, 1);
	return true;
}

static size_t
bits_in(struct slice mpi)
{
	if (mpi.len == 0)
		return 0;
	return mpi.len * 8 -
	    (size_t)(__builtin_clz((unsigned int)(uint8_t)mpi.ptr[0]) - 24);
}

static int
malformed(const char *what, struct error *err)
{
	return error_set(err, ERROR_FORMAT, "malformed %s", what);
}

static BIGNUM *
bignum_of(struct slice mpi)
{
	return BN_bin2bn(octets(mpi), (int)mpi.len, NULL);
}

static int
pkey_of_params(
    const char *type, OSSL_PARAM_BLD *build, EVP_PKEY **ret, struct error *err)
{
	CLEANUP(params_free)
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	CLEANUP(pkey_ctx_free)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);

	if (!params || !ctx)
		return error_nomem(err);
	if (EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, ret, EVP_PKEY_PUBLIC_KEY, params) != 1)
		return malformed("key", err);
	return 0;
}

static int
pkey_of_rsa(struct slice material, EVP_PKEY **ret, struct error *err)
{
	struct bytes_reader in = bytes_reader_of(material);
	struct slice n, e;

	if (!mpi_take(&in, &n) || !mpi_take(&in, &e) || in.rest.len > 0 ||
	    e.len == 0)
		return malformed("RSA key", err);
	if (bits_in(n) < RSA_MIN_BITS || bits_in(n) > RSA_MAX_BITS ||
	    bits_in(e) > RSA_EXPONENT_MAX_BITS)
		return error_set(
		    err, ERROR_UNSUPPORTED, "RSA of %zu bits", bits_in(n));

	CLEANUP(bignum_free) BIGNUM *modulus = bignum_of(n);
	CLEANUP(bignum_free) BIGNUM *exponent = bignum_of(e);
	CLEANUP(param_bld_free) OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	if (!modulus || !exponent || !build ||
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus) !=
		1 ||
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent) != 1)
		return error_nomem(err);
	return pkey_of_params("RSA", build, ret, err);
}

/* Takes the curve's name, and the point on it. */
static bool
curve_take(struct slice material, struct slice *ret_oid, struct slice *ret)
{
	struct bytes_reader in = bytes_reader_of(material);
	uint8_t len;

	return bytes_u8(&in, &len) && bytes_take(&in, len, ret_oid) &&
	    mpi_take(&in, ret) && in.rest.len == 0;
}

static const struct {
	struct slice oid;
	const char *group;
} curves[] = {
	{ SLICE("\x2a\x86\x48\xce\x3d\x03\x01\x07"), "P-256" },
	{ SLICE("\x2b\x81\x04\x00\x22"), "P-384" },
	{ SLICE("\x2b\x81\x04\x00\x23"), "P-521" },
};

static int
pkey_of_ecdsa(struct slice material, EVP_PKEY **ret, struct error *err)
{
	struct slice oid, point;
	const char *group = NULL;

	if (!curve_take(material, &oid, &point))
		return malformed("ECDSA key", err);
	for (size_t i = 0; i < N_ITEMS(curves); i++)
		if (slice_eq(curves[i].oid, oid))
			group = curves[i].group;
	if (!group)
		return error_set(err, ERROR_UNSUPPORTED, "another curve");

	CLEANUP(param_bld_free) OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	if (!build ||
	    OSSL_PARAM_BLD_push_utf8_string(
		build, OSSL_PKEY_PARAM_GROUP_NAME, group, 0) != 1 ||
	    OSSL_PARAM_BLD_push_octet_string(
		build, OSSL_PKEY_PARAM_PUB_KEY, point.ptr, point.len) != 1)
		return error_nomem(err);
	return pkey_of_params("EC", build, ret, err);
}

static int
pkey_of_ed25519(struct slice raw, EVP_PKEY **ret, struct error *err)
{
	if (raw.len != ED25519_BYTES)
		return malformed("Ed25519 key", err);
	*ret = EVP_PKEY_new_raw_public_key(
	    EVP_PKEY_ED25519, NULL, octets(raw), raw.len);
	return *ret ? 0 : error_nomem(err);
}

static int
pkey_of_eddsa(struct slice material, EVP_PKEY **ret, struct error *err)
{
	const struct slice ed25519 =
	    SLICE("\x2b\x06\x01\x04\x01\xda\x47\x0f\x01");
	struct slice oid, point;

	if (!curve_take(material, &oid, &point))
		return malformed("EdDSA key", err);
	if (!slice_eq(oid, ed25519))
		return error_set(err, ERROR_UNSUPPORTED, "another curve");
	/* 0x40: the point follows in the curve's own encoding. */
	if (!slice_starts_with(point, SLICE("\x40")))
		return malformed("EdDSA key", err);
	return pkey_of_ed25519(slice_after(point, 1), ret, err);
}

static int
pkey_of(const struct openpgp_key *key, EVP_PKEY **ret, struct error *err)
{
	switch (key->algorithm) {
	case ALGORITHM_RSA:
	case ALGORITHM_RSA_SIGN: return pkey_of_rsa(key->material, ret, err);
	case ALGORITHM_ECDSA: return pkey_of_ecdsa(key->material, ret, err);
	case ALGORITHM_EDDSA: return pkey_of_eddsa(key->material, ret, err);
	case ALGORITHM_ED25519: return pkey_of_ed25519(key->material, ret, err);
	default:
		return error_set(err, ERROR_UNSUPPORTED,
		    "public key algorithm %u", (unsigned int)key->algorithm);
	}
}

static int
digest_choose(
    const struct openpgp_signature *sig, const EVP_MD **ret, struct error *err)
{
	bool revokes = sig->type == OPENPGP_REVOKES_KEY ||
	    sig->type == OPENPGP_REVOKES_SUBKEY ||
	    sig->type == OPENPGP_REVOKES_USER_ID;

	switch (sig->hash) {
	case HASH_SHA256: *ret = EVP_sha256(); return 0;
	case HASH_SHA384: *ret = EVP_sha384(); return 0;
	case HASH_SHA512: *ret = EVP_sha512(); return 0;
	case HASH_SHA1:
		if (revokes) {
			*ret = EVP_sha1();
			return 0;
		}
		return error_set(err, ERROR_UNSUPPORTED, "SHA-1 is not taken");
	default:
		return error_set(err, ERROR_UNSUPPORTED, "hash algorithm %u",
		    (unsigned int)sig->hash);
	}
}

static bool
part_put(EVP_MD_CTX *ctx, const struct openpgp_part *part)
{
	return EVP_DigestUpdate(ctx, part->header, part->n_header) == 1 &&
	    EVP_DigestUpdate(ctx, part->bytes.ptr, part->bytes.len) == 1;
}

/* Version 4, 0xff, and how much of the signature was hashed, in 32 bits. */
static struct openpgp_part
trailer_of(size_t n_hashed)
{
	struct openpgp_part part = { .n_header = 6, .header = "\x04\xff" };

	for (size_t i = 0; i < 4; i++)
		part.header[2 + i] = (char)(uint8_t)(n_hashed >> (24 - 8 * i));
	return part;
}

static int
digest_compute(const struct openpgp_signature *sig,
    const struct openpgp_part *parts, size_t n_parts, struct digest *ret,
    struct error *err)
{
	CLEANUP(md_ctx_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct openpgp_part hashed = openpgp_part_of_document(sig->hashed);
	struct openpgp_part trailer = trailer_of(sig->hashed.len);
	unsigned int len = 0;

	bool ok = ctx && EVP_DigestInit_ex(ctx, ret->md, NULL) == 1;
	for (size_t i = 0; ok && i < n_parts; i++)
		ok = part_put(ctx, &parts[i]);
	ok = ok && part_put(ctx, &hashed) && part_put(ctx, &trailer) &&
	    EVP_DigestFinal_ex(ctx, ret->bytes, &len) == 1;
	ret->len = len;
	return ok ? 0 : error_nomem(err);
}

static int
wrong(struct error *err)
{
	return error_set(err, ERROR_UNTRUSTED, "wrong signature");
}

/* Puts a number into size bytes, with zeroes before it. */
static bool
mpi_pad(struct slice mpi, uint8_t *out, size_t size)
{
	if (mpi.len > size)
		return false;
	memset(out, 0, size - mpi.len);
	if (mpi.len > 0)
		memcpy(out + size - mpi.len, mpi.ptr, mpi.len);
	return true;
}

/* Takes the numbers of a signature, and there is nothing after them. */
static bool
two_mpis(struct slice material, struct slice *ret_r, struct slice *ret_s)
{
	struct bytes_reader in = bytes_reader_of(material);

	return mpi_take(&in, ret_r) && mpi_take(&in, ret_s) && in.rest.len == 0;
}

static int
verify_digest(EVP_PKEY *pkey, bool is_rsa, struct slice sig,
    const struct digest *digest, struct error *err)
{
	CLEANUP(pkey_ctx_free)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);

	if (!ctx || EVP_PKEY_verify_init(ctx) != 1 ||
	    (is_rsa &&
		EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) != 1) ||
	    EVP_PKEY_CTX_set_signature_md(ctx, digest->md) != 1)
		return error_nomem(err);
	if (EVP_PKEY_verify(
		ctx, octets(sig), sig.len, digest->bytes, digest->len) != 1)
		return wrong(err);
	return 0;
}

static int
verify_rsa(EVP_PKEY *pkey, struct slice material, const struct digest *digest,
    struct error *err)
{
	struct bytes_reader in = bytes_reader_of(material);
	uint8_t padded[RSA_MAX_BITS / 8];
	size_t size = (size_t)EVP_PKEY_get_size(pkey);
	struct slice mpi;

	if (!mpi_take(&in, &mpi) || in.rest.len > 0 || size > sizeof(padded))
		return malformed("RSA signature", err);
	if (!mpi_pad(mpi, padded, size))
		return wrong(err);
	return verify_digest(
	    pkey, true, slice_of((const char *)padded, size), digest, err);
}

static int
verify_ecdsa(EVP_PKEY *pkey, struct slice material, const struct digest *digest,
    struct error *err)
{
	uint8_t der[ECDSA_DER_MAX_BYTES];
	uint8_t *end = der;
	struct slice r, s;

	if (!two_mpis(material, &r, &s) || r.len > 66 || s.len > 66)
		return malformed("ECDSA signature", err);

	CLEANUP(ecdsa_sig_free) ECDSA_SIG *sig = ECDSA_SIG_new();
	CLEANUP(bignum_free) BIGNUM *r_number = bignum_of(r);
	CLEANUP(bignum_free) BIGNUM *s_number = bignum_of(s);
	if (!sig || !r_number || !s_number ||
	    ECDSA_SIG_set0(sig, r_number, s_number) != 1)
		return error_nomem(err);
	(void)TAKE(r_number); /* sig's now */
	(void)TAKE(s_number);

	int len = i2d_ECDSA_SIG(sig, &end);
	if (len < 0)
		return error_nomem(err);
	return verify_digest(
	    pkey, false, slice_of((const char *)der, (size_t)len), digest, err);
}

/* Ed25519 in OpenPGP signs the digest as if it were the message. */
static int
verify_ed25519(EVP_PKEY *pkey, const uint8_t sig[2 * ED25519_BYTES],
    const struct digest *digest, struct error *err)
{
	CLEANUP(md_ctx_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (!ctx || EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) != 1)
		return error_nomem(err);
	if (EVP_DigestVerify(
		ctx, sig, 2 * ED25519_BYTES, digest->bytes, digest->len) != 1)
		return wrong(err);
	return 0;
}

static int
verify_eddsa(EVP_PKEY *pkey, struct slice material, const struct digest *digest,
    struct error *err)
{
	uint8_t raw[2 * ED25519_BYTES];
	struct slice r, s;

	if (!two_mpis(material, &r, &s) || !mpi_pad(r, raw, ED25519_BYTES) ||
	    !mpi_pad(s, raw + ED25519_BYTES, ED25519_BYTES))
		return malformed("EdDSA signature", err);
	return verify_ed25519(pkey, raw, digest, err);
}

static int
verify_by_algorithm(EVP_PKEY *pkey, const struct openpgp_signature *sig,
    const struct digest *digest, struct error *err)
{
	switch (sig->algorithm) {
	case ALGORITHM_RSA:
	case ALGORITHM_RSA_SIGN:
		return verify_rsa(pkey, sig->material, digest, err);
	case ALGORITHM_ECDSA:
		return verify_ecdsa(pkey, sig->material, digest, err);
	case ALGORITHM_EDDSA:
		return verify_eddsa(pkey, sig->material, digest, err);
	default:
		if (sig->material.len != 2 * ED25519_BYTES)
			return malformed("Ed25519 signature", err);
		return verify_ed25519(pkey, octets(sig->material), digest, err);
	}
}

static int
verify(const struct openpgp_signature *sig, const struct openpgp_key *key,
    const struct openpgp_part *parts, size_t n_parts, struct error *err)
{
	CLEANUP(pkey_free) EVP_PKEY *pkey = NULL;
	struct digest digest = { 0 };

	if (sig->algorithm != key->algorithm)
		return error_set(
		    err, ERROR_UNSUPPORTED, "the key is of another algorithm");
	if (digest_choose(sig, &digest.md, err) < 0 ||
	    pkey_of(key, &pkey, err) < 0 ||
	    digest_compute(sig, parts, n_parts, &digest, err) < 0)
		return -1;

	/* gpg finds such a signature wrong too; it saves the rest. */
	if (memcmp(digest.bytes, sig->left.ptr, sig->left.len) != 0)
		return wrong(err);
	return verify_by_algorithm(pkey, sig, &digest, err);
}

int
openpgp_verify(const struct openpgp_signature *sig,
    const struct openpgp_key *key, const struct openpgp_part *parts,
    size_t n_parts, struct error *err)
{
	int r = verify(sig, key, parts, n_parts, err);

	/* Else libcurl might find our errors in libcrypto's queue. */
	ERR_clear_error();
	return r;
}
