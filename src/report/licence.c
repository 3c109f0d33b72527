/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SPDX license expressions (SPDX 2.3, annex D):
 *
 *	GPL-2.0-or-later AND (MIT OR LicenseRef-Fedora-Public-Domain)
 *	GPL-3.0-only WITH Classpath-exception-2.0
 *
 * Which licence binds a package is not asked, so the precedence of AND and OR
 * does not matter, and a counter of open parentheses is all of the grammar's
 * memory. Stricter than the annex, so that what is put is taken by all:
 * operators are upper case, "+" only ends identifiers that the list has with
 * it, and licences of other documents (DocumentRef-) are no expression.
 */
#include "report/licence.h"

#include "report/spdx_list.h"

/* Fedora's longest, texlive's, has 1,300 bytes; what is longer is a name. */
#define EXPRESSION_BYTES_MAX 4096

/* Nobody nests more than three; the count must only not overflow. */
#define PARENTHESES_MAX 32

#define LICENSE_REF SLICE("LicenseRef-")

struct expression {
	struct slice rest;
	struct buf *out;
	unsigned int n_open;
	bool wants_operand;
	bool may_have_with; /* after an identifier, and before WITH */
	bool is_more;       /* than an identifier */
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static bool
is_id_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '.';
}

/* A parenthesis, or what stands up to one or to a blank; false at the end. */
static bool
next_word(struct slice *rest, struct slice *ret)
{
	size_t n = 0;

	*rest = slice_trim(*rest);
	if (rest->len == 0)
		return false;
	if (rest->ptr[0] == '(' || rest->ptr[0] == ')')
		n = 1;
	while (n < rest->len && rest->ptr[0] != '(' && rest->ptr[0] != ')' &&
	    rest->ptr[n] != '(' && rest->ptr[n] != ')' &&
	    !is_blank(rest->ptr[n]))
		n++;
	*ret = slice_first(*rest, n);
	*rest = slice_after(*rest, n);
	return true;
}

static bool
is_license_ref(struct slice word)
{
	if (!slice_starts_with(word, LICENSE_REF) ||
	    word.len == LICENSE_REF.len)
		return false;
	for (size_t i = 0; i < word.len; i++)
		if (!is_id_char(word.ptr[i]))
			return false;
	return true;
}

/* An identifier, a reference, or a parenthesis that opens. */
static bool
take_operand(struct expression *ex, struct slice word)
{
	const char *id = spdx_licence_find(word);

	if (slice_eq(word, SLICE("("))) {
		buf_put_u8(ex->out, '(');
		ex->is_more = true;
		return ++ex->n_open <= PARENTHESES_MAX;
	}
	if (!id && !is_license_ref(word))
		return false;
	buf_put(ex->out, id ? slice_of_string(id) : word);
	ex->is_more |= !id;
	ex->may_have_with = id != NULL;
	ex->wants_operand = false;
	return true;
}

static bool
take_exception(struct expression *ex)
{
	struct slice word;

	if (!ex->may_have_with || !next_word(&ex->rest, &word))
		return false;

	const char *id = spdx_exception_find(word);
	if (!id)
		return false;
	buf_put_string(ex->out, " WITH ");
	buf_put_string(ex->out, id);
	ex->may_have_with = false;
	return true;
}

/* AND, OR, WITH and what it takes, or a parenthesis that closes. */
static bool
take_operator(struct expression *ex, struct slice word)
{
	ex->is_more = true;
	if (slice_eq(word, SLICE("WITH")))
		return take_exception(ex);
	ex->may_have_with = false;
	if (slice_eq(word, SLICE(")"))) {
		buf_put_u8(ex->out, ')');
		return ex->n_open-- > 0;
	}
	if (!slice_eq(word, SLICE("AND")) && !slice_eq(word, SLICE("OR")))
		return false;
	buf_put_format(ex->out, " " SLICE_FMT " ", SLICE_ARG(word));
	ex->wants_operand = true;
	return true;
}

static bool
expression_read(struct expression *ex)
{
	struct slice word;

	ex->wants_operand = true;
	while (next_word(&ex->rest, &word)) {
		bool ok = ex->wants_operand ? take_operand(ex, word)
					    : take_operator(ex, word);

		if (!ok)
			return false;
	}
	return !ex->wants_operand && ex->n_open == 0;
}

enum licence_kind
licence_read(struct slice text, struct buf *out)
{
	struct expression ex = { .rest = text, .out = out };
	size_t from = out->len;

	text = slice_trim(text);
	if (text.len == 0)
		return LICENCE_NONE;
	if (text.len <= EXPRESSION_BYTES_MAX && expression_read(&ex))
		return ex.is_more ? LICENCE_EXPRESSION : LICENCE_ID;
	if (!out->failed)
		out->len = from;
	buf_put(out, text);
	return LICENCE_NAME;
}

bool
licence_next_ref(struct slice *rest, struct slice *ret)
{
	struct slice word;

	while (next_word(rest, &word))
		if (is_license_ref(word)) {
			*ret = word;
			return true;
		}
	return false;
}
