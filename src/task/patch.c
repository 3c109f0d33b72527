/* SPDX-License-Identifier: Apache-2.0 */
#include "task/patch.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/reader.h"
#include "base/seek.h"
#include "base/time.h"
#include "engine/engine.h"
#include "jail/jail.h"
#include "oci/digest.h"
#include "task/ask.h"
#include "task/load.h"

/* Changes whenever the same plan would give other bytes. */
#define PATCH_FORM "1"

/* Configuring half a distribution takes minutes; for ever is an attack. */
#define JAIL_LIMIT_SEC 900
/* Of the memory that is free: the rest is for who else needs some. */
#define MEMORY_SHARE_PERCENT 60
#define MEMORY_MIN_BYTES     ((uint64_t)512 * 1024 * 1024)

void
patch_free(struct patch *patch)
{
	if (!patch)
		return;
	pending_free(patch->pending);
	free(patch);
}

static int
key_make(const struct image *image, struct patch *patch, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	char hex[SHA256_HEX_SIZE];

	sha256_to_string(&image->id, hex);
	buf_put_format(&text, "patch " PATCH_FORM "\n%s\n%lld\n", hex,
	    (long long)patch->epoch);
	for (size_t i = 0; i < patch->pending->updates->n_items; i++) {
		const struct update *update =
		    &patch->pending->updates->items[i];
		const struct package *candidate =
		    pending_candidate(patch->pending, update);

		if (update->kept_back)
			continue;
		sha256_to_string(&candidate->sha256, hex);
		buf_put_format(&text,
		    SLICE_FMT " " SLICE_FMT " " SLICE_FMT " %s %u\n",
		    SLICE_ARG(candidate->name), SLICE_ARG(candidate->version),
		    SLICE_ARG(candidate->arch), hex, update->stage);
	}
	if (buf_check(&text, err) < 0)
		return -1;

	struct sha256 sum = sha256_of(buf_slice(&text));
	sha256_to_string(&sum, patch->key);
	return 0;
}

int
patch_plan(
    struct app *app, struct image *image, struct patch **ret, struct error *err)
{
	CLEANUP(patch_free) struct patch *patch = calloc(1, sizeof(*patch));

	if (!patch)
		return error_nomem(err);
	if (pending_load(app, image, &patch->pending, err) < 0)
		return -1;
	if (patch->pending->indexes->n_faults > 0) {
		*err = patch->pending->indexes->faults[0];
		return -1;
	}
	patch->n_updates = pending_count(patch->pending).all;
	patch->epoch = indexes_date(patch->pending->indexes);
	if (key_make(image, patch, err) < 0)
		return -1;
	*ret = TAKE(patch);
	return 0;
}

/* One stream to the jail, hashed on its way. */
struct feed {
	struct seek_stream file;
	struct hash_stream tap;
	struct sha256 sum; /* that it must have */
	int fd;            /* owned, or -1 */
};

/* All that is given to the jail. */
struct jail_feed {
	struct feed *feeds; /* the layers, then the debs */
	size_t n_feeds;
	struct jail_layer *layers;
	struct jail_deb *debs;
	size_t n_debs;
	char **names; /* of the debs */
};

static void
jail_feed_clear(struct jail_feed *feed)
{
	for (size_t i = 0; feed->feeds && i < feed->n_feeds; i++) {
		seek_stream_clear(&feed->feeds[i].file);
		hash_stream_clear(&feed->feeds[i].tap);
		fd_close(feed->feeds[i].fd);
	}
	for (size_t i = 0; feed->names && i < feed->n_debs; i++)
		free(feed->names[i]);
	free(feed->feeds);
	free(feed->layers);
	free(feed->debs);
	free(feed->names);
}
DEFINE_CLEANUP_IN_PLACE(struct jail_feed, jail_feed_clear)

static int
jail_feed_init(
    struct jail_feed *feed, size_t n_layers, size_t n_debs, struct error *err)
{
	feed->feeds = calloc(n_layers + n_debs + 1, sizeof(*feed->feeds));
	feed->layers = calloc(n_layers + 1, sizeof(*feed->layers));
	feed->debs = calloc(n_debs + 1, sizeof(*feed->debs));
	feed->names = calloc(n_debs + 1, sizeof(*feed->names));
	if (!feed->feeds || !feed->layers || !feed->debs || !feed->names)
		return error_nomem(err);
	return 0;
}

/* Adds a stream over that part of fd; the feed closes own_fd. */
static int
feed_add(struct jail_feed *feed, const struct image_layer *part, int own_fd,
    struct stream **ret, struct error *err)
{
	struct feed *one = &feed->feeds[feed->n_feeds++];

	one->fd = own_fd;
	one->sum = part->sum;
	if (seek_stream_init(&one->file, part->fd, part->offset,
		part->size_bytes, err) < 0 ||
	    hash_stream_init(&one->tap, &one->file.stream, err) < 0)
		return -1;
	*ret = &one->tap.stream;
	return 0;
}

/* Whether the jail was given the bytes that it should have. */
static int
feed_check(const struct jail_feed *feed, struct error *err)
{
	for (size_t i = 0; i < feed->n_feeds; i++) {
		struct sha256 is = hash_stream_end(&feed->feeds[i].tap);

		if (!sha256_eq(&is, &feed->feeds[i].sum))
			return error_set(err, ERROR_UNTRUSTED,
			    "a layer or package changed while it was read");
	}
	return 0;
}

/* As apt names it in its cache: the colon of an epoch is %3a. */
static char *
deb_name(const struct package *package)
{
	CLEANUP(buf_clear) struct buf name = { 0 };

	buf_put(&name, package->name);
	buf_put_string(&name, "_");
	for (size_t i = 0; i < package->version.len; i++) {
		char c = package->version.ptr[i];

		if (c == ':' || c == '/' || c == '%')
			buf_put_format(&name, "%%%02x", (unsigned char)c);
		else
			buf_put(&name, slice_of(&c, 1));
	}
	buf_put_string(&name, "_");
	buf_put(&name, package->arch);
	buf_put_string(&name, ".deb");
	return buf_take_string(&name);
}

static int
deb_add(const struct fetch *fetch, const struct patch *patch,
    const struct update *update, struct jail_feed *feed, struct error *err)
{
	const struct package *package =
	    pending_candidate(patch->pending, update);
	const struct suite *suite =
	    &patch->pending->indexes->suites[package->origin];
	CLEANUP(string_free)
	char *url = string_format(
	    "%s/" SLICE_FMT, suite->uri, SLICE_ARG(package->filename));
	struct jail_deb *deb = &feed->debs[feed->n_debs];
	char *name = deb_name(package);
	int fd;

	if (!url || !name) {
		free(name);
		return error_nomem(err);
	}
	feed->names[feed->n_debs++] = name;
	if (fetch_blob(fetch, url, &package->sha256, package->size_bytes, &fd,
		err) < 0)
		return error_wrap(err, "%s", name);

	struct image_layer part = { .fd = fd,
		.size_bytes = package->size_bytes,
		.sum = package->sha256 };
	*deb = (struct jail_deb){
		.file_name = name,
		.stage = update->stage,
		.size_bytes = package->size_bytes,
	};
	return feed_add(feed, &part, fd, &deb->stream, err);
}

/* The packages, in the order of their stages. */
static int
debs_add(struct app *app, const struct patch *patch, struct jail_feed *feed,
    struct error *err)
{
	const struct update_list *updates = patch->pending->updates;
	const struct fetch *fetch;

	if (app_fetch(app, &fetch, err) < 0)
		return -1;
	for (uint32_t stage = 1; stage <= updates->n_stages; stage++)
		for (size_t i = 0; i < updates->n_items; i++)
			if (!updates->items[i].kept_back &&
			    updates->items[i].stage == stage &&
			    deb_add(fetch, patch, &updates->items[i], feed,
				err) < 0)
				return -1;
	return 0;
}

static int
layers_add(const struct image *image, struct jail_feed *feed, struct error *err)
{
	for (size_t i = 0; i < image->n_layers; i++)
		if (feed_add(feed, &image->layers[i], -1,
			&feed->layers[i].stream, err) < 0)
			return -1;
	return 0;
}

/* How much the jail's files may take: they are in memory. */
static uint64_t
jail_memory(void)
{
	CLEANUP(buf_clear) struct buf text = buf_limited((size_t)64 * 1024);
	struct slice line, kilobytes;
	struct error ignored;
	uint64_t available = 0;

	if (file_read("/proc/meminfo", &text, &ignored) < 0)
		return MEMORY_MIN_BYTES;

	struct reader in = reader_of(buf_slice(&text));
	while (reader_line(&in, &line)) {
		if (!slice_starts_with(line, SLICE("MemAvailable:")))
			continue;
		kilobytes = slice_trim(slice_after(line, 13));
		if (slice_ends_with(kilobytes, SLICE(" kB")))
			kilobytes.len -= 3;
		(void)slice_to_u64(kilobytes, UINT64_MAX / 102400, &available);
	}
	available = available * 1024 / 100 * MEMORY_SHARE_PERCENT;
	return available > MEMORY_MIN_BYTES ? available : MEMORY_MIN_BYTES;
}

static void
tell_log(const struct app *app, struct slice log)
{
	struct slice line;

	while (slice_split(&log, '\n', &line))
		app_tell(app, "dpkg: " SLICE_FMT,
		    SLICE_ARG(slice_first(line, 1000)));
}

static int
layer_make(struct app *app, struct image *image, const struct patch *patch,
    struct image_layer *top, struct error *err)
{
	CLEANUP(jail_feed_clear) struct jail_feed feed = { 0 };
	CLEANUP(buf_clear) struct buf log = buf_limited(JAIL_LOG_MAX_BYTES);

	if (jail_feed_init(&feed, image->n_layers, patch->n_updates, err) < 0 ||
	    debs_add(app, patch, &feed, err) < 0 ||
	    image_load(app, image, NULL, err) < 0)
		return -1;

	struct jail_spec spec = {
		.worker_path = app->worker_path,
		.layers = feed.layers,
		.n_layers = image->n_layers,
		.debs = feed.debs,
		.epoch = patch->epoch,
		.time_limit_sec = JAIL_LIMIT_SEC,
		.memory_bytes = jail_memory(),
	};
	spec.n_debs = feed.n_debs;
	if (layers_add(image, &feed, err) < 0)
		return -1;
	int r =
	    jail_dpkg(&spec, top->fd, &top->sum, &top->size_bytes, &log, err);
	tell_log(app, buf_slice(&log));
	return r < 0 ? -1 : feed_check(&feed, err);
}

/* The update of the nth installed package that is carried out, or NULL. */
static const struct update *
update_of(const struct pending *pending, size_t n)
{
	for (size_t i = 0; i < pending->updates->n_items; i++)
		if (pending->updates->items[i].installed == n &&
		    !pending->updates->items[i].kept_back)
			return &pending->updates->items[i];
	return NULL;
}

static const struct package *
find_package(const struct package_list *list, struct slice name)
{
	for (size_t i = 0; i < list->n_items; i++)
		if (slice_eq(list->items[i].name, name))
			return &list->items[i];
	return NULL;
}

/* The packages afterwards: the old ones, with exactly these updates. */
static int
packages_check(const struct pending *pending, const struct package_list *now,
    struct error *err)
{
	const struct package_list *was = pending->input.installed;

	if (now->n_items != was->n_items)
		return error_set(err, ERROR_UNTRUSTED,
		    "%zu packages became %zu", was->n_items, now->n_items);
	for (size_t i = 0; i < was->n_items; i++) {
		const struct package *old = &was->items[i];
		const struct update *update = update_of(pending, i);
		const struct package *want =
		    update ? pending_candidate(pending, update) : old;
		const struct package *is = find_package(now, old->name);

		if (!is || !slice_eq(is->version, want->version) ||
		    !slice_eq(is->arch, want->arch))
			return error_set(err, ERROR_UNTRUSTED,
			    SLICE_FMT " is not at " SLICE_FMT " afterwards",
			    SLICE_ARG(old->name), SLICE_ARG(want->version));
		if (!slice_eq(
			is->state, update ? SLICE("installed") : old->state))
			return error_set(err, ERROR_CONFLICT,
			    SLICE_FMT " is left " SLICE_FMT,
			    SLICE_ARG(old->name), SLICE_ARG(is->state));
	}
	return 0;
}

static int
layer_check(struct app *app, struct image *image, const struct patch *patch,
    const struct image_layer *top, struct error *err)
{
	CLEANUP(inventory_free) struct inventory *inventory = NULL;

	if (inventory_load_with(app, image, top, &inventory, err) < 0 ||
	    packages_check(patch->pending, inventory->packages, err) < 0)
		return error_wrap(err, "the result is not what was planned");
	return 0;
}

/* "apt=2.6.1+deb12u1 curl=...": of the updates, in their order. */
static void
put_packages(const struct pending *pending, struct buf *out)
{
	const char *before = "";

	for (size_t i = 0; i < pending->updates->n_items; i++) {
		const struct update *update = &pending->updates->items[i];
		const struct package *to = pending_candidate(pending, update);

		if (update->kept_back)
			continue;
		buf_put_format(out, "%s" SLICE_FMT "=" SLICE_FMT, before,
		    SLICE_ARG(to->name), SLICE_ARG(to->version));
		before = " ";
	}
}

static void
put_label(struct buf *out, const char *key, struct slice value)
{
	buf_put_sized(out, slice_of_string(key));
	buf_put_sized(out, value);
}

/*
 * The new config, by a worker; the form of its input is in role_document.c.
 * Nothing in it depends on what the image was called.
 */
static int
config_make(const struct app *app, const struct image *image,
    const struct patch *patch, const struct sha256 *diff_id,
    struct answer *answer, struct error *err)
{
	CLEANUP(buf_clear) struct buf input = { 0 };
	CLEANUP(buf_clear) struct buf packages = { 0 };
	char created[TIME_SIZE];
	char base[DIGEST_SIZE];
	char by[64];

	time_to_rfc3339(patch->epoch, created);
	digest_to_string(&image->id, base);
	(void)snprintf(
	    by, sizeof(by), "fother patch # %zu packages", patch->n_updates);
	put_packages(patch->pending, &packages);
	buf_put(&input, slice_of((const char *)diff_id->bytes, SHA256_BYTES));
	buf_put_sized(&input, slice_of_string(created));
	buf_put_sized(&input, slice_of_string(by));
	buf_put_sized(&input, SLICE("fother"));
	buf_put_u32le(&input, 2);
	put_label(&input, "fother.base", slice_of_string(base));
	put_label(&input, "fother.packages", buf_slice(&packages));
	buf_put(&input, buf_slice(&image->config));
	if (buf_check(&packages, err) < 0 || buf_check(&input, err) < 0)
		return -1;
	return ask_bytes(
	    app, "config-layer", NULL, buf_slice(&input), answer, err);
}

static int
engine_has(struct engine *engine, const struct sha256 *id, struct error *err)
{
	CLEANUP(buf_clear) struct buf inspect = { 0 };
	CLEANUP(string_free) char *is = NULL;
	struct slice value;
	char want[DIGEST_SIZE];

	digest_to_string(id, want);
	if (engine_inspect_image(engine, want, &inspect, err) < 0)
		return -1;
	if (!json_find(buf_slice(&inspect), "Id", &value) ||
	    json_string_copy(value, &is, err) < 0 || strcmp(is, want) != 0)
		return error_set(err, ERROR_UNTRUSTED,
		    "the engine has another image than was loaded");
	return 0;
}

static int
image_publish(struct app *app, const struct load_spec *spec,
    struct sha256 *ret_id, struct error *err)
{
	struct engine *engine;

	if (app_engine(app, &engine, err) < 0 ||
	    load_image(engine, spec, err) < 0)
		return error_wrap(err, "load");
	*ret_id = sha256_of(spec->config);
	return engine_has(engine, ret_id, err);
}

static int
image_make(struct app *app, struct image *image, const struct patch *patch,
    const char *name, struct sha256 *ret_id, struct error *err)
{
	CLEANUP(answer_clear) struct answer config = { 0 };
	CLEANUP(fd_close) int fd = -1;
	struct image_layer top = { 0 };

	if (directory_make(app->cache_dir, 0755, err) < 0 ||
	    (fd = file_temporary(app->cache_dir, err)) < 0)
		return -1;
	top.fd = fd;
	if (layer_make(app, image, patch, &top, err) < 0 ||
	    layer_check(app, image, patch, &top, err) < 0 ||
	    config_make(app, image, patch, &top.sum, &config, err) < 0)
		return -1;

	const struct load_spec spec = {
		.image = image,
		.top = &top,
		.config = buf_slice(&config.parts[ANSWER_MAIN]),
		.name = name,
		.with_lower_layers =
		    image->ref->transport != TRANSPORT_DOCKER_DAEMON,
	};
	return image_publish(app, &spec, ret_id, err);
}

int
patch_find(struct app *app, const struct patch *patch, struct sha256 *ret_id,
    struct error *err)
{
	CLEANUP(string_free) char *id = NULL;
	struct engine *engine;
	struct store *store;

	if (app_store(app, &store, err) < 0 ||
	    app_engine(app, &engine, err) < 0 ||
	    store_patch_find(store, patch->key, &id, err) < 0 ||
	    digest_parse(slice_of_string(id), ret_id, err) < 0)
		return -1;
	return engine_has(engine, ret_id, err);
}

static int
image_name(struct app *app, const struct sha256 *id,
    const struct patch_name *name, struct error *err)
{
	char digest[DIGEST_SIZE];
	struct engine *engine;

	digest_to_string(id, digest);
	if (app_engine(app, &engine, err) < 0)
		return -1;
	return engine_tag_image(
	    engine, digest, name->repository, name->tag, err);
}

int
patch_make(struct app *app, struct image *image, const struct patch *patch,
    const struct patch_name *name, struct sha256 *ret_id, struct error *err)
{
	CLEANUP(string_free)
	char *full = string_format("%s:%s", name->repository, name->tag);
	char id[DIGEST_SIZE];
	struct store *store;

	if (!full)
		return error_nomem(err);
	if (patch_find(app, patch, ret_id, err) == 0)
		return image_name(app, ret_id, name, err);
	if (err->kind != ERROR_NOT_FOUND)
		return -1;
	if (image_make(app, image, patch, full, ret_id, err) < 0 ||
	    app_store(app, &store, err) < 0)
		return -1;
	digest_to_string(ret_id, id);
	return store_patch_save(store, patch->key, id, app->now, err);
}
