/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WWW-Authenticate (RFC 9110, sections 11.2 to 11.6.1), as registries use it
 * (distribution's token specification):
 *
 *	Bearer realm="https://auth.docker.io/token",
 *	    service="registry.docker.io",scope="repository:library/a:pull"
 *	Basic realm="Registry", Bearer realm=https://x/token
 *	Negotiate YII=
 *
 * Schemes and names of parameters have no case. More is read than the grammar
 * allows where registries write it: a value without quotes may hold all but
 * blanks and commas, so that a URL can stand there. A parameter that is given
 * twice is refused: two readers would not agree on it. The values of schemes
 * that are not spoken here are skipped.
 */
#include "registry/challenge.h"

#include <stdlib.h>
#include <strings.h>

/* Scopes name repositories of 255 bytes, one each: ten of them are 3 KiB. */
#define HEADER_BYTES_MAX ((size_t)16 * 1024)

struct parser {
	struct slice rest;
	char *out; /* where the next unescaped value goes */
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* RFC 9110, section 5.6.2. */
static bool
is_token_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') ||
	    (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

static bool
is_token68_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (c != '\0' && strchr("-._~+/", c));
}

static bool
is_bare_char(char c)
{
	return c > ' ' && c <= '~' && c != ',' && c != '"';
}

/* Takes as many as there are off the front. */
static struct slice
take_run(struct slice *rest, bool (*is)(char c))
{
	size_t n = 0;

	while (n < rest->len && is(rest->ptr[n]))
		n++;
	struct slice run = slice_first(*rest, n);
	*rest = slice_after(*rest, n);
	return run;
}

static bool
take_char(struct slice *rest, char c)
{
	if (rest->len == 0 || rest->ptr[0] != c)
		return false;
	*rest = slice_after(*rest, 1);
	return true;
}

static void
skip_blanks(struct slice *rest)
{
	(void)take_run(rest, is_blank);
}

/* Empty items of a list are legal: ", ,Basic". */
static void
skip_commas(struct slice *rest)
{
	do
		skip_blanks(rest);
	while (take_char(rest, ','));
}

static bool
word_is(struct slice word, const char *expected)
{
	return word.len == strlen(expected) &&
	    !strncasecmp(word.ptr, expected, word.len);
}

/* Takes NAME and "=" off the front, if both stand there. */
static bool
take_name(struct slice *rest, struct slice *ret)
{
	struct slice ahead = *rest;

	*ret = take_run(&ahead, is_token_char);
	skip_blanks(&ahead);
	if (ret->len == 0 || !take_char(&ahead, '='))
		return false;
	skip_blanks(&ahead);
	*rest = ahead;
	return true;
}

/* Takes "YII=" off the front, if that is all up to the comma or the end. */
static bool
take_token68(struct slice *rest)
{
	struct slice ahead = *rest;

	if (take_run(&ahead, is_token68_char).len == 0)
		return false;
	while (take_char(&ahead, '='))
		;
	skip_blanks(&ahead);
	if (ahead.len > 0 && ahead.ptr[0] != ',')
		return false;
	*rest = ahead;
	return true;
}

static int
take_quoted(struct parser *in, struct slice *ret, struct error *err)
{
	char *start = in->out;
	size_t i = 0;

	for (; i < in->rest.len && in->rest.ptr[i] != '"'; i++) {
		char c = in->rest.ptr[i];

		if (c == '\\' && ++i < in->rest.len)
			c = in->rest.ptr[i];
		if (c < ' ' || c > '~')
			return error_set(err, ERROR_FORMAT,
			    "WWW-Authenticate: a value is not printable");
		*in->out++ = c;
	}
	if (i >= in->rest.len)
		return error_set(
		    err, ERROR_FORMAT, "WWW-Authenticate: a quote without end");
	in->rest = slice_after(in->rest, i + 1);
	*ret = slice_of(start, (size_t)(in->out - start));
	return 0;
}

static int
take_value(struct parser *in, struct slice *ret, struct error *err)
{
	if (take_char(&in->rest, '"'))
		return take_quoted(in, ret, err);

	struct slice bare = take_run(&in->rest, is_bare_char);
	*ret = slice_of(in->out, bare.len);
	if (bare.len > 0)
		memcpy(in->out, bare.ptr, bare.len);
	in->out += bare.len;
	return 0;
}

static struct slice *
field_of(struct challenge *challenge, struct slice name)
{
	if (word_is(name, "realm"))
		return &challenge->realm;
	if (word_is(name, "service"))
		return &challenge->service;
	if (word_is(name, "scope"))
		return &challenge->scope;
	if (word_is(name, "error"))
		return &challenge->error;
	return NULL;
}

static int
take_parameter(struct parser *in, struct slice name,
    struct challenge *challenge, struct error *err)
{
	struct slice *field = field_of(challenge, name);
	struct slice value = { NULL, 0 };

	if (take_value(in, &value, err) < 0)
		return -1;
	skip_blanks(&in->rest);
	if (in->rest.len > 0 && in->rest.ptr[0] != ',')
		return error_set(err, ERROR_FORMAT,
		    "WWW-Authenticate: no comma after a value");
	if (!field)
		return 0;
	if (field->ptr)
		return error_set(err, ERROR_FORMAT,
		    "WWW-Authenticate: a parameter is given twice");
	*field = value;
	return 0;
}

static enum challenge_scheme
scheme_of(struct slice word)
{
	if (word_is(word, "bearer"))
		return CHALLENGE_BEARER;
	return word_is(word, "basic") ? CHALLENGE_BASIC : CHALLENGE_OTHER;
}

static int
take_challenge(
    struct parser *in, struct challenge *challenge, struct error *err)
{
	struct slice scheme = take_run(&in->rest, is_token_char);
	struct slice name;

	if (scheme.len == 0)
		return error_set(err, ERROR_FORMAT,
		    "WWW-Authenticate: not the name of a scheme");
	challenge->scheme = scheme_of(scheme);
	if (in->rest.len > 0 && !is_blank(in->rest.ptr[0]) &&
	    in->rest.ptr[0] != ',')
		return error_set(err, ERROR_FORMAT,
		    "WWW-Authenticate: no blank after a scheme");
	skip_blanks(&in->rest);
	if (take_token68(&in->rest))
		return 0;
	while (take_name(&in->rest, &name)) {
		if (take_parameter(in, name, challenge, err) < 0)
			return -1;
		skip_commas(&in->rest);
	}
	return 0;
}

int
challenges_parse(struct slice header, struct challenges *ret, struct error *err)
{
	if (header.len > HEADER_BYTES_MAX)
		return error_set(err, ERROR_LIMIT,
		    "WWW-Authenticate of more than %zu bytes",
		    HEADER_BYTES_MAX);
	ret->text = malloc(header.len + 1);
	if (!ret->text)
		return error_nomem(err);

	struct parser in = { .rest = header, .out = ret->text };
	skip_commas(&in.rest);
	while (in.rest.len > 0) {
		if (ret->n_items == CHALLENGES_MAX)
			return error_set(err, ERROR_LIMIT,
			    "WWW-Authenticate with more than %d challenges",
			    CHALLENGES_MAX);
		if (take_challenge(&in, &ret->items[ret->n_items], err) < 0)
			return -1;
		ret->n_items++;
		skip_commas(&in.rest);
	}
	return 0;
}

void
challenges_clear(struct challenges *challenges)
{
	free(challenges->text);
	*challenges = (struct challenges){ 0 };
}

const struct challenge *
challenges_find(
    const struct challenges *challenges, enum challenge_scheme scheme)
{
	for (size_t i = 0; i < challenges->n_items; i++)
		if (challenges->items[i].scheme == scheme)
			return &challenges->items[i];
	return NULL;
}
