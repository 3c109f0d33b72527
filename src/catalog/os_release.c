/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a system says it is, os-release(5): shell assignments of constants,
 * one a line, with comments.
 *
 *	PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
 *	ID=debian
 *	VERSION_ID="12"
 *	VERSION_CODENAME=bookworm
 *
 * A name that is set twice has the last value, as in a shell. What a shell
 * would expand ($, `) stands for itself when escaped, and is refused when not.
 */
#include "catalog/os_release.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "base/reader.h"

/* The largest seen has 3 KiB; a page for each is plenty. */
#define OS_RELEASE_BYTES_MAX ((size_t)64 * 1024)

#define TAG SLICE("fOS2")

static const struct {
	struct slice name;
	size_t offset;
} fields[] = {
	{ SLICE("ID"), offsetof(struct os_release, id) },
	{ SLICE("ID_LIKE"), offsetof(struct os_release, id_like) },
	{ SLICE("VERSION_ID"), offsetof(struct os_release, version_id) },
	{ SLICE("VERSION_CODENAME"),
	    offsetof(struct os_release, version_codename) },
	{ SLICE("PRETTY_NAME"), offsetof(struct os_release, pretty_name) },
};

static struct slice *
field_at(struct os_release *os, size_t i)
{
	return (struct slice *)(void *)((char *)os + fields[i].offset);
}

/* How a shell stands while it reads a word. */
struct unquote {
	struct buf *out;
	char quote; /* ' or ", or 0 outside of both */
	bool escaped;
};

static void
unquote_escaped(struct unquote *state, char c)
{
	/* Within "", a backslash only escapes these and is itself else. */
	if (state->quote == '"' && !strchr("\"$`\\", c))
		buf_put_u8(state->out, '\\');
	buf_put_u8(state->out, (uint8_t)c);
	state->escaped = false;
}

/* Whether a shell that is not within '' takes c for more than itself. */
static bool
is_special(const struct unquote *state, char c)
{
	return strchr("\\$`", c) ||
	    (state->quote == 0 && strchr("'\" \t;&|<>()", c));
}

/* False for what a shell would end the word at, or expand. */
static bool
unquote_char(struct unquote *state, char c)
{
	if (state->escaped) {
		unquote_escaped(state, c);
	} else if (c == state->quote) {
		state->quote = 0;
	} else if (state->quote == '\'' || !is_special(state, c)) {
		buf_put_u8(state->out, (uint8_t)c);
	} else if (c == '\\') {
		state->escaped = true;
	} else if (c == '\'' || c == '"') {
		state->quote = c;
	} else {
		return false;
	}
	return true;
}

/* Puts what value stands for into out. */
static bool
value_unquote(struct slice value, struct buf *out)
{
	struct unquote state = { .out = out };

	for (size_t i = 0; i < value.len; i++)
		if (value.ptr[i] == '\0' || !unquote_char(&state, value.ptr[i]))
			return false;
	return state.quote == 0 && !state.escaped;
}

static bool
name_ok(struct slice name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') &&
		    c != '_' && (i == 0 || c < '0' || c > '9'))
			return false;
	}
	return name.len > 0;
}

static int
line_parse(struct slice line, struct os_release *os, struct buf *text,
    struct error *err)
{
	struct slice name;
	size_t start = text->len;

	line = slice_trim(line);
	if (line.len == 0 || line.ptr[0] == '#')
		return 0;
	if (!memchr(line.ptr, '=', line.len) ||
	    !slice_split(&line, '=', &name) || !name_ok(name))
		return error_set(err, ERROR_FORMAT, "not NAME=value");
	if (!value_unquote(line, text))
		return error_set(err, ERROR_FORMAT, "not a quoted value");

	/* out never grows beyond its first size, so views into it hold. */
	struct slice value = slice_after(buf_slice(text), start);
	for (size_t i = 0; i < N_ITEMS(fields); i++) {
		if (!slice_eq(name, fields[i].name))
			continue;
		if (!slice_is_print(value))
			return error_set(err, ERROR_FORMAT,
			    SLICE_FMT " is not printable", SLICE_ARG(name));
		*field_at(os, i) = value;
	}
	return 0;
}

int
os_release_parse(struct slice text, struct os_release **ret, struct error *err)
{
	CLEANUP(buf_clear) struct buf values = { 0 };
	CLEANUP(os_release_free)
	struct os_release *os = calloc(1, sizeof(*os));
	struct reader in = reader_of(text);
	struct slice line;

	if (text.len > OS_RELEASE_BYTES_MAX)
		return error_set(err, ERROR_LIMIT, "os-release is too large");
	/* No value is longer than what it was read from. */
	if (!os || !buf_reserve(&values, text.len + 1))
		return error_nomem(err);
	os->id = SLICE("linux");
	while (reader_line(&in, &line))
		if (line_parse(line, os, &values, err) < 0)
			return error_wrap(err, "line %zu", in.line);
	if (!(os->text = buf_take_string(&values)))
		return error_nomem(err);
	*ret = TAKE(os);
	return 0;
}

void
os_release_encode(const struct os_release *os, struct buf *out)
{
	const struct slice values[] = { os->id, os->id_like, os->version_id,
		os->version_codename, os->pretty_name, os->point_release };

	buf_put(out, TAG);
	for (size_t i = 0; i < N_ITEMS(values); i++)
		buf_put_sized(out, values[i]);
}

int
os_release_decode(
    struct slice bytes, struct os_release **ret, struct error *err)
{
	CLEANUP(os_release_free)
	struct os_release *os = calloc(1, sizeof(*os));
	struct slice tag;

	if (!os || !(os->text = slice_copy(bytes)))
		return error_nomem(err);

	struct bytes_reader in = bytes_reader_of(slice_of(os->text, bytes.len));
	bool ok = bytes_take(&in, TAG.len, &tag) && slice_eq(tag, TAG);
	for (size_t i = 0; i < N_ITEMS(fields) && ok; i++)
		ok = bytes_sized(&in, field_at(os, i)) &&
		    slice_is_print(*field_at(os, i));
	ok = ok && bytes_sized(&in, &os->point_release) &&
	    slice_is_print(os->point_release);
	if (!ok || in.rest.len > 0)
		return error_set(err, ERROR_FORMAT, "not an os-release");
	*ret = TAKE(os);
	return 0;
}

int
os_release_add_point(
    struct os_release **os, struct slice text, struct error *err)
{
	struct os_release with = **os;
	struct os_release *made = NULL;
	CLEANUP(buf_clear) struct buf bytes = { 0 };

	with.point_release = slice_trim(text);
	if (!slice_eq(with.id, SLICE("debian")) || with.version_id.len == 0 ||
	    !slice_is_graph(with.point_release) ||
	    !slice_starts_with(with.point_release, with.version_id) ||
	    !slice_starts_with(
		slice_after(with.point_release, with.version_id.len),
		SLICE(".")))
		return 0;
	os_release_encode(&with, &bytes);
	if (buf_check(&bytes, err) < 0 ||
	    os_release_decode(buf_slice(&bytes), &made, err) < 0)
		return -1;
	os_release_free(*os);
	*os = made;
	return 0;
}

void
os_release_free(struct os_release *os)
{
	if (!os)
		return;
	free(os->text);
	free(os);
}
