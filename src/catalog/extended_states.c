/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What apt knows of installed packages that dpkg does not,
 * var/lib/apt/extended_states: deb822 stanzas (apt-mark(8)).
 *
 *	Package: libssl3
 *	Architecture: amd64
 *	Auto-Installed: 1
 *
 * A package of architecture "all" stands there under the native one.
 */
#include "catalog/extended_states.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/names.h"
#include "catalog/deb822.h"

enum field {
	FIELD_PACKAGE,
	FIELD_ARCHITECTURE,
	FIELD_AUTO_INSTALLED,
	N_FIELDS,
};

static const struct slice field_names[N_FIELDS] = {
	[FIELD_PACKAGE] = SLICE("Package"),
	[FIELD_ARCHITECTURE] = SLICE("Architecture"),
	[FIELD_AUTO_INSTALLED] = SLICE("Auto-Installed"),
};

static const struct deb822_form form = {
	.names = field_names,
	.n_names = N_FIELDS,
};

/* The packages by name: the last of each, and for each the one before it. */
struct by_name {
	struct names names;
	uint32_t *before;
};

static void
by_name_clear(struct by_name *index)
{
	names_clear(&index->names);
	free(index->before);
}
DEFINE_CLEANUP_IN_PLACE(struct by_name, by_name_clear)

static int
by_name_fill(
    struct by_name *index, const struct package_list *list, struct error *err)
{
	index->before = calloc(list->n_items + 1, sizeof(*index->before));
	if (!index->before)
		return error_nomem(err);
	for (size_t i = 0; i < list->n_items; i++) {
		uint32_t *number = names_at(&index->names, list->items[i].name);

		if (!number)
			return error_nomem(err);
		index->before[i] = *number;
		*number = (uint32_t)i;
	}
	return 0;
}

static void
mark(struct package_list *list, const struct by_name *index,
    const struct slice *values)
{
	struct slice arch = values[FIELD_ARCHITECTURE];
	uint32_t i = names_find(&index->names, values[FIELD_PACKAGE]);

	for (; i != NAMES_NONE; i = index->before[i]) {
		struct package *pkg = &list->items[i];

		if (pkg->type == PACKAGE_DEB &&
		    (arch.len == 0 || slice_eq(arch, pkg->arch) ||
			slice_eq(pkg->arch, SLICE("all"))))
			pkg->automatic = true;
	}
}

int
extended_states_apply(
    struct slice text, struct package_list *list, struct error *err)
{
	CLEANUP(by_name_clear) struct by_name index = { 0 };
	struct slice values[N_FIELDS];
	struct reader in = reader_of(text);
	int r;

	if (by_name_fill(&index, list, err) < 0)
		return -1;
	while ((r = deb822_stanza(&in, &form, values, NULL, err)) > 0) {
		if (values[FIELD_PACKAGE].len == 0)
			return error_set(
			    err, ERROR_FORMAT, "line %zu: no Package", in.line);
		if (slice_eq(values[FIELD_AUTO_INSTALLED], SLICE("1")))
			mark(list, &index, values);
	}
	return r < 0 ? error_wrap(err, "line %zu", in.line) : 0;
}
