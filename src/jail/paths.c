/* SPDX-License-Identifier: Apache-2.0 */
/* Over tsearch(3), which balances: paths that come sorted cost no more. */
#include "jail/paths.h"

#include <search.h>
#include <stdlib.h>

#include "base/memory.h"

struct path {
	size_t len;
	char bytes[];
};

static struct slice
path_slice(const struct path *path)
{
	return slice_of(path->bytes, path->len);
}

/* Two members; and, to find without a copy, a slice and a member. */
static int
compare_paths(const void *a, const void *b)
{
	return slice_cmp(path_slice(a), path_slice(b));
}

static int
compare_key(const void *key, const void *member)
{
	return slice_cmp(*(const struct slice *)key, path_slice(member));
}

int
paths_add(struct paths *paths, struct slice path, struct error *err)
{
	struct path *copy = malloc(sizeof(*copy) + path.len);

	if (!copy)
		return error_nomem(err);
	copy->len = path.len;
	if (path.len > 0)
		memcpy(copy->bytes, path.ptr, path.len);

	struct path **found = tsearch(copy, &paths->tree, compare_paths);
	if (found && *found == copy)
		return 0;
	free(copy);
	return found ? 0 : error_nomem(err);
}

bool
paths_has(const struct paths *paths, struct slice path)
{
	return tfind(&path, &paths->tree, compare_key) != NULL;
}

void
paths_clear(struct paths *paths)
{
	tdestroy(paths->tree, free);
	paths->tree = NULL;
}
