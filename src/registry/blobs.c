/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blobs, several at a time. Each is one download, that goes on from where it
 * was cut off: asked with a Range, hashed from the first byte whoever sent
 * which part. When the parts do not make the blob it is fetched once more,
 * from the start; after that it is another file than was promised.
 *
 * How a reply is compressed on the way (Content-Encoding) is not looked at:
 * storages put that label on layers too, and the hash tells what came.
 */
#include <stdlib.h>

#include "base/fd.h"
#include "base/memory.h"
#include "base/time.h"
#include "fetch/blob.h"
#include "oci/digest.h"
#include "registry/content_range.h"
#include "registry/parts.h"

/* As docker and podman have it, and more is no faster. */
#define SIDE_BY_SIDE 4
#define RESTARTS_MAX 1

enum download_state {
	DOWNLOAD_WAITING,
	DOWNLOAD_RUNNING,
	DOWNLOAD_DONE,
};

struct download {
	struct registry_blob *blob;
	struct downloads *all;
	char digest[DIGEST_SIZE];
	enum download_state state;
	bool is_twin; /* of one before it: opened when that is there */
	struct blob_part part;
	struct patience patience;
	uint32_t n_restarts;
	int64_t not_before_ms;

	/* Of the try that runs. */
	struct prepared prepared;
	struct http_reply reply;
	struct http_call *call;
	uint64_t n_before;
	bool was_resumed; /* what there is came in parts */
	bool is_misfit;   /* it sends another part than was asked for */
};

struct downloads {
	struct registry *registry;
	struct repository repository;
	struct download *items;
	size_t n_items;
	size_t n_running;
};

static void
try_clear(struct download *d)
{
	if (d->call)
		d->all->n_running--;
	http_call_free(TAKE(d->call));
	http_reply_clear(&d->reply);
	prepared_clear(&d->prepared);
}

static void
downloads_clear(struct downloads *all)
{
	for (size_t i = 0; all->items && i < all->n_items; i++) {
		try_clear(&all->items[i]);
		blob_part_clear(&all->items[i].part);
	}
	free(all->items);
}
DEFINE_CLEANUP_IN_PLACE(struct downloads, downloads_clear)

/* Before the first byte of a reply: does it go where we are? */
static int
on_reply(void *ctx, const struct http_reply *reply, struct error *err)
{
	struct download *d = ctx;
	struct slice range = http_reply_header(reply, "Content-Range");

	if (reply->status == 200) {
		d->was_resumed = false;
		/* It sends all of it, whatever it was asked for. */
		return d->part.n_bytes > 0 ? blob_part_restart(&d->part, err)
					   : 0;
	}
	if (reply->status == 206 && d->part.n_bytes > 0 &&
	    content_range_fits(range, d->part.n_bytes, d->part.size_bytes))
		return 0;
	d->is_misfit = true;
	return error_set(err, ERROR_FORMAT,
	    "status %u with another part of it than was asked for",
	    reply->status);
}

static int
on_data(void *ctx, struct slice bytes, struct error *err)
{
	struct download *d = ctx;

	return blob_part_put(&d->part, bytes, err);
}

static int
try_start(struct downloads *all, struct download *d, struct error *err)
{
	const struct question question = {
		.kind = "blobs",
		.which = d->digest,
		/* Counted on the way: this is only so that it has an end. */
		.max_bytes = UINT64_MAX,
	};

	if (question_prepare(all->registry, &all->repository, &question,
		d->part.n_bytes, &d->prepared, err) < 0)
		return -1;
	d->prepared.request.on_reply = on_reply;
	d->prepared.request.on_data = on_data;
	d->prepared.request.ctx = d;
	d->n_before = d->part.n_bytes;
	d->was_resumed = d->part.n_bytes > 0;
	d->is_misfit = false;
	if (http_start(all->registry->fetch->http, &d->prepared.request,
		&d->reply, &d->call, err) < 0)
		return -1;
	all->n_running++;
	d->state = DOWNLOAD_RUNNING;
	return 0;
}

static int
finish(struct download *d, struct error *err)
{
	if (blob_part_end(&d->part, &d->blob->fd, err) < 0)
		return -1;
	d->state = DOWNLOAD_DONE;
	blob_part_clear(&d->part);
	return 0;
}

/* It comes to nothing as it is: once more from the start, or the error that
 * *err says already. */
static int
start_over(struct download *d, struct error *err)
{
	struct error failed;

	if (d->n_restarts++ >= RESTARTS_MAX)
		return -1;
	if (blob_part_restart(&d->part, &failed) < 0) {
		*err = failed;
		return -1;
	}
	d->state = DOWNLOAD_WAITING;
	return 0;
}

/* What has all its bytes, or more than those. */
static int
take_whole(struct download *d, struct error *err)
{
	bool was_resumed = d->was_resumed;

	if (finish(d, err) == 0)
		return 0;
	if (err->kind != ERROR_UNTRUSTED || !was_resumed)
		return -1;
	return start_over(d, err);
}

static int
try_later(struct download *d, int r, struct error *err)
{
	struct downloads *all = d->all;
	uint64_t pause_ms = 0;

	if (d->part.n_bytes > d->n_before) {
		d->patience.n_tries = 0;
		all->repository.endpoint->answered = true;
	}
	if (!patience_lasts(all->registry, all->repository.endpoint,
		&d->patience, &(struct outcome){ r, &d->reply, err },
		&pause_ms))
		return r < 0
		    ? -1
		    : reply_explain(&d->prepared.request, &d->reply, err);
	d->not_before_ms = monotonic_ms() + (int64_t)pause_ms;
	d->state = DOWNLOAD_WAITING;
	return 0;
}

/* A good reply that ended before the blob did. */
static int
take_short(struct download *d, struct error *err)
{
	(void)error_set(err, ERROR_UNREACHABLE,
	    "the registry sends %llu of its %llu bytes",
	    (unsigned long long)d->part.n_bytes,
	    (unsigned long long)d->part.size_bytes);
	if (try_later(d, -1, err) == 0)
		return 0;
	if (err->kind == ERROR_UNREACHABLE)
		err->kind = ERROR_UNTRUSTED;
	return -1;
}

static int
take_status(struct download *d, struct error *err)
{
	struct downloads *all = d->all;
	unsigned int status = d->reply.status;

	all->repository.endpoint->answered = true;
	notices_take(all->registry, all->repository.endpoint, &d->reply);
	if (is_unauthorized(&d->reply) &&
	    d->patience.n_renewals++ < RENEWALS_MAX) {
		d->state = DOWNLOAD_WAITING;
		return access_renew(all->registry, &all->repository,
		    d->prepared.authorization, &d->reply, err);
	}
	all->repository.access->proved |= !d->reply.foreign && status < 400;
	if (status >= 200 && status <= 299)
		return take_short(d, err);
	if (status != 416)
		return try_later(d, 0, err);
	if (d->n_before > 0)
		(void)error_set(err, ERROR_UNTRUSTED,
		    "the registry has no more than %llu of its %llu bytes",
		    (unsigned long long)d->n_before,
		    (unsigned long long)d->part.size_bytes);
	else
		(void)reply_explain(&d->prepared.request, &d->reply, err);
	return start_over(d, err);
}

/* A try has ended with r and *err. */
static int
take_end(struct download *d, int r, struct error *err)
{
	if (r == 0 || err->kind == ERROR_UNREACHABLE ||
	    err->kind == ERROR_TIMEOUT) {
		/* How it ended does not matter to who has everything. */
		if (d->part.n_bytes == d->part.size_bytes)
			return take_whole(d, err);
		return r == 0 ? take_status(d, err) : try_later(d, r, err);
	}
	if (d->is_misfit || (err->kind == ERROR_UNTRUSTED && d->was_resumed))
		return start_over(d, err);
	return -1;
}

/* How many there were, or -1. */
static int
handle_ended(struct downloads *all, struct error *err)
{
	int n_ended = 0;

	for (size_t i = 0; i < all->n_items; i++) {
		struct download *d = &all->items[i];
		int r = 0;

		if (!d->call || !http_call_ended(d->call, &r, err))
			continue;
		r = take_end(d, r, err);
		try_clear(d);
		if (r < 0)
			return error_wrap(err, "blob %s", d->digest);
		n_ended++;
	}
	return n_ended;
}

/* Starts what may; *ret_until_ms is when the next one may. */
static int
start_waiting(struct downloads *all, int64_t *ret_until_ms, struct error *err)
{
	int64_t now = monotonic_ms();

	*ret_until_ms = INT64_MAX;
	for (size_t i = 0; i < all->n_items; i++) {
		struct download *d = &all->items[i];

		if (d->state != DOWNLOAD_WAITING)
			continue;
		if (d->not_before_ms > now) {
			if (d->not_before_ms < *ret_until_ms)
				*ret_until_ms = d->not_before_ms;
		} else if (all->n_running < SIDE_BY_SIDE &&
		    try_start(all, d, err) < 0) {
			return error_wrap(err, "blob %s", d->digest);
		}
	}
	return 0;
}

static bool
are_done(const struct downloads *all)
{
	for (size_t i = 0; i < all->n_items; i++)
		if (all->items[i].state != DOWNLOAD_DONE)
			return false;
	return true;
}

static int
run(struct downloads *all, struct error *err)
{
	if (are_done(all))
		return 0;
	if (endpoint_reach(all->registry, all->repository.endpoint, err) < 0)
		return -1;
	for (;;) {
		int n_ended = handle_ended(all, err);
		int64_t until_ms;

		if (n_ended < 0)
			return -1;
		if (are_done(all))
			return 0;
		if (start_waiting(all, &until_ms, err) < 0)
			return -1;
		/* While one was handled (for a token, say) others may have
		 * ended: nothing would wake us for those. */
		if (n_ended == 0 &&
		    http_run(all->registry->fetch->http, until_ms, err) < 0)
			return -1;
	}
}

static bool
is_same(const struct registry_blob *a, const struct registry_blob *b)
{
	return a->size_bytes == b->size_bytes &&
	    sha256_eq(&a->digest, &b->digest);
}

/* Opens it from the cache, or gets ready to fetch it. */
static int
download_init(struct download *d, struct error *err)
{
	const struct registry_options *options = &d->all->registry->options;
	const struct fetch *fetch = d->all->registry->fetch;
	struct registry_blob *blob = d->blob;

	if (blob_open(fetch, &blob->digest, blob->size_bytes, &blob->fd, err) ==
	    0) {
		d->state = DOWNLOAD_DONE;
		return 0;
	}
	if (err->kind != ERROR_NOT_FOUND)
		return -1;
	if (fetch->offline)
		return error_set(err, ERROR_NOT_FOUND,
		    "not in the cache, and working offline");
	if (blob_part_open(
		fetch, &blob->digest, blob->size_bytes, &d->part, err) < 0)
		return -1;
	if (options->expect)
		options->expect(
		    options->ctx, blob->size_bytes - d->part.n_bytes);
	/* Nothing has to be asked for to have nothing. */
	return blob->size_bytes == 0 ? finish(d, err) : 0;
}

static int
downloads_init(struct downloads *all, struct registry_blob *blobs, size_t n,
    struct error *err)
{
	all->items = calloc(n + 1, sizeof(*all->items));
	if (!all->items)
		return error_nomem(err);
	for (size_t i = 0; i < n; i++) {
		struct download *d = &all->items[i];

		*d = (struct download){
			.blob = &blobs[i],
			.all = all,
			.part.fd = -1,
		};
		all->n_items++;
		digest_to_string(&d->blob->digest, d->digest);
		for (size_t j = 0; j < i && !d->is_twin; j++)
			d->is_twin = is_same(&blobs[j], d->blob);
		if (d->is_twin)
			d->state = DOWNLOAD_DONE;
		else if (download_init(d, err) < 0)
			return error_wrap(err, "blob %s", d->digest);
	}
	return 0;
}

static int
open_twins(struct downloads *all, struct error *err)
{
	for (size_t i = 0; i < all->n_items; i++) {
		struct registry_blob *blob = all->items[i].blob;

		if (all->items[i].is_twin &&
		    blob_open(all->registry->fetch, &blob->digest,
			blob->size_bytes, &blob->fd, err) < 0)
			return error_wrap(err, "blob %s", all->items[i].digest);
	}
	return 0;
}

static int
fetch_all(struct registry *registry, const char *name,
    struct registry_blob *blobs, size_t n_blobs, struct error *err)
{
	CLEANUP(downloads_clear)
	struct downloads all = { .registry = registry };

	if (repository_open(registry, name, &all.repository, err) < 0 ||
	    downloads_init(&all, blobs, n_blobs, err) < 0 || run(&all, err) < 0)
		return error_wrap(err, "%s", name);
	return open_twins(&all, err);
}

int
registry_blobs(struct registry *registry, const char *name,
    struct registry_blob *blobs, size_t n_blobs, struct error *err)
{
	for (size_t i = 0; i < n_blobs; i++)
		blobs[i].fd = -1;
	if (fetch_all(registry, name, blobs, n_blobs, err) == 0)
		return 0;
	for (size_t i = 0; i < n_blobs; i++)
		fd_close(TAKE_FD(blobs[i].fd));
	return -1;
}
