/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"
#include "base/stream.h"

/*
 * A client that keeps its connections between requests, and can have several
 * under way. A callback of a request must not start another on it.
 */
struct http;
struct http_reply;

/*
 * A new client. canceled, unless NULL, is asked about once a second while a
 * request runs; when it returns true the request ends with ERROR_CANCELED.
 * Free it with http_free(). It costs nothing before its first request; when
 * libcurl cannot be had, that is ERROR_SYSTEM. ERROR_NOMEM.
 */
MUST_CHECK int http_new(bool (*canceled)(void *ctx), void *ctx,
    struct http **ret, struct error *err);
void http_free(struct http *http);
DEFINE_CLEANUP(struct http, http_free)

/* Has count called with the number of each run of bytes of a 2xx reply's body
 * as it comes, of all requests from now on. */
void http_set_count(
    struct http *http, void (*count)(void *ctx, uint64_t n_bytes), void *ctx);

/* How the other side of https proves itself, and how we do. */
struct http_tls {
	bool insecure;         /* nothing is verified, whoever answers; */
	bool only_to_loopback; /* that only where the URL is of this machine */
	struct slice ca_pem;   /* issuers trusted besides the system's */
	const char *cert_file; /* our certificate and its key, in PEM; */
	const char *key_file;  /* given to the URL's own origin only */
};

/* What is asked for. Zeroes are what most want; only url must be set. */
struct http_request {
	const char *method; /* NULL: GET */
	const char *url;    /* http or https */

	/* Connects to this socket instead of the URL's host; no proxies. */
	const char *unix_socket;

	/* No proxy where the URL is of this machine, whatever is set. */
	bool direct_to_loopback;

	const struct http_tls *tls; /* NULL: the system's issuers, no name */

	/* "Name: value"; the last is NULL. NULL: none but our own. */
	const char *const *headers;

	/* What is sent: bytes, or a stream of unknown length. */
	struct slice body;
	struct stream *body_stream;

	/* Shown status and headers of a 2xx reply before the first byte of
	 * its body (of an empty one: not at all); -1 and *err ends the request
	 * with that error. May be NULL. */
	int (*on_reply)(
	    void *ctx, const struct http_reply *reply, struct error *err);

	/* Given the body of a 2xx reply as it comes; -1 and *err ends the
	 * request with that error. NULL: it is put into the reply. */
	int (*on_data)(void *ctx, struct slice bytes, struct error *err);
	void *ctx;

	uint64_t max_bytes;   /* of the reply's body; 0: 16 MiB */
	uint32_t connect_ms;  /* 0: 15 s */
	uint32_t stall_sec;   /* so long almost nothing came or went; 0: off */
	uint32_t deadline_ms; /* for all tries together; 0: none */
	uint32_t max_tries;   /* GET and HEAD only; 0: 1 */
	uint32_t max_redirects; /* GET and HEAD only; 0: none */
};

struct http_reply {
	unsigned int status; /* 200, 304, 404... */
	struct buf headers;  /* "Name: value\r\n", as they came */
	struct buf body;     /* of other than 2xx, its first 64 KiB at most */
	bool foreign;        /* by another origin, that a redirect led to */
};

/*
 * Sends a request and puts what came back into *ret, which was zeroes, and
 * which http_reply_clear() empties, also after a failure. Any status is a
 * reply: 404 is no failure here; see http_reply_check().
 *
 * Everything that the other side says is untrusted. A redirect is followed
 * for GET and HEAD only, never from https to http, and to another host,
 * port or scheme without the headers Authorization and Cookie. A try is
 * repeated, after a pause that doubles (or Retry-After, within bounds), when
 * it was unreachable or answered 429, 502, 503 or 504, as long as on_data has
 * been given nothing.
 *
 * ERROR_UNREACHABLE: no connection, or it broke before the end. ERROR_TIMEOUT:
 * connect_ms, stall_sec or deadline_ms passed. ERROR_LIMIT: more than
 * max_bytes, more headers than a server sends, or too many redirects.
 * ERROR_DENIED: a redirect that is not followed, or another protocol.
 * ERROR_UNTRUSTED: the server's certificate. ERROR_FORMAT: not HTTP, or not a
 * URL. ERROR_CANCELED, ERROR_NOMEM; or what on_data or body_stream said.
 */
MUST_CHECK int http_send(struct http *http, const struct http_request *request,
    struct http_reply *ret, struct error *err);

/* A request under way. */
struct http_call;

/*
 * Starts a request, beside those that run. request, reply (zeroes) and what
 * they point to stay where they are until http_call_free(), which ends it if
 * it has not ended, and comes before http_free(). It is as http_send(), but
 * tried once. ERROR_FORMAT, ERROR_DENIED: the URL; ERROR_NOMEM, ERROR_SYSTEM.
 */
MUST_CHECK int http_start(struct http *http, const struct http_request *request,
    struct http_reply *reply, struct http_call **ret, struct error *err);
void http_call_free(struct http_call *call);
DEFINE_CLEANUP(struct http_call, http_call_free)

/*
 * Lets all that was started go on, until one more of them has ended or, on
 * monotonic_ms()'s clock, until_ms has come. While http_send() waits, they go
 * on too. ERROR_CANCELED; ERROR_SYSTEM: libcurl cannot wait.
 */
MUST_CHECK int http_run(struct http *http, int64_t until_ms, struct error *err);

/* False while it runs. Once it has ended: 0, or -1 and *err, in *ret. */
bool http_call_ended(const struct http_call *call, int *ret, struct error *err);

void http_reply_clear(struct http_reply *reply);
DEFINE_CLEANUP_IN_PLACE(struct http_reply, http_reply_clear)

/* The last header of this name, without blanks around it; empty if none. */
struct slice http_reply_header(
    const struct http_reply *reply, const char *name);

/* Walks over all headers of this name: *rest is reply->headers at first.
 * False when there is none left. */
bool http_header_next(struct slice *rest, const char *name, struct slice *ret);

/*
 * 0 when the status is 2xx or 304; else -1 and "GET http://host/path: 404 Not
 * Found". 404, 410: ERROR_NOT_FOUND; 401, 403, 407: ERROR_DENIED; 408:
 * ERROR_TIMEOUT; 409, 412: ERROR_CONFLICT; 429, 5xx: ERROR_UNREACHABLE; other:
 * ERROR_UNSUPPORTED.
 */
MUST_CHECK int http_reply_check(const struct http_request *request,
    const struct http_reply *reply, struct error *err);
