/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a request is told to libcurl, and what comes back is bounded. HTTP's
 * framing is libcurl's affair; all else that it could do for us (redirects,
 * decoding, netrc, cookies, other protocols) stays switched off.
 */
#include "net/transfer.h"

#include <errno.h>

#include "base/memory.h"
#include "net/url.h"

/* Registries send some 2 KiB; Apache refuses to send more than 64 KiB. */
#define HEADER_BYTES_MAX ((size_t)64 * 1024)
/* Of a reply other than 2xx: enough for any message. */
#define EXPLANATION_BYTES_MAX ((size_t)64 * 1024)
/* Manifests, inspections and configs; what is larger goes to on_data. */
#define BODY_BYTES_DEFAULT ((size_t)16 * 1024 * 1024)
#define CONNECT_MS_DEFAULT 15000
/* Slower than any modem; a server that drips bytes is no server. */
#define STALL_BYTES_PER_SEC 64L
/* The largest that libcurl takes for each: fewer turns a gigabyte. */
#define RECEIVE_BUFFER_BYTES (512L * 1024)
#define SEND_BUFFER_BYTES    (2048L * 1024)

static void
slist_free(struct curl_slist *list)
{
	curl_slist_free_all(list);
}
DEFINE_CLEANUP(struct curl_slist, slist_free)

static bool
is_success(long status)
{
	return status >= 200 && status <= 299;
}

static long
status_of(const struct transfer *t)
{
	long status = 0;

	(void)curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

static size_t
on_header(char *ptr, size_t size, size_t n, void *ctx)
{
	struct transfer *t = ctx;
	struct slice line = slice_of(ptr, size * n);

	t->header_bytes += line.len;
	if (t->header_bytes > HEADER_BYTES_MAX) {
		(void)error_set(&t->err, ERROR_LIMIT,
		    "more than %zu bytes of headers", HEADER_BYTES_MAX);
		return 0;
	}
	if (slice_starts_with(line, SLICE("HTTP/")))
		buf_clear(&t->reply->headers); /* of an interim reply */
	else if (t->body_bytes == 0) /* else a trailer: nobody reads those */
		buf_put(&t->reply->headers, line);
	if (buf_check(&t->reply->headers, &t->err) < 0)
		return 0;
	return line.len;
}

static int
take_explanation(struct transfer *t, struct slice bytes)
{
	struct buf *body = &t->reply->body;
	struct slice part =
	    slice_first(bytes, EXPLANATION_BYTES_MAX - body->len);

	buf_put(body, part);
	if (buf_check(body, &t->err) < 0)
		return -1;
	t->cut = part.len < bytes.len;
	return t->cut ? -1 : 0;
}

/* Before the first byte: who asked may not want what is coming. */
static int
announce(struct transfer *t)
{
	const struct http_request *request = t->request;

	if (t->announced || !request->on_reply)
		return 0;
	t->announced = true;
	t->reply->status = (unsigned int)status_of(t);
	return request->on_reply(request->ctx, t->reply, &t->err);
}

static int
take_body(struct transfer *t, struct slice bytes)
{
	const struct http_request *request = t->request;
	uint64_t max_bytes =
	    request->max_bytes > 0 ? request->max_bytes : BODY_BYTES_DEFAULT;

	t->body_bytes += bytes.len;
	if (!is_success(status_of(t)))
		return take_explanation(t, bytes);
	if (t->count)
		t->count(t->count_ctx, bytes.len);
	if (announce(t) < 0)
		return -1;
	if (t->body_bytes > max_bytes)
		return error_set(&t->err, ERROR_LIMIT, "more than %llu bytes",
		    (unsigned long long)max_bytes);
	if (request->on_data) {
		t->delivered = true;
		return request->on_data(request->ctx, bytes, &t->err);
	}
	buf_put(&t->reply->body, bytes);
	return buf_check(&t->reply->body, &t->err);
}

static size_t
on_body(char *ptr, size_t size, size_t n, void *ctx)
{
	struct slice bytes = slice_of(ptr, size * n);

	if (bytes.len > 0 && take_body(ctx, bytes) < 0)
		return CURL_WRITEFUNC_ERROR;
	return bytes.len;
}

static size_t
on_send(char *room, size_t size, size_t n, void *ctx)
{
	struct transfer *t = ctx;

	if (t->unsent.len == 0 &&
	    stream_next(t->request->body_stream, &t->unsent, &t->err) < 0)
		return CURL_READFUNC_ABORT;

	struct slice part = slice_first(t->unsent, size * n);
	if (part.len > 0)
		memcpy(room, part.ptr, part.len);
	t->unsent = slice_after(t->unsent, part.len);
	return part.len;
}

static int
on_progress(void *ctx, curl_off_t dl_total, curl_off_t dl_now,
    curl_off_t ul_total, curl_off_t ul_now)
{
	struct transfer *t = ctx;

	(void)dl_total;
	(void)dl_now;
	(void)ul_total;
	(void)ul_now;
	if (!t->canceled || !t->canceled(t->canceled_ctx))
		return 0;
	(void)error_set(&t->err, ERROR_CANCELED, "canceled");
	return 1;
}

static bool
is_credential(const char *header)
{
	return !strncasecmp(header, "Authorization:", 14) ||
	    !strncasecmp(header, "Cookie:", 7);
}

static int
list_add(struct curl_slist **list, const char *header)
{
	struct curl_slist *longer = curl_slist_append(*list, header);

	if (!longer)
		return -1;
	*list = longer;
	return 0;
}

static int
make_headers(
    const struct transfer *t, struct curl_slist **ret, struct error *err)
{
	CLEANUP(slist_free) struct curl_slist *list = NULL;
	const char *const *given = t->request->headers;

	for (; given && *given; given++) {
		if (t->foreign && is_credential(*given))
			continue;
		if (list_add(&list, *given) < 0)
			return error_nomem(err);
	}
	/* Without a value: libcurl's own are not to be sent. They come after
	 * those given, which they so leave alone. */
	if (list_add(&list, "Expect:") < 0 ||
	    list_add(&list, "Content-Type:") < 0)
		return error_nomem(err);
	if (t->request->body_stream &&
	    list_add(&list, "Transfer-Encoding: chunked") < 0)
		return error_nomem(err);
	*ret = TAKE(list);
	return 0;
}

/* All curl_easy_setopt() can say of these is that memory is out. */
#define SET(curl, option, value) \
	(curl_easy_setopt((curl), (option), (value)) == CURLE_OK)

static bool
set_method(struct transfer *t)
{
	const struct http_request *request = t->request;
	const char *method = request->method ? request->method : "GET";
	curl_off_t n_bytes = (curl_off_t)request->body.len;
	CURL *curl = t->curl;

	if (!strcmp(method, "GET"))
		return SET(curl, CURLOPT_HTTPGET, 1L);
	if (!strcmp(method, "HEAD"))
		return SET(curl, CURLOPT_NOBODY, 1L);
	if (request->body_stream)
		return SET(curl, CURLOPT_POST, 1L) &&
		    SET(curl, CURLOPT_CUSTOMREQUEST, method) &&
		    SET(curl, CURLOPT_READFUNCTION, on_send) &&
		    SET(curl, CURLOPT_READDATA, t);
	if (!strcmp(method, "DELETE") && n_bytes == 0)
		return SET(curl, CURLOPT_CUSTOMREQUEST, method);
	return SET(curl, CURLOPT_POST, 1L) &&
	    SET(curl, CURLOPT_CUSTOMREQUEST, method) &&
	    SET(curl, CURLOPT_POSTFIELDSIZE_LARGE, n_bytes) &&
	    SET(curl, CURLOPT_POSTFIELDS, n_bytes > 0 ? request->body.ptr : "");
}

static bool
set_callbacks(struct transfer *t)
{
	CURL *curl = t->curl;

	return SET(curl, CURLOPT_HEADERFUNCTION, on_header) &&
	    SET(curl, CURLOPT_HEADERDATA, t) &&
	    SET(curl, CURLOPT_WRITEFUNCTION, on_body) &&
	    SET(curl, CURLOPT_WRITEDATA, t) &&
	    SET(curl, CURLOPT_XFERINFOFUNCTION, on_progress) &&
	    SET(curl, CURLOPT_XFERINFODATA, t) &&
	    SET(curl, CURLOPT_NOPROGRESS, 0L);
}

static bool
set_limits(struct transfer *t)
{
	const struct http_request *request = t->request;
	long connect_ms = request->connect_ms > 0 ? (long)request->connect_ms
						  : CONNECT_MS_DEFAULT;
	CURL *curl = t->curl;

	return SET(curl, CURLOPT_CONNECTTIMEOUT_MS, connect_ms) &&
	    SET(curl, CURLOPT_TIMEOUT_MS, (long)t->left_ms) &&
	    SET(curl, CURLOPT_LOW_SPEED_LIMIT, STALL_BYTES_PER_SEC) &&
	    SET(curl, CURLOPT_LOW_SPEED_TIME, (long)request->stall_sec) &&
	    SET(curl, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER_BYTES) &&
	    SET(curl, CURLOPT_UPLOAD_BUFFERSIZE, SEND_BUFFER_BYTES);
}

static bool
set_protocol(struct transfer *t)
{
	CURL *curl = t->curl;

	return SET(curl, CURLOPT_URL, t->url) &&
	    SET(curl, CURLOPT_PROTOCOLS_STR, "http,https") &&
	    SET(curl, CURLOPT_PATH_AS_IS, 1L) &&
	    SET(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L) &&
	    SET(curl, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2) &&
	    SET(curl, CURLOPT_USERAGENT, "fother/" FOTHER_VERSION);
}

static bool
set_place(struct transfer *t)
{
	const char *path = t->request->unix_socket;

	if (!path && t->request->direct_to_loopback && url_is_loopback(t->url))
		return SET(t->curl, CURLOPT_PROXY, "");
	if (!path)
		return true;
	return SET(t->curl, CURLOPT_UNIX_SOCKET_PATH, path) &&
	    SET(t->curl, CURLOPT_PROXY, "");
}

static bool
set_tls(struct transfer *t)
{
	const struct http_tls *tls = t->request->tls;
	CURL *curl = t->curl;

	if (!tls)
		return true;
	if (tls->insecure &&
	    (!tls->only_to_loopback || url_is_loopback(t->url)) &&
	    (!SET(curl, CURLOPT_SSL_VERIFYPEER, 0L) ||
		!SET(curl, CURLOPT_SSL_VERIFYHOST, 0L)))
		return false;
	if (tls->ca_pem.len > 0) {
		struct curl_blob blob = {
			.data = (void *)tls->ca_pem.ptr,
			.len = tls->ca_pem.len,
			.flags = CURL_BLOB_NOCOPY,
		};

		if (!SET(curl, CURLOPT_CAINFO_BLOB, &blob))
			return false;
	}
	/* Who we are is told to nobody but whom we asked. */
	if (!tls->cert_file || t->foreign)
		return true;
	return SET(curl, CURLOPT_SSLCERT, tls->cert_file) &&
	    SET(curl, CURLOPT_SSLKEY, tls->key_file);
}

static enum error_kind
kind_of_code(CURLcode code)
{
	static const struct {
		CURLcode code;
		enum error_kind kind;
	} kinds[] = {
		{ CURLE_COULDNT_RESOLVE_PROXY, ERROR_UNREACHABLE },
		{ CURLE_COULDNT_RESOLVE_HOST, ERROR_UNREACHABLE },
		{ CURLE_COULDNT_CONNECT, ERROR_UNREACHABLE },
		{ CURLE_PROXY, ERROR_UNREACHABLE },
		{ CURLE_SSL_CONNECT_ERROR, ERROR_UNREACHABLE },
		{ CURLE_SEND_ERROR, ERROR_UNREACHABLE },
		{ CURLE_RECV_ERROR, ERROR_UNREACHABLE },
		{ CURLE_GOT_NOTHING, ERROR_UNREACHABLE },
		{ CURLE_PARTIAL_FILE, ERROR_UNREACHABLE },
		{ CURLE_HTTP2, ERROR_UNREACHABLE },
		{ CURLE_HTTP2_STREAM, ERROR_UNREACHABLE },
		{ CURLE_OPERATION_TIMEDOUT, ERROR_TIMEOUT },
		{ CURLE_PEER_FAILED_VERIFICATION, ERROR_UNTRUSTED },
		{ CURLE_SSL_ISSUER_ERROR, ERROR_UNTRUSTED },
		{ CURLE_SSL_INVALIDCERTSTATUS, ERROR_UNTRUSTED },
		{ CURLE_SSL_CACERT_BADFILE, ERROR_FORMAT },
		{ CURLE_SSL_CERTPROBLEM, ERROR_FORMAT },
		{ CURLE_OUT_OF_MEMORY, ERROR_NOMEM },
		{ CURLE_WEIRD_SERVER_REPLY, ERROR_FORMAT },
		{ CURLE_UNSUPPORTED_PROTOCOL, ERROR_FORMAT },
		{ CURLE_URL_MALFORMAT, ERROR_FORMAT },
	};

	for (size_t i = 0; i < N_ITEMS(kinds); i++)
		if (kinds[i].code == code)
			return kinds[i].kind;
	return ERROR_SYSTEM;
}

/* libcurl quotes the server now and then. */
static void
make_printable(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

static int
explain(struct transfer *t, CURLcode code, char *detail, struct error *err)
{
	long number = 0;

	if (t->err.kind != ERROR_NONE) {
		*err = t->err;
		return -1;
	}
	(void)curl_easy_getinfo(t->curl, CURLINFO_OS_ERRNO, &number);
	errno = (int)number;
	if (code == CURLE_COULDNT_CONNECT && t->request->unix_socket) {
		(void)error_errno(err, "%s", t->request->unix_socket);
		if (err->kind != ERROR_DENIED)
			err->kind = ERROR_UNREACHABLE;
		return -1;
	}
	/* How libcurl refuses a header line of more than 100 KiB. */
	if (code == CURLE_OUT_OF_MEMORY && t->header_bytes > 0 &&
	    t->body_bytes == 0)
		return error_set(err, ERROR_LIMIT,
		    "a header line is too long, or out of memory");
	make_printable(detail);
	return error_set(err, kind_of_code(code), "%s",
	    *detail ? detail : curl_easy_strerror(code));
}

int
transfer_begin(struct transfer *t, struct error *err)
{
	http_reply_clear(t->reply);
	if (make_headers(t, &t->headers, err) < 0)
		return -1;
	curl_easy_reset(t->curl);
	if (!set_method(t) || !set_callbacks(t) || !set_limits(t) ||
	    !set_protocol(t) || !set_place(t) || !set_tls(t) ||
	    !SET(t->curl, CURLOPT_HTTPHEADER, t->headers) ||
	    !SET(t->curl, CURLOPT_ERRORBUFFER, t->detail))
		return error_nomem(err);
	return 0;
}

int
transfer_end(struct transfer *t, CURLcode code, struct error *err)
{
	if (code != CURLE_OK && !t->cut)
		return explain(t, code, t->detail, err);
	t->reply->status = (unsigned int)status_of(t);
	t->reply->foreign = t->foreign;
	return 0;
}

void
transfer_clear(struct transfer *t)
{
	/* The buffer and the list end here, the handle does not. */
	if (t->curl) {
		(void)SET(t->curl, CURLOPT_ERRORBUFFER, NULL);
		(void)SET(t->curl, CURLOPT_HTTPHEADER, NULL);
	}
	curl_slist_free_all(TAKE(t->headers));
}
