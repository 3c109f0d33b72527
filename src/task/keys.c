/* SPDX-License-Identifier: Apache-2.0 */
#include "task/keys.h"

#include <dirent.h>
#include <stdlib.h>

#include "base/fd.h"
#include "base/memory.h"

#define KEYRING_MAX_BYTES ((size_t)16 * 1024 * 1024)

/* Where a host's administrator, or a package, puts keyrings for apt. */
static const struct slice keyring_dirs[] = {
	SLICE("/usr/share/keyrings/"),
	SLICE("/etc/apt/keyrings/"),
	SLICE("/etc/apt/trusted.gpg.d/"),
};

#define TRUSTED_DIR    "/etc/apt/trusted.gpg.d"
#define DEBIAN_KEYRING "/usr/share/keyrings/debian-archive-keyring.gpg"

static int
add_file(struct keyring *into, const char *path, struct error *err)
{
	CLEANUP(buf_clear) struct buf bytes = buf_limited(KEYRING_MAX_BYTES);
	CLEANUP(keyring_free) struct keyring *ring = NULL;

	if (file_read(path, &bytes, err) < 0)
		return -1;
	if (keyring_parse(buf_slice(&bytes), &ring, err) < 0)
		return error_wrap(err, "%s", path);
	return keyring_add(into, ring, err);
}

/* The same; a file that is not there, or has no keys, adds none. */
static int
add_file_if_any(struct keyring *into, const char *path, struct error *err)
{
	if (add_file(into, path, err) == 0)
		return 0;
	return err->kind == ERROR_NOMEM ? -1 : 0;
}

static bool
is_keyring_name(struct slice name)
{
	return name.len > 4 && name.ptr[0] != '.' &&
	    (slice_ends_with(name, SLICE(".gpg")) ||
		slice_ends_with(name, SLICE(".asc")));
}

static int
add_trusted(struct keyring *into, struct error *err)
{
	DIR *dir = opendir(TRUSTED_DIR);
	const struct dirent *entry;
	int r = 0;

	while (r == 0 && dir && (entry = readdir(dir))) {
		if (!is_keyring_name(slice_of_string(entry->d_name)))
			continue;
		CLEANUP(string_free)
		char *path = string_format(TRUSTED_DIR "/%s", entry->d_name);
		r = path ? add_file_if_any(into, path, err) : error_nomem(err);
	}
	if (dir)
		(void)closedir(dir);
	return r < 0 ? -1 : add_file_if_any(into, DEBIAN_KEYRING, err);
}

/* An image must not make us read any file: only one directly in these. */
static bool
is_keyring_path(struct slice path)
{
	for (size_t i = 0; i < N_ITEMS(keyring_dirs); i++) {
		struct slice name = slice_after(path, keyring_dirs[i].len);

		if (slice_starts_with(path, keyring_dirs[i]) &&
		    is_keyring_name(name) && !memchr(name.ptr, '/', name.len))
			return true;
	}
	return false;
}

static int
add_signed_by(struct keyring *into, struct slice signed_by, struct error *err)
{
	struct slice path;

	while (slice_split(&signed_by, ' ', &path)) {
		if (path.len > 0 && path.ptr[0] != '/')
			return error_set(err, ERROR_UNSUPPORTED,
			    "Signed-By is a fingerprint, not a file");
		CLEANUP(string_free) char *name = slice_copy(path);
		if (!name)
			return error_nomem(err);
		if (is_keyring_path(path) &&
		    add_file_if_any(into, name, err) < 0)
			return -1;
	}
	return 0;
}

static int
no_keys(const struct source *source, struct error *err)
{
	if (source->signed_by.len > 0)
		return error_set(err, ERROR_UNTRUSTED,
		    "this host has no keyring " SLICE_FMT
		    " (give the archive's keys with --keyring)",
		    SLICE_ARG(slice_first(source->signed_by, 128)));
	return error_set(err, ERROR_UNTRUSTED,
	    "this host trusts no keys for it (give them with --keyring)");
}

int
keys_for_source(const struct app *app, const struct source *source,
    struct keyring **ret, struct error *err)
{
	CLEANUP(keyring_free) struct keyring *ring = NULL;
	const char *operators = app->options.keyring;
	int r;

	if (keyring_parse(SLICE(""), &ring, err) < 0)
		return -1;
	if (operators && add_file(ring, operators, err) < 0)
		return -1;
	r = source->signed_by.len > 0
	    ? add_signed_by(ring, source->signed_by, err)
	    : add_trusted(ring, err);
	if (r < 0)
		return -1;
	if (ring->n_keys == 0)
		return no_keys(source, err);
	*ret = TAKE(ring);
	return 0;
}
