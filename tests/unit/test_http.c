/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Against a server of our own, a child on loopback, that does what the path
 * says: mostly what no decent server would.
 */
#include "net/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/memory.h"
#include "base/time.h"
#include "unit.h"

#define OK_EMPTY "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
#define CHUNK    ((size_t)64 * 1024)

/* --- the server ---------------------------------------------------------- */

static void
say(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n <= 0)
			_exit(0);
		text += n;
		len -= (size_t)n;
	}
}

/* The answers that are the same each time. */
static const struct {
	const char *path;
	const char *answer;
} answers[] = {
	{ "/hello",
	    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: \"a\"\r\n"
	    "X-Twice: 1\r\nx-twice:  2 \r\n\r\nhello" },
	{ "/interim",
	    "HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\n"
	    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" },
	{ "/missing",
	    "HTTP/1.1 404 Not Found\r\nContent-Length: 8\r\n\r\nno such!" },
	{ "/same", "HTTP/1.1 304 Not Modified\r\n\r\n" },
	{ "/to-echo",
	    "HTTP/1.1 302 Found\r\nLocation: /echo\r\n"
	    "Content-Length: 0\r\n\r\n" },
	{ "/loop",
	    "HTTP/1.1 302 Found\r\nLocation: /loop\r\n"
	    "Content-Length: 0\r\n\r\n" },
	{ "/to-file",
	    "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n"
	    "Content-Length: 0\r\n\r\n" },
	{ "/to-user",
	    "HTTP/1.1 302 Found\r\nLocation: http://a:b@127.0.0.1/"
	    "\r\nContent-Length: 0\r\n\r\n" },
	{ "/not-http", "SSH-2.0-OpenSSH_9.2\r\n\r\n" },
	{ "/escapes", "HTTP/1.1 200 OK\r\nContent-Length: \x1b[2Jx\r\n\r\nx" },
	{ "/cut", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello" },
	{ "/cut-chunks",
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "5\r\nhello\r\n5\r\nhe" },
	{ "/nothing", "" },
	{ "/early",
	    "HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n"
	    "Connection: close\r\n\r\noops" },
};

static void
say_for_ever(int fd, const char *head, const char *part)
{
	say(fd, head);
	for (;;)
		say(fd, part);
}

static void
drip(int fd, const char *part)
{
	for (;;) {
		say(fd, part);
		(void)usleep(100000);
	}
}

static void
say_back(int fd, const char *what)
{
	char head[128];

	(void)snprintf(head, sizeof(head),
	    "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", strlen(what));
	say(fd, head);
	say(fd, what);
}

static void
answer(int fd, const char *path, const char *request, unsigned int n_before)
{
	char location[128];
	unsigned int port;

	for (size_t i = 0; i < N_ITEMS(answers); i++)
		if (!strcmp(answers[i].path, path))
			say(fd, answers[i].answer);
	if (!strcmp(path, "/echo") || !strcmp(path, "/upload"))
		say_back(fd, request);
	if (!strcmp(path, "/flaky"))
		say(fd,
		    n_before > 0 ? OK_EMPTY
				 : "HTTP/1.1 503 Busy\r\n"
				   "Content-Length: 0\r\n\r\n");
	if (!strcmp(path, "/fails-once") && n_before > 0)
		say(fd, OK_EMPTY);
	if (!strcmp(path, "/endless"))
		say_for_ever(fd, "HTTP/1.1 200 OK\r\n\r\n", "xxxxxxxxxxxxxxx");
	if (!strcmp(path, "/endless-404"))
		say_for_ever(fd, "HTTP/1.1 404 No\r\n\r\n", "xxxxxxxxxxxxxxx");
	if (!strcmp(path, "/endless-headers"))
		say_for_ever(
		    fd, "HTTP/1.1 200 OK\r\n", "X-A: aaaaaaaaaaaa\r\n");
	if (!strcmp(path, "/endless-interim"))
		say_for_ever(fd, "", "HTTP/1.1 100 Continue\r\nX: y\r\n\r\n");
	if (!strcmp(path, "/endless-header"))
		say_for_ever(fd, "HTTP/1.1 200 OK\r\nX-A: ", "aaaaaaaaaaaaa");
	if (!strcmp(path, "/slow-headers")) {
		say(fd, "HTTP/1.1 200 OK\r\nX: ");
		drip(fd, "x");
	}
	if (!strcmp(path, "/stall")) {
		say(fd, "HTTP/1.1 200 OK\r\n\r\nhel");
		(void)sleep(60);
	}
	if (sscanf(path, "/away/%u", &port) == 1) {
		(void)snprintf(location, sizeof(location),
		    "HTTP/1.1 307 Away\r\nContent-Length: 0\r\n"
		    "Location: http://127.0.0.1:%u/echo\r\n\r\n",
		    port);
		say(fd, location);
	}
}

static bool
is_whole(const char *request)
{
	const char *body = strstr(request, "\r\n\r\n");
	const char *length = strstr(request, "Content-Length: ");

	if (!body)
		return false;
	if (!strncmp(request, "POST /early", 11))
		return true;
	if (strstr(request, "Transfer-Encoding: chunked"))
		return strstr(body, "\r\n0\r\n\r\n") != NULL;
	return !length || strlen(body + 4) >= strtoul(length + 16, NULL, 10);
}

/* Serves one request of a connection. */
static void
serve_one(int fd, unsigned int n_before)
{
	char *request = calloc(1, 8 * CHUNK);
	char path[128] = "";
	size_t len = 0;

	while (!is_whole(request)) {
		ssize_t n = recv(fd, request + len, 8 * CHUNK - 1 - len, 0);

		if (n <= 0)
			break;
		len += (size_t)n;
	}
	if (sscanf(request, "%*s %127s", path) == 1)
		answer(fd, path, request, n_before);
	free(request);
}

static void
serve(int listener)
{
	(void)signal(SIGCHLD, SIG_IGN);
	/* Also when a test fails, which jumps over its clean-up. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned int n = 0;; n++) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			_exit(1);
		/* Each in its own process: some never end. */
		if (fork() == 0) {
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			(void)alarm(20);
			serve_one(fd, n);
			_exit(0);
		}
		(void)close(fd);
	}
}

struct server {
	pid_t pid;
	unsigned int port;
	char path[64]; /* of a Unix socket, else empty */
	char dir[32];
};

static void
start(struct server *server, int listener)
{
	assert_int_equal(listen(listener, 16), 0);
	server->pid = fork();
	assert_true(server->pid >= 0);
	if (server->pid == 0)
		serve(listener);
	(void)close(listener);
}

static struct server
server_on_tcp(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(address);
	struct server ret = { .pid = -1 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(
	    getsockname(fd, (struct sockaddr *)&address, &size), 0);
	ret.port = ntohs(address.sin_port);
	start(&ret, fd);
	return ret;
}

static struct server
server_on_unix(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct server ret = { .dir = "/tmp/test_http.XXXXXX" };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_non_null(mkdtemp(ret.dir));
	(void)snprintf(ret.path, sizeof(ret.path), "%s/sock", ret.dir);
	(void)snprintf(
	    address.sun_path, sizeof(address.sun_path), "%s", ret.path);
	assert_int_equal(
	    bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	start(&ret, fd);
	return ret;
}

static void
server_stop(struct server *server)
{
	(void)kill(server->pid, SIGKILL);
	(void)waitpid(server->pid, NULL, 0);
	if (server->path[0] != '\0') {
		(void)unlink(server->path);
		(void)rmdir(server->dir);
	}
}
DEFINE_CLEANUP_IN_PLACE(struct server, server_stop)

/* --- the client ---------------------------------------------------------- */

static struct http *
client(void)
{
	struct http *http = NULL;
	struct error err;

	assert_int_equal(http_new(NULL, NULL, &http, &err), 0);
	return http;
}

/* Sends request to path of server. */
static int
ask(const struct server *server, const char *path, struct http_request request,
    struct http_reply *reply, struct error *err)
{
	CLEANUP(http_free) struct http *http = client();
	CLEANUP(string_free)
	char *url = string_format("http://127.0.0.1:%u%s", server->port, path);

	assert_non_null(url);
	request.url = url;
	if (server->path[0] != '\0')
		request.unix_socket = server->path;
	return http_send(http, &request, reply, err);
}

static void
assert_text(struct slice actual, const char *expected)
{
	if (!slice_eq(actual, slice_of_string(expected)))
		fail_msg("\"" SLICE_FMT "\" is not \"%s\"", SLICE_ARG(actual),
		    expected);
}

static bool
contains(const struct buf *buf, const char *text)
{
	return memmem(buf->ptr, buf->len, text, strlen(text)) != NULL;
}

static void
gets_a_body_and_its_headers(void **state)
{
	(void)state;
	CLEANUP(server_stop) struct server server = server_on_tcp();
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	struct error err;

	assert_int_equal(
	    ask(&server, "/hello", (struct http_request){ 0 }, &reply, &err),
	    0);
	assert_int_equal(reply.status, 200);
	assert_text(buf_slice(&reply.body), "hello");
	assert_text(http_reply_header(&reply, "etag"), "\"a\"");
	assert_text(http_reply_header(&reply, "X-Twice"), "2");
	assert_text(http_reply_header(&reply, "X-None"), "");
}

static void
keeps_only_the_headers_of_the_last_reply(void **state)
{
	(void)state;
	CLEANUP(server_stop) struct server server = server_on_tcp();
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	struct error err;

	assert_int_equal(
	    ask(&server, "/interim", (struct http_request){ 0 }, &reply, &err),
	    0);
	assert_text(buf_slice(&reply.body), "ok");
	assert_text(http_reply_header(&reply, "X-Interim"), "");
}

static void
speaks_through_a_unix_socket_and_no_proxy(void **state)
{
	(void)state;
	CLEANUP(server_stop) struct server server = server_on_unix();
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	struct error err;

	(void)setenv("http_proxy", "http://127.0.0.1:1", 1);
	(void)setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	int r =
	    ask(&server, "/hello", (struct http_request){ 0 }, &reply, &err);
	(void)unsetenv("http_proxy");
	(void)unsetenv("ALL_PROXY");
	assert_int_equal(r, 0);
	assert_text(buf_slice(&reply.body), "hello");
}

static void
sends_nothing_but_what_was_asked(void **state)
{
	(void)state;
	CLEANUP(server_stop) struct server server = server_on_tcp();
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	const char *const headers[] = { "X-Mine: 1", NULL };
	CLEANUP(string_free)
	char *expected =
	    string_format("POST /echo HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
			  "User-Agent: fother/0.1.0\r\nAccept: */*\r\n"
			  "X-Mine: 1\r\nContent-Length: 2\r\n\r\nhi",
		server.port);
	struct error err;

	assert_int_equal(ask(&server, "/echo",
			     (struct http_request){
				 .method = "POST",
				 .headers = headers,
				 .body = SLICE("hi"),
			     },
			     &reply, &err),
	    0);
	assert_text(buf_slice(&reply.body), expected);
}

static void
an_empty_post_has_a_length(void **state)
{
	(void)state;
	CLEANUP(server_stop) struct server server = server_on_tcp();
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	struct error err;

	assert_int_equal(
	    ask(&server, "/echo", (struct http_request){ .method = "POST" },
		&reply, &err),
	    0);
	assert_true(contains(&reply.body, "Content-Length: 0\r\n"));
	assert_false(contains(&reply.body, "Content-Type"));
}

/* A stream of three chunks, or one that fails after them. */
struct parts {
	struct stream stream;
	unsigned int n;
	bool fails;
};

static int
parts_next(struct stream *self, struct slice *ret, struct error *err)
{
	static const char *const texts[] = { "one ", "two ", "three" };
	struct parts *parts = (struct parts *)self;

	if (parts->n == N_ITEMS(texts) && parts->fails)
		return error_set(err, ERROR_FORMAT, "a bad part");
	*ret = parts->n < N_ITEMS(texts) ? slice_of_string(texts[parts->n++])
					 : SLICE("");
	return 0;
}

static void
uploads_a_stream_of_unknown_length(void **state)
{
	(void)state;
	CLEANUP(server_stop) struct server server = server_on_unix();
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	struct parts parts = { .stream = { .next = parts_next } };
	struct error err;

	assert_int_equal(ask(&server, "/upload",
			     (struct http_request){
				 .method = "POST",
				 .body_stream = &parts.stream,
			     },
			     &reply, &err),
	    0);
	assert_true(contains(&reply.body, "Transfer-Encoding: chunked\r\n"));
	assert_false(contains(&reply.body, "Expect"));
	assert_true(contains(&reply.body, "\r\nthree\r\n0\r\n\r\n"));
}

static void
a_stream_that_fails_is_not_an_upload(void **state)
{
	(void)state;
	CLEANUP(server_stop) struct server server = server_on_unix();
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	struct parts parts = { .stream = { .next = parts_next },
		.fails = true };
	struct error err;

	assert_int_equal(ask(&server, "/upload",
			     (struct http_request){
				 .method = "POST",
				 .body_stream = &parts.stream,
			     },
			     &reply, &err),
	    -1);
	assert_int_equal(err.kind, ERROR_FORMAT);
	assert_non_null(strstr(err.msg, "/upload: a bad part"));
}

static int
endless_next(struct stream *self, struct slice *ret, struct error *err)
{
	static const char zeroes[CHUNK];

	(void)self;
	(void)err;
	*ret = slice_of(zeroes, sizeof(zeroes));
	return 0;
}

static void
a_server_may_answer_before_the_upload_ends(void **state)
{
	(void)state;
	CLEANUP(server_stop) struct server server = server_on_unix();
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	struct stream endless = { .next = endless_next };
	struct http_request request = { .method = "POST",
		.url = "http://x/early",
		.body_stream = &endless };
	struct error err;

	/* The socket may break before the answer is read: both are fine, but
	 * never success, and never for ever. */
	if (ask(&server, "/early", request, &reply, &err) == 0) {
		assert_int_equal(reply.status, 500);
		assert_text(buf_slice(&reply.body), "oops");
	} else {
		assert_int_equal(err.kind, ERROR_UNREACHABLE);
	}
}

static void
a_status_is_a_reply_and_then_an_error(void **state)
{
	(void)state;
	CLEANUP(server_stop) struct server server = server_on_tcp();
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	const struct http_request request = {
		.url = "http://user:secret@host/missing?token=secret",
	};
	struct error err;

	assert_int_equal(
	    ask(&server, "/missing", (struct http_request){ 0 }, &reply, &err),
	    0);
	assert_int_equal(reply.status, 404);
	assert_text(buf_slice(&reply.body), "no such!");
	assert_int_equal(http_reply_check(&request, &reply, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_string_equal(err.msg, "GET http://host/missing: 404 Not Found");
}

static void
not_modified_is_no_error(void **state)
{
	(void)state;
	CLEANUP(server_stop) struct server server = server_on_tcp();
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	const char *const headers[] = { "If-None-Match: \"a\"", NULL };
	struct http_request request = { .url = "http://h/same",
		.headers = headers };
	struct error err;

	assert_int_equal(ask(&server, "/same", request, &reply, &err), 0);
	assert_int_equal(reply.status, 304);
	assert_int_equal(http_reply_check(&request, &reply, &err), 0);
}

static void
follows_redirects_only_when_asked(void **state)
{
	(void)state;
	CLEANUP(server_stop) struct server server = server_on_tcp();
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	const char *const headers[] = { "Authorization: Bearer s", NULL };
	struct http_request request = { .headers = headers };
	struct error err;

	assert_int_equal(ask(&server, "/to-echo", request, &reply, &err), 0);
	assert_int_equal(reply.status, 302);

	request.max_redirects = 1;
	assert_int_equal(ask(&server, "/to-echo", request, &reply, &err), 0);
	assert_int_equal(reply.status, 200);
	assert_true(contains(&reply.body, "GET /echo "));
	assert_true(contains(&reply.body, "Authorization: Bearer s"));
}

static void
gives_credentials_to_no_other_origin(void **state)
{
	(void)state;
	CLEANUP(server_stop) struct server server = server_on_tcp();
	CLEANUP(server_stop) struct server other = server_on_tcp();
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	const char *const headers[] = { "Authorization: Bearer s",
		"cookie: c=s", "Accept: a/b", NULL };
	struct http_request request = { .headers = headers,
		.max_redirects = 3 };
	CLEANUP(string_free) char *path = string_format("/away/%u", other.port);
	struct error err;

	assert_int_equal(ask(&server, path, request, &reply, &err), 0);
	assert_int_equal(reply.status, 200);
	assert_true(contains(&reply.body, "GET /echo "));
	assert_true(contains(&reply.body, "Accept: a/b"));
	assert_false(contains(&reply.body, "uthorization"));
	assert_false(contains(&reply.body, "ookie"));
}

static void
posts_are_never_redirected(void **state)
{
	(void)state;
	CLEANUP(server_stop) struct server server = server_on_tcp();
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	struct http_request request = { .method = "POST", .max_redirects = 3 };
	struct error err;

	assert_int_equal(ask(&server, "/to-echo", request, &reply, &err), 0);
	assert_int_equal(reply.status, 302);
}

static int
drop(void *ctx, struct slice bytes, struct error *err)
{
	(void)err;
	*(size_t *)ctx += bytes.len;
	return 0;
}

/* What a server does, and what that is to us. */
static void
bad_servers_are_errors(void **state)
{
	(void)state;
	CLEANUP(server_stop) struct server server = server_on_tcp();
	static const struct {
		const char *path;
		enum error_kind kind;
		const char *msg;
	} cases[] = {
		{ "/loop", ERROR_LIMIT, "more than 3 redirects" },
		{ "/to-file", ERROR_DENIED,
		    "redirect to file:///etc/passwd refused: "
		    "neither http nor https" },
		{ "/to-user", ERROR_DENIED,
		    "redirect to http://127.0.0.1/ refused: "
		    "a URL with a user in it" },
		{ "/not-http", ERROR_FORMAT, "HTTP/0.9" },
		{ "/escapes", ERROR_FORMAT, "Invalid Content-Length" },
		{ "/cut", ERROR_UNREACHABLE, "" },
		{ "/cut-chunks", ERROR_UNREACHABLE, "" },
		{ "/nothing", ERROR_UNREACHABLE, "Empty reply" },
		{ "/endless", ERROR_LIMIT, "more than 1000000 bytes" },
		{ "/endless-headers", ERROR_LIMIT, "65536 bytes of headers" },
		{ "/endless-interim", ERROR_LIMIT, "65536 bytes of headers" },
		{ "/endless-header", ERROR_LIMIT, "a header line is too long" },
		{ "/slow-headers", ERROR_TIMEOUT, "" },
		{ "/stall", ERROR_TIMEOUT, "" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
		struct error err = { 0 };
		size_t n_bytes = 0;
		int r = ask(&server, cases[i].path,
		    (struct http_request){
			.max_redirects = 3,
			.max_bytes = 1000000,
			.on_data = drop,
			.ctx = &n_bytes,
			.stall_sec = 1,
			.deadline_ms = 5000,
		    },
		    &reply, &err);

		if (r != -1 || err.kind != cases[i].kind ||
		    !strstr(err.msg, cases[i].msg) ||
		    strncmp(err.msg, "GET http://127.0.0.1:", 21) != 0)
			fail_msg("%s: %d %s: %s", cases[i].path, r,
			    error_kind_to_string(err.kind), err.msg);
		assert_true(n_bytes <= 1000000);
	}
}

static void
a_deadline_holds_for_all_tries(void **state)
{
	(void)state;
	CLEANUP(server_stop) struct server server = server_on_tcp();
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	struct error err;

	assert_int_equal(ask(&server, "/stall",
			     (struct http_request){
				 .deadline_ms = 300,
				 .max_tries = 5,
			     },
			     &reply, &err),
	    -1);
	assert_int_equal(err.kind, ERROR_TIMEOUT);
}

static void
an_explanation_is_cut_at_64_kib(void **state)
{
	(void)state;
	CLEANUP(server_stop) struct server server = server_on_tcp();
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	struct error err;

	assert_int_equal(ask(&server, "/endless-404",
			     (struct http_request){ 0 }, &reply, &err),
	    0);
	assert_int_equal(reply.status, 404);
	assert_int_equal(reply.body.len, 65536);
}

static int
refuse(void *ctx, struct slice bytes, struct error *err)
{
	(void)ctx;
	(void)bytes;
	return error_set(err, ERROR_CONFLICT, "the sink is full");
}

static void
a_sink_may_end_it(void **state)
{
	(void)state;
	CLEANUP(server_stop) struct server server = server_on_tcp();
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	struct error err;

	assert_int_equal(
	    ask(&server, "/hello", (struct http_request){ .on_data = refuse },
		&reply, &err),
	    -1);
	assert_int_equal(err.kind, ERROR_CONFLICT);
	assert_non_null(strstr(err.msg, "/hello: the sink is full"));
}

static void
tries_again_what_may_pass(void **state)
{
	(void)state;
	static const char *const paths[] = { "/flaky", "/fails-once" };

	for (size_t i = 0; i < N_ITEMS(paths); i++) {
		CLEANUP(server_stop) struct server server = server_on_tcp();
		CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
		struct error err;

		assert_int_equal(
		    ask(&server, paths[i],
			(struct http_request){ .max_tries = 2 }, &reply, &err),
		    0);
		assert_int_equal(reply.status, 200);
	}
}

static void
tries_a_post_only_once(void **state)
{
	(void)state;
	CLEANUP(server_stop) struct server server = server_on_tcp();
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	struct http_request request = { .method = "POST", .max_tries = 3 };
	struct error err;

	assert_int_equal(ask(&server, "/flaky", request, &reply, &err), 0);
	assert_int_equal(reply.status, 503);
}

/* Starts a request to path of server; the caller frees all three. */
static struct http_call *
started(
    struct http *http, struct http_request *request, struct http_reply *reply)
{
	struct http_call *call = NULL;
	struct error err;

	if (http_start(http, request, reply, &call, &err) < 0)
		fail_msg("%s", err.msg);
	return call;
}

static void
several_run_side_by_side(void **state)
{
	(void)state;
	CLEANUP(server_stop) struct server server = server_on_tcp();
	CLEANUP(http_free) struct http *http = client();
	static const char *const paths[] = { "/stall", "/hello", "/missing",
		"/cut", "/to-echo" };
	struct http_request requests[N_ITEMS(paths)] = { 0 };
	struct http_reply replies[N_ITEMS(paths)] = { 0 };
	struct http_call *calls[N_ITEMS(paths)];
	char *urls[N_ITEMS(paths)];
	struct error err = { 0 };
	int64_t until_ms = monotonic_ms() + 300;
	size_t n_ended = 0;
	int r = 0;

	for (size_t i = 0; i < N_ITEMS(paths); i++) {
		urls[i] = string_format(
		    "http://127.0.0.1:%u%s", server.port, paths[i]);
		requests[i].url = urls[i];
		requests[i].max_redirects = 1;
		calls[i] = started(http, &requests[i], &replies[i]);
		assert_false(http_call_ended(calls[i], &r, &err));
	}
	while (monotonic_ms() < until_ms)
		assert_int_equal(http_run(http, until_ms, &err), 0);
	for (size_t i = 0; i < N_ITEMS(paths); i++)
		n_ended += http_call_ended(calls[i], &r, &err);
	assert_int_equal(n_ended, N_ITEMS(paths) - 1);
	assert_false(http_call_ended(calls[0], &r, &err));
	assert_true(http_call_ended(calls[3], &r, &err) && r < 0);
	assert_int_equal(err.kind, ERROR_UNREACHABLE);
	assert_text(buf_slice(&replies[1].body), "hello");
	assert_int_equal(replies[2].status, 404);
	assert_int_equal(replies[4].status, 200);
	/* Those that run are ended with it. */
	for (size_t i = 0; i < N_ITEMS(paths); i++) {
		http_call_free(calls[i]);
		http_reply_clear(&replies[i]);
		free(urls[i]);
	}
}

static void
others_go_on_while_one_is_waited_for(void **state)
{
	(void)state;
	CLEANUP(server_stop) struct server server = server_on_tcp();
	CLEANUP(http_free) struct http *http = client();
	CLEANUP(string_free)
	char *hello = string_format("http://127.0.0.1:%u/hello", server.port);
	CLEANUP(string_free)
	char *stall = string_format("http://127.0.0.1:%u/stall", server.port);
	struct http_request aside = { .url = hello };
	struct http_request waited = { .url = stall, .deadline_ms = 300 };
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	CLEANUP(http_reply_clear) struct http_reply ours = { 0 };
	struct error err = { 0 };
	int r = -1;

	CLEANUP(http_call_free)
	struct http_call *call = started(http, &aside, &reply);
	assert_int_equal(http_send(http, &waited, &ours, &err), -1);
	assert_int_equal(err.kind, ERROR_TIMEOUT);
	assert_true(http_call_ended(call, &r, &err));
	assert_int_equal(r, 0);
	assert_text(buf_slice(&reply.body), "hello");
}

static int
refuse_reply(void *ctx, const struct http_reply *reply, struct error *err)
{
	assert_int_equal(reply->status, 200);
	assert_text(http_reply_header(reply, "ETag"), "\"a\"");
	++*(int *)ctx;
	return error_set(err, ERROR_CONFLICT, "not this one");
}

static int
never(void *ctx, struct slice bytes, struct error *err)
{
	(void)ctx;
	(void)bytes;
	(void)err;
	fail();
	return 0;
}

static void
a_reply_may_be_refused_before_its_first_byte(void **state)
{
	(void)state;
	CLEANUP(server_stop) struct server server = server_on_tcp();
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	struct error err;
	int n_shown = 0;

	assert_int_equal(ask(&server, "/hello",
			     (struct http_request){
				 .on_reply = refuse_reply,
				 .on_data = never,
				 .ctx = &n_shown,
			     },
			     &reply, &err),
	    -1);
	assert_int_equal(err.kind, ERROR_CONFLICT);
	assert_int_equal(n_shown, 1);
}

static bool
yes(void *ctx)
{
	++*(int *)ctx;
	return true;
}

static void
can_be_canceled(void **state)
{
	(void)state;
	CLEANUP(server_stop) struct server server = server_on_tcp();
	CLEANUP(http_free) struct http *http = NULL;
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	CLEANUP(string_free)
	char *url = string_format("http://127.0.0.1:%u/stall", server.port);
	struct http_request request = { .url = url, .max_tries = 5 };
	struct error err;
	int n_asked = 0;

	assert_int_equal(http_new(yes, &n_asked, &http, &err), 0);
	assert_int_equal(http_send(http, &request, &reply, &err), -1);
	assert_int_equal(err.kind, ERROR_CANCELED);
	assert_true(n_asked > 0);
}

static void
no_socket_is_unreachable(void **state)
{
	(void)state;
	CLEANUP(http_free) struct http *http = client();
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	struct http_request request = { .url = "http://docker/_ping",
		.unix_socket = "/nonexistent/sock" };
	struct error err;

	assert_int_equal(http_send(http, &request, &reply, &err), -1);
	assert_int_equal(err.kind, ERROR_UNREACHABLE);
	assert_string_equal(err.msg,
	    "GET /_ping: /nonexistent/sock: No such file or directory");
}

static void
refuses_what_is_not_http(void **state)
{
	(void)state;
	CLEANUP(http_free) struct http *http = client();
	static const struct {
		const char *url;
		enum error_kind kind;
	} cases[] = {
		{ "file:///etc/passwd", ERROR_DENIED },
		{ "gopher://127.0.0.1/", ERROR_DENIED },
		{ "", ERROR_FORMAT },
		{ "http://a b/", ERROR_FORMAT },
		{ "http://a/\r\nX: y", ERROR_FORMAT },
		{ "/etc/passwd", ERROR_FORMAT },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
		struct http_request request = { .url = cases[i].url };
		struct error err;

		assert_int_equal(http_send(http, &request, &reply, &err), -1);
		assert_int_equal(err.kind, cases[i].kind);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gets_a_body_and_its_headers),
		cmocka_unit_test(keeps_only_the_headers_of_the_last_reply),
		cmocka_unit_test(speaks_through_a_unix_socket_and_no_proxy),
		cmocka_unit_test(sends_nothing_but_what_was_asked),
		cmocka_unit_test(an_empty_post_has_a_length),
		cmocka_unit_test(uploads_a_stream_of_unknown_length),
		cmocka_unit_test(a_stream_that_fails_is_not_an_upload),
		cmocka_unit_test(a_server_may_answer_before_the_upload_ends),
		cmocka_unit_test(a_status_is_a_reply_and_then_an_error),
		cmocka_unit_test(not_modified_is_no_error),
		cmocka_unit_test(follows_redirects_only_when_asked),
		cmocka_unit_test(gives_credentials_to_no_other_origin),
		cmocka_unit_test(posts_are_never_redirected),
		cmocka_unit_test(bad_servers_are_errors),
		cmocka_unit_test(a_deadline_holds_for_all_tries),
		cmocka_unit_test(an_explanation_is_cut_at_64_kib),
		cmocka_unit_test(a_sink_may_end_it),
		cmocka_unit_test(tries_again_what_may_pass),
		cmocka_unit_test(tries_a_post_only_once),
		cmocka_unit_test(several_run_side_by_side),
		cmocka_unit_test(others_go_on_while_one_is_waited_for),
		cmocka_unit_test(a_reply_may_be_refused_before_its_first_byte),
		cmocka_unit_test(can_be_canceled),
		cmocka_unit_test(no_socket_is_unreachable),
		cmocka_unit_test(refuses_what_is_not_http),
	};
	static const char *const proxies[] = { "http_proxy", "https_proxy",
		"HTTPS_PROXY", "all_proxy", "ALL_PROXY" };

	for (size_t i = 0; i < N_ITEMS(proxies); i++)
		(void)unsetenv(proxies[i]);
	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
