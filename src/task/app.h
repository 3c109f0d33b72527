/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <limits.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "fetch/fetch.h"
#include "oci/manifest.h"
#include "store/store.h"
#include "task/progress.h"

struct engine;
struct registry;

/* How a command went, as its exit status: DESIGN.md, "Answers". */
enum status {
	STATUS_OK = 0,
	STATUS_FAILED = 1, /* nothing could be done */
	STATUS_USAGE = 2,
	STATUS_UNKNOWN = 3, /* something stayed unknown, the rest is done */
	STATUS_ROLLED_BACK = 4,
	STATUS_PERSON = 5, /* a person is needed now */
	STATUS_PENDING = 10,
};

/* The worse of two, in the order 5, 4, 1, 3, 10, 0. */
enum status status_worst(enum status a, enum status b);

/* What the person, or the environment, set. Strings are not owned. */
struct app_options {
	const char *host;      /* of the engine; NULL: the default */
	const char *cache_dir; /* NULL: as app_init() chooses */
	const char *state_dir;
	const char *keyring;    /* more keys that the operator trusts */
	const char *now;        /* a date; NULL: the clock's */
	const char *platform;   /* OS/ARCH[/VARIANT]; NULL: this machine's */
	const char *cache_size; /* bytes, or "10G"; NULL: the default */
	const char *tls_verify; /* "true", "false"; NULL: as registries do */
	const char *auth_file;  /* NULL: where podman and docker look */
	bool offline;
	bool verify; /* read nothing that no digest is computed over */
	bool quiet;
	bool verbose;
};

/* What the verbs need of the world, opened when it is first needed. */
struct app {
	struct app_options options;
	int64_t now;
	char machine[72];         /* as uname(2) has it */
	struct platform platform; /* wanted of an index */
	char *cache_dir;
	uint64_t cache_bytes; /* what it may keep */
	char *state_dir;
	char worker_path[PATH_MAX];
	struct http *http;
	struct fetch fetch;
	struct fetch_asked asked;
	struct registry *registry;
	struct engine *engine;
	struct engine *podman;
	struct store *store;
	struct progress *progress; /* NULL: nobody looks */
	bool is_deaf; /* between a stop and a start nobody may cancel */
};

/*
 * Takes options and finds what has to be there: the directories (from XDG's
 * variables, else /var/cache/fother and /var/lib/fother for root, else the
 * user's), the worker. ERROR_FORMAT: options->now is no date, or
 * options->platform no platform, options->cache_size no size, or
 * options->tls_verify neither of its words; ERROR_NOT_FOUND: no worker. Clear
 * it with app_clear().
 */
MUST_CHECK int app_init(
    struct app *app, const struct app_options *options, struct error *err);
void app_clear(struct app *app);
DEFINE_CLEANUP_IN_PLACE(struct app, app_clear)

/* The engine, opened. Errors as engine_open(). It stays the app's. */
MUST_CHECK int app_engine(
    struct app *app, struct engine **ret, struct error *err);

/* The same of Podman: CONTAINER_HOST, else the socket that it has. */
MUST_CHECK int app_podman(
    struct app *app, struct engine **ret, struct error *err);

/* The store, opened. Errors as store_open(). It stays the app's. */
MUST_CHECK int app_store(
    struct app *app, struct store **ret, struct error *err);

/* fetch, with its HTTP client. Errors as http_new(). */
MUST_CHECK int app_fetch(
    struct app *app, const struct fetch **ret, struct error *err);

/* The client of registries. Errors as registry_open(). It stays the app's. */
MUST_CHECK int app_registry(
    struct app *app, struct registry **ret, struct error *err);

/* Removes from the cache what is over its size, if anything came. When that
 * cannot be done, people are told if they want to know more. */
void app_trim_cache(const struct app *app);

/* A line for people on standard error, made printable; not when quiet. */
void app_say(const struct app *app, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The same, only when verbose. */
void app_tell(const struct app *app, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* "fother: NAME: message", also when quiet; name may be NULL. */
void app_complain(
    const struct app *app, const char *name, const struct error *err);

/* From now on a first SIGINT, SIGTERM or SIGHUP is a wish to stop. */
void app_catch_signals(void);

/* True once such a signal came. */
bool app_asked_to_stop(void);

/* The same for those who are asked in the middle of something: ctx is the
 * app, and while it is deaf the answer is no. */
bool app_canceled(void *ctx);
