/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/cleanup.h"
#include "registry/auth_file.h"

/* Where the person's credentials are. */
struct credentials;

/* auth_file: the only place to look in, else (NULL) the field's. helper_ms:
 * how long a helper may take; 0: a minute. ERROR_NOMEM. */
MUST_CHECK int credentials_open(const char *auth_file, uint32_t helper_ms,
    struct credentials **ret, struct error *err);
void credentials_free(struct credentials *credentials);
DEFINE_CLEANUP(struct credentials, credentials_free)

/*
 * What the person has for a repository, "docker.io/library/nginx", into a
 * zeroed *ret, which stays empty if that is nothing. ERROR_NOT_FOUND: a file
 * that was named is not there; ERROR_DENIED: it cannot be read; errors of
 * auth_file_find() and helper_ask(), with the file's name.
 */
MUST_CHECK int credentials_find(struct credentials *credentials,
    struct slice name, struct credential *ret, struct error *err);
