/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates of one registry, as docker and containers-certs.d(5) have
 * them:
 *
 *	/etc/docker/certs.d/registry.example.org:5000/ca.crt
 *	                                              client.cert
 *	                                              client.key
 *
 * or in the same below /etc/containers/certs.d, or the person's own
 * ~/.config/containers/certs.d. Each .crt is an issuer to trust besides the
 *system's; a .cert is ours, and the .key of the same name goes with it. Of
 *several pairs the first in the alphabet is used: libcurl offers one.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/memory.h"
#include "registry/parts.h"

/* The system's whole bundle has 220 KiB. */
#define CA_BYTES_MAX ((size_t)4 << 20)

struct names {
	struct dirent **entries;
	int n_entries;
};

static void
names_clear(struct names *names)
{
	for (int i = 0; i < names->n_entries; i++)
		free(names->entries[i]);
	free(names->entries);
}
DEFINE_CLEANUP_IN_PLACE(struct names, names_clear)

static int
add_issuer(struct endpoint *endpoint, const char *path, struct error *err)
{
	endpoint->ca_pem.max_bytes = CA_BYTES_MAX;
	if (file_read(path, &endpoint->ca_pem, err) < 0)
		return -1;
	/* The next one begins on a line of its own. */
	buf_put_string(&endpoint->ca_pem, "\n");
	return buf_check(&endpoint->ca_pem, err);
}

/* path without its last n bytes, and after in their place. */
static char *
sibling(const char *path, size_t n, const char *after)
{
	return string_format("%.*s%s", (int)(strlen(path) - n), path, after);
}

static int
add_own(struct endpoint *endpoint, const char *path, struct error *err)
{
	CLEANUP(string_free) char *key = sibling(path, 5, ".key");

	if (!key)
		return error_nomem(err);
	if (access(key, R_OK) < 0)
		return error_errno(err, "%s: its key %s", path, key);
	if (endpoint->cert_file)
		return 0;
	endpoint->cert_file = slice_copy(slice_of_string(path));
	endpoint->key_file = TAKE(key);
	return endpoint->cert_file ? 0 : error_nomem(err);
}

static int
check_key(const char *path, struct error *err)
{
	CLEANUP(string_free) char *cert = sibling(path, 4, ".cert");

	if (!cert)
		return error_nomem(err);
	if (access(cert, R_OK) < 0)
		return error_errno(err, "%s: its certificate %s", path, cert);
	return 0;
}

static int
add_file(struct endpoint *endpoint, const char *path, struct error *err)
{
	struct slice name = slice_of_string(path);
	int r = 0;

	if (slice_ends_with(name, SLICE(".crt")))
		r = add_issuer(endpoint, path, err);
	else if (slice_ends_with(name, SLICE(".cert")))
		r = add_own(endpoint, path, err);
	else if (slice_ends_with(name, SLICE(".key")))
		r = check_key(path, err);
	/* What is missing here is no image that is missing. */
	if (r < 0 && err->kind == ERROR_NOT_FOUND)
		err->kind = ERROR_FORMAT;
	return r;
}

/* 1 when the directory is there, else 0. */
static int
load_dir(struct endpoint *endpoint, const char *dir, struct error *err)
{
	CLEANUP(names_clear) struct names names = { 0 };

	names.n_entries = scandir(dir, &names.entries, NULL, alphasort);
	if (names.n_entries < 0)
		return errno == ENOMEM ? error_nomem(err) : 0;
	for (int i = 0; i < names.n_entries; i++) {
		CLEANUP(string_free)
		char *path =
		    string_format("%s/%s", dir, names.entries[i]->d_name);

		if (!path)
			return error_nomem(err);
		if (add_file(endpoint, path, err) < 0)
			return -1;
	}
	return 1;
}

int
certs_load(
    const char *const *dirs, struct endpoint *endpoint, struct error *err)
{
	for (; *dirs; dirs++) {
		CLEANUP(string_free)
		char *dir = string_format("%s/%s", *dirs, endpoint->domain);
		int r = dir ? load_dir(endpoint, dir, err) : error_nomem(err);

		if (r < 0)
			return -1;
		if (r > 0)
			break;
	}
	endpoint->tls.ca_pem = buf_slice(&endpoint->ca_pem);
	endpoint->tls.cert_file = endpoint->cert_file;
	endpoint->tls.key_file = endpoint->key_file;
	return 0;
}
