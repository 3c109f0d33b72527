/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client as a whole: which registries and repositories it knows by now,
 * and what it tells people on the way.
 */
#include "registry/registry.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "registry/parts.h"

/* Of a registry's words, so that ours still fit beside them. */
#define NOTICE_BYTES_MAX ((size_t)300)

/* Docker Hub gives 100 in six hours: before the last of them is gone. */
#define REQUESTS_SCARCE 10

int
registry_open(const struct fetch *fetch, const struct registry_options *options,
    struct registry **ret, struct error *err)
{
	CLEANUP(registry_free)
	struct registry *registry = calloc(1, sizeof(*registry));

	if (!registry)
		return error_nomem(err);
	registry->fetch = fetch;
	registry->options = *options;
	if (registry->options.stall_sec == 0)
		registry->options.stall_sec = STALL_SEC_DEFAULT;
	if (credentials_open(options->auth_file, options->helper_ms,
		&registry->credentials, err) < 0)
		return -1;
	*ret = TAKE(registry);
	return 0;
}

void
registry_free(struct registry *registry)
{
	if (!registry)
		return;
	for (size_t i = 0; i < registry->n_endpoints; i++)
		endpoint_free(registry->endpoints[i]);
	free(registry->endpoints);
	for (size_t i = 0; i < registry->n_accesses; i++)
		access_free(registry->accesses[i]);
	free(registry->accesses);
	credentials_free(registry->credentials);
	free(registry);
}

static int
find_endpoint(struct registry *registry, struct slice domain,
    struct endpoint **ret, struct error *err)
{
	for (size_t i = 0; i < registry->n_endpoints; i++) {
		struct endpoint *one = registry->endpoints[i];

		if (slice_eq(slice_of_string(one->domain), domain)) {
			*ret = one;
			return 0;
		}
	}
	if (!ARRAY_GROW(registry->endpoints, registry->n_endpoints))
		return error_nomem(err);
	if (endpoint_new(registry, domain,
		&registry->endpoints[registry->n_endpoints], err) < 0)
		return -1;
	*ret = registry->endpoints[registry->n_endpoints++];
	return 0;
}

static int
find_access(struct registry *registry, const char *name, struct access **ret,
    struct error *err)
{
	for (size_t i = 0; i < registry->n_accesses; i++)
		if (!strcmp(registry->accesses[i]->name, name)) {
			*ret = registry->accesses[i];
			return 0;
		}
	if (!ARRAY_GROW(registry->accesses, registry->n_accesses))
		return error_nomem(err);
	if (access_new(name, &registry->accesses[registry->n_accesses], err) <
	    0)
		return -1;
	*ret = registry->accesses[registry->n_accesses++];
	return 0;
}

int
repository_open(struct registry *registry, const char *name,
    struct repository *ret, struct error *err)
{
	struct slice rest = slice_of_string(name);
	struct slice domain = { NULL, 0 };

	(void)slice_split(&rest, '/', &domain);
	if (find_endpoint(registry, domain, &ret->endpoint, err) < 0 ||
	    find_access(registry, name, &ret->access, err) < 0)
		return -1;
	/* What is owned: name may go sooner. */
	ret->path = ret->access->name + domain.len + 1;
	return 0;
}

void
registry_say(struct registry *registry, const char *fmt, ...)
{
	char line[512];
	va_list args;

	if (!registry->options.say)
		return;
	va_start(args, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	for (char *c = line; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	registry->options.say(registry->options.ctx, line);
}

/* True the first time that it is asked of text; never once there are many. */
static bool
is_news(struct registry *registry, struct slice text)
{
	struct sha256 sum = sha256_of(text);

	for (size_t i = 0; i < registry->n_notices; i++)
		if (sha256_eq(&registry->notices[i], &sum))
			return false;
	if (registry->n_notices == NOTICES_MAX)
		return false;
	registry->notices[registry->n_notices++] = sum;
	return true;
}

/* "ratelimit-remaining: 7;w=21600" */
static void
take_remaining(struct registry *registry, struct endpoint *endpoint,
    const struct http_reply *reply)
{
	struct slice rest = http_reply_header(reply, "RateLimit-Remaining");
	struct slice number = { NULL, 0 };
	uint64_t n;

	(void)slice_split(&rest, ';', &number);
	if (endpoint->is_scarce || !slice_to_u64(number, UINT64_MAX, &n) ||
	    n >= REQUESTS_SCARCE)
		return;
	endpoint->is_scarce = true;
	registry_say(registry,
	    "%s: %llu more manifests may be asked for before it wants a pause",
	    endpoint->domain, (unsigned long long)n);
}

void
notices_take(struct registry *registry, struct endpoint *endpoint,
    const struct http_reply *reply)
{
	struct slice rest = buf_slice(&reply->headers);
	struct slice value;

	if (!reply->foreign)
		take_remaining(registry, endpoint, reply);
	while (!reply->foreign && http_header_next(&rest, "Warning", &value)) {
		struct slice text = slice_after(value, 4);

		if (!slice_starts_with(value, SLICE("299 ")) ||
		    !is_news(registry, value))
			continue;
		text = slice_first(text, NOTICE_BYTES_MAX);
		registry_say(registry, "%s warns: " SLICE_FMT, endpoint->domain,
		    SLICE_ARG(text));
	}
}
