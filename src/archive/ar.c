/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ar, as deb(5) has it: "!<arch>\n", then for each member a header of 60
 * bytes, all text, padded with spaces, and the content, padded with a newline
 * to an even length:
 *
 *	debian-binary   1342943816  0     0     100644  4         `
 *	2.0
 *	control.tar.xz  1342943816  0     0     100644  8716      `
 *
 * A slash after a name, as SysV writes it, is dropped, as dpkg does. Names
 * too long for their field ("//", "/12", "#1/20") are not read, nor does dpkg
 * read them; owners, times and modes say nothing in a package.
 */
#include "archive/ar.h"

#include <stdlib.h>

#include "archive/cursor.h"
#include "archive/printable.h"

#define GLOBAL_HEADER SLICE("!<arch>\n")
#define HEADER_BYTES  ((size_t)60)
#define SIZE_OFFSET   ((size_t)48)
#define SIZE_DIGITS   ((size_t)10)

/* A package has three, and dpkg-sig or debsigs add a few. */
#define MEMBERS_MAX 64

struct ar_reader {
	struct stream stream; /* over the member's content */
	struct cursor at;
	char name[AR_NAME_BYTES];
	uint64_t left; /* of the member's content */
	bool padded;   /* a newline follows the content */
	bool begun;
	size_t n_members;
	char header[HEADER_BYTES];
};

int
ar_reader_data(struct ar_reader *in, struct slice *ret, struct error *err)
{
	if (in->left == 0) {
		*ret = slice_of(NULL, 0);
		return 0;
	}
	if (cursor_show(&in->at, in->left, ret, err) < 0)
		return -1;
	if (ret->len == 0)
		return error_set(err, ERROR_FORMAT, "ar: cut off");
	in->left -= ret->len;
	return 0;
}

static int
ar_stream_next(struct stream *self, struct slice *ret, struct error *err)
{
	return ar_reader_data((struct ar_reader *)self, ret, err);
}

struct ar_reader *
ar_reader_new(struct stream *source, struct error *err)
{
	struct ar_reader *in = calloc(1, sizeof(*in));

	if (!in) {
		(void)error_nomem(err);
		return NULL;
	}
	in->stream.next = ar_stream_next;
	in->at.source = source;
	return in;
}

static int
begin(struct ar_reader *in, struct error *err)
{
	struct slice magic;

	if (cursor_take(&in->at, GLOBAL_HEADER.len, in->header, &magic, err) <
	    0)
		return -1;
	if (!slice_eq(magic, GLOBAL_HEADER))
		return error_set(err, ERROR_FORMAT, "not an ar archive");
	in->begun = true;
	return 0;
}

/* Passes over what is left of the member. The last may lack its newline. */
static int
member_end(struct ar_reader *in, struct error *err)
{
	uint64_t missing;

	if (cursor_skip(&in->at, in->left, &missing, err) < 0)
		return -1;
	if (missing > 0)
		return error_set(err, ERROR_FORMAT, "ar: cut off");
	in->left = 0;
	if (in->padded && cursor_skip(&in->at, 1, &missing, err) < 0)
		return -1;
	in->padded = false;
	return 0;
}

/* Without the spaces after it, and without SysV's slash. */
static int
name_parse(struct slice field, struct slice *ret, struct error *err)
{
	struct slice name = field;

	while (name.len > 0 && name.ptr[name.len - 1] == ' ')
		name = slice_first(name, name.len - 1);
	if (slice_starts_with(name, SLICE("#1/")) ||
	    slice_starts_with(name, SLICE("/")))
		return error_set(err, ERROR_UNSUPPORTED,
		    "ar: a name outside its header, or an index");
	if (slice_ends_with(name, SLICE("/")))
		name = slice_first(name, name.len - 1);
	if (!slice_is_graph(name) || memchr(name.ptr, '/', name.len))
		return error_set(err, ERROR_FORMAT, "ar: \"%s\" is not a name",
		    printable_of(name).text);
	*ret = name;
	return 0;
}

static int
header_parse(struct ar_reader *in, struct slice header, struct ar_member *ret,
    struct error *err)
{
	struct slice digits =
	    slice_first(slice_after(header, SIZE_OFFSET), SIZE_DIGITS);
	struct slice name;

	if (header.len < HEADER_BYTES)
		return error_set(err, ERROR_FORMAT, "ar: cut off in a header");
	if (!slice_ends_with(header, SLICE("`\n")))
		return error_set(err, ERROR_FORMAT, "ar: not a header");
	if (name_parse(slice_first(header, AR_NAME_BYTES), &name, err) < 0)
		return -1;
	while (digits.len > 0 && digits.ptr[digits.len - 1] == ' ')
		digits = slice_first(digits, digits.len - 1);
	if (!slice_to_u64(digits, UINT64_MAX, &in->left))
		return error_set(err, ERROR_FORMAT,
		    "ar: \"" SLICE_FMT "\" has no size", SLICE_ARG(name));

	in->padded = in->left % 2 != 0;
	memcpy(in->name, name.ptr, name.len);
	ret->name = slice_of(in->name, name.len);
	ret->size_bytes = in->left;
	return 0;
}

int
ar_reader_next(struct ar_reader *in, struct ar_member *ret, struct error *err)
{
	struct slice header;

	if (!in->begun && begin(in, err) < 0)
		return -1;
	if (member_end(in, err) < 0 ||
	    cursor_take(&in->at, HEADER_BYTES, in->header, &header, err) < 0)
		return -1;
	if (header.len == 0)
		return 0;
	if (in->n_members == MEMBERS_MAX)
		return error_set(
		    err, ERROR_LIMIT, "ar: over %d members", MEMBERS_MAX);
	if (header_parse(in, header, ret, err) < 0)
		return -1;
	in->n_members++;
	return 1;
}

struct stream *
ar_reader_stream(struct ar_reader *in)
{
	return &in->stream;
}

void
ar_reader_free(struct ar_reader *in)
{
	free(in);
}
