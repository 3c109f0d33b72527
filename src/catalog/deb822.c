/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stanzas of Debian's control files: deb822(5), and Debian policy 5.1.
 * Stanzas are separated by empty lines; a line that begins with a blank
 * continues the field before it.
 *
 *	Package: zlib1g
 *	Version: 1:1.2.13.dfsg-1
 *	Description: compression library - runtime
 *	 zlib is a library implementing the deflate compression method.
 *
 * Nothing is copied or unfolded, and the fields that nobody asked for are
 * passed over: what Packages has most of.
 */
#include "catalog/deb822.h"

/* Where the value of a field is that a stanza lacks. */
static const char absent[] = "";

bool
deb822_has(struct slice value)
{
	return value.ptr != absent;
}

static char
lower(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c | 0x20);
	return c;
}

bool
deb822_name_eq(struct slice a, struct slice b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.ptr[i]) != lower(b.ptr[i]))
			return false;
	return true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_comment(const struct deb822_form *form, struct slice line)
{
	return form->handwritten && line.len > 0 && line.ptr[0] == '#';
}

static bool
line_ends_stanza(const struct deb822_form *form, struct slice line)
{
	return line.len == 0 ||
	    (form->handwritten && slice_eq(line, SLICE("\r")));
}

/* Splits "Name: value"; dpkg allows blanks before the colon. */
static bool
field_split(struct slice line, struct slice *name, struct slice *value)
{
	struct slice rest = line;

	if (!slice_split(&rest, ':', name) || name->len == line.len)
		return false;
	while (name->len > 0 && is_blank(name->ptr[name->len - 1]))
		name->len--;
	*value = rest;
	return slice_is_graph(*name) && name->ptr[0] != '-' &&
	    name->ptr[0] != '#';
}

static size_t
field_find(const struct deb822_form *form, struct slice name)
{
	size_t i = 0;

	while (i < form->n_names && !deb822_name_eq(form->names[i], name))
		i++;
	return i;
}

/* Takes the lines that continue a field, so that value ends with them. */
static int
value_continue(struct reader *in, const struct deb822_form *form,
    struct slice *value, struct error *err)
{
	const char *start = value->ptr;

	while (in->rest.len > 0) {
		struct slice line;
		struct reader ahead = *in;

		(void)reader_line(&ahead, &line);
		if (!is_comment(form, line) &&
		    (line.len == 0 || !is_blank(line.ptr[0])))
			return 0;
		*in = ahead;
		if (!form->handwritten && slice_trim(line).len == 0)
			return error_set(
			    err, ERROR_FORMAT, "blank line in a value");
		*value = slice_of(start, (size_t)(line.ptr + line.len - start));
	}
	return 0;
}

static int
field_read(struct reader *in, const struct deb822_form *form, struct slice line,
    struct slice *values, struct error *err)
{
	struct slice name;
	struct slice value;

	if (!field_split(line, &name, &value))
		return error_set(err, ERROR_FORMAT, "not \"Name: value\"");

	size_t i = field_find(form, name);
	struct slice dropped = slice_of(absent, 0);
	struct slice *kept = i < form->n_names ? &values[i] : &dropped;

	if (deb822_has(*kept))
		return error_set(err, ERROR_FORMAT, SLICE_FMT " is there twice",
		    SLICE_ARG(name));
	if (value_continue(in, form, &value, err) < 0)
		return -1;
	*kept = slice_trim(value);
	return 0;
}

/* Goes on to the first line of a stanza; false when there is none. */
static bool
stanza_begin(
    struct reader *in, const struct deb822_form *form, struct slice *line)
{
	while (reader_line(in, line))
		if (!line_ends_stanza(form, *line) && !is_comment(form, *line))
			return true;
	return false;
}

int
deb822_stanza(struct reader *in, const struct deb822_form *form,
    struct slice *values, size_t *ret_line, struct error *err)
{
	struct slice line;

	for (size_t i = 0; i < form->n_names; i++)
		values[i] = slice_of(absent, 0);
	if (!stanza_begin(in, form, &line))
		return 0;
	if (ret_line)
		*ret_line = in->line;

	do {
		if (line_ends_stanza(form, line))
			return 1;
		if (!is_comment(form, line) &&
		    field_read(in, form, line, values, err) < 0)
			return -1;
	} while (reader_line(in, &line));
	return 1;
}

static bool
is_space(char c)
{
	return is_blank(c) || c == '\n' || c == '\r';
}

bool
deb822_word(struct slice *value, struct slice *ret)
{
	bool line_begins = false; /* a value begins after its "Name:" */
	size_t i = 0;

	for (; i < value->len; i++) {
		char c = value->ptr[i];

		if (line_begins && c == '#') {
			struct slice rest = slice_after(*value, i);
			struct slice comment;

			(void)slice_split(&rest, '\n', &comment);
			i += comment.len;
		} else if (!is_space(c)) {
			break;
		}
		line_begins = i < value->len && value->ptr[i] == '\n';
	}

	struct slice word = slice_after(*value, i);
	size_t len = 0;
	while (len < word.len && !is_space(word.ptr[len]))
		len++;
	*ret = slice_first(word, len);
	*value = slice_after(word, len);
	return len > 0;
}
