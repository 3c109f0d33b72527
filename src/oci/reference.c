/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of images, in skopeo's transports (containers-transports(5)), with
 * rootfs: and host for what is no image at all:
 *
 *	nginx
 *	docker://registry.example.org:5000/team/web:1.25
 *	oci:/srv/images:web
 *	docker-archive:web.tar:web:1.25
 *	rootfs:/srv/chroot
 *
 * Left out: @index of archives and layouts, and containers-storage's [STORE].
 */
#include "oci/reference.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/memory.h"
#include "oci/digest.h"
#include "oci/reference_name.h"

/* PATH_MAX, which counts a NUL. */
#define PATH_BYTES_MAX 4095

#define PATCHED_SUFFIX "-fother."

/* sha256:HEX or HEX: the ID of an image that an engine or a store has. */
static bool
id_set(struct reference *ref, struct slice text)
{
	if (slice_starts_with(text, SLICE(DIGEST_PREFIX)))
		text = slice_after(text, sizeof(DIGEST_PREFIX) - 1);
	ref->has_id =
	    reference_is_hex_id(text) && sha256_from_string(text, &ref->id);
	return ref->has_id;
}

static int
parse_local(struct reference *ref, struct slice text, struct error *err)
{
	return id_set(ref, text) ? 0 : reference_image_set(ref, text, err);
}

static int
parse_registry(struct reference *ref, struct slice text, struct error *err)
{
	if (id_set(ref, text))
		return reference_error(err, ERROR_FORMAT,
		    "no registry knows an image by its ID", text);
	return reference_image_set(ref, text, err);
}

static bool
is_written_as_path(struct slice text)
{
	return slice_starts_with(text, SLICE("/")) ||
	    slice_starts_with(text, SLICE("./")) ||
	    slice_starts_with(text, SLICE("../")) ||
	    slice_eq(text, SLICE(".")) || slice_eq(text, SLICE(".."));
}

/* What lies at a path may be of five sorts; who means one has to say which. */
static int
parse_bare(struct reference *ref, struct slice text, struct error *err)
{
	if (is_written_as_path(text))
		return reference_error(err, ERROR_FORMAT,
		    "a path needs a transport (oci:, oci-archive:, "
		    "docker-archive:, dir:, rootfs:)",
		    text);
	return parse_local(ref, text, err);
}

static int
parse_storage(struct reference *ref, struct slice text, struct error *err)
{
	if (slice_starts_with(text, SLICE("[")))
		return reference_error(
		    err, ERROR_UNSUPPORTED, "an image of another store", text);
	if (slice_starts_with(text, SLICE("@")) &&
	    id_set(ref, slice_after(text, 1)))
		return 0;
	return parse_local(ref, text, err);
}

static int
path_set(struct reference *ref, struct slice path, struct error *err)
{
	if (path.len == 0 || reference_index_of(path, '\0') < path.len)
		return error_set(err, ERROR_FORMAT, "no path after \"%s:\"",
		    transport_to_string(ref->transport));
	if (path.len > PATH_BYTES_MAX)
		return error_set(err, ERROR_LIMIT, "path of more than %d bytes",
		    PATH_BYTES_MAX);
	ref->path = slice_copy(path);
	return ref->path ? 0 : error_nomem(err);
}

static int
parse_layout(struct reference *ref, struct slice text, struct error *err)
{
	size_t colon = reference_index_of(text, ':');
	size_t digest = text.len;

	/* '@' is legal in paths, and in what a layout calls an image. */
	while (digest > 0 && text.ptr[digest - 1] != '@')
		digest--;
	bool has_digest = digest > 0 &&
	    slice_starts_with(slice_after(text, digest), SLICE(DIGEST_PREFIX));
	if (has_digest && reference_digest_set(ref, &text, err) < 0)
		return -1;
	if (colon >= text.len)
		return path_set(ref, text, err);

	struct slice tag = slice_after(text, colon + 1);
	if (slice_starts_with(tag, SLICE("@")))
		return reference_error(
		    err, ERROR_UNSUPPORTED, "an image by its number", tag);
	if (path_set(ref, slice_first(text, colon), err) < 0)
		return -1;
	return reference_tag_set(ref, tag, reference_is_ref_name, err);
}

static int
parse_docker_archive(
    struct reference *ref, struct slice text, struct error *err)
{
	size_t colon = reference_index_of(text, ':');

	if (path_set(ref, slice_first(text, colon), err) < 0)
		return -1;
	if (colon == text.len)
		return 0;

	struct slice name = slice_after(text, colon + 1);
	if (reference_index_of(name, '@') < name.len)
		return reference_error(err, ERROR_UNSUPPORTED,
		    "an image of an archive by number or digest", name);
	if (reference_name_and_tag_set(ref, name, err) < 0)
		return -1;
	return ref->tag
	    ? 0
	    : reference_tag_set(ref, SLICE(TAG_DEFAULT), reference_is_tag, err);
}

static int
parse_host(struct reference *ref, struct slice text, struct error *err)
{
	(void)ref;
	if (text.len > 0)
		return reference_error(
		    err, ERROR_FORMAT, "nothing may follow \"host\"", text);
	return 0;
}

static const struct transport_form {
	const char *prefix; /* of the name; skopeo's */
	int (*parse)(
	    struct reference *ref, struct slice text, struct error *err);
} transports[] = {
	[TRANSPORT_ANY] = { "", parse_bare },
	[TRANSPORT_DOCKER_DAEMON] = { "docker-daemon:", parse_local },
	[TRANSPORT_CONTAINERS_STORAGE] = { "containers-storage:",
	    parse_storage },
	[TRANSPORT_DOCKER] = { "docker://", parse_registry },
	[TRANSPORT_OCI] = { "oci:", parse_layout },
	[TRANSPORT_OCI_ARCHIVE] = { "oci-archive:", parse_layout },
	[TRANSPORT_DOCKER_ARCHIVE] = { "docker-archive:",
	    parse_docker_archive },
	[TRANSPORT_DIR] = { "dir:", path_set },
	[TRANSPORT_ROOTFS] = { "rootfs:", path_set },
	[TRANSPORT_HOST] = { "host", parse_host },
};

static const char *const transport_names[] = {
	[TRANSPORT_ANY] = "any",
	[TRANSPORT_DOCKER_DAEMON] = "docker-daemon",
	[TRANSPORT_CONTAINERS_STORAGE] = "containers-storage",
	[TRANSPORT_DOCKER] = "docker",
	[TRANSPORT_OCI] = "oci",
	[TRANSPORT_OCI_ARCHIVE] = "oci-archive",
	[TRANSPORT_DOCKER_ARCHIVE] = "docker-archive",
	[TRANSPORT_DIR] = "dir",
	[TRANSPORT_ROOTFS] = "rootfs",
	[TRANSPORT_HOST] = "host",
};

const char *
transport_to_string(enum transport transport)
{
	return (size_t)transport < N_ITEMS(transport_names)
	    ? transport_names[transport]
	    : "unknown";
}

/* Takes the transport off the front of *text; a bare name has none. */
static enum transport
take_transport(struct slice *text)
{
	enum transport ret = TRANSPORT_ANY;

	/* "host" is a word of its own, and not the begin of a name. */
	if (slice_eq(*text, SLICE("host")) ||
	    slice_starts_with(*text, SLICE("host:"))) {
		*text = slice_after(*text, sizeof("host") - 1);
		return TRANSPORT_HOST;
	}
	for (size_t i = TRANSPORT_ANY + 1; i < TRANSPORT_HOST; i++) {
		struct slice prefix = slice_of_string(transports[i].prefix);

		if (slice_starts_with(*text, prefix)) {
			*text = slice_after(*text, prefix.len);
			return (enum transport)i;
		}
	}
	return ret;
}

int
reference_parse(struct slice text, struct reference **ret, struct error *err)
{
	CLEANUP(reference_free) struct reference *ref = calloc(1, sizeof(*ref));

	if (!ref)
		return error_nomem(err);
	ref->transport = take_transport(&text);
	if (transports[ref->transport].parse(ref, text, err) < 0)
		return -1;
	*ret = TAKE(ref);
	return 0;
}

void
reference_free(struct reference *ref)
{
	if (!ref)
		return;
	free(ref->path);
	free(ref->name);
	free(ref->tag);
	free(ref);
}

/* The name as people write it, where that would not be read as an ID. */
static struct slice
familiar_name(const struct reference *ref)
{
	struct slice whole = slice_of_string(ref->name);
	struct slice name = reference_familiar(whole);

	return reference_is_hex_id(name) ? whole : name;
}

/* The same of a bare name, which must not be read as a transport either. */
static struct slice
bare_name(const struct reference *ref)
{
	struct slice name = familiar_name(ref);

	for (size_t i = TRANSPORT_ANY + 1; i < N_ITEMS(transports); i++) {
		struct slice prefix = slice_of_string(transports[i].prefix);

		if (slice_ends_with(prefix, SLICE(":")))
			prefix.len--;
		if (slice_eq(name, prefix))
			return slice_of_string(ref->name);
	}
	return name;
}

static void
put_digest(struct buf *out, const char *before, const struct sha256 *digest)
{
	char text[DIGEST_SIZE];

	digest_to_string(digest, text);
	buf_put_string(out, before);
	buf_put_string(out, text);
}

char *
reference_to_string(const struct reference *ref)
{
	CLEANUP(buf_clear) struct buf out = { 0 };

	buf_put_string(&out, transports[ref->transport].prefix);
	buf_put_string(&out, ref->path);
	if (ref->path && ref->name)
		buf_put_u8(&out, ':');
	if (ref->name)
		buf_put(&out,
		    ref->transport == TRANSPORT_ANY ? bare_name(ref)
						    : familiar_name(ref));
	if (ref->tag)
		buf_put_format(&out, ":%s", ref->tag);
	if (ref->has_digest)
		put_digest(&out, "@", &ref->digest);
	if (ref->has_id)
		put_digest(&out, "", &ref->id);
	return buf_take_string(&out);
}

char *
reference_engine_name(const struct reference *ref)
{
	CLEANUP(buf_clear) struct buf out = { 0 };

	if (ref->has_id) {
		put_digest(&out, "", &ref->id);
		return buf_take_string(&out);
	}
	buf_put(&out, familiar_name(ref));
	/* Engines take one or the other; the digest says which image it is. */
	if (ref->has_digest)
		put_digest(&out, "@", &ref->digest);
	else if (ref->tag)
		buf_put_format(&out, ":%s", ref->tag);
	return buf_take_string(&out);
}

/* The tag without the "-fother.N" that an earlier patch has put there. */
static struct slice
tag_unpatched(struct slice tag)
{
	const struct slice suffix = SLICE(PATCHED_SUFFIX);
	size_t digits = 0;

	while (digits < tag.len && tag.ptr[tag.len - 1 - digits] >= '0' &&
	    tag.ptr[tag.len - 1 - digits] <= '9')
		digits++;

	struct slice rest = slice_first(tag, tag.len - digits);
	if (digits == 0 || !slice_ends_with(rest, suffix) ||
	    rest.len == suffix.len)
		return tag;
	return slice_first(rest, rest.len - suffix.len);
}

int
reference_patched(
    const struct reference *ref, uint32_t n, char **ret, struct error *err)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	CLEANUP(buf_clear) struct buf tag = { 0 };

	if (!ref->name || !ref->tag)
		return error_set(err, ERROR_UNSUPPORTED,
		    "an image without a tag has no name to derive one from");
	buf_put(&tag, tag_unpatched(slice_of_string(ref->tag)));
	buf_put_format(&tag, PATCHED_SUFFIX "%" PRIu32, n);
	if (tag.len > TAG_BYTES_MAX)
		return error_set(err, ERROR_LIMIT,
		    "\"%s\" leaves no room for a suffix", ref->tag);

	buf_put(&out, familiar_name(ref));
	buf_put_u8(&out, ':');
	buf_put(&out, buf_slice(&tag));
	char *name = buf_take_string(&out);
	if (!name || tag.failed) {
		free(name);
		return error_nomem(err);
	}
	*ret = name;
	return 0;
}
