/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that say what an image is and has. A distribution's name is in
 * more files than one, which are links to each other in every direction:
 * Fedora's /etc/redhat-release leads to fedora-release and that to /usr/lib,
 * whose os-release may lead into os.release.d.
 */
#include "layer/wanted.h"

#include "base/memory.h"

/* A licence is named at the front; the longest texts are over 1 MiB. */
#define COPYRIGHT_BYTES ((size_t)64 * 1024)

#define RPM_FILES(dir) \
	{ SLICE(dir "/Packages"), INVENTORY_PACKAGES, 0 }, \
	    { SLICE(dir "/Packages.db"), INVENTORY_PACKAGES, 0 }, \
	    { SLICE(dir "/rpmdb.sqlite"), INVENTORY_PACKAGES, 0 }, \
	    { SLICE(dir "/rpmdb.sqlite-journal"), INVENTORY_PACKAGES, 0 }, \
	{ \
		SLICE(dir "/rpmdb.sqlite-wal"), INVENTORY_PACKAGES, 0 \
	}

static const struct wanted wanted[] = {
	/* which distribution */
	{ SLICE("etc/*-release"), INVENTORY_PACKAGES, 0 },
	{ SLICE("etc/system-release-cpe"), INVENTORY_PACKAGES, 0 },
	{ SLICE("etc/debian_version"), INVENTORY_PACKAGES, 0 },
	{ SLICE("usr/lib/*-release"), INVENTORY_PACKAGES, 0 },
	{ SLICE("usr/lib/os.release.d/*"), INVENTORY_PACKAGES, 0 },
	{ SLICE("usr/lib/system-release-cpe"), INVENTORY_PACKAGES, 0 },

	/* dpkg and apt */
	{ SLICE("var/lib/dpkg/status"), INVENTORY_PACKAGES, 0 },
	{ SLICE("var/lib/dpkg/arch"), INVENTORY_PACKAGES, 0 },
	{ SLICE("var/lib/dpkg/status.d/*"), INVENTORY_PACKAGES, 0 },
	{ SLICE("var/lib/dpkg/updates/*"), INVENTORY_PACKAGES, 0 },
	{ SLICE("var/lib/apt/extended_states"), INVENTORY_PACKAGES, 0 },
	{ SLICE("etc/apt/sources.list"), INVENTORY_PACKAGES, 0 },
	{ SLICE("etc/apt/sources.list.d/*"), INVENTORY_PACKAGES, 0 },
	{ SLICE("etc/apt/preferences"), INVENTORY_PACKAGES, 0 },
	{ SLICE("etc/apt/preferences.d/*"), INVENTORY_PACKAGES, 0 },

	/* apk */
	{ SLICE("lib/apk/db/installed"), INVENTORY_PACKAGES, 0 },
	{ SLICE("usr/lib/apk/db/installed"), INVENTORY_PACKAGES, 0 },
	{ SLICE("etc/apk/arch"), INVENTORY_PACKAGES, 0 },
	{ SLICE("etc/apk/repositories"), INVENTORY_PACKAGES, 0 },
	{ SLICE("etc/apk/world"), INVENTORY_PACKAGES, 0 },

	/* rpm */
	RPM_FILES("var/lib/rpm"),
	RPM_FILES("usr/lib/sysimage/rpm"),
	RPM_FILES("usr/share/rpm"),
	{ SLICE("var/lib/rpmmanifest/container-manifest-2"), INVENTORY_PACKAGES,
	    0 },

	/* pacman */
	{ SLICE("var/lib/pacman/local/*/desc"), INVENTORY_PACKAGES, 0 },

	/* whose a file is, and under which licence */
	{ SLICE("var/lib/dpkg/info/*.list"), INVENTORY_FILES, 0 },
	{ SLICE("var/lib/dpkg/diversions"), INVENTORY_FILES, 0 },
	{ SLICE("usr/share/doc/*/copyright"), INVENTORY_FILES,
	    COPYRIGHT_BYTES },
	{ SLICE("var/lib/pacman/local/*/files"), INVENTORY_FILES, 0 },
};

/* The name that s begins with, up to a slash. */
static struct slice
first_name(struct slice s)
{
	const char *slash = s.len > 0 ? memchr(s.ptr, '/', s.len) : NULL;

	return slash ? slice_first(s, (size_t)(slash - s.ptr)) : s;
}

enum match {
	MATCH_NONE,
	MATCH_ABOVE, /* path is a directory that such a path goes through */
	MATCH_ALL,
};

/* *ret_rest is, for MATCH_ABOVE, what would follow the directory. */
static enum match
match(struct slice path, struct slice pattern, struct slice *ret_rest)
{
	while (pattern.len > 0 && path.len > 0) {
		size_t n_path = 1, n_pattern = 1;

		if (*pattern.ptr == '*') {
			struct slice name = first_name(path);
			struct slice as = first_name(pattern);

			if (!slice_ends_with(name, slice_after(as, 1)))
				return MATCH_NONE;
			n_path = name.len;
			n_pattern = as.len;
		} else if (*pattern.ptr != *path.ptr) {
			return MATCH_NONE;
		}
		path = slice_after(path, n_path);
		pattern = slice_after(pattern, n_pattern);
	}
	if (path.len > 0)
		return MATCH_NONE;
	if (pattern.len == 0)
		return MATCH_ALL;
	*ret_rest = slice_after(pattern, 1);
	return *pattern.ptr == '/' ? MATCH_ABOVE : MATCH_NONE;
}

const struct wanted *
wanted_find(struct slice path, enum inventory_level level)
{
	struct slice rest;

	for (size_t i = 0; i < N_ITEMS(wanted); i++)
		if (wanted[i].level <= level &&
		    match(path, wanted[i].pattern, &rest) == MATCH_ALL)
			return &wanted[i];
	return NULL;
}

bool
inventory_reads(struct slice path, enum inventory_level level)
{
	return wanted_find(path, level) != NULL;
}

bool
inventory_wants(struct slice path)
{
	struct slice rest;

	for (size_t i = 0; i < N_ITEMS(wanted); i++)
		if (wanted[i].level == INVENTORY_PACKAGES && path.len > 0 &&
		    match(path, wanted[i].pattern, &rest) != MATCH_NONE)
			return true;
	return false;
}

bool
inventory_lists(struct slice path)
{
	struct slice rest;

	for (size_t i = 0; i < N_ITEMS(wanted); i++)
		if (wanted[i].level == INVENTORY_PACKAGES && path.len > 0 &&
		    match(path, wanted[i].pattern, &rest) == MATCH_ABOVE &&
		    slice_eq(first_name(rest), SLICE("*")))
			return true;
	return false;
}
