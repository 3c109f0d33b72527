/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Digests as OCI writes them (image-spec, descriptor.md, "Digests"):
 *
 *	sha256:6c3c624b58dbbcd3c0dd82b4c53f04194d1247c6eebdaab7c610cf7d66709b3b
 *
 * Of the registered algorithms everybody uses this one; sha512 and blake3 are
 * left out.
 */
#include "oci/digest.h"

#include <stdio.h>

static bool
is_lower_hex(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!(s.ptr[i] >= '0' && s.ptr[i] <= '9') &&
		    !(s.ptr[i] >= 'a' && s.ptr[i] <= 'f'))
			return false;
	return s.len > 0;
}

static bool
is_algorithm(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!(s.ptr[i] >= '0' && s.ptr[i] <= '9') &&
		    !(s.ptr[i] >= 'a' && s.ptr[i] <= 'z') &&
		    (i == 0 || !strchr("+._-", s.ptr[i]) || s.ptr[i] == '\0'))
			return false;
	return s.len > 0;
}

int
digest_parse(struct slice text, struct sha256 *ret, struct error *err)
{
	struct slice hex = text;
	struct slice algorithm = { 0 };

	bool split = slice_split(&hex, ':', &algorithm);
	if (!split || !is_algorithm(algorithm) || !slice_is_graph(hex))
		return error_set(err, ERROR_FORMAT, "not a digest");
	if (!slice_eq(algorithm, SLICE("sha256")))
		return error_set(err, ERROR_UNSUPPORTED,
		    "digest of algorithm " SLICE_FMT,
		    SLICE_ARG(slice_first(algorithm, 32)));
	if (!is_lower_hex(hex) || !sha256_from_string(hex, ret))
		return error_set(err, ERROR_FORMAT,
		    "not a sha256 digest of 64 lower-case hex digits");
	return 0;
}

void
digest_to_string(const struct sha256 *digest, char ret[DIGEST_SIZE])
{
	char hex[SHA256_HEX_SIZE];

	sha256_to_string(digest, hex);
	(void)snprintf(ret, DIGEST_SIZE, DIGEST_PREFIX "%s", hex);
}
