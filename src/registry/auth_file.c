/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Docker's config.json and containers-auth.json(5):
 *
 *	{"auths": {
 *	   "https://index.docker.io/v1/": {"auth": "dXNlcjpwYXNzd29yZA=="},
 *	   "registry.example.org/team": {"auth": "..."},
 *	   "old.example.org": {"identitytoken": "..."}},
 *	 "credHelpers": {"public.ecr.aws": "ecr-login"},
 *	 "credsStore": "secretservice"}
 *
 * A key is a registry or a namespace of one; with a scheme, as old versions
 * wrote it, it is a registry whatever path follows. credHelpers come before
 * credsStore, and that before auths, where it has an entry for the same.
 */
#include "registry/auth_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/json.h"
#include "base/memory.h"

#define HUB        SLICE("docker.io")
#define HUB_SERVER SLICE("https://index.docker.io/v1/")

static void
secret_free(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

void
credential_clear(struct credential *credential)
{
	secret_free(TAKE(credential->user));
	secret_free(TAKE(credential->secret));
	credential->kind = CREDENTIAL_NONE;
}

void
credential_move(struct credential *to, struct credential *from)
{
	*to = *from;
	*from = (struct credential){ 0 };
}

void
auth_entry_clear(struct auth_entry *entry)
{
	free(TAKE(entry->helper));
	credential_clear(&entry->own);
}

static struct slice
domain_of(struct slice name)
{
	struct slice domain = { NULL, 0 };

	(void)slice_split(&name, '/', &domain);
	return domain;
}

struct slice
auth_server_of(struct slice name)
{
	struct slice domain = domain_of(name);

	return slice_eq(domain, HUB) ? HUB_SERVER : domain;
}

/* A key without what only old versions wrote. */
static struct slice
plain_key(struct slice key)
{
	static const struct slice schemes[] = { SLICE("https://"),
		SLICE("http://") };
	static const struct slice ends[] = { SLICE("/"), SLICE("/v1"),
		SLICE("/v2") };

	for (size_t i = 0; i < N_ITEMS(schemes); i++)
		if (slice_starts_with(key, schemes[i]))
			return domain_of(slice_after(key, schemes[i].len));
	for (size_t i = 0; i < N_ITEMS(ends); i++)
		if (slice_ends_with(key, ends[i]))
			key = slice_first(key, key.len - ends[i].len);
	return key;
}

/* How much of name the key stands for; 0: it is about another. */
static size_t
key_match(struct slice key, struct slice name)
{
	struct slice plain = plain_key(key);

	if (slice_eq(plain, SLICE("index.docker.io")) ||
	    slice_eq(plain, SLICE("registry-1.docker.io")))
		plain = HUB;
	if (!slice_starts_with(name, plain) ||
	    (name.len > plain.len && name.ptr[plain.len] != '/'))
		return 0;
	return plain.len;
}

/* The value of the longest key of an object that name begins with, in *ret;
 * what is_empty says of is passed over. */
static int
find_longest(struct slice object, struct slice name,
    bool (*is_empty)(struct slice value), struct slice *ret, struct error *err)
{
	struct json_iter iter = json_iter_of(object);
	struct slice key, value;
	size_t longest = 0;

	while (json_object_next(&iter, &key, &value)) {
		CLEANUP(string_free) char *text = NULL;

		if (json_string_copy(key, &text, err) < 0)
			return -1;
		size_t n = key_match(slice_of_string(text), name);
		if (n > longest && !is_empty(value)) {
			longest = n;
			*ret = value;
		}
	}
	return 0;
}

static bool
has_text(struct slice object, const char *key)
{
	struct slice value;

	return json_find(object, key, &value) &&
	    json_type(value) == JSON_STRING &&
	    !json_string_eq(value, SLICE(""));
}

/* What stands in auths for who has a credsStore. */
static bool
is_empty_auth(struct slice value)
{
	return !has_text(value, "auth") && !has_text(value, "identitytoken") &&
	    !has_text(value, "registrytoken") && !has_text(value, "username");
}

static bool
is_empty_name(struct slice value)
{
	return json_type(value) != JSON_STRING ||
	    json_string_eq(value, SLICE(""));
}

static int
take_member(struct slice object, const char *key, char **ret, struct error *err)
{
	struct slice value;

	if (!json_find(object, key, &value))
		return error_set(err, ERROR_FORMAT, "no \"%s\"", key);
	if (json_string_copy(value, ret, err) < 0)
		return error_wrap(err, "\"%s\"", key);
	return 0;
}

/* base64 of USER:PASSWORD. */
static int
take_auth(struct slice entry, struct credential *ret, struct error *err)
{
	CLEANUP(buf_clear) struct buf plain = { 0 };
	char *text = NULL;
	struct slice user = { NULL, 0 };

	if (take_member(entry, "auth", &text, err) < 0)
		return -1;
	bool good = base64_decode(slice_of_string(text), &plain);
	secret_free(text);

	struct slice rest = buf_slice(&plain);
	if (!good || plain.failed || !slice_split(&rest, ':', &user) ||
	    user.len == plain.len || memchr(plain.ptr, '\0', plain.len))
		return error_set(err, ERROR_FORMAT,
		    "\"auth\" is not the base64 of USER:PASSWORD");
	ret->kind = CREDENTIAL_PASSWORD;
	ret->user = slice_copy(user);
	ret->secret = slice_copy(rest);
	explicit_bzero(plain.ptr, plain.len);
	return ret->user && ret->secret ? 0 : error_nomem(err);
}

static int
take_entry(struct slice entry, struct credential *ret, struct error *err)
{
	if (has_text(entry, "identitytoken")) {
		ret->kind = CREDENTIAL_IDENTITY;
		return take_member(entry, "identitytoken", &ret->secret, err);
	}
	if (has_text(entry, "registrytoken")) {
		ret->kind = CREDENTIAL_TOKEN;
		return take_member(entry, "registrytoken", &ret->secret, err);
	}
	if (has_text(entry, "auth"))
		return take_auth(entry, ret, err);
	ret->kind = CREDENTIAL_PASSWORD;
	if (take_member(entry, "username", &ret->user, err) < 0)
		return -1;
	return take_member(entry, "password", &ret->secret, err);
}

static int
take_helper(struct slice json, struct slice name, char **ret, struct error *err)
{
	struct slice helpers = { NULL, 0 };
	struct slice found = { NULL, 0 };

	(void)json_find(json, "credHelpers", &helpers);
	if (find_longest(helpers, name, is_empty_name, &found, err) < 0)
		return -1;
	if (found.len == 0 && has_text(json, "credsStore"))
		(void)json_find(json, "credsStore", &found);
	return found.len > 0 ? json_string_copy(found, ret, err) : 0;
}

int
auth_file_find(struct slice json, struct slice name, struct auth_entry *ret,
    struct error *err)
{
	CLEANUP(auth_entry_clear) struct auth_entry entry = { 0 };
	struct slice auths = { NULL, 0 };
	struct slice found = { NULL, 0 };

	if (json_validate(json, err) < 0)
		return -1;
	if (json_type(json) != JSON_OBJECT)
		return error_set(err, ERROR_FORMAT, "not an object");
	(void)json_find(json, "auths", &auths);
	if (take_helper(json, name, &entry.helper, err) < 0 ||
	    find_longest(auths, name, is_empty_auth, &found, err) < 0)
		return -1;
	if (found.len > 0 && take_entry(found, &entry.own, err) < 0)
		return error_wrap(err, "the entry for " SLICE_FMT,
		    SLICE_ARG(domain_of(name)));
	ret->helper = TAKE(entry.helper);
	credential_move(&ret->own, &entry.own);
	return 0;
}

int
auth_helper_parse(struct slice json, struct credential *ret, struct error *err)
{
	CLEANUP(credential_clear)
	struct credential got = { .kind = CREDENTIAL_PASSWORD };

	if (json_validate(json, err) < 0 ||
	    take_member(json, "Username", &got.user, err) < 0 ||
	    take_member(json, "Secret", &got.secret, err) < 0)
		return -1;
	/* Docker's word for: the secret is an identity token. */
	if (!strcmp(got.user, "<token>"))
		got.kind = CREDENTIAL_IDENTITY;
	credential_move(ret, &got);
	return 0;
}
