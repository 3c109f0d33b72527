/* SPDX-License-Identifier: Apache-2.0 */
#include "jail/noise.h"

#include "base/memory.h"

/* Those of these that differ between two runs on the same input would alone
 * make two images of one. */
static const struct slice noise_files[] = {
	SLICE("var/cache/apt/pkgcache.bin"),
	SLICE("var/cache/apt/srcpkgcache.bin"),
	SLICE("var/cache/ldconfig/aux-cache"),
	SLICE("var/lib/dpkg/lock"),
	SLICE("var/lib/dpkg/lock-frontend"),
	SLICE("var/lib/dpkg/triggers/Lock"),
	SLICE("var/log/alternatives.log"),
	SLICE("var/log/bootstrap.log"),
	SLICE("var/log/dpkg.log"),
};

/* With all that is in them. */
static const struct slice noise_directories[] = {
	SLICE("dev"),
	SLICE("proc"),
	SLICE("run"),
	SLICE("sys"),
	SLICE("tmp"),
};

static const struct {
	struct slice directory;
	struct slice suffix; /* of what is directly in it */
} noise_suffixes[] = {
	{ SLICE("var/cache/debconf/"), SLICE("-old") },
	{ SLICE("var/lib/dpkg/"), SLICE("-old") },
	{ SLICE("var/log/apt/"), SLICE("") },
};

static bool
is_within(struct slice path, struct slice directory)
{
	if (!slice_starts_with(path, directory))
		return false;
	return path.len == directory.len || path.ptr[directory.len] == '/';
}

bool
noise_is_path(struct slice path)
{
	for (size_t i = 0; i < N_ITEMS(noise_files); i++)
		if (slice_eq(path, noise_files[i]))
			return true;
	for (size_t i = 0; i < N_ITEMS(noise_directories); i++)
		if (is_within(path, noise_directories[i]))
			return true;
	for (size_t i = 0; i < N_ITEMS(noise_suffixes); i++) {
		if (!slice_starts_with(path, noise_suffixes[i].directory))
			continue;

		struct slice name =
		    slice_after(path, noise_suffixes[i].directory.len);
		if (slice_ends_with(name, noise_suffixes[i].suffix) &&
		    !memchr(name.ptr, '/', name.len))
			return true;
	}
	return false;
}

bool
noise_may_be_policy(struct slice path)
{
	return slice_ends_with(path, SLICE("/policy-rc.d"));
}
