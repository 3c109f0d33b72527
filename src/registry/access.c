/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By which right something is asked for: nothing at first, and then what the
 * registry's challenge asks for (distribution's "Token Authentication
 * Specification" and "OAuth2 Token Authentication"):
 *
 *	401, WWW-Authenticate: Bearer realm="https://auth.docker.io/token",
 *	    service="registry.docker.io",scope="repository:library/a:pull"
 *	GET https://auth.docker.io/token?service=registry.docker.io&scope=...
 *	{"token":"eyJhbGci...","expires_in":300}
 *
 * The realm may be another host: that is how registries are built. What goes
 * there is what the person has for this registry, and no other's.
 */
#include <stdlib.h>

#include "base/encode.h"
#include "base/memory.h"
#include "base/time.h"
#include "net/url.h"
#include "registry/challenge.h"
#include "registry/parts.h"
#include "registry/token.h"

/* A token of 48 KiB, in JSON twice over. */
#define TOKEN_REPLY_BYTES_MAX ((uint64_t)256 * 1024)
#define TOKEN_DEADLINE_MS     60000
#define TOKEN_TRIES           3
/* Not sent any more when it may expire on the way. */
#define EXPIRY_MARGIN_MS 5000

int
access_new(const char *name, struct access **ret, struct error *err)
{
	CLEANUP(access_free) struct access *access = calloc(1, sizeof(*access));

	if (!access)
		return error_nomem(err);
	access->name = slice_copy(slice_of_string(name));
	if (!access->name)
		return error_nomem(err);
	*ret = TAKE(access);
	return 0;
}

static void
header_drop(struct access *access)
{
	if (access->header)
		explicit_bzero(access->header, strlen(access->header));
	free(TAKE(access->header));
	access->proved = false;
}

void
access_free(struct access *access)
{
	if (!access)
		return;
	header_drop(access);
	credential_clear(&access->credential);
	free(access->scope);
	free(access->name);
	free(access);
}

int
access_header(struct access *access, char **ret, struct error *err)
{
	*ret = NULL;
	if (access->header && monotonic_ms() >= access->expires_ms)
		header_drop(access);
	if (!access->header)
		return 0;
	*ret = slice_copy(slice_of_string(access->header));
	return *ret ? 0 : error_nomem(err);
}

/* What a reply's challenges come to. */
struct offer {
	struct challenges lists[4]; /* one a header */
	size_t n_lists;
	const struct challenge *bearer, *basic;
};

static void
offer_clear(struct offer *offer)
{
	for (size_t i = 0; i < offer->n_lists; i++)
		challenges_clear(&offer->lists[i]);
}
DEFINE_CLEANUP_IN_PLACE(struct offer, offer_clear)

static int
offer_read(const struct http_reply *reply, struct offer *ret, struct error *err)
{
	struct slice rest = buf_slice(&reply->headers);
	struct slice header;

	while (ret->n_lists < N_ITEMS(ret->lists) &&
	    http_header_next(&rest, "WWW-Authenticate", &header)) {
		struct challenges *list = &ret->lists[ret->n_lists++];

		if (challenges_parse(header, list, err) < 0)
			return -1;
		if (!ret->bearer)
			ret->bearer = challenges_find(list, CHALLENGE_BEARER);
		if (!ret->basic)
			ret->basic = challenges_find(list, CHALLENGE_BASIC);
	}
	if (!ret->bearer && !ret->basic)
		return error_set(err, ERROR_DENIED,
		    "it offers neither Basic nor Bearer authentication");
	return 0;
}

static int
look_up(struct registry *registry, struct access *access, struct error *err)
{
	if (access->looked_up)
		return 0;
	if (credentials_find(registry->credentials,
		slice_of_string(access->name), &access->credential, err) < 0)
		return -1;
	access->looked_up = true;
	return 0;
}

static bool
is_plain_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (c != '\0' && strchr("-._~", c));
}

/* "&NAME=VALUE" of a query or a form; nothing without a value. */
static void
put_field(struct buf *out, const char *name, struct slice value)
{
	if (value.len == 0)
		return;
	buf_put_format(out, "&%s=", name);
	for (size_t i = 0; i < value.len; i++)
		if (is_plain_char(value.ptr[i]))
			buf_put(out, slice_of(value.ptr + i, 1));
		else
			buf_put_format(
			    out, "%%%02X", (unsigned int)(uint8_t)value.ptr[i]);
}

static char *
own_scope(const struct repository *repository)
{
	return string_format("repository:%s:pull", repository->path);
}

static int
put_scopes(
    struct buf *out, const struct repository *repository, struct error *err)
{
	CLEANUP(string_free) char *own = own_scope(repository);

	if (!own)
		return error_nomem(err);
	put_field(out, "scope", slice_of_string(own));
	put_field(out, "scope", slice_of_string(repository->access->scope));
	return 0;
}

/* Sets what else is asked for; *ret_wider tells whether that is new. */
static int
widen(const struct repository *repository, struct slice scope, bool *ret_wider,
    struct error *err)
{
	struct access *access = repository->access;
	CLEANUP(string_free) char *own = own_scope(repository);

	if (!own)
		return error_nomem(err);
	*ret_wider = scope.len > 0 && !slice_eq(scope, slice_of_string(own)) &&
	    !slice_eq(scope, slice_of_string(access->scope));
	if (!*ret_wider)
		return 0;
	free(access->scope);
	access->scope = slice_copy(scope);
	return access->scope ? 0 : error_nomem(err);
}

/* "Authorization: Basic ..." in *ret. */
static int
basic_header(const struct credential *credential, char **ret, struct error *err)
{
	CLEANUP(buf_clear) struct buf plain = { 0 };
	CLEANUP(buf_clear) struct buf header = { 0 };

	buf_put_format(&plain, "%s:%s", credential->user, credential->secret);
	buf_put_string(&header, "Authorization: Basic ");
	base64_encode(buf_slice(&plain), &header);
	if (plain.ptr)
		explicit_bzero(plain.ptr, plain.len);
	if (plain.failed)
		return error_nomem(err);
	*ret = buf_take_string(&header);
	return *ret ? 0 : error_nomem(err);
}

/* Whether a token may be asked for at realm, and whether that is the registry
 * itself. Without a secret to lose, plain http is its own affair. */
static int
check_realm(const struct endpoint *endpoint, const char *realm, bool has_secret,
    bool *ret_same, struct error *err)
{
	struct error strict;

	if (url_check(realm, err) < 0)
		return error_wrap(err, "its token server");
	int r = url_check_redirect(endpoint->base, realm, ret_same, &strict);
	if (r < 0 && !has_secret) {
		*ret_same = false;
		return url_check_redirect(realm, realm, &(bool){ false }, err);
	}
	if (r < 0) {
		CLEANUP(string_free) char *shown = url_to_show(realm);

		*err = strict;
		return error_wrap(err,
		    "no credentials go to its token server "
		    "%.100s",
		    shown ? shown : "?");
	}
	return 0;
}

/* What is sent to the token server. */
struct token_question {
	char *url;
	struct buf form;
	char *authorization;
	const char *headers[3];
};

static void
token_question_clear(struct token_question *question)
{
	if (question->authorization)
		explicit_bzero(
		    question->authorization, strlen(question->authorization));
	if (question->form.ptr)
		explicit_bzero(question->form.ptr, question->form.len);
	free(question->url);
	free(question->authorization);
	buf_clear(&question->form);
}
DEFINE_CLEANUP_IN_PLACE(struct token_question, token_question_clear)

/* GET REALM?service=...&scope=..., with a password if there is one. */
static int
ask_by_query(const struct repository *repository,
    const struct challenge *challenge, struct token_question *ret,
    struct error *err)
{
	const struct credential *credential = &repository->access->credential;
	CLEANUP(buf_clear) struct buf query = { 0 };
	CLEANUP(string_free) char *realm = slice_copy(challenge->realm);

	if (!realm)
		return error_nomem(err);
	if (credential->kind == CREDENTIAL_PASSWORD) {
		put_field(&query, "account", slice_of_string(credential->user));
		if (basic_header(credential, &ret->authorization, err) < 0)
			return -1;
		ret->headers[0] = ret->authorization;
	}
	put_field(&query, "service", challenge->service);
	if (put_scopes(&query, repository, err) < 0 ||
	    buf_check(&query, err) < 0)
		return -1;
	ret->url = string_format("%s%c" SLICE_FMT, realm,
	    strchr(realm, '?') ? '&' : '?',
	    SLICE_ARG(slice_after(buf_slice(&query), 1)));
	return ret->url ? 0 : error_nomem(err);
}

/* POST REALM, by OAuth 2: an identity token for one that lasts a while. */
static int
ask_by_form(const struct repository *repository,
    const struct challenge *challenge, struct token_question *ret,
    struct error *err)
{
	const struct credential *credential = &repository->access->credential;

	buf_put_string(&ret->form, "grant_type=refresh_token&client_id=fother");
	put_field(&ret->form, "service", challenge->service);
	put_field(
	    &ret->form, "refresh_token", slice_of_string(credential->secret));
	if (put_scopes(&ret->form, repository, err) < 0 ||
	    buf_check(&ret->form, err) < 0)
		return -1;
	ret->headers[0] = "Content-Type: application/x-www-form-urlencoded";
	ret->url = slice_copy(challenge->realm);
	return ret->url ? 0 : error_nomem(err);
}

static int
token_ask(struct registry *registry, const struct repository *repository,
    const struct challenge *challenge, struct token *ret, struct error *err)
{
	CLEANUP(token_question_clear) struct token_question question = { 0 };
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	enum credential_kind kind = repository->access->credential.kind;
	struct http_tls tls = repository->endpoint->tls;
	bool by_form = kind == CREDENTIAL_IDENTITY;
	bool same_origin = false;

	if ((by_form ? ask_by_form : ask_by_query)(
		repository, challenge, &question, err) < 0 ||
	    check_realm(repository->endpoint, question.url,
		kind != CREDENTIAL_NONE, &same_origin, err) < 0)
		return -1;
	if (!same_origin)
		tls.cert_file = tls.key_file = NULL;

	struct http_request request = {
		.method = by_form ? "POST" : "GET",
		.url = question.url,
		.headers = question.headers,
		.body = buf_slice(&question.form),
		.tls = &tls,
		.direct_to_loopback = true,
		.max_bytes = TOKEN_REPLY_BYTES_MAX,
		.stall_sec = registry->options.stall_sec,
		.deadline_ms = TOKEN_DEADLINE_MS,
		.max_tries = TOKEN_TRIES,
		.max_redirects = REDIRECTS_MAX,
	};
	int r = http_send(registry->fetch->http, &request, &reply, err);
	if (r == 0 && (reply.status < 200 || reply.status > 299))
		r = reply_explain(&request, &reply, err);
	if (r == 0)
		r = token_parse(buf_slice(&reply.body), ret, err);
	if (reply.body.ptr)
		explicit_bzero(reply.body.ptr, reply.body.len);
	return r < 0 ? error_wrap(err, "token") : 0;
}

static int
take_bearer(struct registry *registry, const struct repository *repository,
    const struct challenge *challenge, struct error *err)
{
	struct access *access = repository->access;
	CLEANUP(token_clear) struct token token = { 0 };
	int64_t asked_ms = monotonic_ms();

	if (challenge->realm.len == 0)
		return error_set(err, ERROR_FORMAT, "it names no token server");
	if (token_ask(registry, repository, challenge, &token, err) < 0)
		return -1;
	header_drop(access);
	access->header = string_format("Authorization: Bearer %s", token.text);
	access->expires_ms =
	    asked_ms + (int64_t)token.lasts_sec * 1000 - EXPIRY_MARGIN_MS;
	return access->header ? 0 : error_nomem(err);
}

static int
denied(const struct access *access, const struct http_reply *reply,
    struct error *err)
{
	CLEANUP(string_free) char *words = reply_words(reply);

	if (!words)
		return error_nomem(err);
	return error_set(err, ERROR_DENIED, "%.250s: access denied, %s%s%.200s",
	    access->name,
	    access->credential.kind == CREDENTIAL_NONE
		? "and there are no credentials for it"
		: "with the credentials that there are for it",
	    *words ? ": " : "", words);
}

/* With what the person has, as it is; 0 if that is what there is to send. */
static int
take_own(struct access *access, struct error *err)
{
	const struct credential *credential = &access->credential;

	header_drop(access);
	access->expires_ms = INT64_MAX;
	if (credential->kind == CREDENTIAL_PASSWORD)
		return basic_header(credential, &access->header, err);
	access->header =
	    string_format("Authorization: Bearer %s", credential->secret);
	return access->header ? 0 : error_nomem(err);
}

int
access_renew(struct registry *registry, const struct repository *repository,
    const char *used, const struct http_reply *reply, struct error *err)
{
	struct access *access = repository->access;
	CLEANUP(offer_clear) struct offer offer = { 0 };
	bool wider = false;

	/* Another request has done it meanwhile. */
	if (access->header && (!used || strcmp(access->header, used) != 0))
		return 0;
	if (offer_read(reply, &offer, err) < 0 ||
	    look_up(registry, access, err) < 0)
		return error_wrap(err, "%s", repository->endpoint->domain);

	enum credential_kind kind = access->credential.kind;
	bool is_own = kind == CREDENTIAL_TOKEN || !offer.bearer;
	if (is_own &&
	    (used || kind == CREDENTIAL_NONE || kind == CREDENTIAL_IDENTITY))
		return denied(access, reply, err);
	if (is_own)
		return take_own(access, err);
	if (widen(repository, offer.bearer->scope, &wider, err) < 0)
		return -1;
	if (used && !access->proved && !wider)
		return denied(access, reply, err);
	if (take_bearer(registry, repository, offer.bearer, err) < 0)
		return error_wrap(err, "%s", repository->endpoint->domain);
	return 0;
}
