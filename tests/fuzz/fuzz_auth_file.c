/* SPDX-License-Identifier: Apache-2.0 */
/* The name of a repository, a newline, and the text of a file. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "registry/auth_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct credential *credential)
{
	bool has_user = credential->user != NULL;
	bool has_secret = credential->secret != NULL;

	if (has_secret != (credential->kind != CREDENTIAL_NONE) ||
	    (has_user && credential->kind == CREDENTIAL_NONE) ||
	    (!has_user && credential->kind == CREDENTIAL_PASSWORD))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of((const char *)data, size);
	CLEANUP(auth_entry_clear) struct auth_entry entry = { 0 };
	CLEANUP(credential_clear) struct credential credential = { 0 };
	struct slice name = { NULL, 0 };
	struct error err;

	(void)slice_split(&text, '\n', &name);
	(void)auth_server_of(name);
	if (auth_file_find(text, name, &entry, &err) == 0)
		check(&entry.own);
	else if (entry.helper || entry.own.kind != CREDENTIAL_NONE)
		abort();
	if (auth_helper_parse(text, &credential, &err) < 0 &&
	    credential.kind != CREDENTIAL_NONE)
		abort();
	check(&credential);
	return 0;
}
