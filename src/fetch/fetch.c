/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a URL answered last is kept with its two validators, so that the next
 * question can be whether it changed (RFC 9110, section 13):
 *
 *	ETag: "2503a-65682e95f8f3f"
 *	Last-Modified: Sat, 11 Jul 2026 10:17:05 GMT
 *
 *	(the body)
 */
#include "fetch/fetch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/memory.h"
#include "fetch/blob.h"
#include "net/http.h"

/* A mirror that is slow is fine, one that sends nothing for so long is not. */
#define STALL_SEC    30
#define TRIES        3
#define REDIRECTS    5
#define HEADERS_ROOM 1024

static int
write_chunk(void *ctx, struct slice bytes, struct error *err)
{
	return blob_part_put(ctx, bytes, err);
}

static int
offline_error(const char *url, struct error *err)
{
	return error_set(err, ERROR_NOT_FOUND,
	    "%s: not in the cache, and working offline", url);
}

static int
blob_download(const struct fetch *fetch, const char *url,
    struct blob_part *part, struct error *err)
{
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	struct http_request request = {
		.url = url,
		.on_data = write_chunk,
		.ctx = part,
		.max_bytes = part->size_bytes > 0 ? part->size_bytes : 1,
		.stall_sec = STALL_SEC,
		.max_tries = TRIES,
		.max_redirects = REDIRECTS,
	};

	if (http_send(fetch->http, &request, &reply, err) < 0)
		return -1;
	return http_reply_check(&request, &reply, err);
}

int
fetch_blob(const struct fetch *fetch, const char *url, const struct sha256 *sum,
    uint64_t size_bytes, int *ret_fd, struct error *err)
{
	CLEANUP(blob_part_clear) struct blob_part part = { .fd = -1 };

	if (blob_open(fetch, sum, size_bytes, ret_fd, err) == 0)
		return 0;
	if (err->kind != ERROR_NOT_FOUND)
		return -1;
	if (fetch->offline)
		return offline_error(url, err);
	if (blob_part_open_unnamed(fetch, sum, size_bytes, &part, err) < 0 ||
	    blob_download(fetch, url, &part, err) < 0)
		return -1;
	if (blob_part_end(&part, ret_fd, err) < 0)
		return error_wrap(err, "%s", url);
	return 0;
}

/* "url URL": the key under which its last answer is kept. */
static char *
url_key(const char *url)
{
	return string_format("url %s", url);
}

/* Takes a header's line off the front of *rest. */
static struct slice
kept_header(struct slice *rest, struct slice name)
{
	struct slice line;

	if (!slice_split(rest, '\n', &line) || !slice_starts_with(line, name))
		return SLICE("");
	return slice_trim(slice_after(line, name.len));
}

struct kept {
	struct buf bytes;
	struct slice etag, modified, body;
};

static void
kept_clear(struct kept *kept)
{
	buf_clear(&kept->bytes);
}
DEFINE_CLEANUP_IN_PLACE(struct kept, kept_clear)

static int
kept_load(const struct fetch *fetch, const char *url, struct kept *ret,
    struct error *err)
{
	CLEANUP(string_free) char *key = url_key(url);

	if (!key)
		return error_nomem(err);
	if (cache_load(fetch, key, &ret->bytes, err) < 0)
		return -1;
	ret->body = buf_slice(&ret->bytes);
	ret->etag = kept_header(&ret->body, SLICE("ETag:"));
	ret->modified = kept_header(&ret->body, SLICE("Last-Modified:"));
	(void)kept_header(&ret->body, SLICE(""));
	return 0;
}

static void
kept_save(
    const struct fetch *fetch, const char *url, const struct http_reply *reply)
{
	CLEANUP(string_free) char *key = url_key(url);
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct error ignored;

	buf_put_string(&bytes, "ETag: ");
	buf_put(&bytes, http_reply_header(reply, "ETag"));
	buf_put_string(&bytes, "\nLast-Modified: ");
	buf_put(&bytes, http_reply_header(reply, "Last-Modified"));
	buf_put_string(&bytes, "\n\n");
	buf_put(&bytes, buf_slice(&reply->body));

	/* A cache that cannot be written costs time, not the answer. */
	if (key && !bytes.failed)
		ERROR_IGNORE(
		    cache_save(fetch, key, buf_slice(&bytes), &ignored));
}

/* What a server said goes back to it only where it is a plain header. */
static bool
is_validator(struct slice value)
{
	for (size_t i = 0; i < value.len; i++)
		if (value.ptr[i] < ' ' || value.ptr[i] > '~')
			return false;
	return value.len > 0 && value.len < HEADERS_ROOM / 2;
}

/* 0 when the reply is a whole file, or says that what was kept still is. */
static int
named_check(const char *url, const struct http_reply *reply, bool has_asked,
    struct error *err)
{
	if (reply->status == 200 || (reply->status == 304 && has_asked))
		return 0;
	if (reply->status == 304)
		return error_set(err, ERROR_FORMAT,
		    "%s: not modified, but nobody asked that", url);
	return error_set(
	    err, ERROR_UNSUPPORTED, "%s: status %u", url, reply->status);
}

static int
named_download(const struct fetch *fetch, const char *url, uint64_t max_bytes,
    const struct kept *kept, struct http_reply *reply, struct error *err)
{
	char etag[HEADERS_ROOM], modified[HEADERS_ROOM];
	const char *headers[4] = { NULL };
	size_t n = 0;

	if (is_validator(kept->etag)) {
		(void)snprintf(etag, sizeof(etag), "If-None-Match: " SLICE_FMT,
		    SLICE_ARG(kept->etag));
		headers[n++] = etag;
	}
	if (is_validator(kept->modified)) {
		(void)snprintf(modified, sizeof(modified),
		    "If-Modified-Since: " SLICE_FMT, SLICE_ARG(kept->modified));
		headers[n++] = modified;
	}

	struct http_request request = {
		.url = url,
		.headers = headers,
		.max_bytes = max_bytes,
		.stall_sec = STALL_SEC,
		.max_tries = TRIES,
		.max_redirects = REDIRECTS,
	};
	if (http_send(fetch->http, &request, reply, err) < 0 ||
	    http_reply_check(&request, reply, err) < 0)
		return -1;
	return named_check(url, reply, n > 0, err);
}

void
fetch_asked_clear(struct fetch_asked *asked)
{
	for (size_t i = 0; i < asked->n_urls; i++)
		free(asked->urls[i]);
	free(asked->urls);
	*asked = (struct fetch_asked){ 0 };
}

static bool
was_asked(const struct fetch *fetch, const char *url)
{
	for (size_t i = 0; fetch->asked && i < fetch->asked->n_urls; i++)
		if (!strcmp(fetch->asked->urls[i], url))
			return true;
	return false;
}

/* Without memory for it, it is asked for once more. */
static void
note_asked(const struct fetch *fetch, const char *url)
{
	struct fetch_asked *asked = fetch->asked;

	if (!asked || !ARRAY_GROW(asked->urls, asked->n_urls))
		return;
	asked->urls[asked->n_urls] = slice_copy(slice_of_string(url));
	if (asked->urls[asked->n_urls])
		asked->n_urls++;
}

int
fetch_named(const struct fetch *fetch, const char *url, uint64_t max_bytes,
    struct buf *ret, struct error *err)
{
	CLEANUP(kept_clear) struct kept kept = { 0 };
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	bool is_kept = kept_load(fetch, url, &kept, err) == 0;

	if (!is_kept && err->kind != ERROR_NOT_FOUND)
		return -1;
	if (is_kept && kept.body.len > max_bytes) {
		/* Another caller was content with more. */
		is_kept = false;
		kept_clear(&kept);
		kept = (struct kept){ 0 };
	}
	if (fetch->offline && !is_kept)
		return offline_error(url, err);
	if (is_kept && (fetch->offline || was_asked(fetch, url))) {
		buf_put(ret, kept.body);
		return buf_check(ret, err);
	}
	if (named_download(fetch, url, max_bytes, &kept, &reply, err) < 0)
		return -1;
	note_asked(fetch, url);
	if (reply.status == 304) {
		buf_put(ret, kept.body);
		return buf_check(ret, err);
	}
	kept_save(fetch, url, &reply);
	buf_put(ret, buf_slice(&reply.body));
	return buf_check(ret, err);
}
