/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share; no other includes it. */
#pragma once

#include "net/http.h"
#include "registry/credentials.h"
#include "registry/registry.h"

/* Warnings that were shown already: a registry has one, of deprecation. */
#define NOTICES_MAX 32

/* One registry: how it is reached. */
struct endpoint {
	char *domain; /* as in names: "docker.io", "localhost:5000" */
	char *base;   /* "https://registry-1.docker.io"; NULL: not yet known */
	bool may_plain; /* http, if https is not there */
	bool answered;  /* at least once */
	bool is_scarce; /* that it counts what is asked was said */
	struct http_tls tls;
	struct buf ca_pem; /* what tls points to */
	char *cert_file;
	char *key_file;
};

/* What may be done in one repository, and by which right. */
struct access {
	char *name;   /* "docker.io/library/nginx" */
	char *header; /* "Authorization: ..."; NULL: nobody asked for one */
	int64_t expires_ms; /* of the header, on monotonic_ms()'s clock */
	bool proved;        /* it was good for something */
	char *scope; /* more than to pull from here, that was asked for */
	bool looked_up;
	struct credential credential;
};

struct registry {
	const struct fetch *fetch;
	struct registry_options options;
	struct credentials *credentials;
	struct endpoint **endpoints;
	size_t n_endpoints;
	struct access **accesses;
	size_t n_accesses;
	struct sha256 notices[NOTICES_MAX];
	size_t n_notices;
};

/* A repository, as views of what the registry owns. */
struct repository {
	struct endpoint *endpoint;
	struct access *access;
	const char *path; /* "library/nginx" */
};

/* Finds or makes both. ERROR_FORMAT, ERROR_SYSTEM: certificates; NOMEM. */
MUST_CHECK int repository_open(struct registry *registry, const char *name,
    struct repository *ret, struct error *err);

/* endpoint.c. _reach() finds out its base, which may need a request. */
MUST_CHECK int endpoint_new(const struct registry *registry,
    struct slice domain, struct endpoint **ret, struct error *err);
void endpoint_free(struct endpoint *endpoint);
DEFINE_CLEANUP(struct endpoint, endpoint_free)
MUST_CHECK int endpoint_reach(
    struct registry *registry, struct endpoint *endpoint, struct error *err);

/* certs.c: what the first of dirs that has DOMAIN/ has in it. ERROR_FORMAT: a
 * certificate without a key, or the other way round. */
MUST_CHECK int certs_load(
    const char *const *dirs, struct endpoint *endpoint, struct error *err);

/* access.c */
MUST_CHECK int access_new(
    const char *name, struct access **ret, struct error *err);
void access_free(struct access *access);
DEFINE_CLEANUP(struct access, access_free)

/* A copy of the header to send, in *ret; NULL when there is none. */
MUST_CHECK int access_header(
    struct access *access, char **ret, struct error *err);

/*
 * A 401 came to who had sent used (NULL: nothing): gets another header, as
 * the reply's challenges say. ERROR_DENIED: there is no other; as
 * registry_manifest().
 */
MUST_CHECK int access_renew(struct registry *registry,
    const struct repository *repository, const char *used,
    const struct http_reply *reply, struct error *err);

/* One question to a repository. */
struct question {
	const char *method; /* NULL: GET */
	const char *kind;   /* "manifests", "blobs" */
	const char *which;  /* a tag or a digest */
	uint64_t max_bytes;
};

/* How often something was tried. */
struct patience {
	uint32_t n_tries; /* since something came */
	uint32_t n_all;
	uint32_t n_renewals; /* of the right to ask */
};

/* A request made ready; it stays where it is while it runs. */
struct prepared {
	char *url;
	char *authorization; /* NULL: none is sent */
	char range[48];
	const char *headers[8];
	struct http_request request;
};

void prepared_clear(struct prepared *prepared);
DEFINE_CLEANUP_IN_PLACE(struct prepared, prepared_clear)

/* Fills in a zeroed *ret; from: the first byte that is wanted. */
MUST_CHECK int question_prepare(struct registry *registry,
    const struct repository *repository, const struct question *question,
    uint64_t from, struct prepared *ret, struct error *err);

/* True for a reply by which the registry asks who we are: not a storage that
 * it led us to, which must not learn that. */
bool is_unauthorized(const struct http_reply *reply);

/* Sends it, with all that has to be done for an answer. 404 and 405 are
 * answers; other failures are errors. */
MUST_CHECK int question_ask(struct registry *registry,
    const struct repository *repository, const struct question *question,
    struct http_reply *ret, struct error *err);

/* The first of {"errors":[{"code":"DENIED","message":"..."}]}, printable, or
 * an empty string; to be freed. NULL if out of memory. */
char *reply_words(const struct http_reply *reply) __attribute__((malloc));

/* The error that a reply other than 2xx stands for, in the registry's own
 * words where it has some; returns -1. */
int reply_explain(const struct http_request *request,
    const struct http_reply *reply, struct error *err);

/* How a try ended: 0 with a reply, or -1 with an error. */
struct outcome {
	int r;
	const struct http_reply *reply;
	const struct error *err;
};

/* Whether to try again, and after how many ms. A long pause is said. */
bool patience_lasts(struct registry *registry, const struct endpoint *endpoint,
    struct patience *patience, const struct outcome *outcome,
    uint64_t *ret_pause_ms);

/* Shows a registry's warnings (RFC 7234, section 5.5: 299), each once; and
 * once that it will soon answer no more. */
void notices_take(struct registry *registry, struct endpoint *endpoint,
    const struct http_reply *reply);

/* A line for people. */
void registry_say(struct registry *registry, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#define STALL_SEC_DEFAULT 30
#define REDIRECTS_MAX     10
/* Another token because it expired, and one with more rights. */
#define RENEWALS_MAX 2
