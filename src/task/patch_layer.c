/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layer of a patch, made in the jail. The jail gets the image's layers in
 * one of two ways, which give the same bytes: as the directories in which a
 * local engine has them unpacked already, or as the layers themselves, hashed
 * on their way, where there are none, where the kernel cannot use them so, or
 * where the person wants all verified.
 */
#include "task/patch_layer.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/memory.h"
#include "base/reader.h"
#include "base/seek.h"
#include "jail/jail.h"
#include "storage/storage.h"

/* Configuring half a distribution takes minutes; for ever is an attack. */
#define JAIL_LIMIT_SEC 900
/* Of the memory that is free: the rest is for who else needs some. */
#define MEMORY_SHARE_PERCENT 60
#define MEMORY_MIN_BYTES     ((uint64_t)512 * 1024 * 1024)

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

/* With directories, or with the image's layers when there are none. */
static int
run_jail(struct app *app, const struct image *image, const struct patch *patch,
    const struct storage_layers *directories, struct image_layer *top,
    struct error *err)
{
	CLEANUP(jail_feed_clear) struct jail_feed feed = { 0 };
	CLEANUP(buf_clear) struct buf log = buf_limited(JAIL_LOG_MAX_BYTES);

	if (jail_feed_init(&feed, image->n_layers, patch->n_updates, err) < 0 ||
	    debs_add(app, patch, &feed, err) < 0)
		return -1;

	struct jail_spec spec = {
		.worker_path = app->worker_path,
		.debs = feed.debs,
		.n_debs = feed.n_debs,
		.directory_fds = directories->fds,
		.n_directories = directories->n,
		.epoch = patch->epoch,
		.time_limit_sec = JAIL_LIMIT_SEC,
		.memory_bytes = jail_memory(),
	};
	if (directories->n == 0) {
		if (layers_add(image, &feed, err) < 0)
			return -1;
		spec.layers = feed.layers;
		spec.n_layers = image->n_layers;
	}
	int r =
	    jail_dpkg(&spec, top->fd, &top->sum, &top->size_bytes, &log, err);
	tell_log(app, buf_slice(&log));
	return r < 0 ? -1 : feed_check(&feed, err);
}

/* 1: made; 0: it has to be made of the layers. */
static int
make_of_directories(struct app *app, const struct image *image,
    const struct patch *patch, struct image_layer *top, struct error *err)
{
	/* A rootless engine's whiteouts mean nothing to the jail's overlay. */
	if (image->storage.n == 0 || image->storage.form != STORAGE_OVERLAY)
		return 0;
	if (run_jail(app, image, patch, &image->storage, top, err) == 0)
		return 1;
	if (err->kind != ERROR_UNSUPPORTED)
		return -1;
	app_tell(app, "%s: not patched where the engine has it: %s",
	    image->name, err->msg);
	if (ftruncate(top->fd, 0) < 0 || lseek(top->fd, 0, SEEK_SET) < 0)
		return error_errno(err, "the layer");
	return 0;
}

int
patch_layer_make(struct app *app, struct image *image,
    const struct patch *patch, struct image_layer *top, struct error *err)
{
	const struct storage_layers none = { 0 };
	int r = make_of_directories(app, image, patch, top, err);

	if (r != 0)
		return r < 0 ? -1 : 0;
	if (image_load(app, image, NULL, err) < 0)
		return -1;
	return run_jail(app, image, patch, &none, top, err);
}
