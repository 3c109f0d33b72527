/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Against a server of our own, a child on loopback, that answers as its path
 * says and remembers what it was asked.
 */
#include "fetch/fetch.h"

#include <arpa/inet.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/memory.h"
#include "net/http.h"
#include "unit.h"

#define OK_HELLO  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
#define LONG_ETAG 600

/* --- the server ---------------------------------------------------------- */

static const struct {
	const char *path;
	const char *answer;
} answers[] = {
	{ "/hello", OK_HELLO "\r\nhello" },
	{ "/wrong", OK_HELLO "\r\nhellO" },
	{ "/cut", OK_HELLO "\r\nhel" },
	{ "/short", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhel" },
	{ "/unsized", "HTTP/1.1 200 OK\r\n\r\nhel" },
	{ "/long", "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello!" },
	{ "/none", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" },
	{ "/gone", "HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\nx" },
	{ "/304", "HTTP/1.1 304 Not Modified\r\n\r\n" },
	{ "/part",
	    "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/9\r\n"
	    "Content-Length: 5\r\n\r\nhello" },
	{ "/odd-etag",
	    OK_HELLO "ETag: \"a\x1b[2J\"\r\n"
		     "Last-Modified: \"b\rX-Evil: 1\"\r\n\r\nhello" },
};

/* What a test reads of the server. */
struct seen {
	unsigned int n_requests;
	char request[4096]; /* the last */
};

static void
say(int fd, const char *text)
{
	(void)send(fd, text, strlen(text), MSG_NOSIGNAL);
}

/* Of one version, until the request count says that it changed. */
static void
say_version(int fd, const char *request, const char *header, const char *asked)
{
	char answer[128];

	if (strstr(request, asked)) {
		say(fd, "HTTP/1.1 304 Not Modified\r\n\r\n");
		return;
	}
	(void)snprintf(
	    answer, sizeof(answer), OK_HELLO "%s\r\n\r\nhello", header);
	say(fd, answer);
}

static void
say_long_etag(int fd)
{
	char answer[1024];

	(void)snprintf(answer, sizeof(answer),
	    OK_HELLO "ETag: \"%0*d\"\r\n\r\nhello", LONG_ETAG, 1);
	say(fd, answer);
}

static void
answer(int fd, const char *path, const struct seen *seen)
{
	char text[128];

	for (size_t i = 0; i < N_ITEMS(answers); i++)
		if (!strcmp(answers[i].path, path))
			say(fd, answers[i].answer);
	if (!strcmp(path, "/tagged"))
		say_version(fd, seen->request, "ETag: \"1\"",
		    "If-None-Match: \"1\"\r\n");
	if (!strcmp(path, "/dated"))
		say_version(fd, seen->request,
		    "Last-Modified: Sat, 11 Jul 2026 10:17:05 GMT",
		    "If-Modified-Since: Sat, 11 Jul 2026 10:17:05 GMT\r\n");
	if (!strcmp(path, "/long-etag"))
		say_long_etag(fd);
	if (!strcmp(path, "/counting")) {
		(void)snprintf(text, sizeof(text),
		    OK_HELLO "ETag: \"%u\"\r\n\r\n%05u", seen->n_requests,
		    seen->n_requests);
		say(fd, text);
	}
}

static void
serve(int listener, struct seen *seen)
{
	char path[128];

	/* Also when a test fails, which jumps over its clean-up. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		size_t len = 0;
		ssize_t n = 1;

		if (fd < 0)
			_exit(1);
		memset(seen->request, 0, sizeof(seen->request));
		while (n > 0 && !strstr(seen->request, "\r\n\r\n")) {
			n = recv(fd, seen->request + len,
			    sizeof(seen->request) - 1 - len, 0);
			len += n > 0 ? (size_t)n : 0;
		}
		seen->n_requests++;
		if (sscanf(seen->request, "GET %127s", path) == 1)
			answer(fd, path, seen);
		(void)close(fd);
	}
}

/* A server, a cache, and a client of both. */
struct world {
	pid_t pid;
	unsigned int port;
	struct seen *seen;
	char dir[32];
	struct fetch fetch;
};

static void
server_start(struct world *world)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(
	    getsockname(fd, (struct sockaddr *)&address, &size), 0);
	assert_int_equal(listen(fd, 16), 0);
	world->port = ntohs(address.sin_port);
	world->pid = fork();
	assert_true(world->pid >= 0);
	if (world->pid == 0)
		serve(fd, world->seen);
	(void)close(fd);
}

static struct world
world_new(void)
{
	struct world world = { .dir = "/tmp/test_fetch.XXXXXX" };
	struct error err;

	world.seen = mmap(NULL, sizeof(*world.seen), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(world.seen != MAP_FAILED);
	assert_non_null(mkdtemp(world.dir));
	server_start(&world);
	assert_int_equal(http_new(NULL, NULL, &world.fetch.http, &err), 0);
	return world;
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *where)
{
	(void)st;
	(void)flag;
	(void)where;
	return remove(path);
}

static void
world_clear(struct world *world)
{
	(void)kill(world->pid, SIGKILL);
	(void)waitpid(world->pid, NULL, 0);
	(void)nftw(world->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	(void)munmap(world->seen, sizeof(*world->seen));
	http_free(world->fetch.http);
}
DEFINE_CLEANUP_IN_PLACE(struct world, world_clear)

/* The path of the only file of a folder of the cache; "" when it has none. */
static void
only_file(const struct world *world, const char *folder, char ret[256])
{
	CLEANUP(string_free)
	char *command = string_format(
	    "set -- %s/%s/*; [ $# -eq 1 ] && [ ! -e \"$1\" ] || echo \"$@\"",
	    world->dir, folder);
	FILE *out = popen(command, "re");

	assert_non_null(out);
	if (!fgets(ret, 256, out))
		ret[0] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
	(void)pclose(out);
	assert_null(strchr(ret, ' '));
}

/* --- the cache ----------------------------------------------------------- */

static struct fetch
fetch_of(struct world *world)
{
	struct fetch fetch = world->fetch;

	fetch.dir = world->dir;
	return fetch;
}

static void
assert_kept(const struct fetch *fetch, const char *key, const char *expected)
{
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct error err;

	if (cache_load(fetch, key, &bytes, &err) < 0) {
		if (expected || err.kind != ERROR_NOT_FOUND)
			fail_msg("%s: %s", key, err.msg);
		return;
	}
	assert_true(
	    expected && slice_eq(buf_slice(&bytes), slice_of_string(expected)));
}

static void
save(const struct fetch *fetch, const char *key, const char *text)
{
	struct error err;

	if (cache_save(fetch, key, slice_of_string(text), &err) < 0)
		fail_msg("%s", err.msg);
}

static void
what_is_saved_is_loaded(void **state)
{
	(void)state;
	CLEANUP(world_clear) struct world world = world_new();
	struct fetch fetch = fetch_of(&world);

	assert_kept(&fetch, "a", NULL);
	save(&fetch, "a", "one");
	save(&fetch, "../a/b", "two");
	save(&fetch, "", "");
	assert_kept(&fetch, "a", "one");
	assert_kept(&fetch, "../a/b", "two");
	assert_kept(&fetch, "", "");
	assert_kept(&fetch, "b", NULL);
	save(&fetch, "a", "three");
	assert_kept(&fetch, "a", "three");
}

static void
write_file(const char *path, struct slice bytes)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
	(void)fclose(file);
}

static void
damage_is_as_if_it_were_not_there(void **state)
{
	(void)state;
	CLEANUP(world_clear) struct world world = world_new();
	CLEANUP(buf_clear) struct buf whole = { 0 };
	struct fetch fetch = fetch_of(&world);
	char path[256];
	struct error err;

	save(&fetch, "a", "text");
	only_file(&world, "named", path);
	assert_int_equal(file_read(path, &whole, &err), 0);
	for (size_t i = 0; i < whole.len; i++) {
		write_file(path, slice_first(buf_slice(&whole), i));
		assert_kept(&fetch, "a", NULL);
		whole.ptr[i] ^= 1;
		write_file(path, buf_slice(&whole));
		assert_kept(&fetch, "a", NULL);
		whole.ptr[i] ^= 1;
	}
	buf_put_string(&whole, "x");
	write_file(path, buf_slice(&whole));
	assert_kept(&fetch, "a", NULL);

	/* What cannot be read, as after a lost sector. */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_kept(&fetch, "a", NULL);
	assert_int_equal(rmdir(path), 0);
	save(&fetch, "a", "again");
	assert_kept(&fetch, "a", "again");
}

static void
write_often(const struct fetch *fetch, char c)
{
	char text[40000];
	struct error err;

	memset(text, c, sizeof(text));
	for (int i = 0; i < 20; i++)
		if (cache_save(fetch, "a", slice_of(text, sizeof(text)), &err) <
		    0)
			_exit(1);
	_exit(0);
}

/* Each reader sees all that one of the writers wrote. */
static void
many_may_write_at_once(void **state)
{
	(void)state;
	CLEANUP(world_clear) struct world world = world_new();
	struct fetch fetch = fetch_of(&world);
	pid_t writers[4];
	char path[256];
	int status;

	save(&fetch, "a", "first");
	for (size_t i = 0; i < N_ITEMS(writers); i++) {
		writers[i] = fork();
		if (writers[i] == 0)
			write_often(&fetch, (char)('A' + i));
	}
	for (int i = 0; i < 50; i++) {
		CLEANUP(buf_clear) struct buf bytes = { 0 };
		struct error err;

		assert_int_equal(cache_load(&fetch, "a", &bytes, &err), 0);
		for (size_t k = 0; bytes.len > 5 && k < bytes.len; k++)
			assert_int_equal(bytes.ptr[k], bytes.ptr[0]);
	}
	for (size_t i = 0; i < N_ITEMS(writers); i++) {
		assert_int_equal(waitpid(writers[i], &status, 0), writers[i]);
		assert_int_equal(status, 0);
	}
	only_file(&world, "named", path);
	assert_true(path[0] != '\0');
}

static void
no_directory_is_an_error_of_the_system(void **state)
{
	struct fetch fetch = { .dir = "/dev/null/cache" };
	struct error err;

	(void)state;
	assert_int_equal(cache_save(&fetch, "a", SLICE("x"), &err), -1);
	assert_int_equal(err.kind, ERROR_SYSTEM);
}

/* --- files by their hash ------------------------------------------------- */

static int
blob(struct world *world, const char *path, const char *text, int *ret_fd,
    struct error *err)
{
	CLEANUP(string_free)
	char *url = string_format("http://127.0.0.1:%u%s", world->port, path);
	struct sha256 sum = sha256_of(slice_of_string(text));

	world->fetch.dir = world->dir;
	return fetch_blob(&world->fetch, url, &sum, strlen(text), ret_fd, err);
}

static void
assert_blob(struct world *world, const char *path, const char *text)
{
	CLEANUP(fd_close) int fd = -1;
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct error err;

	if (blob(world, path, text, &fd, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(fd_read_all(fd, &bytes, &err), 0);
	assert_true(slice_eq(buf_slice(&bytes), slice_of_string(text)));
}

static void
assert_no_blob(struct world *world, const char *path, enum error_kind kind)
{
	char kept[256];
	struct error err;
	int fd = -1;

	assert_int_equal(blob(world, path, "hello", &fd, &err), -1);
	if (err.kind != kind)
		fail_msg("%s: %s: %s", path, error_kind_to_string(err.kind),
		    err.msg);
	assert_int_equal(fd, -1);
	only_file(world, "blobs", kept);
	assert_string_equal(kept, "");
}

static void
a_file_is_fetched_once(void **state)
{
	(void)state;
	CLEANUP(world_clear) struct world world = world_new();

	assert_blob(&world, "/hello", "hello");
	assert_blob(&world, "/hello", "hello");
	assert_blob(&world, "/gone", "hello");
	assert_int_equal(world.seen->n_requests, 1);
	assert_blob(&world, "/none", "");
	assert_int_equal(world.seen->n_requests, 2);
}

static void
another_file_is_not_trusted_and_not_kept(void **state)
{
	static const struct {
		const char *path;
		enum error_kind kind;
	} cases[] = {
		{ "/wrong", ERROR_UNTRUSTED },
		{ "/short", ERROR_UNTRUSTED },
		{ "/unsized", ERROR_UNTRUSTED },
		{ "/none", ERROR_UNTRUSTED },
		{ "/304", ERROR_UNTRUSTED },
		{ "/long", ERROR_LIMIT },
		{ "/cut", ERROR_UNREACHABLE },
		{ "/gone", ERROR_NOT_FOUND },
	};

	(void)state;
	CLEANUP(world_clear) struct world world = world_new();
	for (size_t i = 0; i < N_ITEMS(cases); i++)
		assert_no_blob(&world, cases[i].path, cases[i].kind);
	assert_int_equal(world.seen->n_requests, N_ITEMS(cases));
	assert_blob(&world, "/hello", "hello");
}

static void
a_damaged_file_is_fetched_again(void **state)
{
	static const struct slice damages[] = { SLICE("hellO"), SLICE("hell"),
		SLICE("hello!"), SLICE("") };
	char path[256];

	(void)state;
	CLEANUP(world_clear) struct world world = world_new();
	assert_blob(&world, "/hello", "hello");
	only_file(&world, "blobs", path);
	for (size_t i = 0; i < N_ITEMS(damages); i++) {
		write_file(path, damages[i]);
		assert_blob(&world, "/hello", "hello");
		assert_blob(&world, "/hello", "hello");
		assert_int_equal(world.seen->n_requests, 2 + i);
	}
}

static void
offline_only_what_is_there_is_found(void **state)
{
	(void)state;
	CLEANUP(world_clear) struct world world = world_new();
	char path[256];

	world.fetch.offline = true;
	assert_no_blob(&world, "/hello", ERROR_NOT_FOUND);
	world.fetch.offline = false;
	assert_blob(&world, "/hello", "hello");
	world.fetch.offline = true;
	assert_blob(&world, "/hello", "hello");
	only_file(&world, "blobs", path);
	write_file(path, SLICE("hellO"));

	int fd = -1;
	struct error err;
	assert_int_equal(blob(&world, "/hello", "hello", &fd, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_int_equal(world.seen->n_requests, 1);
}

/* Exits with 0 when it failed as on a full disk. */
static void
fetch_to_a_full_disk(struct world *world)
{
	const struct rlimit limit = { 2, 2 };
	struct error err;
	int fd = -1;

	(void)signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
		_exit(2);
	int r = blob(world, "/hello", "hello", &fd, &err);
	_exit(r < 0 && err.kind == ERROR_SYSTEM ? 0 : 1);
}

static void
a_full_disk_is_said_and_nothing_kept(void **state)
{
	char path[256];
	int status;

	(void)state;
	CLEANUP(world_clear) struct world world = world_new();
	pid_t pid = fork();
	if (pid == 0)
		fetch_to_a_full_disk(&world);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	only_file(&world, "blobs", path);
	assert_string_equal(path, "");
}

static void
many_may_fetch_at_once(void **state)
{
	pid_t pids[4];
	char path[256];
	int status;

	(void)state;
	CLEANUP(world_clear) struct world world = world_new();
	for (size_t i = 0; i < N_ITEMS(pids); i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			struct error err;
			int fd = -1;

			if (http_new(NULL, NULL, &world.fetch.http, &err) < 0)
				_exit(2);
			_exit(blob(&world, "/hello", "hello", &fd, &err) < 0);
		}
	}
	for (size_t i = 0; i < N_ITEMS(pids); i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	only_file(&world, "blobs", path);
	assert_true(path[0] != '\0');
}

/* --- what a URL answers -------------------------------------------------- */

static int
named(struct world *world, const char *path, uint64_t max_bytes,
    struct buf *ret, struct error *err)
{
	CLEANUP(string_free)
	char *url = string_format("http://127.0.0.1:%u%s", world->port, path);

	world->fetch.dir = world->dir;
	return fetch_named(&world->fetch, url, max_bytes, ret, err);
}

static void
assert_named(struct world *world, const char *path, const char *expected)
{
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct error err;

	if (named(world, path, 100, &bytes, &err) < 0)
		fail_msg("%s", err.msg);
	if (!slice_eq(buf_slice(&bytes), slice_of_string(expected)))
		fail_msg("\"" SLICE_FMT "\" is not \"%s\"",
		    SLICE_ARG(buf_slice(&bytes)), expected);
}

static void
assert_not_named(struct world *world, const char *path, enum error_kind kind)
{
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct error err;

	assert_int_equal(named(world, path, 100, &bytes, &err), -1);
	if (err.kind != kind)
		fail_msg("%s: %s: %s", path, error_kind_to_string(err.kind),
		    err.msg);
	assert_int_equal(bytes.len, 0);
}

static void
asks_whether_it_changed(void **state)
{
	static const char *const paths[] = { "/tagged", "/dated" };

	(void)state;
	for (size_t i = 0; i < N_ITEMS(paths); i++) {
		CLEANUP(world_clear) struct world world = world_new();

		assert_named(&world, paths[i], "hello");
		assert_null(strstr(world.seen->request, "If-"));
		assert_named(&world, paths[i], "hello");
		assert_non_null(strstr(world.seen->request, "If-"));
		assert_int_equal(world.seen->n_requests, 2);
	}
}

static void
what_changed_is_kept_instead(void **state)
{
	(void)state;
	CLEANUP(world_clear) struct world world = world_new();

	assert_named(&world, "/counting", "00001");
	assert_named(&world, "/counting", "00002");
	assert_non_null(
	    strstr(world.seen->request, "If-None-Match: \"1\"\r\n"));
	world.fetch.offline = true;
	assert_named(&world, "/counting", "00002");
	assert_int_equal(world.seen->n_requests, 2);
	assert_not_named(&world, "/hello", ERROR_NOT_FOUND);
}

static void
asks_once_in_the_life_of_a_program(void **state)
{
	(void)state;
	CLEANUP(world_clear) struct world world = world_new();
	struct fetch_asked asked = { 0 };

	world.fetch.asked = &asked;
	assert_named(&world, "/counting", "00001");
	assert_named(&world, "/counting", "00001");
	assert_named(&world, "/hello", "hello");
	assert_int_equal(world.seen->n_requests, 2);
	fetch_asked_clear(&asked);
	assert_named(&world, "/counting", "00003");
	fetch_asked_clear(&asked);
}

/* Who did not ask whether it changed is not told that it did not. */
static void
not_modified_is_no_answer_to_who_has_nothing(void **state)
{
	(void)state;
	CLEANUP(world_clear) struct world world = world_new();
	char path[256];

	assert_not_named(&world, "/304", ERROR_FORMAT);
	assert_not_named(&world, "/part", ERROR_UNSUPPORTED);
	only_file(&world, "named", path);
	assert_string_equal(path, "");
}

static void
a_damaged_answer_is_asked_for_again(void **state)
{
	(void)state;
	CLEANUP(world_clear) struct world world = world_new();
	char path[256];

	assert_named(&world, "/tagged", "hello");
	only_file(&world, "named", path);
	write_file(path, SLICE("x"));
	assert_named(&world, "/tagged", "hello");
	assert_null(strstr(world.seen->request, "If-"));
	assert_int_equal(world.seen->n_requests, 2);
}

static void
odd_validators_are_not_sent_back(void **state)
{
	static const char *const paths[] = { "/odd-etag", "/long-etag" };

	(void)state;
	for (size_t i = 0; i < N_ITEMS(paths); i++) {
		CLEANUP(world_clear) struct world world = world_new();
		CLEANUP(buf_clear) struct buf bytes = { 0 };
		struct error err;

		/* The client itself may refuse such a header. */
		for (int n = 0; n < 2; n++)
			if (named(&world, paths[i], 100, &bytes, &err) < 0)
				assert_int_equal(err.kind, ERROR_FORMAT);
		assert_null(strstr(world.seen->request, "If-"));
		assert_null(strstr(world.seen->request, "X-Evil"));
	}
}

static void
nothing_is_longer_than_was_asked_for(void **state)
{
	(void)state;
	CLEANUP(world_clear) struct world world = world_new();
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct error err;

	assert_int_equal(named(&world, "/tagged", 4, &bytes, &err), -1);
	assert_int_equal(err.kind, ERROR_LIMIT);
	assert_int_equal(named(&world, "/tagged", 5, &bytes, &err), 0);
	assert_int_equal(named(&world, "/tagged", 4, &bytes, &err), -1);
	assert_int_equal(err.kind, ERROR_LIMIT);
	assert_int_equal(bytes.len, 5);
}

static void
a_cache_that_cannot_be_written_costs_only_time(void **state)
{
	(void)state;
	CLEANUP(world_clear) struct world world = world_new();
	CLEANUP(string_free) char *named = string_format("%s/named", world.dir);

	write_file(named, SLICE(""));
	assert_int_equal(chmod(world.dir, 0500), 0);
	for (int i = 0; i < 2; i++) {
		CLEANUP(buf_clear) struct buf bytes = { 0 };
		CLEANUP(string_free)
		char *url =
		    string_format("http://127.0.0.1:%u/tagged", world.port);
		struct error err;

		world.fetch.dir = world.dir;
		if (fetch_named(&world.fetch, url, 100, &bytes, &err) < 0)
			fail_msg("%s", err.msg);
		assert_true(slice_eq(buf_slice(&bytes), SLICE("hello")));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_saved_is_loaded),
		cmocka_unit_test(damage_is_as_if_it_were_not_there),
		cmocka_unit_test(many_may_write_at_once),
		cmocka_unit_test(no_directory_is_an_error_of_the_system),
		cmocka_unit_test(a_file_is_fetched_once),
		cmocka_unit_test(another_file_is_not_trusted_and_not_kept),
		cmocka_unit_test(a_damaged_file_is_fetched_again),
		cmocka_unit_test(offline_only_what_is_there_is_found),
		cmocka_unit_test(a_full_disk_is_said_and_nothing_kept),
		cmocka_unit_test(many_may_fetch_at_once),
		cmocka_unit_test(asks_whether_it_changed),
		cmocka_unit_test(what_changed_is_kept_instead),
		cmocka_unit_test(asks_once_in_the_life_of_a_program),
		cmocka_unit_test(not_modified_is_no_answer_to_who_has_nothing),
		cmocka_unit_test(a_damaged_answer_is_asked_for_again),
		cmocka_unit_test(odd_validators_are_not_sent_back),
		cmocka_unit_test(nothing_is_longer_than_was_asked_for),
		cmocka_unit_test(
		    a_cache_that_cannot_be_written_costs_only_time),
	};
	static const char *const proxies[] = { "http_proxy", "https_proxy",
		"HTTPS_PROXY", "all_proxy", "ALL_PROXY" };

	for (size_t i = 0; i < N_ITEMS(proxies); i++)
		(void)unsetenv(proxies[i]);
	return cmocka_run_group_tests_name("fetch", tests, NULL, NULL);
}
