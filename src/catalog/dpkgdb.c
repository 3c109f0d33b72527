/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dpkg's database of packages, var/lib/dpkg/status: deb822 stanzas of the
 * fields in deb-control(5), and Status, which is "want flag state" (dpkg(1),
 * "INFORMATION ABOUT PACKAGES").
 *
 *	Package: libssl3
 *	Status: install ok installed
 *	Architecture: amd64
 *	Multi-Arch: same
 *	Source: openssl
 *	Version: 3.0.15-1~deb12u1
 *
 * dpkg reads its own file more leniently than it writes it, with warnings; a
 * file that it would warn about is refused here, since a scanner that guesses
 * can be lied to.
 *
 * Images without dpkg ("distroless") have var/lib/dpkg/status.d instead, a
 * file for each package: its control file as it is in the .deb, which has no
 * Status, since nobody ever changed it.
 */
#include "catalog/dpkgdb.h"

#include <stdlib.h>

#include "base/memory.h"
#include "catalog/control.h"
#include "catalog/text.h"

/* Images have hundreds of packages; no distribution of Debian's has more. */
#define PACKAGES_MAX 100000

static bool
is_one_of(struct slice s, const struct slice *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_eq(s, words[i]))
			return true;
	return false;
}

/* Reads "hold ok installed"; *ret_there as the head of the header says. */
static bool
status_parse(struct slice status, struct package *pkg, bool *ret_there)
{
	static const struct slice wants[] = { SLICE("unknown"),
		SLICE("install"), SLICE("hold"), SLICE("deinstall"),
		SLICE("purge") };
	static const struct slice flags[] = { SLICE("ok"), SLICE("reinstreq") };
	static const struct slice there[] = { SLICE("half-installed"),
		SLICE("unpacked"), SLICE("half-configured"),
		SLICE("triggers-awaited"), SLICE("triggers-pending"),
		SLICE("installed") };
	static const struct slice gone[] = { SLICE("not-installed"),
		SLICE("config-files") };
	struct slice want;
	struct slice flag;

	if (!deb822_word(&status, &want) || !deb822_word(&status, &flag) ||
	    !deb822_word(&status, &pkg->state) || slice_trim(status).len > 0)
		return false;
	pkg->held = slice_eq(want, SLICE("hold"));
	*ret_there = is_one_of(pkg->state, there, N_ITEMS(there));
	return is_one_of(want, wants, N_ITEMS(wants)) &&
	    is_one_of(flag, flags, N_ITEMS(flags)) &&
	    (*ret_there || is_one_of(pkg->state, gone, N_ITEMS(gone)));
}

/* Whose Status need not be there: what has none is installed. */
enum form {
	FORM_STATUS,
	FORM_CONTROL,
};

static bool
state_parse(
    enum form form, struct slice status, struct package *pkg, bool *ret_there)
{
	if (form == FORM_CONTROL && !deb822_has(status)) {
		pkg->state = SLICE("installed");
		*ret_there = true;
		return true;
	}
	return status_parse(status, pkg, ret_there);
}

/* 1: a package that is there; 0: one that is not. */
static int
package_parse(enum form form, const struct slice *values, struct package *pkg,
    struct error *err)
{
	bool there;

	if (!slice_is_graph(values[CONTROL_PACKAGE]))
		return control_error(values, CONTROL_PACKAGE, err);
	if (!state_parse(form, values[CONTROL_STATUS], pkg, &there))
		return control_error(values, CONTROL_STATUS, err);
	if (!there)
		return 0;

	enum control_field bad = control_fill(values, pkg);
	if (bad != N_CONTROL_FIELDS)
		return control_error(values, bad, err);
	return 1;
}

/* A view of the list's text, which is ours to change. */
static struct slice
maintainer_of(struct package_list *list, struct slice value)
{
	if (value.len == 0)
		return SLICE("");
	value.len = text_make_printable(
	    list->text + (value.ptr - list->text), value.len);
	return value;
}

static int
package_add(
    struct package_list *list, const struct package *pkg, struct error *err)
{
	if (list->n_items == PACKAGES_MAX)
		return error_set(err, ERROR_LIMIT, "too many packages");
	if (!ARRAY_GROW(list->items, list->n_items))
		return error_nomem(err);
	list->items[list->n_items++] = *pkg;
	return 0;
}

static int
stanzas_parse(struct reader *in, enum form form, struct package_list *list,
    struct error *err)
{
	struct slice values[N_CONTROL_FIELDS];
	size_t line;
	int r;

	while ((r = deb822_stanza(in, &control_form, values, &line, err)) > 0) {
		struct package pkg = { .type = PACKAGE_DEB };

		r = package_parse(form, values, &pkg, err);
		if (r > 0) {
			pkg.maintainer =
			    maintainer_of(list, values[CONTROL_MAINTAINER]);
			r = package_add(list, &pkg, err);
		}
		if (r < 0)
			return error_wrap(err, "line %zu", line);
	}
	return r < 0 ? error_wrap(err, "line %zu", in->line) : 0;
}

static int
package_cmp(const void *a, const void *b)
{
	const struct package *left = *(const struct package *const *)a;
	const struct package *right = *(const struct package *const *)b;
	int r = slice_cmp(left->name, right->name);

	return r != 0 ? r : slice_cmp(left->arch, right->arch);
}

/* dpkg keeps the last of two; which one a reader of the file believes must
 * not be left to the reader. */
int
dpkgdb_check_unique(const struct package_list *list, struct error *err)
{
	const struct package **sorted =
	    calloc(list->n_items + 1, sizeof(*sorted));
	int r = 0;

	if (!sorted)
		return error_nomem(err);
	for (size_t i = 0; i < list->n_items; i++)
		sorted[i] = &list->items[i];
	qsort(sorted, list->n_items, sizeof(*sorted), package_cmp);
	for (size_t i = 1; i < list->n_items && r == 0; i++)
		if (package_cmp(&sorted[i - 1], &sorted[i]) == 0)
			r = error_set(err, ERROR_FORMAT,
			    SLICE_FMT ":" SLICE_FMT " is there twice",
			    SLICE_ARG(sorted[i]->name),
			    SLICE_ARG(sorted[i]->arch));
	free(sorted);
	return r;
}

static int
text_parse(struct slice text, enum form form, struct package_list **ret,
    struct error *err)
{
	CLEANUP(package_list_free)
	struct package_list *list = calloc(1, sizeof(*list));

	if (!list || !(list->text = slice_copy(text)))
		return error_nomem(err);

	struct reader in = reader_of(slice_of(list->text, text.len));
	if (stanzas_parse(&in, form, list, err) < 0)
		return -1;
	if (dpkgdb_check_unique(list, err) < 0)
		return error_wrap(err, "line %zu", in.line);
	*ret = TAKE(list);
	return 0;
}

int
dpkgdb_parse(struct slice status, struct package_list **ret, struct error *err)
{
	return text_parse(status, FORM_STATUS, ret, err);
}

int
dpkgdb_parse_control(
    struct slice control, struct package_list **ret, struct error *err)
{
	return text_parse(control, FORM_CONTROL, ret, err);
}

struct slice
dpkgdb_native_arch(const struct package_list *list)
{
	for (size_t i = 0; i < list->n_items; i++)
		if (list->items[i].type == PACKAGE_DEB &&
		    slice_eq(list->items[i].name, SLICE("dpkg")))
			return list->items[i].arch;
	return slice_of(NULL, 0);
}

bool
dpkgdb_has_foreign_arch(struct slice arch_file, struct slice native)
{
	struct slice word;

	while (deb822_word(&arch_file, &word))
		if (!slice_eq(word, native))
			return true;
	return false;
}
