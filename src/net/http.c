/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests over HTTP: what is tried again, where a redirect may lead, and
 * what a status means to a caller. The single exchange is in transfer.c.
 */
#include "net/http.h"

#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include "base/memory.h"
#include "base/time.h"
#include "net/transfer.h"
#include "net/url.h"

/* Of what a server may ask for with Retry-After: a person is waiting. */
#define PAUSE_MS_MAX   30000
#define PAUSE_MS_FIRST 500
#define PAUSE_MS_TURN  100

struct http {
	CURL *curl;
	bool (*canceled)(void *ctx);
	void *ctx;
};

/* One request, with all its redirects and tries. */
struct exchange {
	struct http *http;
	const struct http_request *request;
	struct http_reply *reply;
	uint64_t deadline_ms; /* monotonic; 0: none */
	bool delivered;       /* on_data was given something */
};

static uint64_t
clock_ms(void)
{
	return (uint64_t)monotonic_ms();
}

int
http_new(bool (*canceled)(void *ctx), void *ctx, struct http **ret,
    struct error *err)
{
	struct http *http = malloc(sizeof(*http));

	if (!http)
		return error_nomem(err);
	/* Counted by libcurl: each http_free() ends what its http_new() began.
	 */
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(http);
		return error_set(err, ERROR_SYSTEM, "libcurl does not start");
	}
	*http = (struct http){
		.curl = curl_easy_init(),
		.canceled = canceled,
		.ctx = ctx,
	};
	if (!http->curl) {
		http_free(http);
		return error_nomem(err);
	}
	*ret = http;
	return 0;
}

void
http_free(struct http *http)
{
	if (!http)
		return;
	curl_easy_cleanup(http->curl);
	curl_global_cleanup();
	free(http);
}

void
http_reply_clear(struct http_reply *reply)
{
	buf_clear(&reply->headers);
	buf_clear(&reply->body);
	reply->status = 0;
}

struct slice
http_reply_header(const struct http_reply *reply, const char *name)
{
	struct slice rest = buf_slice(&reply->headers);
	struct slice wanted = slice_of_string(name);
	struct slice found = { NULL, 0 };
	struct slice line;

	while (slice_split(&rest, '\n', &line)) {
		struct slice key;

		if (!slice_split(&line, ':', &key) || key.len != wanted.len ||
		    strncasecmp(key.ptr, wanted.ptr, key.len) != 0)
			continue;
		found = slice_trim(line);
	}
	return found;
}

static bool
is_idempotent(const struct http_request *request)
{
	const char *method = request->method ? request->method : "GET";

	return !strcmp(method, "GET") || !strcmp(method, "HEAD");
}

static bool
is_redirect(unsigned int status)
{
	return (status >= 301 && status <= 303) || status == 307 ||
	    status == 308;
}

/* What is left until the deadline, in *ret; 0 when there is no deadline. */
static int
time_left(const struct exchange *x, uint64_t *ret, struct error *err)
{
	uint64_t now = clock_ms();

	if (x->deadline_ms > 0 && now >= x->deadline_ms)
		return error_set(err, ERROR_TIMEOUT, "took longer than %u ms",
		    x->request->deadline_ms);
	*ret = x->deadline_ms > 0 ? x->deadline_ms - now : 0;
	return 0;
}

static int
transfer_once(
    struct exchange *x, const char *url, bool foreign, struct error *err)
{
	struct transfer transfer = {
		.curl = x->http->curl,
		.request = x->request,
		.reply = x->reply,
		.canceled = x->http->canceled,
		.canceled_ctx = x->http->ctx,
		.url = url,
		.foreign = foreign,
	};

	if (time_left(x, &transfer.left_ms, err) < 0)
		return -1;
	int r = transfer_run(&transfer, err);
	x->delivered |= transfer.delivered;
	return r;
}

/* Where the reply says to go, as an absolute URL; *ret is NULL if nowhere. */
static int
redirect_target(struct exchange *x, char **ret, struct error *err)
{
	char *target = NULL;

	*ret = NULL;
	if (!is_redirect(x->reply->status) || x->request->unix_socket ||
	    !is_idempotent(x->request) || x->request->max_redirects == 0)
		return 0;
	(void)curl_easy_getinfo(x->http->curl, CURLINFO_REDIRECT_URL, &target);
	if (!target)
		return 0;
	*ret = slice_copy(slice_of_string(target));
	return *ret ? 0 : error_nomem(err);
}

static int
follow(const char *from, const char *to, bool *foreign, struct error *err)
{
	bool same_origin = false;

	if (url_check_redirect(from, to, &same_origin, err) < 0) {
		CLEANUP(string_free) char *shown = url_to_show(to);
		return error_wrap(
		    err, "redirect to %s refused", shown ? shown : "?");
	}
	*foreign |= !same_origin;
	return 0;
}

/* The request and what it is redirected to, once. */
static int
send_once(struct exchange *x, struct error *err)
{
	CLEANUP(string_free)
	char *url = slice_copy(slice_of_string(x->request->url));
	bool foreign = false;

	if (!url)
		return error_nomem(err);
	for (uint32_t n = 0;; n++) {
		CLEANUP(string_free) char *target = NULL;

		if (transfer_once(x, url, foreign, err) < 0 ||
		    redirect_target(x, &target, err) < 0)
			return -1;
		if (!target)
			return 0;
		if (n >= x->request->max_redirects)
			return error_set(err, ERROR_LIMIT,
			    "more than %u redirects",
			    x->request->max_redirects);
		if (follow(url, target, &foreign, err) < 0)
			return -1;
		free(url);
		url = TAKE(target);
	}
}

static bool
may_try_again(const struct exchange *x, int r, const struct error *err)
{
	unsigned int status = x->reply->status;

	if (!is_idempotent(x->request) || x->delivered)
		return false;
	if (r < 0)
		return err->kind == ERROR_UNREACHABLE;
	return status == 429 || (status >= 502 && status <= 504);
}

static uint64_t
pause_of(const struct http_reply *reply, uint32_t n_tries)
{
	uint64_t asked_sec = 0;
	uint64_t pause_ms = PAUSE_MS_FIRST;

	for (uint32_t i = 1; i < n_tries && pause_ms < PAUSE_MS_MAX; i++)
		pause_ms *= 2;
	/* Its other form, a date, would need the right time on both sides. */
	if (slice_to_u64(http_reply_header(reply, "Retry-After"),
		PAUSE_MS_MAX / 1000, &asked_sec) &&
	    asked_sec * 1000 > pause_ms)
		pause_ms = asked_sec * 1000;
	return pause_ms < PAUSE_MS_MAX ? pause_ms : PAUSE_MS_MAX;
}

/* False when there is no time for it, or it was canceled. */
static bool
pause_for(const struct exchange *x, uint64_t pause_ms)
{
	const struct timespec turn = { .tv_nsec = PAUSE_MS_TURN * 1000000L };
	uint64_t end = clock_ms() + pause_ms;
	const struct http *http = x->http;

	if (x->deadline_ms > 0 && end >= x->deadline_ms)
		return false;
	while (clock_ms() < end) {
		if (http->canceled && http->canceled(http->ctx))
			return false;
		(void)nanosleep(&turn, NULL);
	}
	return true;
}

static int
send_retrying(struct exchange *x, struct error *err)
{
	uint32_t max_tries = x->request->max_tries;

	for (uint32_t n = 1;; n++) {
		int r = send_once(x, err);

		if (n >= max_tries || !may_try_again(x, r, err) ||
		    !pause_for(x, pause_of(x->reply, n)))
			return r;
	}
}

static int
wrap_request(const struct http_request *request, struct error *err)
{
	CLEANUP(string_free) char *shown = url_to_show(request->url);

	return error_wrap(err, "%s %s",
	    request->method ? request->method : "GET", shown ? shown : "?");
}

int
http_send(struct http *http, const struct http_request *request,
    struct http_reply *ret, struct error *err)
{
	struct exchange x = {
		.http = http,
		.request = request,
		.reply = ret,
	};

	if (request->deadline_ms > 0)
		x.deadline_ms = clock_ms() + request->deadline_ms;
	http_reply_clear(ret);
	if (url_check(request->url, err) < 0 || send_retrying(&x, err) < 0)
		return wrap_request(request, err);
	return 0;
}

static const struct {
	unsigned int status;
	enum error_kind kind;
	const char *phrase;
} statuses[] = {
	{ 301, ERROR_UNSUPPORTED, "Moved Permanently" },
	{ 302, ERROR_UNSUPPORTED, "Found" },
	{ 303, ERROR_UNSUPPORTED, "See Other" },
	{ 307, ERROR_UNSUPPORTED, "Temporary Redirect" },
	{ 308, ERROR_UNSUPPORTED, "Permanent Redirect" },
	{ 400, ERROR_UNSUPPORTED, "Bad Request" },
	{ 401, ERROR_DENIED, "Unauthorized" },
	{ 403, ERROR_DENIED, "Forbidden" },
	{ 404, ERROR_NOT_FOUND, "Not Found" },
	{ 405, ERROR_UNSUPPORTED, "Method Not Allowed" },
	{ 407, ERROR_DENIED, "Proxy Authentication Required" },
	{ 408, ERROR_TIMEOUT, "Request Timeout" },
	{ 409, ERROR_CONFLICT, "Conflict" },
	{ 410, ERROR_NOT_FOUND, "Gone" },
	{ 412, ERROR_CONFLICT, "Precondition Failed" },
	{ 416, ERROR_UNSUPPORTED, "Range Not Satisfiable" },
	{ 429, ERROR_UNREACHABLE, "Too Many Requests" },
	{ 500, ERROR_UNREACHABLE, "Internal Server Error" },
	{ 502, ERROR_UNREACHABLE, "Bad Gateway" },
	{ 503, ERROR_UNREACHABLE, "Service Unavailable" },
	{ 504, ERROR_UNREACHABLE, "Gateway Timeout" },
};

int
http_reply_check(const struct http_request *request,
    const struct http_reply *reply, struct error *err)
{
	unsigned int status = reply->status;
	enum error_kind kind =
	    status >= 500 ? ERROR_UNREACHABLE : ERROR_UNSUPPORTED;
	const char *phrase = "unexpected status";

	if ((status >= 200 && status <= 299) || status == 304)
		return 0;
	for (size_t i = 0; i < N_ITEMS(statuses); i++)
		if (statuses[i].status == status) {
			kind = statuses[i].kind;
			phrase = statuses[i].phrase;
		}
	(void)error_set(err, kind, "%u %s", status, phrase);
	return wrap_request(request, err);
}
