/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where Podman keeps images: graphroot of containers-storage.conf(5), in which
 * $HOME and $UID are filled in. Of the machine's file a user's Podman reads
 * rootless_storage_path instead.
 */
#include "storage/podman.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/memory.h"
#include "storage/podman_text.h"

/* It has 200 lines when all of it is comments. */
#define CONFIG_MAX_BYTES ((size_t)1 << 20)

static bool
is_root(void)
{
	return geteuid() == 0;
}

static char *
expand(struct slice path)
{
	CLEANUP(buf_clear) struct buf out = { 0 };

	while (path.len > 0) {
		if (slice_starts_with(path, SLICE("$HOME"))) {
			buf_put_string(&out, getenv("HOME"));
			path = slice_after(path, 5);
		} else if (slice_starts_with(path, SLICE("$UID"))) {
			buf_put_format(&out, "%u", (unsigned int)geteuid());
			path = slice_after(path, 4);
		} else {
			buf_put(&out, slice_first(path, 1));
			path = slice_after(path, 1);
		}
	}
	return buf_take_string(&out);
}

/* 1 and the root that the file at path names, 0 when it names none. */
static int
root_of_config(const char *path, const char *key, char **ret, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = buf_limited(CONFIG_MAX_BYTES);
	struct slice value;

	if (file_read(path, &text, err) < 0)
		return err->kind == ERROR_NOT_FOUND ? 0 : -1;
	value = podman_config_value(buf_slice(&text), slice_of_string(key));
	if (value.len == 0)
		return 0;
	*ret = expand(value);
	return *ret ? 1 : error_nomem(err);
}

/* $XDG_..., else $HOME/BELOW; NULL without either, or without memory. */
static char *
user_path(const char *variable, const char *below, const char *end)
{
	const char *xdg = getenv(variable);
	const char *home = getenv("HOME");

	if (xdg && xdg[0] == '/')
		return string_format("%s/%s", xdg, end);
	return home ? string_format("%s/%s/%s", home, below, end) : NULL;
}

static int
root_of_user(char **ret, struct error *err)
{
	CLEANUP(string_free)
	char *path =
	    user_path("XDG_CONFIG_HOME", ".config", "containers/storage.conf");

	return path ? root_of_config(path, "graphroot", ret, err) : 0;
}

static int
root_of_machine(char **ret, struct error *err)
{
	static const char *const paths[] = { "/etc/containers/storage.conf",
		"/usr/share/containers/storage.conf" };
	const char *key = is_root() ? "graphroot" : "rootless_storage_path";

	/* The first that is there is the only one that counts. */
	for (size_t i = 0; i < N_ITEMS(paths); i++)
		if (access(paths[i], F_OK) == 0)
			return root_of_config(paths[i], key, ret, err);
	return 0;
}

int
storage_podman_root(char **ret, struct error *err)
{
	const char *named = getenv("CONTAINERS_STORAGE_CONF");
	int r;

	if (named)
		r = root_of_config(named, "graphroot", ret, err);
	else
		r = is_root() ? 0 : root_of_user(ret, err);
	if (r == 0 && !named)
		r = root_of_machine(ret, err);
	if (r != 0)
		return r < 0 ? -1 : 0;
	*ret = is_root()
	    ? string_format("/var/lib/containers/storage")
	    : user_path("XDG_DATA_HOME", ".local/share", "containers/storage");
	return *ret ? 0 : error_nomem(err);
}
