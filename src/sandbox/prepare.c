/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In a file of its own: a worker program without a role that hashes is not
 * linked with libcrypto, whose loading would double what a start costs.
 */
#include <openssl/crypto.h>

#include "base/hash.h"
#include "sandbox/confine.h"

int
confine_prepare_crypto(struct error *err)
{
	if (OPENSSL_init_crypto(
		OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL) !=
	    1)
		return error_nomem(err);
	(void)sha256_of(SLICE("")); /* finds the provider, and keeps it */
	return 0;
}
