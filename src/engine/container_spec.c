/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what a Docker engine says of a container to the request that makes its
 * like:
 *
 *     {"Id":...,"Config":{...},"HostConfig":{...},"NetworkSettings":{
 *      "Networks":{...}},"Mounts":[...]}
 *  -> {...Config's members...,"HostConfig":{...},"NetworkingConfig":{...}}
 *
 * Both are edited as text, so that keys that came after this program are kept.
 * Left out: plugins' volumes that cannot be mounted twice, swarm's services.
 */
#include "engine/container_spec.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/json_write.h"
#include "base/memory.h"
#include "engine/container_parts.h"

#define SHORT_ID_LEN ((size_t)12)

struct slice
json_at(struct slice object, const char *key)
{
	struct slice value = { NULL, 0 };

	(void)json_find(object, key, &value);
	return value;
}

bool
json_is_empty(struct slice value)
{
	static const char *const empties[] = { "null", "\"\"", "0", "false" };
	enum json_type type = json_type(value);

	if (type == JSON_ARRAY || type == JSON_OBJECT)
		return json_count(value) == 0;
	for (size_t i = 0; i < N_ITEMS(empties); i++)
		if (slice_eq(value, slice_of_string(empties[i])))
			return true;
	return type == JSON_NONE;
}

struct buf *
changes_put(struct changes *changes, const char *key)
{
	size_t i = 0;

	while (i < changes->n_items && strcmp(changes->items[i].key, key) != 0)
		i++;
	if (i == CHANGES_MAX)
		abort(); /* there are fewer keys in this room */
	if (i == changes->n_items)
		changes->items[changes->n_items++].key = key;
	changes->items[i].remove = false;
	buf_clear(&changes->items[i].value);
	return &changes->items[i].value;
}

void
changes_remove(struct changes *changes, const char *key)
{
	(void)changes_put(changes, key);
	for (size_t i = 0; i < changes->n_items; i++)
		if (!strcmp(changes->items[i].key, key))
			changes->items[i].remove = true;
}

void
changes_clear(struct changes *changes)
{
	for (size_t i = 0; i < changes->n_items; i++)
		buf_clear(&changes->items[i].value);
	changes->n_items = 0;
}

int
changes_apply(const struct changes *changes, struct slice object,
    struct buf *ret, struct error *err)
{
	struct json_edit edits[CHANGES_MAX];

	for (size_t i = 0; i < changes->n_items; i++) {
		if (buf_check(&changes->items[i].value, err) < 0)
			return -1;
		edits[i].key = slice_of_string(changes->items[i].key);
		edits[i].value = changes->items[i].remove
		    ? slice_of(NULL, 0)
		    : buf_slice(&changes->items[i].value);
	}
	return json_object_edit(object, edits, changes->n_items, ret, err);
}

int
container_spec_note(
    struct container_spec *spec, struct error *err, const char *fmt, ...)
{
	va_list args;
	char *note = NULL;

	if (!ARRAY_GROW(spec->notes, spec->n_notes))
		return error_nomem(err);
	va_start(args, fmt);
	int n = vasprintf(&note, fmt, args);
	va_end(args);
	if (n < 0)
		return error_nomem(err);
	spec->notes[spec->n_notes++] = note;
	return 0;
}

static bool
shares_network(const struct container_parts *parts)
{
	const char *mode = parts->network_mode;

	return mode && !strncmp(mode, "container:", 10);
}

static bool
has_automatic_hostname(const struct container_parts *parts)
{
	CLEANUP(string_free) char *id = NULL;
	struct error err;

	if (json_string_copy(parts->id, &id, &err) < 0 ||
	    strlen(id) < SHORT_ID_LEN)
		return false;
	return json_string_eq(
	    json_at(parts->config, "Hostname"), slice_of(id, SHORT_ID_LEN));
}

/* What the engine filled in, and refuses when it is asked for. */
static void
drop_filled_in(const struct container_parts *parts, struct changes *changes)
{
	bool uts_host = json_string_eq(
	    json_at(parts->host_config, "UTSMode"), SLICE("host"));

	if (has_automatic_hostname(parts) || uts_host || shares_network(parts))
		changes_remove(changes, "Hostname");
	if (uts_host || shares_network(parts))
		changes_remove(changes, "Domainname");
	if (shares_network(parts)) {
		/* The image's EXPOSE: "conflicting options". */
		changes_remove(changes, "ExposedPorts");
		changes_remove(changes, "MacAddress");
	}
}

static int
label_run(const struct container_parts *parts, struct changes *changes,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf labels = { 0 };
	CLEANUP(buf_clear) struct buf run = { 0 };
	struct slice value = json_at(parts->config, "Labels");
	struct json_writer w = json_writer_of(&run);

	for (size_t i = 0; i < changes->n_items; i++)
		if (!strcmp(changes->items[i].key, "Labels"))
			value = buf_slice(&changes->items[i].value);
	json_write_string(&w, slice_of_string(parts->input->run));
	if (buf_check(&run, err) < 0 ||
	    json_object_edit(json_is_empty(value) ? SLICE("{}") : value,
		&(struct json_edit){
		    SLICE(CONTAINER_SPEC_LABEL_RUN),
		    buf_slice(&run),
		},
		1, &labels, err) < 0)
		return error_wrap(err, "Labels");
	buf_put(changes_put(changes, "Labels"), buf_slice(&labels));
	return 0;
}

/*
 * An entry point that a person took away reads null, as one that was never
 * given; but when null is asked for, the image's is taken. [""] says "none".
 */
static void
keep_no_entrypoint(const struct container_parts *parts, struct slice config,
    struct changes *changes)
{
	struct slice image =
	    parts->new_config.len > 0 ? parts->new_config : parts->old_config;

	if (json_is_empty(json_at(config, "Entrypoint")) &&
	    !json_is_empty(json_at(image, "Entrypoint")))
		buf_put(changes_put(changes, "Entrypoint"), SLICE("[\"\"]"));
}

/* Config as an inspection of the successor must show it. */
static int
make_config(
    const struct container_parts *parts, struct buf *ret, struct error *err)
{
	CLEANUP(changes_clear) struct changes changes = { .n_items = 0 };

	if (container_config_follow(parts, &changes, err) < 0 ||
	    label_run(parts, &changes, err) < 0)
		return -1;
	drop_filled_in(parts, &changes);

	struct json_writer w = json_writer_of(changes_put(&changes, "Image"));
	json_write_string(&w, slice_of_string(parts->input->image));
	return changes_apply(&changes, parts->config, ret, err);
}

static int
make_body(const struct container_parts *parts, struct slice config,
    struct slice host_config, struct container_spec *spec, struct error *err)
{
	CLEANUP(changes_clear) struct changes changes = { .n_items = 0 };
	CLEANUP(buf_clear) struct buf networking = { 0 };
	CLEANUP(buf_clear) struct buf body = { 0 };

	keep_no_entrypoint(parts, config, &changes);
	buf_put(changes_put(&changes, "HostConfig"), host_config);
	if (container_networks_split(parts, &networking, spec, err) < 0)
		return error_wrap(err, "networks");
	if (networking.len > 0)
		buf_put(changes_put(&changes, "NetworkingConfig"),
		    buf_slice(&networking));
	if (changes_apply(&changes, config, &body, err) < 0)
		return -1;
	spec->body = buf_take_string(&body);
	return spec->body ? 0 : error_nomem(err);
}

/* What both sides of a comparison look like. */
static int
make_comparable(struct slice inspect, struct slice config,
    struct slice host_config, struct buf *ret, struct error *err)
{
	struct slice settings = json_at(inspect, "NetworkSettings");
	CLEANUP(buf_clear) struct buf networks = { 0 };
	CLEANUP(buf_clear) struct buf mounts = { 0 };
	struct json_writer w = json_writer_of(ret);

	/* The host name is an alias that the engine adds when it starts. */
	if (container_networks_write(json_at(settings, "Networks"),
		json_at(inspect, "Id"), json_at(config, "Hostname"), &networks,
		err) < 0 ||
	    container_mounts_write(json_at(inspect, "Mounts"),
		json_at(host_config, "Tmpfs"), &mounts, err) < 0)
		return -1;
	json_write_object(&w);
	json_write_member_raw(&w, "Config", config);
	json_write_member_raw(&w, "HostConfig", host_config);
	json_write_member_raw(&w, "Mounts", buf_slice(&mounts));
	json_write_member_raw(&w, "Networks", buf_slice(&networks));
	json_write_object_end(&w);
	return buf_check(ret, err);
}

static int
make_all(const struct container_parts *parts, struct container_spec *spec,
    struct error *err)
{
	CLEANUP(changes_clear) struct changes changes = { .n_items = 0 };
	CLEANUP(buf_clear) struct buf config = { 0 };
	CLEANUP(buf_clear) struct buf host = { 0 };
	CLEANUP(buf_clear) struct buf expected = { 0 };

	if (make_config(parts, &config, err) < 0)
		return error_wrap(err, "Config");
	if (container_mounts_carry(parts, &changes, spec, err) < 0 ||
	    changes_apply(&changes, parts->host_config, &host, err) < 0)
		return error_wrap(err, "HostConfig");
	if (make_body(parts, buf_slice(&config), buf_slice(&host), spec, err) <
		0 ||
	    make_comparable(parts->input->container, buf_slice(&config),
		buf_slice(&host), &expected, err) < 0)
		return -1;
	spec->expected = buf_take_string(&expected);
	return spec->expected ? 0 : error_nomem(err);
}

static int
image_config(struct slice inspect, struct slice *ret, struct error *err)
{
	if (inspect.len == 0)
		return 0;
	if (json_validate(inspect, err) < 0)
		return error_wrap(err, "inspection of an image");
	*ret = json_at(inspect, "Config");
	/* An image without any: all that it says is empty. */
	if (json_is_empty(*ret))
		*ret = SLICE("{}");
	return 0;
}

static int
read_parts(struct container_parts *parts, struct error *err)
{
	const struct container_spec_input *input = parts->input;
	struct slice inspect = input->container;

	if (json_validate(inspect, err) < 0)
		return error_wrap(err, "inspection of a container");
	parts->id = json_at(inspect, "Id");
	parts->config = json_at(inspect, "Config");
	parts->host_config = json_at(inspect, "HostConfig");
	parts->mounts = json_at(inspect, "Mounts");
	(void)json_find_path(inspect, JSON_PATH("NetworkSettings", "Networks"),
	    &parts->networks);
	if (json_type(parts->config) != JSON_OBJECT ||
	    json_type(parts->host_config) != JSON_OBJECT)
		return error_set(
		    err, ERROR_FORMAT, "not the inspection of a container");
	struct slice mode = json_at(parts->host_config, "NetworkMode");
	if (json_is_empty(mode))
		mode = SLICE("\"\"");
	if (json_string_copy(mode, &parts->network_mode, err) < 0)
		return error_wrap(err, "HostConfig.NetworkMode");
	if (image_config(input->old_image, &parts->old_config, err) < 0 ||
	    image_config(input->new_image, &parts->new_config, err) < 0)
		return -1;
	return 0;
}

int
container_spec_make(const struct container_spec_input *input,
    struct container_spec **ret, struct error *err)
{
	CLEANUP(container_spec_free)
	struct container_spec *spec = calloc(1, sizeof(*spec));
	struct container_parts parts = { .input = input };

	if (!spec)
		return error_nomem(err);
	int r = read_parts(&parts, err);
	if (r == 0)
		r = make_all(&parts, spec, err);
	free(parts.network_mode);
	if (r < 0)
		return -1;
	*ret = TAKE(spec);
	return 0;
}

void
container_spec_free(struct container_spec *spec)
{
	if (!spec)
		return;
	for (size_t i = 0; i < spec->n_networks; i++) {
		free(spec->networks[i].name);
		free(spec->networks[i].endpoint);
	}
	for (size_t i = 0; i < spec->n_notes; i++)
		free(spec->notes[i]);
	free(spec->networks);
	free(spec->notes);
	free(spec->body);
	free(spec->expected);
	free(spec);
}

/* A comparison under way. */
struct comparison {
	struct buf *out;
	size_t n_lines;
};
#define LINES_MAX       ((size_t)20)
#define VALUE_BYTES_MAX ((size_t)80)

static bool
is_under(struct slice path, const char *prefix)
{
	return slice_starts_with(path, slice_of_string(prefix));
}

/* Differences that are no loss. */
static bool
is_fine(struct slice path, struct slice wanted, struct slice found)
{
	if (json_is_empty(wanted) && json_is_empty(found))
		return true;
	/* Not asked for: the engine fills it in. */
	if (wanted.len == 0 &&
	    (is_under(path, "/Config/Hostname") ||
		is_under(path, "/Config/Domainname") ||
		is_under(path, "/Config/ExposedPorts") ||
		is_under(path, "/Config/MacAddress") ||
		is_under(path, "/Mounts/")))
		return true;
	/* Two words for one network. */
	return slice_eq(path, SLICE("/HostConfig/NetworkMode")) &&
	    (json_string_eq(wanted, SLICE("default")) ||
		json_string_eq(wanted, SLICE("bridge"))) &&
	    (json_string_eq(found, SLICE("default")) ||
		json_string_eq(found, SLICE("bridge")));
}

/* "/db:/web/alias" names the container that it is a link of. */
static bool
is_same_link(struct slice path, struct slice wanted, struct slice found)
{
	struct slice sides[2] = { wanted, found };
	struct slice start[2] = { wanted, found };

	if (!is_under(path, "/HostConfig/Links/"))
		return false;
	for (size_t i = 0; i < 2; i++) {
		const char *colon = memchr(sides[i].ptr, ':', sides[i].len);
		const char *slash = memrchr(sides[i].ptr, '/', sides[i].len);

		if (!colon || !slash || slash < colon)
			return false;
		start[i].len = (size_t)(colon - sides[i].ptr);
		sides[i] =
		    slice_after(sides[i], (size_t)(slash - sides[i].ptr));
	}
	return slice_eq(start[0], start[1]) && slice_eq(sides[0], sides[1]);
}

static void
put_shown(struct buf *out, struct slice text)
{
	struct slice shown = slice_first(text, VALUE_BYTES_MAX);

	for (size_t i = 0; i < shown.len; i++)
		buf_put_u8(out,
		    shown.ptr[i] < ' ' || shown.ptr[i] > '~'
			? '?'
			: (uint8_t)shown.ptr[i]);
	if (shown.len < text.len)
		buf_put_string(out, "...");
}

/* "/Mounts/~1data/Name" as "Mounts./data.Name" */
static void
put_path(struct buf *out, struct slice path)
{
	CLEANUP(buf_clear) struct buf plain = { 0 };

	path = slice_after(path, 1);
	for (size_t i = 0; i < path.len; i++) {
		struct slice rest = slice_after(path, i);

		if (slice_starts_with(rest, SLICE("~1")) ||
		    slice_starts_with(rest, SLICE("~0")))
			buf_put_u8(&plain, path.ptr[++i] == '1' ? '/' : '~');
		else
			buf_put_u8(&plain,
			    rest.ptr[0] == '/' ? '.' : (uint8_t)rest.ptr[0]);
	}
	out->failed |= plain.failed;
	put_shown(out, buf_slice(&plain));
}

static void
report(void *ctx, struct slice path, struct slice wanted, struct slice found)
{
	struct comparison *comparison = ctx;
	struct buf *out = comparison->out;

	if (is_fine(path, wanted, found) || is_same_link(path, wanted, found) ||
	    comparison->n_lines >= LINES_MAX)
		return;
	comparison->n_lines++;
	put_path(out, path);
	buf_put_string(out, ": ");
	put_shown(out, found.len > 0 ? found : SLICE("nothing"));
	buf_put_string(out, ", not ");
	put_shown(out, wanted.len > 0 ? wanted : SLICE("nothing"));
	buf_put_string(out, "\n");
}

int
container_spec_compare(const struct container_spec *spec, struct slice inspect,
    struct buf *ret, struct error *err)
{
	CLEANUP(buf_clear) struct buf actual = { 0 };
	struct comparison comparison = { .out = ret };

	if (json_validate(inspect, err) < 0)
		return error_wrap(err, "inspection of a container");
	struct slice config = json_at(inspect, "Config");
	struct slice host_config = json_at(inspect, "HostConfig");
	if (json_type(config) != JSON_OBJECT ||
	    json_type(host_config) != JSON_OBJECT)
		return error_set(
		    err, ERROR_FORMAT, "not the inspection of a container");
	if (make_comparable(inspect, config, host_config, &actual, err) < 0 ||
	    json_diff(slice_of_string(spec->expected), buf_slice(&actual),
		report, &comparison, err) < 0)
		return -1;
	return buf_check(ret, err);
}
