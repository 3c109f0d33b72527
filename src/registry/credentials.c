/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where podman, skopeo and docker keep credentials (containers-auth.json(5)
 * and docker's config.json), in the order in which the first two look:
 *
 *	$REGISTRY_AUTH_FILE, and then only there
 *	$XDG_RUNTIME_DIR/containers/auth.json, else /run/containers/UID/...
 *	$XDG_CONFIG_HOME/containers/auth.json, else ~/.config/containers/...
 *	$DOCKER_CONFIG/config.json, else ~/.docker/config.json
 *
 * Left out: ~/.dockercfg, which docker stopped to write in 2014.
 */
#include "registry/credentials.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/memory.h"
#include "registry/helper.h"

/* Some KiB, also with hundreds of registries. */
#define FILE_BYTES_MAX ((size_t)4 << 20)
/* A person may have to unlock a keychain. */
#define HELPER_MS 60000
#define FILES_MAX 3

/* What a helper said of a server. It may have taken a person's password, and
 * a registry has many repositories. */
struct answer {
	char *helper;
	char *server;
	struct credential credential;
};

static void
answer_clear(struct answer *answer)
{
	free(answer->helper);
	free(answer->server);
	credential_clear(&answer->credential);
}
DEFINE_CLEANUP_IN_PLACE(struct answer, answer_clear)

struct credentials {
	char *files[FILES_MAX];
	size_t n_files;
	bool is_named; /* the person said which file */
	uint32_t helper_ms;
	struct answer *answers;
	size_t n_answers;
};

/* DIR/END, DIR from the environment, else under what default_dir is. */
static int
add_file(struct credentials *credentials, const char *variable,
    const char *default_dir, const char *default_part, const char *end)
{
	const char *dir = getenv(variable);
	char *path = NULL;

	if (dir && dir[0] == '/')
		path = string_format("%s/%s", dir, end);
	else if (default_dir)
		path =
		    string_format("%s/%s/%s", default_dir, default_part, end);
	else
		return 0;
	credentials->files[credentials->n_files] = path;
	credentials->n_files += path != NULL;
	return path ? 0 : -1;
}

static int
add_files(struct credentials *credentials)
{
	const char *home = getenv("HOME");
	char uid[24];

	(void)snprintf(uid, sizeof(uid), "%lu", (unsigned long)geteuid());
	if (getenv("XDG_RUNTIME_DIR")) {
		if (add_file(credentials, "XDG_RUNTIME_DIR", NULL, NULL,
			"containers/auth.json") < 0)
			return -1;
	} else if (add_file(credentials, "XDG_RUNTIME_DIR", "/run/containers",
		       uid, "auth.json") < 0) {
		return -1;
	}
	if (add_file(credentials, "XDG_CONFIG_HOME", home, ".config",
		"containers/auth.json") < 0)
		return -1;
	return add_file(
	    credentials, "DOCKER_CONFIG", home, ".docker", "config.json");
}

int
credentials_open(const char *auth_file, uint32_t helper_ms,
    struct credentials **ret, struct error *err)
{
	CLEANUP(credentials_free)
	struct credentials *credentials = calloc(1, sizeof(*credentials));
	const char *named =
	    auth_file ? auth_file : getenv("REGISTRY_AUTH_FILE");

	if (!credentials)
		return error_nomem(err);
	credentials->helper_ms = helper_ms > 0 ? helper_ms : HELPER_MS;
	if (named && *named) {
		credentials->is_named = true;
		credentials->files[0] = slice_copy(slice_of_string(named));
		credentials->n_files = credentials->files[0] != NULL;
		if (!credentials->files[0])
			return error_nomem(err);
	} else if (add_files(credentials) < 0) {
		return error_nomem(err);
	}
	*ret = TAKE(credentials);
	return 0;
}

void
credentials_free(struct credentials *credentials)
{
	if (!credentials)
		return;
	for (size_t i = 0; i < credentials->n_files; i++)
		free(credentials->files[i]);
	for (size_t i = 0; i < credentials->n_answers; i++)
		answer_clear(&credentials->answers[i]);
	free(credentials->answers);
	free(credentials);
}

static int
credential_copy(
    const struct credential *from, struct credential *ret, struct error *err)
{
	*ret = (struct credential){
		.kind = from->kind,
		.user = from->user ? strdup(from->user) : NULL,
		.secret = from->secret ? strdup(from->secret) : NULL,
	};
	if ((from->user && !ret->user) || (from->secret && !ret->secret))
		return error_nomem(err);
	return 0;
}

/* As helper_ask(), once for each server. */
static int
ask_once(struct credentials *credentials, const char *helper,
    struct slice server, struct credential *ret, struct error *err)
{
	for (size_t i = 0; i < credentials->n_answers; i++) {
		const struct answer *one = &credentials->answers[i];

		if (!strcmp(one->helper, helper) &&
		    slice_eq(slice_of_string(one->server), server))
			return credential_copy(&one->credential, ret, err);
	}
	if (!ARRAY_GROW(credentials->answers, credentials->n_answers))
		return error_nomem(err);

	CLEANUP(answer_clear)
	struct answer new = {
		.helper = slice_copy(slice_of_string(helper)),
		.server = slice_copy(server),
	};
	if (!new.helper || !new.server)
		return error_nomem(err);
	if (helper_ask(helper, server, credentials->helper_ms, &new.credential,
		err) < 0 ||
	    credential_copy(&new.credential, ret, err) < 0)
		return -1;
	struct answer *kept = &credentials->answers[credentials->n_answers++];
	*kept = (struct answer){ TAKE(new.helper), TAKE(new.server), { 0 } };
	credential_move(&kept->credential, &new.credential);
	return 0;
}

static int
find_in(struct credentials *credentials, const char *path, struct slice name,
    struct credential *ret, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = buf_limited(FILE_BYTES_MAX);
	CLEANUP(auth_entry_clear) struct auth_entry entry = { 0 };

	if (file_read(path, &text, err) < 0)
		return -1;
	int r = auth_file_find(buf_slice(&text), name, &entry, err);
	if (text.ptr)
		explicit_bzero(text.ptr, text.len);
	if (r < 0)
		return error_wrap(err, "%s", path);
	if (entry.helper &&
	    ask_once(credentials, entry.helper, auth_server_of(name), ret,
		err) < 0) {
		/* Not a missing file, that others could stand in for. */
		if (err->kind == ERROR_NOT_FOUND)
			err->kind = ERROR_DENIED;
		return error_wrap(err, "%s", path);
	}
	if (ret->kind == CREDENTIAL_NONE)
		credential_move(ret, &entry.own);
	return 0;
}

int
credentials_find(struct credentials *credentials, struct slice name,
    struct credential *ret, struct error *err)
{
	for (size_t i = 0; i < credentials->n_files; i++) {
		if (find_in(credentials, credentials->files[i], name, ret,
			err) < 0 &&
		    (err->kind != ERROR_NOT_FOUND || credentials->is_named))
			return error_wrap(err, "credentials");
		if (ret->kind != CREDENTIAL_NONE)
			return 0;
	}
	return 0;
}
