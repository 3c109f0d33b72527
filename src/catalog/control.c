/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of a binary package: deb-control(5), as they stand in dpkg's
 * database and in the indexes of a repository.
 *
 *	Package: libssl3
 *	Source: openssl (3.0.15-1)
 *	Version: 3.0.15-1+b1
 *	Architecture: amd64
 *	Multi-Arch: same
 *	Depends: libc6 (>= 2.34)
 *
 * Relations are only checked for bytes that cannot be shown; who wants to
 * know what they say parses them.
 */
#include "catalog/control.h"

#include "base/memory.h"

static const struct slice names[N_CONTROL_FIELDS] = {
	[CONTROL_PACKAGE] = SLICE("Package"),
	[CONTROL_VERSION] = SLICE("Version"),
	[CONTROL_ARCHITECTURE] = SLICE("Architecture"),
	[CONTROL_SOURCE] = SLICE("Source"),
	[CONTROL_ESSENTIAL] = SLICE("Essential"),
	[CONTROL_MULTI_ARCH] = SLICE("Multi-Arch"),
	[CONTROL_PRE_DEPENDS] = SLICE("Pre-Depends"),
	[CONTROL_DEPENDS] = SLICE("Depends"),
	[CONTROL_RECOMMENDS] = SLICE("Recommends"),
	[CONTROL_PROVIDES] = SLICE("Provides"),
	[CONTROL_BREAKS] = SLICE("Breaks"),
	[CONTROL_CONFLICTS] = SLICE("Conflicts"),
	[CONTROL_STATUS] = SLICE("Status"),
	[CONTROL_MAINTAINER] = SLICE("Maintainer"),
	[CONTROL_FILENAME] = SLICE("Filename"),
	[CONTROL_SIZE] = SLICE("Size"),
	[CONTROL_SHA256] = SLICE("SHA256"),
};

const struct deb822_form control_form = {
	.names = names,
	.n_names = N_CONTROL_FIELDS,
};

struct slice
control_name(enum control_field field)
{
	return (size_t)field < N_ITEMS(names) ? names[field] : SLICE("?");
}

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9');
}

static bool
is_name_char(char c)
{
	return is_alnum(c) || c == '-' || c == '+' || c == '.' || c == '_';
}

/* What dpkg takes for the name of a package or of an architecture. */
static bool
name_ok(struct slice name)
{
	if (name.len == 0 || !is_alnum(name.ptr[0]))
		return false;
	for (size_t i = 1; i < name.len; i++)
		if (!is_name_char(name.ptr[i]))
			return false;
	return true;
}

/* "openssl" or "openssl (3.0.15-1)"; what it lacks is the package's own. */
static bool
source_parse(struct slice text, struct package *pkg)
{
	struct slice name;

	pkg->source = pkg->name;
	pkg->source_version = pkg->version;
	if (!deb822_word(&text, &name))
		return true;
	pkg->source = name;
	text = slice_trim(text);
	if (text.len == 0)
		return name_ok(name);

	if (text.len < 2 || *text.ptr != '(' || text.ptr[text.len - 1] != ')')
		return false;
	pkg->source_version =
	    slice_trim(slice_first(slice_after(text, 1), text.len - 2));
	return name_ok(name) && slice_is_graph(pkg->source_version);
}

static bool
multi_arch_parse(struct slice text, struct package *pkg)
{
	if (text.len == 0 || slice_eq(text, SLICE("no")))
		return true;
	pkg->multi_arch = text;
	return slice_eq(text, SLICE("same")) ||
	    slice_eq(text, SLICE("foreign")) ||
	    slice_eq(text, SLICE("allowed"));
}

static bool
essential_parse(struct slice text, struct package *pkg)
{
	pkg->essential = slice_eq(text, SLICE("yes"));
	return pkg->essential || text.len == 0 || slice_eq(text, SLICE("no"));
}

static enum control_field
relations_fill(const struct slice *values, struct package *pkg)
{
	pkg->pre_depends = values[CONTROL_PRE_DEPENDS];
	pkg->depends = values[CONTROL_DEPENDS];
	pkg->recommends = values[CONTROL_RECOMMENDS];
	pkg->provides = values[CONTROL_PROVIDES];
	pkg->breaks = values[CONTROL_BREAKS];
	pkg->conflicts = values[CONTROL_CONFLICTS];
	for (enum control_field i = CONTROL_PRE_DEPENDS; i <= CONTROL_CONFLICTS;
	     i++)
		if (!slice_is_lines(values[i]))
			return i;
	return N_CONTROL_FIELDS;
}

enum control_field
control_fill(const struct slice *values, struct package *pkg)
{
	pkg->name = values[CONTROL_PACKAGE];
	pkg->multi_arch = SLICE("");
	pkg->version = values[CONTROL_VERSION];
	pkg->arch = values[CONTROL_ARCHITECTURE];
	if (!name_ok(pkg->name))
		return CONTROL_PACKAGE;
	if (!slice_is_graph(pkg->version))
		return CONTROL_VERSION;
	if (!name_ok(pkg->arch))
		return CONTROL_ARCHITECTURE;
	if (!source_parse(values[CONTROL_SOURCE], pkg))
		return CONTROL_SOURCE;
	if (!essential_parse(values[CONTROL_ESSENTIAL], pkg))
		return CONTROL_ESSENTIAL;
	if (!multi_arch_parse(values[CONTROL_MULTI_ARCH], pkg))
		return CONTROL_MULTI_ARCH;
	return relations_fill(values, pkg);
}

int
control_error(
    const struct slice *values, enum control_field bad, struct error *err)
{
	struct slice name = values[CONTROL_PACKAGE];

	if (!name_ok(name))
		name = SLICE("a package");
	return error_set(err, ERROR_FORMAT, SLICE_FMT ": " SLICE_FMT " is %s",
	    SLICE_ARG(name), SLICE_ARG(control_name(bad)),
	    deb822_has(values[bad]) ? "broken" : "missing");
}
