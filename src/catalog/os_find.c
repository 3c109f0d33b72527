/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/os_find.h"

#include "catalog/lookup.h"
#include "catalog/os_guess.h"

/* 1 when an os-release was there. */
static int
os_release_read(
    const struct tree *tree, struct os_release **ret, struct error *err)
{
	struct tree_file file;
	int r = lookup_file(tree, SLICE("etc/os-release"), &file, err);

	if (r == 0)
		r = lookup_file(tree, SLICE("usr/lib/os-release"), &file, err);
	if (r > 0 && os_release_parse(file.content, ret, err) < 0)
		return error_wrap(err, SLICE_FMT, SLICE_ARG(file.path));
	return r;
}

/* What cannot be found tells as little as what is not there: 1, or 0. */
static int
hint_find(const struct tree *tree, enum os_guess_file hint,
    struct tree_file *ret, struct error *err)
{
	int r = lookup_file(tree, os_guess_path(hint), ret, err);

	return r < 0 && err->kind != ERROR_NOMEM ? 0 : r;
}

static int
os_guess(const struct tree *tree, struct os_release **ret, struct error *err)
{
	for (enum os_guess_file i = 0; i < N_OS_GUESS_FILES && !*ret; i++) {
		struct tree_file file;
		int r = hint_find(tree, i, &file, err);

		if (r < 0 ||
		    (r > 0 && os_guess_parse(i, file.content, ret, err) < 0))
			return -1;
	}
	return 0;
}

/* etc/debian_version, which no os-release has. */
static int
point_read(const struct tree *tree, struct os_release **os, struct error *err)
{
	struct tree_file file;
	int r = hint_find(tree, OS_GUESS_DEBIAN_VERSION, &file, err);

	return r > 0 ? os_release_add_point(os, file.content, err) : r;
}

int
os_find(const struct tree *tree, struct os_release **ret, struct error *err)
{
	CLEANUP(os_release_free) struct os_release *os = NULL;
	int r = os_release_read(tree, &os, err);

	if (r == 0)
		r = os_guess(tree, &os, err);
	if (r < 0 || (os && point_read(tree, &os, err) < 0))
		return -1;
	*ret = TAKE(os);
	return 0;
}
