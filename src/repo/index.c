/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A repository's list of packages, Packages: deb822 stanzas as described in
 * the Debian wiki's RepositoryFormat, "Packages Indices".
 *
 *	Package: libssl3
 *	Source: openssl
 *	Version: 3.0.15-1~deb12u1
 *	Architecture: amd64
 *	Filename: pool/updates/main/o/openssl/libssl3_3.0.15-1~deb12u1_amd64.deb
 *	Size: 2031234
 *	SHA256: 1f0a...
 *
 * Debian's has 63,000 stanzas in 50 MB, of which an image needs a few hundred.
 * So the stanzas are told apart by their empty lines alone, and only the name
 * is read of most; those that are kept are put together to a text, which is
 * parsed at the end. What is passed over is not checked.
 */
#include "repo/index.h"

#include <stdlib.h>

#include "base/memory.h"
#include "catalog/control.h"

/* The largest stanza of Debian 12 has 30 KiB. */
#define STANZA_BYTES_MAX ((size_t)1024 * 1024)

/* Stanzas are 1 KiB; no system has more packages than a distribution, whose
 * list is 50 MB. */
#define KEPT_BYTES_MAX ((size_t)128 * 1024 * 1024)

/* What is known in the middle of a text. */
struct filter {
	const struct names *names;
	struct buf part; /* a stanza whose end has not come yet */
	struct buf kept; /* the stanzas that are wanted */
};

static void
filter_clear(struct filter *filter)
{
	buf_clear(&filter->part);
	buf_clear(&filter->kept);
}
DEFINE_CLEANUP_IN_PLACE(struct filter, filter_clear)

/* The value of Package, which Debian writes first. */
static bool
stanza_name(struct slice stanza, struct slice *ret)
{
	struct slice line;
	struct slice name;

	while (slice_split(&stanza, '\n', &line))
		if (slice_split(&line, ':', &name) &&
		    deb822_name_eq(name, SLICE("Package"))) {
			*ret = slice_trim(line);
			return true;
		}
	return false;
}

static int
stanza_filter(struct filter *filter, struct slice stanza, struct error *err)
{
	struct slice name;

	/* More than one empty line between two, or at either end. */
	while (stanza.len > 0 && *stanza.ptr == '\n')
		stanza = slice_after(stanza, 1);
	if (stanza.len == 0)
		return 0;
	if (stanza.len > STANZA_BYTES_MAX)
		return error_set(err, ERROR_LIMIT, "a stanza is too large");
	if (!stanza_name(stanza, &name))
		return error_set(err, ERROR_FORMAT, "a stanza has no Package");
	if (!names_has(filter->names, name))
		return 0;
	buf_put(&filter->kept, stanza);
	buf_put_string(&filter->kept, "\n\n");
	return buf_check(&filter->kept, err);
}

/* Takes what stands before the next empty line, with the newline that ends
 * its last line, off the front of *rest; false when there is none. */
static bool
take_stanza(struct slice *rest, struct slice *ret)
{
	struct slice left = *rest;
	const char *newline;

	while (left.len > 1 && (newline = memchr(left.ptr, '\n', left.len))) {
		size_t end = (size_t)(newline - left.ptr) + 1;

		left = slice_after(left, end);
		if (left.len == 0 || *left.ptr != '\n')
			continue;
		*ret = slice_first(*rest, rest->len - left.len);
		*rest = slice_after(left, 1);
		return true;
	}
	return false;
}

/* Ends the stanza that was begun in an earlier chunk, if this one has its
 * end, and takes that off the front of *chunk. */
static int
part_end(struct filter *filter, struct slice *chunk, struct error *err)
{
	struct buf *part = &filter->part;
	struct slice end;

	if (part->len == 0)
		return 0;
	if (part->ptr[part->len - 1] == '\n' && *chunk->ptr == '\n')
		*chunk = slice_after(*chunk, 1);
	else if (take_stanza(chunk, &end))
		buf_put(part, end);
	else
		return 0;

	if (buf_check(part, err) < 0 ||
	    stanza_filter(filter, buf_slice(part), err) < 0)
		return -1;
	part->len = 0;
	return 0;
}

static int
chunk_filter(struct filter *filter, struct slice chunk, struct error *err)
{
	struct slice stanza;

	if (part_end(filter, &chunk, err) < 0)
		return -1;
	while (filter->part.len == 0 && take_stanza(&chunk, &stanza))
		if (stanza_filter(filter, stanza, err) < 0)
			return -1;
	if (chunk.len > 0)
		buf_put(&filter->part, chunk);
	return buf_check(&filter->part, err);
}

static int
stream_filter(struct stream *packages, struct filter *filter, struct error *err)
{
	struct slice chunk;

	do {
		if (stream_next(packages, &chunk, err) < 0)
			return -1;
		if (chunk.len > 0 && chunk_filter(filter, chunk, err) < 0)
			return -1;
	} while (chunk.len > 0);
	return stanza_filter(filter, buf_slice(&filter->part), err);
}

/* Relative, printable, and without a part that is "." or ".." or empty. */
static bool
filename_ok(struct slice name)
{
	struct slice part;

	if (!slice_is_graph(name) || slice_ends_with(name, SLICE("/")))
		return false;
	/* Some archives begin them so; it is the same file. */
	if (slice_starts_with(name, SLICE("./")))
		name = slice_after(name, 2);
	while (slice_split(&name, '/', &part))
		if (part.len == 0 || slice_eq(part, SLICE(".")) ||
		    slice_eq(part, SLICE("..")))
			return false;
	return true;
}

/* The first field that cannot be; N_CONTROL_FIELDS when all is well. */
static enum control_field
package_fill(struct package *pkg, const struct slice *values)
{
	enum control_field bad = control_fill(values, pkg);

	if (bad != N_CONTROL_FIELDS)
		return bad;
	pkg->filename = values[CONTROL_FILENAME];
	if (!filename_ok(pkg->filename))
		return CONTROL_FILENAME;
	if (!slice_to_u64(values[CONTROL_SIZE], INT64_MAX, &pkg->size_bytes))
		return CONTROL_SIZE;
	if (!sha256_from_string(values[CONTROL_SHA256], &pkg->sha256))
		return CONTROL_SHA256;
	return N_CONTROL_FIELDS;
}

static int
stanzas_parse(struct slice text, uint32_t origin, struct package_list *list,
    struct error *err)
{
	struct slice values[N_CONTROL_FIELDS];
	struct reader in = reader_of(text);
	int r;

	while ((r = deb822_stanza(&in, &control_form, values, NULL, err)) > 0) {
		struct package pkg = { .type = PACKAGE_DEB, .origin = origin };
		enum control_field bad = package_fill(&pkg, values);

		if (bad != N_CONTROL_FIELDS)
			return control_error(values, bad, err);
		if (!ARRAY_GROW(list->items, list->n_items))
			return error_nomem(err);
		list->items[list->n_items++] = pkg;
	}
	return r;
}

int
index_read(struct stream *packages, const struct names *names, uint32_t origin,
    struct package_list **ret, struct error *err)
{
	CLEANUP(filter_clear)
	struct filter filter = {
		.names = names,
		.part = buf_limited(STANZA_BYTES_MAX),
		.kept = buf_limited(KEPT_BYTES_MAX),
	};
	CLEANUP(package_list_free)
	struct package_list *list = calloc(1, sizeof(*list));

	if (!list)
		return error_nomem(err);
	if (stream_filter(packages, &filter, err) < 0)
		return -1;

	size_t len = filter.kept.len;
	if (!(list->text = buf_take_string(&filter.kept)))
		return error_nomem(err);
	if (stanzas_parse(slice_of(list->text, len), origin, list, err) < 0)
		return -1;
	*ret = TAKE(list);
	return 0;
}
