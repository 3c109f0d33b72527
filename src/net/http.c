/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests over HTTP: what is tried again, where a redirect may lead, and
 * what a status means to a caller. The single exchange is in transfer.c.
 */
#include "net/http.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/time.h"
#include "net/retry.h"
#include "net/transfer.h"
#include "net/url.h"

/* Of what a server may ask for with Retry-After: a person is waiting. */
#define PAUSE_MS_MAX 30000
/* How long all may be silent before canceled is asked again. */
#define TURN_MS 500

struct http {
	CURLM *multi;
	bool (*canceled)(void *ctx);
	void *ctx;
	void (*count)(void *ctx, uint64_t n_bytes); /* or NULL */
	void *count_ctx;
	unsigned int n_ended; /* calls, ever: whether one more has */
};

struct http_call {
	struct http *http;
	const struct http_request *request;
	struct http_reply *reply;
	char *url; /* asked now: the request's, or where it was led */
	uint32_t n_redirects;
	int64_t deadline_ms; /* monotonic; 0: none */
	struct transfer transfer;
	bool is_added; /* to the multi */

	bool ended;
	int result;
	struct error err;
};

int
http_new(bool (*canceled)(void *ctx), void *ctx, struct http **ret,
    struct error *err)
{
	struct http *http = malloc(sizeof(*http));

	if (!http)
		return error_nomem(err);
	*http = (struct http){ .canceled = canceled, .ctx = ctx };
	*ret = http;
	return 0;
}

void
http_free(struct http *http)
{
	if (!http)
		return;
	if (http->multi) {
		(void)curl_multi_cleanup(http->multi);
		curl_global_cleanup();
	}
	free(http);
}

/* Before the first request, and not earlier: many answers need none. */
static int
library_start(struct http *http, struct error *err)
{
	if (http->multi)
		return 0;
	/* Counted by libcurl: each http_free() ends what was begun here. */
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return error_set(err, ERROR_SYSTEM, "libcurl does not start");
	http->multi = curl_multi_init();
	if (!http->multi) {
		curl_global_cleanup();
		return error_nomem(err);
	}
	return 0;
}

void
http_set_count(
    struct http *http, void (*count)(void *ctx, uint64_t n_bytes), void *ctx)
{
	http->count = count;
	http->count_ctx = ctx;
}

void
http_reply_clear(struct http_reply *reply)
{
	buf_clear(&reply->headers);
	buf_clear(&reply->body);
	reply->status = 0;
	reply->foreign = false;
}

bool
http_header_next(struct slice *rest, const char *name, struct slice *ret)
{
	size_t name_len = strlen(name);
	struct slice line;

	while (slice_split(rest, '\n', &line)) {
		struct slice key;

		if (!slice_split(&line, ':', &key) || key.len != name_len ||
		    strncasecmp(key.ptr, name, name_len) != 0)
			continue;
		*ret = slice_trim(line);
		return true;
	}
	return false;
}

struct slice
http_reply_header(const struct http_reply *reply, const char *name)
{
	struct slice rest = buf_slice(&reply->headers);
	struct slice found = { NULL, 0 };

	while (http_header_next(&rest, name, &found))
		;
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
time_left(const struct http_call *call, uint64_t *ret, struct error *err)
{
	int64_t now = monotonic_ms();

	if (call->deadline_ms > 0 && now >= call->deadline_ms)
		return error_set(err, ERROR_TIMEOUT, "took longer than %u ms",
		    call->request->deadline_ms);
	*ret = call->deadline_ms > 0 ? (uint64_t)(call->deadline_ms - now) : 0;
	return 0;
}

/* Has libcurl begin with what call->url and the rest of it say. */
static int
call_begin(struct http_call *call, bool foreign, struct error *err)
{
	struct transfer *t = &call->transfer;

	*t = (struct transfer){
		.curl = t->curl,
		.request = call->request,
		.reply = call->reply,
		.canceled = call->http->canceled,
		.canceled_ctx = call->http->ctx,
		.count = call->http->count,
		.count_ctx = call->http->count_ctx,
		.url = call->url,
		.foreign = foreign,
	};
	if (time_left(call, &t->left_ms, err) < 0 || transfer_begin(t, err) < 0)
		return -1;
	if (curl_easy_setopt(t->curl, CURLOPT_PRIVATE, call) != CURLE_OK ||
	    curl_multi_add_handle(call->http->multi, t->curl) != CURLM_OK)
		return error_nomem(err);
	call->is_added = true;
	return 0;
}

static void
call_remove(struct http_call *call)
{
	if (call->is_added)
		(void)curl_multi_remove_handle(
		    call->http->multi, call->transfer.curl);
	call->is_added = false;
	transfer_clear(&call->transfer);
}

void
http_call_free(struct http_call *call)
{
	if (!call)
		return;
	call_remove(call);
	curl_easy_cleanup(call->transfer.curl);
	free(call->url);
	free(call);
}

/* Where the reply says to go, as an absolute URL; *ret is NULL if nowhere. */
static int
redirect_target(struct http_call *call, char **ret, struct error *err)
{
	char *target = NULL;

	*ret = NULL;
	if (!is_redirect(call->reply->status) || call->request->unix_socket ||
	    !is_idempotent(call->request) || call->request->max_redirects == 0)
		return 0;
	(void)curl_easy_getinfo(
	    call->transfer.curl, CURLINFO_REDIRECT_URL, &target);
	if (!target)
		return 0;
	*ret = slice_copy(slice_of_string(target));
	return *ret ? 0 : error_nomem(err);
}

/* Goes on to target, which becomes the call's. */
static int
call_follow(struct http_call *call, char *target, struct error *err)
{
	CLEANUP(string_free) char *to = target;
	bool same_origin = false;

	if (call->n_redirects++ >= call->request->max_redirects)
		return error_set(err, ERROR_LIMIT, "more than %u redirects",
		    call->request->max_redirects);
	if (url_check_redirect(call->url, to, &same_origin, err) < 0) {
		CLEANUP(string_free) char *shown = url_to_show(to);
		return error_wrap(
		    err, "redirect to %s refused", shown ? shown : "?");
	}
	free(call->url);
	call->url = TAKE(to);
	return call_begin(call, call->transfer.foreign || !same_origin, err);
}

/* libcurl is through with it; it may have to be led on. */
static int
call_turn(struct http_call *call, CURLcode code, struct error *err)
{
	char *target = NULL;

	int r = transfer_end(&call->transfer, code, err);
	if (r == 0)
		r = redirect_target(call, &target, err);
	call_remove(call);
	if (r < 0)
		return -1;
	return target ? call_follow(call, target, err) : 0;
}

/* Behind a socket, a URL's host is nobody: its path is what was asked. */
static const char *
url_path(const char *url)
{
	const char *host = strstr(url, "://");

	host = host ? host + 3 : url;
	return host + strcspn(host, "/");
}

static int
wrap_request(const struct http_request *request, struct error *err)
{
	CLEANUP(string_free) char *shown = url_to_show(request->url);
	const char *what = shown ? shown : "?";

	return error_wrap(err, "%s %s",
	    request->method ? request->method : "GET",
	    request->unix_socket ? url_path(what) : what);
}

static void
call_end(struct http_call *call, CURLcode code)
{
	call->result = call_turn(call, code, &call->err);
	if (call->result == 0 && call->is_added)
		return;
	if (call->result < 0)
		(void)wrap_request(call->request, &call->err);
	call->ended = true;
	call->http->n_ended++;
}

static struct http_call *
call_new(struct http *http, const struct http_request *request,
    struct http_reply *reply)
{
	CLEANUP(http_call_free)
	struct http_call *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	call->http = http;
	call->request = request;
	call->reply = reply;
	call->url = slice_copy(slice_of_string(request->url));
	call->transfer.curl = curl_easy_init();
	if (!call->url || !call->transfer.curl)
		return NULL;
	return TAKE(call);
}

int
http_start(struct http *http, const struct http_request *request,
    struct http_reply *reply, struct http_call **ret, struct error *err)
{
	http_reply_clear(reply);
	if (library_start(http, err) < 0)
		return -1;
	if (url_check(request->url, err) < 0)
		return wrap_request(request, err);

	CLEANUP(http_call_free)
	struct http_call *call = call_new(http, request, reply);
	if (!call)
		return error_nomem(err);
	if (request->deadline_ms > 0)
		call->deadline_ms = monotonic_ms() + request->deadline_ms;
	if (call_begin(call, false, err) < 0)
		return wrap_request(request, err);
	*ret = TAKE(call);
	return 0;
}

bool
http_call_ended(const struct http_call *call, int *ret, struct error *err)
{
	if (!call->ended)
		return false;
	*ret = call->result;
	if (call->result < 0)
		*err = call->err;
	return true;
}

/* Tells the calls that libcurl is through with. */
static void
calls_turn(struct http *http)
{
	const CURLMsg *message;
	int n_left;

	while ((message = curl_multi_info_read(http->multi, &n_left))) {
		CURLcode code = message->data.result;
		char *call = NULL;

		(void)curl_easy_getinfo(
		    message->easy_handle, CURLINFO_PRIVATE, &call);
		call_end((struct http_call *)(void *)call, code);
	}
}

static int
wait_turn(struct http *http, int64_t until_ms, struct error *err)
{
	int left_ms = monotonic_left_ms(until_ms);

	if (http->canceled && http->canceled(http->ctx))
		return error_set(err, ERROR_CANCELED, "canceled");
	CURLMcode r = curl_multi_poll(
	    http->multi, NULL, 0, left_ms < TURN_MS ? left_ms : TURN_MS, NULL);
	if (r != CURLM_OK)
		return error_set(
		    err, ERROR_SYSTEM, "libcurl: %s", curl_multi_strerror(r));
	return 0;
}

int
http_run(struct http *http, int64_t until_ms, struct error *err)
{
	unsigned int n_before = http->n_ended;

	/* Nothing was ever started. */
	if (!http->multi)
		return 0;
	for (;;) {
		int n_running;
		CURLMcode r = curl_multi_perform(http->multi, &n_running);

		if (r != CURLM_OK)
			return error_set(err, ERROR_SYSTEM, "libcurl: %s",
			    curl_multi_strerror(r));
		calls_turn(http);
		if (http->n_ended != n_before || monotonic_ms() >= until_ms)
			return 0;
		if (wait_turn(http, until_ms, err) < 0)
			return -1;
	}
}

/* The request and what it is redirected to, once. */
static int
send_once(struct http *http, const struct http_request *request,
    struct http_reply *reply, bool *delivered, struct error *err)
{
	CLEANUP(http_call_free) struct http_call *call = NULL;
	int result = 0;

	if (http_start(http, request, reply, &call, err) < 0)
		return -1;
	while (!http_call_ended(call, &result, err))
		if (http_run(http, INT64_MAX, err) < 0)
			return wrap_request(request, err);
	*delivered |= call->transfer.delivered;
	return result;
}

static bool
may_try_again(const struct http_request *request,
    const struct http_reply *reply, int r, const struct error *err)
{
	if (!is_idempotent(request))
		return false;
	if (r < 0)
		return err->kind == ERROR_UNREACHABLE;
	return retry_is_wanted(reply->status);
}

/* False when there is no time for it, or it was canceled. */
static bool
pause_for(struct http *http, uint64_t pause_ms, int64_t deadline_ms)
{
	int64_t end = monotonic_ms() + (int64_t)pause_ms;
	struct error err;

	if (deadline_ms > 0 && end >= deadline_ms)
		return false;
	while (monotonic_ms() < end)
		if (http_run(http, end, &err) < 0)
			return false;
	return true;
}

int
http_send(struct http *http, const struct http_request *request,
    struct http_reply *ret, struct error *err)
{
	struct http_request once = *request;
	bool delivered = false;
	int64_t deadline_ms = request->deadline_ms > 0
	    ? monotonic_ms() + request->deadline_ms
	    : 0;

	for (uint32_t n = 1;; n++) {
		/* One that has just passed is still not "none". */
		if (deadline_ms > 0)
			once.deadline_ms =
			    (uint32_t)monotonic_left_ms(deadline_ms) + 1;
		int r = send_once(http, &once, ret, &delivered, err);

		if (n >= request->max_tries || delivered ||
		    !may_try_again(request, ret, r, err) ||
		    !pause_for(http, retry_pause_ms(ret, n, PAUSE_MS_MAX, NULL),
			deadline_ms))
			return r;
	}
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
