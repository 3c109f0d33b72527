/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Networks of a container. What an inspection shows of an endpoint is partly
 * what somebody configured and partly what the engine gave:
 *
 *     "web":{"IPAMConfig":{"IPv4Address":"10.1.0.9"},"Aliases":["www",
 *         "8c1f0a2b3c4d"],"IPAddress":"10.1.0.9","MacAddress":"02:42:..."}
 *
 * Only the first may be asked for again: an address that was given now may
 * be another container's then. The alias that is the container's short ID is
 * the engine's, too.
 */
#include <stdlib.h>

#include "base/json.h"
#include "base/json_write.h"
#include "base/memory.h"
#include "engine/container_parts.h"

/* Each is an interface; the kernel's limit for a bridge is 1024 ports. */
#define NETWORKS_MAX ((size_t)1024)
/* From then on a create takes more than one network, and a MAC address is
 * an endpoint's. */
#define API_ENDPOINTS 44U

#define SHORT_ID_LEN ((size_t)12)

/* Whether alias, a JSON string, is the first 12 digits of the ID. */
static bool
is_short_id(struct slice alias, struct slice id)
{
	CLEANUP(string_free) char *text = NULL;
	struct error err;

	if (json_string_copy(id, &text, &err) < 0 ||
	    strlen(text) < SHORT_ID_LEN)
		return false;
	return json_string_eq(alias, slice_of(text, SHORT_ID_LEN));
}

static void
write_aliases(struct json_writer *w, struct slice aliases, struct slice id,
    struct slice hostname)
{
	struct json_iter iter = json_iter_of(aliases);
	struct slice alias;
	bool begun = false;

	while (json_array_next(&iter, &alias)) {
		if (is_short_id(alias, id) ||
		    (json_type(hostname) == JSON_STRING &&
			json_type(alias) == JSON_STRING &&
			json_string_cmp(alias, hostname) == 0))
			continue;
		if (!begun) {
			json_write_key(w, "Aliases");
			json_write_array(w);
		}
		begun = true;
		json_write_raw(w, alias);
	}
	if (begun)
		json_write_array_end(w);
}

/* The configured parts of an endpoint. hostname: an alias that the engine
 * gives by itself; empty: none is left out for it. */
static void
write_endpoint(struct json_writer *w, struct slice endpoint, struct slice id,
    struct slice hostname, struct slice mac)
{
	static const char *const keys[] = { "IPAMConfig", "Links", "DriverOpts",
		"GwPriority" };

	json_write_object(w);
	for (size_t i = 0; i < N_ITEMS(keys); i++) {
		struct slice value = json_at(endpoint, keys[i]);

		if (!json_is_empty(value))
			json_write_member_raw(w, keys[i], value);
	}
	write_aliases(w, json_at(endpoint, "Aliases"), id, hostname);
	if (!json_is_empty(mac))
		json_write_member_raw(w, "MacAddress", mac);
	json_write_object_end(w);
}

int
container_networks_write(struct slice networks, struct slice id,
    struct slice hostname, struct buf *ret, struct error *err)
{
	struct json_writer w = json_writer_of(ret);
	struct json_iter iter = json_iter_of(networks);
	struct slice key;
	struct slice endpoint;

	json_write_object(&w);
	while (json_object_next(&iter, &key, &endpoint)) {
		CLEANUP(string_free) char *name = NULL;

		if (json_string_copy(key, &name, err) < 0)
			return -1;
		json_write_key(&w, name);
		write_endpoint(&w, endpoint, id, hostname, slice_of(NULL, 0));
	}
	json_write_object_end(&w);
	return buf_check(ret, err);
}

static bool
is_default(const char *mode)
{
	return *mode == '\0' || !strcmp(mode, "default") ||
	    !strcmp(mode, "bridge");
}

/* These have an interface of their own, but nothing to configure. */
static bool
has_endpoints(const char *mode)
{
	return strcmp(mode, "host") != 0 && strcmp(mode, "none") != 0 &&
	    strncmp(mode, "container:", 10) != 0;
}

/* Whether this is the network that NetworkMode names, by name or ID. */
static bool
is_first(const char *mode, struct slice name, struct slice endpoint)
{
	struct slice wanted =
	    is_default(mode) ? SLICE("bridge") : slice_of_string(mode);

	return json_string_eq(name, wanted) ||
	    json_string_eq(json_at(endpoint, "NetworkID"), wanted);
}

static int
add_network(struct container_spec *spec, struct slice name,
    struct slice endpoint, struct error *err)
{
	struct container_spec_network *network;

	if (!ARRAY_GROW(spec->networks, spec->n_networks))
		return error_nomem(err);
	network = &spec->networks[spec->n_networks++];
	*network = (struct container_spec_network){ 0 };
	network->endpoint = slice_copy(endpoint);
	if (!network->endpoint)
		return error_nomem(err);
	return json_string_copy(name, &network->name, err);
}

/* The network of NetworkMode, from what the engine says it is connected to;
 * false when it is not among them. */
static bool
find_first(const struct container_parts *parts, struct slice *ret_name)
{
	struct json_iter iter = json_iter_of(parts->networks);
	struct slice endpoint;

	while (json_object_next(&iter, ret_name, &endpoint))
		if (is_first(parts->network_mode, *ret_name, endpoint))
			return true;
	return false;
}

/* One endpoint: into the request, or to be connected later. */
static int
split_one(const struct container_parts *parts, struct slice name,
    struct slice endpoint, struct json_writer *w, struct container_spec *spec,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf configured = { 0 };
	struct json_writer own = json_writer_of(&configured);
	struct slice mac = { NULL, 0 };
	bool first = is_first(parts->network_mode, name, endpoint);
	bool many = parts->input->api >= API_ENDPOINTS;

	if (first && many)
		mac = json_at(parts->config, "MacAddress");
	write_endpoint(&own, endpoint, parts->id, slice_of(NULL, 0), mac);
	if (buf_check(&configured, err) < 0)
		return -1;
	if (!first && !many)
		return add_network(spec, name, buf_slice(&configured), err);
	/* Of the default bridge, nothing can be configured but a MAC. */
	if (first && is_default(parts->network_mode) && configured.len <= 2)
		return 0;

	CLEANUP(string_free) char *key = NULL;
	if (json_string_copy(name, &key, err) < 0)
		return -1;
	json_write_key(w,
	    first && !is_default(parts->network_mode) ? parts->network_mode
						      : key);
	json_write_raw(w, buf_slice(&configured));
	return 0;
}

int
container_networks_split(const struct container_parts *parts, struct buf *ret,
    struct container_spec *spec, struct error *err)
{
	struct json_writer w = json_writer_of(ret);
	struct json_iter iter = json_iter_of(parts->networks);
	struct slice name;
	struct slice endpoint;

	if (!has_endpoints(parts->network_mode) ||
	    json_count(parts->networks) == 0)
		return 0;
	if (json_count(parts->networks) > NETWORKS_MAX)
		return error_set(
		    err, ERROR_LIMIT, "more than %zu networks", NETWORKS_MAX);
	if (!find_first(parts, &name))
		return error_set(err, ERROR_UNSUPPORTED,
		    "it was disconnected from its first network, %s, which a "
		    "successor would be connected to",
		    parts->network_mode);
	json_write_object(&w);
	json_write_key(&w, "EndpointsConfig");
	json_write_object(&w);
	while (json_object_next(&iter, &name, &endpoint))
		if (split_one(parts, name, endpoint, &w, spec, err) < 0)
			return -1;
	json_write_object_end(&w);
	json_write_object_end(&w);
	return buf_check(ret, err);
}
