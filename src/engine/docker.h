/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engine/engine.h"
#include "net/http.h"

/* How docker_*.c speak to the daemon. */

struct engine {
	struct http *http;
	char *socket; /* path of the Unix socket; NULL: TCP */
	char *base;   /* "http://docker" or "http://host:port" */
	unsigned int api;
};

struct docker_call {
	const char *method; /* NULL: GET */
	const char *path;   /* "/containers/x/json?size=0" */
	struct slice body;  /* JSON */
	struct stream *archive;
	int (*on_data)(void *ctx, struct slice bytes, struct error *err);
	void *ctx;
	uint32_t deadline_ms; /* 0: 60 s */
	bool for_long;        /* no deadline, as long as something moves */
	bool names; /* 409 is about a name that is taken: ERROR_EXISTS */
};

/* Any status but 2xx and 304 is an error, with the daemon's own message. */
MUST_CHECK int docker_call(struct engine *engine,
    const struct docker_call *call, struct http_reply *ret, struct error *err);

/* GET path, which must answer JSON, into ret. */
MUST_CHECK int docker_get(struct engine *engine, const char *path,
    struct buf *ret, struct error *err);

/*
 * before, then ref escaped, then after, to be freed. NULL and ERROR_NOT_FOUND
 * when no engine would have a thing of this name. docker_path_image() lets
 * the slashes of a reference through.
 */
char *docker_path(const char *before, const char *ref, const char *after,
    struct error *err) __attribute__((malloc));
char *docker_path_image(const char *before, const char *ref, const char *after,
    struct error *err) __attribute__((malloc));

/* What a string of the daemon's reads, as printable ASCII, to be freed; ""
 * if value is no string. NULL if out of memory. */
char *docker_text(struct slice value) __attribute__((malloc));
