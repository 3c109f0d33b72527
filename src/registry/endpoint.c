/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a registry is reached: over https; and where the person allows it, or
 * the registry is this machine itself as docker has it, over https that
 * proves nothing, and then over plain http.
 */
#include <stdlib.h>

#include "base/memory.h"
#include "net/url.h"
#include "registry/parts.h"

#define HUB      SLICE("docker.io")
#define HUB_HOST SLICE("registry-1.docker.io")

/* Where podman and docker look, in that order. */
static int
load_default_certs(struct endpoint *endpoint, struct error *err)
{
	const char *home = getenv("HOME");
	CLEANUP(string_free)
	char *own = string_format(
	    "%s/.config/containers/certs.d", home ? home : "/nonexistent");
	const char *const dirs[] = { own, "/etc/containers/certs.d",
		"/etc/docker/certs.d", NULL };

	return own ? certs_load(dirs, endpoint, err) : error_nomem(err);
}

static int
find_may_plain(const struct registry *registry, const char *domain, bool *ret,
    struct error *err)
{
	CLEANUP(string_free) char *url = string_format("https://%s/", domain);

	*ret = false;
	if (!url)
		return error_nomem(err);
	switch (registry->options.verify) {
	case REGISTRY_VERIFY_ALWAYS: break;
	case REGISTRY_VERIFY_NEVER: *ret = true; break;
	case REGISTRY_VERIFY_REMOTE: *ret = url_is_loopback(url); break;
	}
	return 0;
}

int
endpoint_new(const struct registry *registry, struct slice domain,
    struct endpoint **ret, struct error *err)
{
	const char *const *dirs = registry->options.certs_dirs;
	CLEANUP(endpoint_free)
	struct endpoint *endpoint = calloc(1, sizeof(*endpoint));

	if (!endpoint)
		return error_nomem(err);
	endpoint->domain = slice_copy(domain);
	if (!endpoint->domain)
		return error_nomem(err);
	int r = dirs ? certs_load(dirs, endpoint, err)
		     : load_default_certs(endpoint, err);
	if (r < 0 ||
	    find_may_plain(
		registry, endpoint->domain, &endpoint->may_plain, err) < 0)
		return -1;
	endpoint->tls.insecure = endpoint->may_plain;
	/* What it leads to may be anywhere. */
	endpoint->tls.only_to_loopback =
	    registry->options.verify == REGISTRY_VERIFY_REMOTE;
	*ret = TAKE(endpoint);
	return 0;
}

void
endpoint_free(struct endpoint *endpoint)
{
	if (!endpoint)
		return;
	free(endpoint->domain);
	free(endpoint->base);
	free(endpoint->cert_file);
	free(endpoint->key_file);
	buf_clear(&endpoint->ca_pem);
	free(endpoint);
}

static char *
base_of(const struct endpoint *endpoint, const char *scheme)
{
	struct slice host = slice_of_string(endpoint->domain);

	if (slice_eq(host, HUB))
		host = HUB_HOST;
	return string_format("%s://" SLICE_FMT, scheme, SLICE_ARG(host));
}

/* Whether anything that speaks HTTP is there; what it says is no matter. */
static int
ping(struct registry *registry, const struct endpoint *endpoint,
    const char *base, struct error *err)
{
	CLEANUP(string_free) char *url = string_format("%s/v2/", base);
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	const struct http_request request = {
		.url = url,
		.tls = &endpoint->tls,
		.direct_to_loopback = true,
		.stall_sec = registry->options.stall_sec,
	};

	if (!url)
		return error_nomem(err);
	return http_send(registry->fetch->http, &request, &reply, err);
}

int
endpoint_reach(
    struct registry *registry, struct endpoint *endpoint, struct error *err)
{
	if (endpoint->base)
		return 0;

	CLEANUP(string_free) char *secure = base_of(endpoint, "https");
	CLEANUP(string_free) char *plain = base_of(endpoint, "http");
	struct error err_plain;

	if (!secure || !plain)
		return error_nomem(err);
	if (!endpoint->may_plain ||
	    ping(registry, endpoint, secure, err) == 0) {
		endpoint->base = TAKE(secure);
		return 0;
	}
	if (err->kind != ERROR_UNREACHABLE && err->kind != ERROR_FORMAT &&
	    err->kind != ERROR_TIMEOUT)
		return -1;
	if (ping(registry, endpoint, plain, &err_plain) < 0)
		return error_wrap(err, "%s", err_plain.msg);
	endpoint->base = TAKE(plain);
	return 0;
}
