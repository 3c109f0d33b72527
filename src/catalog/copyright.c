/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Debian's machine-readable copyright files (copyright format 1.0, "DEP-5"):
 * paragraphs of fields, the first of which has a Format field with the
 * address of the specification. The first line of a License field is the
 * short name of a licence, or names joined by "or" and "and".
 *
 *	Format:
 *https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
 *
 *	Files: *
 *	Copyright: 1995-2022 Jean-loup Gailly and Mark Adler
 *	License: Zlib
 *	 This software is provided 'as-is'...
 *
 * People write these by hand, so what is not a field is passed over; and all
 * other files are free text, of which nothing is guessed.
 */
#include "catalog/copyright.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/reader.h"
#include "catalog/deb822.h"

/* The kernel's has 40; each is looked for among those before it. */
#define LICENCES_MAX 64

/* Longer ones are sentences, not names. */
#define LICENCE_BYTES_MAX 200

struct licences {
	struct slice items[LICENCES_MAX];
	size_t n_items;
};

static bool
field_is(struct slice line, struct slice name, struct slice *ret_value)
{
	struct slice field;
	struct slice rest = line;

	if (line.len == 0 || line.ptr[0] == ' ' || line.ptr[0] == '\t' ||
	    !slice_split(&rest, ':', &field) || field.len == line.len ||
	    !deb822_name_eq(slice_trim(field), name))
		return false;
	*ret_value = slice_trim(rest);
	return true;
}

/* The Format field is in the first paragraph. */
static bool
is_machine_readable(struct slice text)
{
	struct reader in = reader_of(text);
	struct slice line;
	struct slice value;

	if (!reader_skip_empty(&in))
		return false;
	while (reader_line(&in, &line) && slice_trim(line).len > 0)
		if ((field_is(line, SLICE("Format"), &value) ||
			field_is(
			    line, SLICE("Format-Specification"), &value)) &&
		    value.len > 0)
			return true;
	return false;
}

static bool
licences_add(struct licences *licences, struct slice name)
{
	for (size_t i = 0; i < licences->n_items; i++)
		if (slice_eq(licences->items[i], name))
			return true;
	if (licences->n_items == LICENCES_MAX || name.len > LICENCE_BYTES_MAX ||
	    !slice_is_print(name))
		return false;
	licences->items[licences->n_items++] = name;
	return true;
}

static bool
licences_read(struct slice text, struct licences *licences)
{
	struct reader in = reader_of(text);
	struct slice line;
	struct slice name;

	while (reader_line(&in, &line))
		if (field_is(line, SLICE("License"), &name) && name.len > 0 &&
		    !licences_add(licences, name))
			return false;
	return true;
}

static int
name_cmp(const void *a, const void *b)
{
	const struct slice *left = a;
	const struct slice *right = b;

	return slice_cmp(*left, *right);
}

static bool
is_choice(struct slice name)
{
	return memmem(name.ptr, name.len, " or ", 4) ||
	    memmem(name.ptr, name.len, " OR ", 4);
}

static void
licence_put(struct slice name, bool alone, struct buf *out)
{
	bool parenthesize = !alone && is_choice(name);

	if (parenthesize)
		buf_put(out, SLICE("("));
	buf_put(out, name);
	if (parenthesize)
		buf_put(out, SLICE(")"));
}

void
copyright_licences(struct slice text, struct buf *out)
{
	struct licences licences = { 0 };

	if (!is_machine_readable(text) || !licences_read(text, &licences))
		return;
	if (licences.n_items > 0)
		qsort(licences.items, licences.n_items,
		    sizeof(licences.items[0]), name_cmp);
	for (size_t i = 0; i < licences.n_items; i++) {
		if (i > 0)
			buf_put(out, SLICE(" AND "));
		licence_put(licences.items[i], licences.n_items == 1, out);
	}
}
