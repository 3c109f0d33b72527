/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"

enum container_health {
	CONTAINER_HEALTH_NONE, /* it has no health check */
	CONTAINER_HEALTH_STARTING,
	CONTAINER_HEALTH_HEALTHY,
	CONTAINER_HEALTH_UNHEALTHY,
};

/* "none", "starting", "healthy", "unhealthy" */
const char *container_health_to_string(enum container_health health);

struct container_label {
	char *key;
	char *value;
};

/* A volume or a directory of the host that is mounted into it. */
struct container_mount {
	char *type;        /* "volume", "bind", "tmpfs"... */
	char *name;        /* of a volume */
	char *source;      /* its path on the host */
	char *destination; /* its path inside */
	bool writable;
};

/*
 * What a container's inspection says that decisions rest on. Strings are
 * owned, never NULL, and empty where the engine says nothing or null. They
 * are what the engine says: any bytes but NUL.
 */
struct container_view {
	char *id;         /* 64 hex digits */
	char *name;       /* without the slash before it */
	char *image_id;   /* "sha256:..." */
	char *image_ref;  /* what it was made from: a name or an ID */
	char *status;     /* "created", "running", "exited"... */
	char *started_at; /* RFC 3339; year 1 when never */
	char *finished_at;
	char *error; /* why it could not be started */
	bool running;
	bool paused;
	bool restarting;
	bool dead;
	bool oom_killed;
	bool auto_remove;
	int64_t exit_code;
	uint64_t restart_count;
	int64_t stop_timeout_sec; /* 10 where not set; -1: for ever */

	enum container_health health;
	bool has_health_check;
	/* Of the health check; the engine's defaults where not set. */
	uint64_t health_interval_ms;
	uint64_t health_timeout_ms;
	uint64_t health_start_period_ms;
	uint64_t health_retries;

	char *restart_policy; /* raw JSON, {"Name":"always",...}, or empty */
	char *restart_name;   /* "no", "always", "on-failure"... */

	char *network_mode;
	/* The containers (names or IDs) whose namespaces it shares. */
	char *network_container;
	char *pid_container;
	char *ipc_container;
	char **volumes_from;
	size_t n_volumes_from;

	char *compose_project;
	char *compose_service;
	struct container_label *labels;
	size_t n_labels;
	struct container_mount *mounts;
	size_t n_mounts;
};

/*
 * Reads the inspection of a container, untrusted JSON, into a new *ret. Free
 * it with container_view_free(). ERROR_FORMAT: not JSON, or a value is of
 * another kind than the engine's; ERROR_LIMIT: more of a thing than a
 * container can have; ERROR_NOMEM.
 */
MUST_CHECK int container_view_parse(
    struct slice inspect, struct container_view **ret, struct error *err);
void container_view_free(struct container_view *view);
DEFINE_CLEANUP(struct container_view, container_view_free)

/* The value of a label; NULL when it has none of this key. */
const char *container_view_label(
    const struct container_view *view, const char *key);
