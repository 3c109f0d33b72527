/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manifests by tag and by digest. What a tag was is kept under the key "tag
 * NAME:TAG", so that one which has not moved costs a HEAD (which registries do
 * not count), and none at all offline. What a header says of a digest chooses
 * among bytes that have theirs; it never vouches for any.
 */
#include <stdlib.h>
#include <strings.h>

#include "base/memory.h"
#include "fetch/blob.h"
#include "oci/digest.h"
#include "oci/manifest.h"
#include "registry/parts.h"

static int
ask_manifest(struct registry *registry, const char *name, const char *method,
    const char *which, struct http_reply *ret, struct error *err)
{
	const struct question question = {
		.method = method,
		.kind = "manifests",
		.which = which,
		.max_bytes = MANIFEST_BYTES_MAX,
	};
	struct repository repository;

	if (repository_open(registry, name, &repository, err) < 0)
		return -1;
	return question_ask(registry, &repository, &question, ret, err);
}

/* What the header says; false when it says nothing that can be compared. */
static bool
digest_said(const struct http_reply *reply, struct sha256 *ret)
{
	struct error err;

	return digest_parse(http_reply_header(reply, "Docker-Content-Digest"),
		   ret, &err) == 0;
}

/* A page for people instead of an answer: a portal that wants a log-in. */
static bool
is_page(const struct http_reply *reply)
{
	struct slice type = http_reply_header(reply, "Content-Type");

	return type.len >= 9 && !strncasecmp(type.ptr, "text/html", 9);
}

static int
check_reply(const char *name, const char *which, const struct http_reply *reply,
    struct error *err)
{
	if (reply->status == 200 && is_page(reply))
		return error_set(err, ERROR_FORMAT,
		    "%s: a page of HTML instead of a manifest", name);
	if (reply->status == 200)
		return 0;
	if (reply->status == 404)
		return error_set(err, ERROR_NOT_FOUND,
		    "%s has no image %s, or does not show it", name, which);
	return error_set(err, ERROR_UNSUPPORTED,
	    "%s: status %u instead of a manifest", name, reply->status);
}

/* Takes the bytes that came, after a look at what was promised of them. */
static int
take_bytes(struct registry *registry, const char *name,
    const struct http_reply *reply, const struct sha256 *is, struct buf *ret,
    struct error *err)
{
	struct sha256 said;
	struct error ignored;

	if (digest_said(reply, &said) && !sha256_eq(&said, is)) {
		char text[DIGEST_SIZE];

		digest_to_string(&said, text);
		return error_set(err, ERROR_UNTRUSTED,
		    "%s: the manifest is not %.19s..., as the registry says",
		    name, text);
	}
	/* A cache that cannot be written costs time, not the answer. */
	ERROR_IGNORE(
	    blob_save(registry->fetch, buf_slice(&reply->body), &ignored));
	buf_put(ret, buf_slice(&reply->body));
	return buf_check(ret, err);
}

/* From the cache; 1 when it was there. */
static int
from_cache(struct registry *registry, const struct sha256 *digest,
    struct buf *ret, struct error *err)
{
	CLEANUP(buf_clear) struct buf bytes = buf_limited(MANIFEST_BYTES_MAX);

	if (blob_read(registry->fetch, digest, &bytes, err) < 0)
		return err->kind == ERROR_NOT_FOUND ? 0 : -1;
	buf_put(ret, buf_slice(&bytes));
	return buf_check(ret, err) < 0 ? -1 : 1;
}

static int
offline_error(const char *name, const char *which, struct error *err)
{
	return error_set(err, ERROR_NOT_FOUND,
	    "%s, %s: not in the cache, and working offline", name, which);
}

int
registry_manifest_of(struct registry *registry, const char *name,
    const struct sha256 *digest, struct buf *ret, struct error *err)
{
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	char which[DIGEST_SIZE];

	int found = from_cache(registry, digest, ret, err);
	if (found != 0)
		return found < 0 ? -1 : 0;
	digest_to_string(digest, which);
	if (registry->fetch->offline)
		return offline_error(name, which, err);
	if (ask_manifest(registry, name, NULL, which, &reply, err) < 0 ||
	    check_reply(name, which, &reply, err) < 0)
		return -1;

	struct sha256 is = sha256_of(buf_slice(&reply.body));
	if (!sha256_eq(&is, digest))
		return error_set(err, ERROR_UNTRUSTED,
		    "%s: what came is not %s", name, which);
	return take_bytes(registry, name, &reply, &is, ret, err);
}

static char *
tag_key(const struct reference *ref)
{
	return string_format("tag %s:%s", ref->name, ref->tag);
}

/* What the tag was, as far as the cache knows. */
static bool
tag_load(
    struct registry *registry, const struct reference *ref, struct sha256 *ret)
{
	CLEANUP(string_free) char *key = tag_key(ref);
	CLEANUP(buf_clear) struct buf text = buf_limited(DIGEST_SIZE);
	struct error err;

	return key && cache_load(registry->fetch, key, &text, &err) == 0 &&
	    digest_parse(buf_slice(&text), ret, &err) == 0;
}

static void
tag_save(struct registry *registry, const struct reference *ref,
    const struct sha256 *digest)
{
	CLEANUP(string_free) char *key = tag_key(ref);
	char text[DIGEST_SIZE];
	struct error ignored;

	digest_to_string(digest, text);
	if (key)
		ERROR_IGNORE(cache_save(
		    registry->fetch, key, slice_of_string(text), &ignored));
}

/* By what the registry says the tag is now, if it is one that we have. 1 when
 * it was. */
static int
by_head(struct registry *registry, const struct reference *ref, struct buf *ret,
    struct sha256 *ret_digest, struct error *err)
{
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	struct sha256 now;

	if (ask_manifest(registry, ref->name, "HEAD", ref->tag, &reply, err) <
	    0)
		return -1;
	if (reply.status != 200 || !digest_said(&reply, &now))
		return 0;
	int found = from_cache(registry, &now, ret, err);
	if (found > 0)
		*ret_digest = now;
	return found;
}

static int
by_get(struct registry *registry, const struct reference *ref, struct buf *ret,
    struct sha256 *ret_digest, struct error *err)
{
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };

	if (ask_manifest(registry, ref->name, NULL, ref->tag, &reply, err) <
		0 ||
	    check_reply(ref->name, ref->tag, &reply, err) < 0)
		return -1;
	*ret_digest = sha256_of(buf_slice(&reply.body));
	return take_bytes(registry, ref->name, &reply, ret_digest, ret, err);
}

static int
by_tag(struct registry *registry, const struct reference *ref, struct buf *ret,
    struct sha256 *ret_digest, struct error *err)
{
	struct sha256 known = { 0 };
	bool is_known = tag_load(registry, ref, &known);
	int found = 0;

	if (registry->fetch->offline) {
		if (is_known)
			found = from_cache(registry, &known, ret, err);
		*ret_digest = known;
		if (found == 0)
			return offline_error(ref->name, ref->tag, err);
		return found < 0 ? -1 : 0;
	}
	if (is_known)
		found = by_head(registry, ref, ret, ret_digest, err);
	if (found == 0)
		found = by_get(registry, ref, ret, ret_digest, err);
	if (found < 0)
		return -1;
	if (!is_known || !sha256_eq(&known, ret_digest))
		tag_save(registry, ref, ret_digest);
	return 0;
}

/* The digest wins; that the tag is another by now is worth a word. */
static void
compare_tag(struct registry *registry, const struct reference *ref)
{
	CLEANUP(http_reply_clear) struct http_reply reply = { 0 };
	char text[DIGEST_SIZE];
	struct sha256 now;
	struct error ignored;

	if (ask_manifest(
		registry, ref->name, "HEAD", ref->tag, &reply, &ignored) < 0 ||
	    reply.status != 200 || !digest_said(&reply, &now) ||
	    sha256_eq(&now, &ref->digest))
		return;
	digest_to_string(&now, text);
	registry_say(registry, "%s:%s is %s by now, not what was asked for",
	    ref->name, ref->tag, text);
}

int
registry_manifest(struct registry *registry, const struct reference *ref,
    struct buf *ret, struct sha256 *ret_digest, struct error *err)
{
	struct error ignored;

	if (!ref->has_digest)
		return by_tag(registry, ref, ret, ret_digest, err);
	*ret_digest = ref->digest;
	int found = from_cache(registry, &ref->digest, ret, &ignored);
	if (found > 0)
		return 0;
	if (registry_manifest_of(registry, ref->name, &ref->digest, ret, err) <
	    0)
		return -1;
	if (ref->tag)
		compare_tag(registry, ref);
	return 0;
}
