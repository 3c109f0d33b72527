/* SPDX-License-Identifier: Apache-2.0 */
#include "jail/attributes.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/xattr.h>

#include "base/memory.h"

/* The kernel's XATTR_LIST_MAX and XATTR_SIZE_MAX. */
#define NAMES_MAX_BYTES ((size_t)65536)
#define VALUE_MAX_BYTES ((size_t)65536)

static bool
is_kept(struct slice name)
{
	return slice_eq(name, SLICE("security.capability")) ||
	    slice_starts_with(name, SLICE("user."));
}

static int
compare_names(const void *a, const void *b)
{
	return slice_cmp(((const struct tar_xattr *)a)->name,
	    ((const struct tar_xattr *)b)->name);
}

/* name is followed by a NUL. */
static int
add_value(const char *path, struct slice name, struct attributes *to,
    struct error *err)
{
	char *value = malloc(VALUE_MAX_BYTES);

	if (!value || !ARRAY_GROW(to->items, to->n_items)) {
		free(value);
		return error_nomem(err);
	}
	ssize_t n = lgetxattr(path, name.ptr, value, VALUE_MAX_BYTES);
	if (n < 0) {
		(void)error_errno(err, "%s: %s", path, name.ptr);
		free(value);
		return -1;
	}
	char *shrunk = realloc(value, n > 0 ? (size_t)n : 1);
	to->items[to->n_items++] = (struct tar_xattr){
		.name = name,
		.value = slice_of(shrunk ? shrunk : value, (size_t)n),
	};
	return 0;
}

int
attributes_read(const char *path, struct attributes *ret, struct error *err)
{
	CLEANUP(attributes_clear) struct attributes found = { 0 };
	ssize_t n = llistxattr(path, NULL, 0);

	if (n == 0 || (n < 0 && errno == ENOTSUP)) {
		*ret = (struct attributes){ 0 };
		return 0;
	}
	if (n < 0)
		return error_errno(err, "%s", path);
	found.names = malloc(NAMES_MAX_BYTES);
	if (!found.names)
		return error_nomem(err);
	n = llistxattr(path, found.names, NAMES_MAX_BYTES);
	if (n < 0)
		return error_errno(err, "%s", path);

	struct slice rest = slice_of(found.names, (size_t)n);
	struct slice name;
	while (slice_split(&rest, '\0', &name))
		if (is_kept(name) && add_value(path, name, &found, err) < 0)
			return -1;
	if (found.n_items > 1)
		qsort(found.items, found.n_items, sizeof(*found.items),
		    compare_names);
	*ret = found;
	found = (struct attributes){ 0 };
	return 0;
}

bool
attributes_eq(const struct attributes *a, const struct attributes *b)
{
	if (a->n_items != b->n_items)
		return false;
	for (size_t i = 0; i < a->n_items; i++)
		if (!slice_eq(a->items[i].name, b->items[i].name) ||
		    !slice_eq(a->items[i].value, b->items[i].value))
			return false;
	return true;
}

void
attributes_clear(struct attributes *attributes)
{
	for (size_t i = 0; i < attributes->n_items; i++)
		free((char *)attributes->items[i].value.ptr);
	free(attributes->items);
	free(attributes->names);
	*attributes = (struct attributes){ 0 };
}
