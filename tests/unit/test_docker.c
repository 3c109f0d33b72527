/* SPDX-License-Identifier: Apache-2.0 */
/* Against a daemon of our own, a child that gives canned answers: for what a
 * real one does not do on demand. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "engine/engine.h"
#include "unit.h"

struct canned {
	const char *request; /* what it begins with */
	unsigned int status;
	const char *body;
};

struct daemon {
	pid_t pid;
	char dir[32];
	char path[64];
	char url[80];
};

static void
answer(int fd, const char *request, const struct canned *canned)
{
	char head[256];

	while (canned->request &&
	    strncmp(request, canned->request, strlen(canned->request)) != 0)
		canned++;
	(void)snprintf(head, sizeof(head),
	    "HTTP/1.1 %u X\r\nConnection: close\r\n\r\n",
	    canned->request ? canned->status : 404);
	(void)send(fd, head, strlen(head), MSG_NOSIGNAL);
	if (canned->request)
		(void)send(
		    fd, canned->body, strlen(canned->body), MSG_NOSIGNAL);
}

static void
serve(int listener, const struct canned *canned)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		char request[4096] = "";
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			_exit(1);
		(void)recv(fd, request, sizeof(request) - 1, 0);
		answer(fd, request, canned);
		/* To close with a body unread would reset the connection. */
		(void)shutdown(fd, SHUT_WR);
		while (recv(fd, request, sizeof(request), 0) > 0)
			continue;
		(void)close(fd);
	}
}

static struct daemon
daemon_start(const struct canned *canned)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct daemon ret = { .dir = "/tmp/test_docker.XXXXXX" };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_non_null(mkdtemp(ret.dir));
	(void)snprintf(ret.path, sizeof(ret.path), "%s/sock", ret.dir);
	(void)snprintf(ret.url, sizeof(ret.url), "unix://%s", ret.path);
	(void)snprintf(
	    address.sun_path, sizeof(address.sun_path), "%s", ret.path);
	assert_int_equal(
	    bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 8), 0);
	ret.pid = fork();
	assert_true(ret.pid >= 0);
	if (ret.pid == 0)
		serve(fd, canned);
	(void)close(fd);
	return ret;
}

static void
daemon_stop(struct daemon *daemon)
{
	(void)kill(daemon->pid, SIGKILL);
	(void)waitpid(daemon->pid, NULL, 0);
	(void)unlink(daemon->path);
	(void)rmdir(daemon->dir);
}
DEFINE_CLEANUP_IN_PLACE(struct daemon, daemon_stop)

static struct engine *
open_engine(const struct daemon *daemon)
{
	struct engine *engine = NULL;
	struct error err;

	if (engine_open(daemon->url, NULL, NULL, &engine, &err) < 0)
		fail_msg("%s", err.msg);
	return engine;
}

#define VERSION(max, min) \
	{ \
		"GET /version ", 200, \
		    "{\"ApiVersion\":\"" max "\",\"MinAPIVersion\":\"" min \
		    "\"}" \
	}

static void
agrees_on_a_version(void **state)
{
	(void)state;
	static const struct {
		struct canned canned[2];
		unsigned int api; /* 0: refused */
	} cases[] = {
		{ { VERSION("1.41", "1.12") }, 41 },
		{ { VERSION("1.99", "1.44") }, 51 },
		{ { VERSION("1.24", "1.12") }, 24 },
		{ { VERSION("1.23", "1.12") }, 0 },
		{ { VERSION("1.99", "1.60") }, 0 },
		{ { VERSION("2.0", "2.0") }, 0 },
		{ { VERSION("1.x", "") }, 0 },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(daemon_stop)
		struct daemon daemon = daemon_start(cases[i].canned);
		CLEANUP(engine_free) struct engine *engine = NULL;
		struct error err = { .kind = ERROR_NONE };
		int r = engine_open(daemon.url, NULL, NULL, &engine, &err);

		assert_int_equal(r, cases[i].api > 0 ? 0 : -1);
		if (r == 0)
			assert_int_equal(engine_api(engine), cases[i].api);
		else
			assert_int_equal(err.kind, ERROR_UNSUPPORTED);
	}
}

static void
refusals_keep_the_daemons_own_words(void **state)
{
	(void)state;
	static const struct canned canned[] = {
		VERSION("1.41", "1.12"),
		{ "GET /v1.41/containers/a/json", 404,
		    "{\"message\":\"No such \\u001b[2Jthing\\n\"}" },
		{ "GET /v1.41/containers/b/json", 500, "not JSON" },
		{ "GET /v1.41/containers/c/json", 200, "{\"a\":" },
		{ "GET /v1.41/containers/d/json", 301, "" },
		{ NULL, 0, NULL },
	};
	static const struct {
		const char *ref;
		enum error_kind kind;
		const char *msg;
	} cases[] = {
		{ "a", ERROR_NOT_FOUND,
		    "engine: GET /containers/a/json: No such ?[2Jthing " },
		{ "b", ERROR_SYSTEM,
		    "engine: GET /containers/b/json: status 500" },
		{ "c", ERROR_FORMAT, "engine: GET /containers/c/json: " },
		{ "d", ERROR_FORMAT,
		    "engine: GET /containers/d/json: status 301" },
	};
	CLEANUP(daemon_stop) struct daemon daemon = daemon_start(canned);
	CLEANUP(engine_free) struct engine *engine = open_engine(&daemon);

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(buf_clear) struct buf reply = { 0 };
		struct error err;

		assert_int_equal(engine_inspect_container(
				     engine, cases[i].ref, &reply, &err),
		    -1);
		assert_int_equal(err.kind, cases[i].kind);
		if (!strstr(err.msg, cases[i].msg))
			fail_msg("%s", err.msg);
	}
}

static void
a_load_that_reports_an_error_has_failed(void **state)
{
	(void)state;
	static const struct canned canned[] = {
		VERSION("1.41", "1.12"),
		{ "POST /v1.41/images/load", 200,
		    "{\"status\":\"Loading layer\"}\r\n"
		    "{\"errorDetail\":{\"message\":\"no space left on "
		    "device\"},\"error\":\"x\"}\r\n" },
		{ NULL, 0, NULL },
	};
	CLEANUP(daemon_stop) struct daemon daemon = daemon_start(canned);
	CLEANUP(engine_free) struct engine *engine = open_engine(&daemon);
	struct slice_stream archive = slice_stream_of(SLICE("tar"));
	struct error err;

	assert_int_equal(engine_load_image(engine, &archive.stream, &err), -1);
	assert_int_equal(err.kind, ERROR_SYSTEM);
	assert_string_equal(err.msg, "engine: load: no space left on device");
}

static void
names_stay_in_their_place(void **state)
{
	(void)state;
	static const struct canned canned[] = {
		VERSION("1.41", "1.12"),
		{ "POST /v1.41/containers/a%3Fb%23%0A/start ", 304, "" },
		{ NULL, 0, NULL },
	};
	static const char *const bad[] = { "", ".", "..", "a/b", "/a" };
	CLEANUP(daemon_stop) struct daemon daemon = daemon_start(canned);
	CLEANUP(engine_free) struct engine *engine = open_engine(&daemon);
	struct error err;

	assert_int_equal(engine_start_container(engine, "a?b#\n", &err), 0);
	for (size_t i = 0; i < N_ITEMS(bad); i++) {
		assert_int_equal(
		    engine_start_container(engine, bad[i], &err), -1);
		assert_int_equal(err.kind, ERROR_NOT_FOUND);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_on_a_version),
		cmocka_unit_test(refusals_keep_the_daemons_own_words),
		cmocka_unit_test(a_load_that_reports_an_error_has_failed),
		cmocka_unit_test(names_stay_in_their_place),
	};

	return cmocka_run_group_tests_name("docker", tests, NULL, NULL);
}
