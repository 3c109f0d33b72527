/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One question to a registry and all that it takes to get an answer: who we
 * are, if it wants to know, and patience.
 *
 * What a redirect leads to (a storage with URLs that expire) gets no
 * credentials; when it refuses, the registry is asked again for another way.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/time.h"
#include "net/retry.h"
#include "registry/parts.h"

/* A registry that restarts is back within the ten seconds these take. */
#define TRIES_MAX 5
/* Each of them has cost the time of a stall. */
#define TRIES_TIMEOUT_MAX 3
/* What never answered is more often not there than busy. */
#define TRIES_FIRST_MAX 2
/* With something coming each time, still a blob in so many pieces. */
#define TRIES_ALL_MAX    50
#define PAUSE_MS_DEFAULT 60000
#define PAUSE_MS_SAID    2000
/* Of the registry's own words, so that ours still fit into an error. */
#define WORDS_BYTES_MAX ((size_t)200)

static const char *const accepts[] = {
	"Accept: application/vnd.oci.image.manifest.v1+json",
	"Accept: application/vnd.oci.image.index.v1+json",
	"Accept: application/vnd.docker.distribution.manifest.v2+json",
	"Accept: application/vnd.docker.distribution.manifest.list.v2+json",
};

void
prepared_clear(struct prepared *prepared)
{
	if (prepared->authorization)
		explicit_bzero(
		    prepared->authorization, strlen(prepared->authorization));
	free(TAKE(prepared->authorization));
	free(TAKE(prepared->url));
}

int
question_prepare(struct registry *registry, const struct repository *repository,
    const struct question *question, uint64_t from, struct prepared *ret,
    struct error *err)
{
	const struct endpoint *endpoint = repository->endpoint;
	bool is_manifest = !strcmp(question->kind, "manifests");
	size_t n = 0;

	if (access_header(repository->access, &ret->authorization, err) < 0)
		return -1;
	ret->url = string_format("%s/v2/%s/%s/%s", endpoint->base,
	    repository->path, question->kind, question->which);
	if (!ret->url)
		return error_nomem(err);
	for (size_t i = 0; is_manifest && i < N_ITEMS(accepts); i++)
		ret->headers[n++] = accepts[i];
	if (from > 0) {
		(void)snprintf(ret->range, sizeof(ret->range),
		    "Range: bytes=%llu-", (unsigned long long)from);
		ret->headers[n++] = ret->range;
	}
	ret->headers[n++] = ret->authorization;
	ret->request = (struct http_request){
		.method = question->method,
		.url = ret->url,
		.headers = ret->headers,
		.tls = &endpoint->tls,
		.direct_to_loopback = true,
		.max_bytes = question->max_bytes,
		.stall_sec = registry->options.stall_sec,
		.max_redirects = REDIRECTS_MAX,
	};
	return 0;
}

bool
is_unauthorized(const struct http_reply *reply)
{
	return reply->status == 401 && !reply->foreign;
}

/* A storage that refuses what the registry has just led to. */
static bool
is_stale_way(const struct http_reply *reply)
{
	return reply->foreign &&
	    (reply->status == 400 || reply->status == 401 ||
		reply->status == 403 || reply->status == 404 ||
		reply->status == 410);
}

static bool
is_worth_it(const struct outcome *outcome)
{
	const struct http_reply *reply = outcome->reply;

	if (outcome->r < 0)
		return outcome->err->kind == ERROR_UNREACHABLE ||
		    outcome->err->kind == ERROR_TIMEOUT;
	return reply->status == 500 || retry_is_wanted(reply->status) ||
	    is_stale_way(reply);
}

static uint32_t
max_tries_of(const struct endpoint *endpoint, const struct outcome *outcome)
{
	if (!endpoint->answered)
		return TRIES_FIRST_MAX;
	if (outcome->r < 0 && outcome->err->kind == ERROR_TIMEOUT)
		return TRIES_TIMEOUT_MAX;
	return TRIES_MAX;
}

bool
patience_lasts(struct registry *registry, const struct endpoint *endpoint,
    struct patience *patience, const struct outcome *outcome,
    uint64_t *ret_pause_ms)
{
	const struct http_reply nothing = { 0 };
	uint32_t max_ms = registry->options.pause_ms > 0
	    ? registry->options.pause_ms
	    : PAUSE_MS_DEFAULT;
	uint64_t asked_sec;

	patience->n_tries++;
	patience->n_all++;
	if (!is_worth_it(outcome) ||
	    patience->n_tries >= max_tries_of(endpoint, outcome) ||
	    patience->n_all >= TRIES_ALL_MAX)
		return false;
	*ret_pause_ms =
	    retry_pause_ms(outcome->r < 0 ? &nothing : outcome->reply,
		patience->n_tries, max_ms, &asked_sec);
	if (asked_sec * 1000 > max_ms)
		registry_say(registry,
		    "%s asks to wait for %llu s; trying again after %llu ms",
		    endpoint->domain, (unsigned long long)asked_sec,
		    (unsigned long long)*ret_pause_ms);
	else if (*ret_pause_ms >= PAUSE_MS_SAID)
		registry_say(registry, "%s: trying again in %llu s",
		    endpoint->domain, (unsigned long long)*ret_pause_ms / 1000);
	return true;
}

/* What a member of a reply's error says, made printable. */
static void
put_words(struct slice object, const char *key, struct buf *out)
{
	size_t before = out->len;
	struct slice value;
	struct error err;

	/* What is no string says nothing. */
	if (json_find(object, key, &value))
		ERROR_IGNORE(json_string(value, out, &err));
	for (size_t i = before; i < out->len; i++)
		if (out->ptr[i] < ' ' || out->ptr[i] > '~')
			out->ptr[i] = out->ptr[i] == '\n' ? ' ' : '?';
}

char *
reply_words(const struct http_reply *reply)
{
	struct slice body = buf_slice(&reply->body);
	CLEANUP(buf_clear) struct buf words = { 0 };
	struct slice errors = { NULL, 0 };
	struct slice first = { NULL, 0 };
	struct error err;

	if (json_validate(body, &err) == 0)
		(void)json_find(body, "errors", &errors);
	struct json_iter iter = json_iter_of(errors);
	(void)json_array_next(&iter, &first);
	put_words(first, "code", &words);
	buf_put_string(&words, words.len > 0 ? ": " : "");
	put_words(first, "message", &words);
	return buf_take_string(&words);
}

int
reply_explain(const struct http_request *request,
    const struct http_reply *reply, struct error *err)
{
	if (http_reply_check(request, reply, err) == 0)
		return error_set(err, ERROR_UNSUPPORTED,
		    "status %u where none is expected", reply->status);

	CLEANUP(string_free) char *words = reply_words(reply);
	if (!words)
		return error_nomem(err);
	if (*words != '\0') {
		struct error with = { .kind = err->kind };

		(void)snprintf(with.msg, sizeof(with.msg), "%.250s: %.*s",
		    err->msg, (int)WORDS_BYTES_MAX, words);
		*err = with;
	}
	return -1;
}

/* Lets the time pass, and whatever else runs go on. */
static int
pause_for(struct registry *registry, uint64_t pause_ms, struct error *err)
{
	int64_t end = monotonic_ms() + (int64_t)pause_ms;

	while (monotonic_ms() < end)
		if (http_run(registry->fetch->http, end, err) < 0)
			return -1;
	return 0;
}

static bool
is_answer(const struct http_reply *reply)
{
	return (reply->status >= 200 && reply->status <= 299) ||
	    (!reply->foreign && (reply->status == 404 || reply->status == 405));
}

/* One try. 1: *ret is the answer; 0: to be tried again. */
static int
try_once(struct registry *registry, const struct repository *repository,
    const struct question *question, struct patience *patience,
    struct http_reply *ret, struct error *err)
{
	CLEANUP(prepared_clear) struct prepared prepared = { 0 };
	struct endpoint *endpoint = repository->endpoint;
	uint64_t pause_ms;

	if (question_prepare(
		registry, repository, question, 0, &prepared, err) < 0)
		return -1;
	int r = http_send(registry->fetch->http, &prepared.request, ret, err);
	endpoint->answered |= r == 0;
	if (r == 0)
		notices_take(registry, endpoint, ret);
	if (r == 0 && is_unauthorized(ret)) {
		if (patience->n_renewals++ == RENEWALS_MAX)
			return reply_explain(&prepared.request, ret, err);
		return access_renew(
		    registry, repository, prepared.authorization, ret, err);
	}
	repository->access->proved |= r == 0 && !ret->foreign;
	if (r == 0 && is_answer(ret))
		return 1;
	if (patience_lasts(registry, endpoint, patience,
		&(struct outcome){ r, ret, err }, &pause_ms))
		return pause_for(registry, pause_ms, err);
	return r < 0 ? -1 : reply_explain(&prepared.request, ret, err);
}

int
question_ask(struct registry *registry, const struct repository *repository,
    const struct question *question, struct http_reply *ret, struct error *err)
{
	struct patience patience = { 0 };
	int r = 0;

	if (endpoint_reach(registry, repository->endpoint, err) < 0)
		return -1;
	while (r == 0)
		r = try_once(
		    registry, repository, question, &patience, ret, err);
	return r < 0 ? -1 : 0;
}
