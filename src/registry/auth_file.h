/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"

enum credential_kind {
	CREDENTIAL_NONE,
	CREDENTIAL_PASSWORD, /* user and secret */
	CREDENTIAL_IDENTITY, /* secret is exchanged for tokens */
	CREDENTIAL_TOKEN,    /* secret is a token */
};

/* What proves who one is to a registry. Never shown. */
struct credential {
	enum credential_kind kind;
	char *user; /* NULL: none */
	char *secret;
};

/* Wipes and frees. */
void credential_clear(struct credential *credential);

/* Leaves from empty. */
void credential_move(struct credential *to, struct credential *from);

DEFINE_CLEANUP_IN_PLACE(struct credential, credential_clear)

/* What a file says of one repository. */
struct auth_entry {
	char *helper; /* docker-credential-HELPER is to be asked first */
	struct credential own;
};

void auth_entry_clear(struct auth_entry *entry);

DEFINE_CLEANUP_IN_PLACE(struct auth_entry, auth_entry_clear)

/*
 * Looks in the text of a docker config.json or a containers auth.json for
 * what it says of a repository, "docker.io/library/nginx", into *ret, which
 * stays empty when it says nothing. The longest key that the name begins with
 * wins. Messages hold nothing of the text. ERROR_FORMAT, ERROR_NOMEM.
 */
MUST_CHECK int auth_file_find(struct slice json, struct slice name,
    struct auth_entry *ret, struct error *err);

/* The registry of a name, as credential helpers know it. */
struct slice auth_server_of(struct slice name);

/* Reads what a credential helper printed. ERROR_FORMAT, ERROR_NOMEM. */
MUST_CHECK int auth_helper_parse(
    struct slice json, struct credential *ret, struct error *err);
