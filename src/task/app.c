/* SPDX-License-Identifier: Apache-2.0 */
#include "task/app.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/memory.h"
#include "base/time.h"
#include "engine/engine.h"
#include "fetch/trim.h"
#include "net/http.h"
#include "registry/registry.h"
#include "sandbox/worker.h"

/* Indexes and packages of a few distributions, and the inventories of some
 * thousand layers. */
#define CACHE_BYTES ((uint64_t)2 << 30)

enum status
status_worst(enum status a, enum status b)
{
	static const enum status order[] = { STATUS_USAGE, STATUS_PERSON,
		STATUS_ROLLED_BACK, STATUS_FAILED, STATUS_UNKNOWN,
		STATUS_PENDING };

	for (size_t i = 0; i < N_ITEMS(order); i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return STATUS_OK;
}

/* $VARIABLE/fother, for root SYSTEM, else $HOME/HOME_PART/fother. */
static char *
directory_of(const char *variable, const char *system, const char *home_part)
{
	const char *xdg = getenv(variable);
	const char *home = getenv("HOME");

	if (xdg && xdg[0] == '/')
		return string_format("%s/fother", xdg);
	if (geteuid() == 0 || !home)
		return string_format("%s", system);
	return string_format("%s/%s/fother", home, home_part);
}

static int
directories_init(struct app *app, struct error *err)
{
	const struct app_options *options = &app->options;

	app->cache_dir = options->cache_dir
	    ? string_format("%s", options->cache_dir)
	    : directory_of("XDG_CACHE_HOME", "/var/cache/fother", ".cache");
	app->state_dir = options->state_dir
	    ? string_format("%s", options->state_dir)
	    : directory_of("XDG_STATE_HOME", "/var/lib/fother", ".local/state");
	if (!app->cache_dir || !app->state_dir)
		return error_nomem(err);
	return 0;
}

/* What images are wanted for. */
static int
platform_init(struct app *app, struct error *err)
{
	const char *platform = app->options.platform;
	struct utsname name;

	if (platform) {
		if (platform_parse(
			slice_of_string(platform), &app->platform, err) < 0)
			return error_wrap(err, "--platform");
		return 0;
	}
	if (uname(&name) < 0)
		return error_errno(err, "uname");
	(void)snprintf(app->machine, sizeof(app->machine), "%s", name.machine);
	app->platform = platform_of_machine(slice_of_string(app->machine));
	return 0;
}

/* "1000", "500M", "10G": bytes, or powers of 1024 of them. */
static bool
size_parse(struct slice text, uint64_t *ret)
{
	const struct slice units = SLICE("KMGT");
	unsigned int shift = 0;
	uint64_t number;

	for (size_t i = 0; i < units.len; i++)
		if (slice_ends_with(text, slice_of(&units.ptr[i], 1)))
			shift = 10 * ((unsigned int)i + 1);
	if (shift > 0)
		text.len--;
	if (!slice_to_u64(text, (uint64_t)INT64_MAX >> shift, &number))
		return false;
	*ret = number << shift;
	return true;
}

static int
cache_size_init(struct app *app, struct error *err)
{
	const char *size = app->options.cache_size;

	app->cache_bytes = CACHE_BYTES;
	if (size && !size_parse(slice_of_string(size), &app->cache_bytes))
		return error_set(err, ERROR_FORMAT,
		    "--cache-size: not a size as 500M or 10G");
	return 0;
}

static int
tls_verify_check(const struct app *app, struct error *err)
{
	const char *verify = app->options.tls_verify;

	if (!verify || !strcmp(verify, "true") || !strcmp(verify, "false"))
		return 0;
	return error_set(
	    err, ERROR_FORMAT, "--tls-verify: neither true nor false");
}

int
app_init(struct app *app, const struct app_options *options, struct error *err)
{
	*app = (struct app){ .options = *options, .now = time_now() };
	app->progress = progress_new(options->quiet);

	if (options->now &&
	    !time_from_rfc3339(slice_of_string(options->now), &app->now))
		return error_set(err, ERROR_FORMAT,
		    "--now: not a date as 2026-11-22 or "
		    "2026-11-22T12:00:00Z");
	if (platform_init(app, err) < 0 || cache_size_init(app, err) < 0 ||
	    tls_verify_check(app, err) < 0 || directories_init(app, err) < 0)
		return -1;
	return worker_path_find(
	    app->worker_path, sizeof(app->worker_path), err);
}

void
app_trim_cache(const struct app *app)
{
	struct error err;

	/* Who has not used it has added nothing. */
	if (app->fetch.dir &&
	    cache_trim(app->cache_dir, app->cache_bytes, &err) < 0)
		app_tell(app, "cache: %s", err.msg);
}

void
app_clear(struct app *app)
{
	app_trim_cache(app);
	engine_free(TAKE(app->engine));
	engine_free(TAKE(app->podman));
	store_close(TAKE(app->store));
	registry_free(TAKE(app->registry));
	http_free(TAKE(app->http));
	fetch_asked_clear(&app->asked);
	progress_free(TAKE(app->progress));
	free(TAKE(app->cache_dir));
	free(TAKE(app->state_dir));
}

int
app_engine(struct app *app, struct engine **ret, struct error *err)
{
	const char *host = app->options.host;

	if (!app->engine &&
	    engine_open(host ? host : ENGINE_URL_DEFAULT, app_canceled, app,
		&app->engine, err) < 0)
		return -1;
	*ret = app->engine;
	return 0;
}

/* Root's, and that of a user's session. */
static char *
podman_url(void)
{
	const char *host = getenv("CONTAINER_HOST");
	const char *run = getenv("XDG_RUNTIME_DIR");

	if (host)
		return string_format("%s", host);
	if (geteuid() == 0)
		return string_format("unix:///run/podman/podman.sock");
	if (run && run[0] == '/')
		return string_format("unix://%s/podman/podman.sock", run);
	return string_format(
	    "unix:///run/user/%u/podman/podman.sock", (unsigned int)geteuid());
}

int
app_podman(struct app *app, struct engine **ret, struct error *err)
{
	CLEANUP(string_free) char *url = podman_url();

	if (!url)
		return error_nomem(err);
	if (!app->podman &&
	    engine_open(url, app_canceled, app, &app->podman, err) < 0)
		return error_wrap(err, "podman");
	*ret = app->podman;
	return 0;
}

int
app_store(struct app *app, struct store **ret, struct error *err)
{
	if (!app->store && store_open(app->state_dir, &app->store, err) < 0)
		return -1;
	*ret = app->store;
	return 0;
}

static void
count_download(void *ctx, uint64_t n_bytes)
{
	progress_add(ctx, PROGRESS_DOWNLOAD, n_bytes);
}

int
app_fetch(struct app *app, const struct fetch **ret, struct error *err)
{
	if (!app->http) {
		if (http_new(app_canceled, app, &app->http, err) < 0)
			return -1;
		http_set_count(app->http, count_download, app->progress);
	}
	app->fetch = (struct fetch){
		.http = app->http,
		.dir = app->cache_dir,
		.offline = app->options.offline,
		.asked = &app->asked,
	};
	*ret = &app->fetch;
	return 0;
}

static void
say_of_registry(void *ctx, const char *line)
{
	app_say(ctx, "%s", line);
}

static void
expect_of_registry(void *ctx, uint64_t n_bytes)
{
	const struct app *app = ctx;

	progress_expect(app->progress, PROGRESS_DOWNLOAD, n_bytes);
}

int
app_registry(struct app *app, struct registry **ret, struct error *err)
{
	const char *verify = app->options.tls_verify;
	struct registry_options options = {
		.auth_file = app->options.auth_file,
		.say = say_of_registry,
		.expect = expect_of_registry,
		.ctx = app,
	};
	const struct fetch *fetch;

	if (verify)
		options.verify = strcmp(verify, "false") == 0
		    ? REGISTRY_VERIFY_NEVER
		    : REGISTRY_VERIFY_ALWAYS;
	if (app_fetch(app, &fetch, err) < 0)
		return -1;
	if (!app->registry &&
	    registry_open(fetch, &options, &app->registry, err) < 0)
		return -1;
	*ret = app->registry;
	return 0;
}

/* Names come from images and engines: a terminal must not obey them. */
static void __attribute__((format(printf, 3, 0))) print_line(
    const struct app *app, const char *before, const char *fmt, va_list args)
{
	char line[2048];

	progress_erase(app->progress);
	(void)vsnprintf(line, sizeof(line), fmt, args);
	for (char *c = line; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	(void)fprintf(stderr, "%s%s\n", before, line);
}

void
app_say(const struct app *app, const char *fmt, ...)
{
	va_list args;

	if (app->options.quiet)
		return;
	va_start(args, fmt);
	print_line(app, "", fmt, args);
	va_end(args);
}

void
app_tell(const struct app *app, const char *fmt, ...)
{
	va_list args;

	if (!app->options.verbose)
		return;
	va_start(args, fmt);
	print_line(app, "", fmt, args);
	va_end(args);
}

static void __attribute__((format(printf, 2, 3)))
complain(const struct app *app, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print_line(app, "fother: ", fmt, args);
	va_end(args);
}

void
app_complain(const struct app *app, const char *name, const struct error *err)
{
	if (name)
		complain(app, "%s: %s", name, err->msg);
	else
		complain(app, "%s", err->msg);
}

/* The only variable of the program: a handler can be given nothing. */
static volatile sig_atomic_t canceled;

static void
cancel(int number)
{
	(void)number;
	canceled = 1;
}

void
app_catch_signals(void)
{
	/* The second one ends it at once: the journal can bear that. */
	struct sigaction action = { .sa_handler = cancel,
		.sa_flags = (int)SA_RESETHAND };

	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGHUP, &action, NULL);
}

bool
app_asked_to_stop(void)
{
	return canceled != 0;
}

bool
app_canceled(void *ctx)
{
	const struct app *app = ctx;

	return app_asked_to_stop() && !app->is_deaf;
}
