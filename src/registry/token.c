/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of token servers (distribution's "Token Authentication
 * Specification", and OAuth 2's of RFC 6749, section 5.1):
 *
 *	{"token":"eyJhbGci...","expires_in":300,
 *	 "issued_at":"2026-11-21T00:53:02Z"}
 *	{"access_token":"eyJhbGci..."}
 */
#include "registry/token.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"

/* Servers take 8 to 64 KiB of headers; tokens of clouds have 2 to 12 KiB. */
#define TOKEN_BYTES_MAX ((size_t)48 * 1024)
/* What the specification says of one that does not say. */
#define LASTS_SEC_MIN 60U
/* Whatever it says, it is asked for again the next day. */
#define LASTS_SEC_MAX 86400U

static int
take_text(struct slice json, char **ret, struct error *err)
{
	struct slice value;

	if ((!json_find(json, "token", &value) ||
		json_string_eq(value, SLICE(""))) &&
	    !json_find(json, "access_token", &value))
		return error_set(err, ERROR_FORMAT, "no token in the answer");
	if (value.len > TOKEN_BYTES_MAX)
		return error_set(err, ERROR_LIMIT,
		    "a token of more than %zu bytes", TOKEN_BYTES_MAX);
	return json_string_copy(value, ret, err);
}

int
token_parse(struct slice json, struct token *ret, struct error *err)
{
	CLEANUP(token_clear)
	struct token token = { .lasts_sec = LASTS_SEC_MIN };
	struct slice value = { NULL, 0 };
	uint64_t sec;

	if (json_validate(json, err) < 0 ||
	    take_text(json, &token.text, err) < 0)
		return -1;
	/* It goes into a header: one line, and no other header with it. */
	if (!slice_is_graph(slice_of_string(token.text)))
		return error_set(
		    err, ERROR_FORMAT, "a token that is not printable");
	(void)json_find(json, "expires_in", &value);
	if (json_u64(value, &sec) && sec > LASTS_SEC_MIN)
		token.lasts_sec =
		    sec < LASTS_SEC_MAX ? (uint32_t)sec : LASTS_SEC_MAX;
	*ret = token;
	token.text = NULL;
	return 0;
}

void
token_clear(struct token *token)
{
	if (token->text)
		explicit_bzero(token->text, strlen(token->text));
	free(token->text);
	token->text = NULL;
}
