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

#include "catalog/deb822.h"
#include "catalog/package_index.h"

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

static void
mark(struct package_list *list, const struct package_index *index,
    const struct slice *values)
{
	struct slice arch = values[FIELD_ARCHITECTURE];
	uint32_t i = package_index_find(index, values[FIELD_PACKAGE]);

	for (; i != PACKAGE_INDEX_NONE; i = package_index_before(index, i)) {
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
	CLEANUP(package_index_clear) struct package_index index = { 0 };
	struct slice values[N_FIELDS];
	struct reader in = reader_of(text);
	int r;

	if (package_index_fill(&index, list, err) < 0)
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
