/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of images, in skopeo's transports (containers-transports(5)), with
 * repositories and tags as distribution's reference grammar has them:
 *
 *	nginx
 *	docker-daemon:registry.example.org:5000/team/web:1.25
 *	oci:/srv/images:web
 *	docker-archive:web.tar:web:1.25
 *
 * A name without a domain is Docker Hub's, and one without a path there is in
 * library/, as engines read it. Left out: transports of registries and of
 * other stores, which are refused by name, and @index of archives.
 */
#include "oci/reference.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/memory.h"
#include "oci/digest.h"

/* The distribution spec's advice for domain and repository together, and
 * what registries enforce. */
#define NAME_BYTES_MAX 255

/* Of the grammar: one character and up to 127 more. */
#define TAG_BYTES_MAX 128

/* PATH_MAX, which counts a NUL. */
#define PATH_BYTES_MAX 4095

#define DOMAIN_DEFAULT "docker.io"
#define DOMAIN_OLD     "index.docker.io"
#define PATH_DEFAULT   "library/"
#define TAG_DEFAULT    "latest"
#define PATCHED_SUFFIX "-fother."

static const char *const transport_names[] = {
	[TRANSPORT_DOCKER_DAEMON] = "docker-daemon",
	[TRANSPORT_OCI] = "oci",
	[TRANSPORT_DOCKER_ARCHIVE] = "docker-archive",
};

/* Transports that people may rightly ask for, and we cannot serve yet. */
static const char *const transports_refused[] = { "docker", "oci-archive",
	"containers-storage", "rootfs", "host", "dir" };

const char *
transport_to_string(enum transport transport)
{
	return (size_t)transport < N_ITEMS(transport_names)
	    ? transport_names[transport]
	    : "unknown";
}

static bool
is_lower_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool
is_alnum(char c)
{
	return is_lower_alnum(c) || (c >= 'A' && c <= 'Z');
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Where c stands in s for the first time; s.len when it does not. */
static size_t
index_of(struct slice s, char c)
{
	const char *found = s.len > 0 ? memchr(s.ptr, c, s.len) : NULL;

	return found ? (size_t)(found - s.ptr) : s.len;
}

static bool
all_of(struct slice s, bool (*is)(char c))
{
	for (size_t i = 0; i < s.len; i++)
		if (!is(s.ptr[i]))
			return false;
	return s.len > 0;
}

/* What stands between two runs of letters: ".", "_", "__" or dashes. */
static bool
is_path_separator(struct slice s)
{
	if (s.len == 1 && (s.ptr[0] == '.' || s.ptr[0] == '_'))
		return true;
	if (slice_eq(s, SLICE("__")))
		return true;
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] != '-')
			return false;
	return s.len > 0;
}

/* [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)* */
static bool
is_path_component(struct slice s)
{
	size_t from = 0;

	if (s.len == 0 || !is_lower_alnum(s.ptr[0]) ||
	    !is_lower_alnum(s.ptr[s.len - 1]))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (!is_lower_alnum(s.ptr[i]))
			continue;
		if (i > from &&
		    !is_path_separator(slice_of(s.ptr + from, i - from)))
			return false;
		from = i + 1;
	}
	return true;
}

static bool
is_path(struct slice path)
{
	struct slice component;

	if (slice_ends_with(path, SLICE("/")))
		return false;
	bool some = path.len > 0;
	while (some && slice_split(&path, '/', &component))
		some = is_path_component(component);
	return some;
}

static bool
is_host(struct slice host)
{
	struct slice label;

	if (slice_ends_with(host, SLICE(".")))
		return false;
	bool some = host.len > 0;
	while (some && slice_split(&host, '.', &label)) {
		some = label.len > 0 && is_alnum(label.ptr[0]) &&
		    is_alnum(label.ptr[label.len - 1]);
		for (size_t i = 0; some && i < label.len; i++)
			some = is_alnum(label.ptr[i]) || label.ptr[i] == '-';
	}
	return some;
}

static bool
is_ipv6(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] != ':' && !is_hex(s.ptr[i]) &&
		    !(s.ptr[i] >= 'A' && s.ptr[i] <= 'F'))
			return false;
	return s.len > 0;
}

/* HOST or [IPV6], and perhaps a port. */
static bool
is_domain(struct slice domain)
{
	struct slice port = { 0 };
	bool has_port = false;
	bool good = false;

	if (slice_starts_with(domain, SLICE("["))) {
		size_t end = index_of(domain, ']');

		good = end < domain.len &&
		    is_ipv6(slice_after(slice_first(domain, end), 1));
		port = slice_after(domain, end + 1);
		has_port = port.len > 0;
		if (has_port && port.ptr[0] != ':')
			return false;
		port = slice_after(port, 1);
	} else {
		size_t end = index_of(domain, ':');

		good = is_host(slice_first(domain, end));
		has_port = end < domain.len;
		port = slice_after(domain, end + 1);
	}
	uint64_t number;
	return good && (!has_port || slice_to_u64(port, UINT16_MAX, &number));
}

/* [A-Za-z0-9_][A-Za-z0-9_.-]{0,127} */
static bool
is_tag(struct slice tag)
{
	for (size_t i = 0; i < tag.len; i++) {
		char c = tag.ptr[i];

		if (!is_alnum(c) && c != '_' &&
		    (i == 0 || (c != '.' && c != '-')))
			return false;
	}
	return tag.len > 0;
}

/* Of an OCI layout: annotations.md allows "/" and more in a ref.name. */
static bool
is_ref_name(struct slice name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if (!is_alnum(c) &&
		    (i == 0 || c == '\0' || !strchr("-._:@/+", c)))
			return false;
	}
	return name.len > 0;
}

/* A name for a message: as much as is sane, and printable. */
#define NAME_SHOWN_MAX ((size_t)128)

static int
error_name(
    struct error *err, enum error_kind kind, const char *what, struct slice s)
{
	if (!slice_is_graph(s))
		return error_set(err, kind, "%s", what);
	return error_set(err, kind, "%s: \"" SLICE_FMT "\"", what,
	    SLICE_ARG(slice_first(s, NAME_SHOWN_MAX)));
}

/* True if what stands before the first slash names a registry. */
static bool
looks_like_domain(struct slice s)
{
	if (slice_eq(s, SLICE("localhost")))
		return true;
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '.' || s.ptr[i] == ':' ||
		    (s.ptr[i] >= 'A' && s.ptr[i] <= 'Z'))
			return true;
	return false;
}

/* The whole repository that a name stands for: "docker.io/library/nginx". */
static int
name_set(struct reference *ref, struct slice name, struct error *err)
{
	struct slice domain = SLICE(DOMAIN_DEFAULT);
	struct slice path = name;
	size_t slash = index_of(name, '/');

	if (slash < name.len && looks_like_domain(slice_first(name, slash))) {
		domain = slice_first(name, slash);
		path = slice_after(name, slash + 1);
	}
	if (slice_eq(domain, SLICE(DOMAIN_OLD)))
		domain = SLICE(DOMAIN_DEFAULT);

	bool is_official = slice_eq(domain, SLICE(DOMAIN_DEFAULT)) &&
	    index_of(path, '/') == path.len;
	if (!is_domain(domain) || !is_path(path) ||
	    (path.len == 2 * SHA256_BYTES && path.ptr == name.ptr &&
		all_of(path, is_hex)))
		return error_name(
		    err, ERROR_FORMAT, "not a name of an image", name);

	CLEANUP(buf_clear) struct buf whole = { 0 };
	buf_put(&whole, domain);
	buf_put_u8(&whole, '/');
	buf_put_string(&whole, is_official ? PATH_DEFAULT : "");
	buf_put(&whole, path);
	if (whole.len > NAME_BYTES_MAX)
		return error_set(err, ERROR_LIMIT,
		    "name of an image of more than %d bytes", NAME_BYTES_MAX);
	ref->name = buf_take_string(&whole);
	return ref->name ? 0 : error_nomem(err);
}

static int
tag_set(struct reference *ref, struct slice tag, bool (*is)(struct slice tag),
    struct error *err)
{
	if (!is(tag))
		return error_name(err, ERROR_FORMAT, "not a tag", tag);
	if (is == is_tag && tag.len > TAG_BYTES_MAX)
		return error_set(err, ERROR_LIMIT, "tag of more than %d bytes",
		    TAG_BYTES_MAX);
	if (tag.len > NAME_BYTES_MAX)
		return error_set(err, ERROR_LIMIT,
		    "reference name of more than %d bytes", NAME_BYTES_MAX);
	ref->tag = slice_copy(tag);
	return ref->tag ? 0 : error_nomem(err);
}

/* NAME[:TAG]; a colon before a slash is that of a port. */
static int
name_and_tag_set(struct reference *ref, struct slice text, struct error *err)
{
	size_t end = text.len;

	while (end > 0 && text.ptr[end - 1] != ':' && text.ptr[end - 1] != '/')
		end--;
	if (end == 0 || text.ptr[end - 1] == '/')
		return name_set(ref, text, err);
	if (name_set(ref, slice_first(text, end - 1), err) < 0)
		return -1;
	return tag_set(ref, slice_after(text, end), is_tag, err);
}

/* Takes "@sha256:HEX" off the end of *text, if it is there. */
static int
digest_set(struct reference *ref, struct slice *text, struct error *err)
{
	size_t at = text->len;

	while (at > 0 && text->ptr[at - 1] != '@')
		at--;
	if (at == 0)
		return 0;
	if (digest_parse(slice_after(*text, at), &ref->digest, err) < 0)
		return error_wrap(err, "after '@'");
	ref->has_digest = true;
	*text = slice_first(*text, at - 1);
	return 0;
}

static int
parse_docker_daemon(struct reference *ref, struct slice text, struct error *err)
{
	struct slice id = text;

	if (slice_starts_with(id, SLICE(DIGEST_PREFIX)))
		id = slice_after(id, sizeof(DIGEST_PREFIX) - 1);
	if (id.len == 2 * SHA256_BYTES && all_of(id, is_hex)) {
		ref->has_id = sha256_from_string(id, &ref->id);
		return 0;
	}
	if (digest_set(ref, &text, err) < 0 ||
	    name_and_tag_set(ref, text, err) < 0)
		return -1;
	if (ref->tag || ref->has_digest)
		return 0;
	return tag_set(ref, SLICE(TAG_DEFAULT), is_tag, err);
}

static int
path_set(struct reference *ref, struct slice path, struct error *err)
{
	if (path.len == 0 || index_of(path, '\0') < path.len)
		return error_set(err, ERROR_FORMAT, "no path after \"%s:\"",
		    transport_to_string(ref->transport));
	if (path.len > PATH_BYTES_MAX)
		return error_set(err, ERROR_LIMIT, "path of more than %d bytes",
		    PATH_BYTES_MAX);
	ref->path = slice_copy(path);
	return ref->path ? 0 : error_nomem(err);
}

static int
parse_oci(struct reference *ref, struct slice text, struct error *err)
{
	size_t colon = index_of(text, ':');
	size_t digest = text.len;

	/* '@' is legal in paths, and in what a layout calls an image. */
	while (digest > 0 && text.ptr[digest - 1] != '@')
		digest--;
	bool has_digest = digest > 0 &&
	    slice_starts_with(slice_after(text, digest), SLICE(DIGEST_PREFIX));
	if (has_digest && digest_set(ref, &text, err) < 0)
		return -1;
	if (colon >= text.len)
		return path_set(ref, text, err);

	struct slice tag = slice_after(text, colon + 1);
	if (slice_starts_with(tag, SLICE("@")))
		return error_name(
		    err, ERROR_UNSUPPORTED, "an image by its number", tag);
	if (path_set(ref, slice_first(text, colon), err) < 0)
		return -1;
	return tag_set(ref, tag, is_ref_name, err);
}

static int
parse_docker_archive(
    struct reference *ref, struct slice text, struct error *err)
{
	size_t colon = index_of(text, ':');

	if (path_set(ref, slice_first(text, colon), err) < 0)
		return -1;
	if (colon == text.len)
		return 0;

	struct slice name = slice_after(text, colon + 1);
	if (index_of(name, '@') < name.len)
		return error_name(err, ERROR_UNSUPPORTED,
		    "an image of an archive by number or digest", name);
	if (name_and_tag_set(ref, name, err) < 0)
		return -1;
	return ref->tag ? 0 : tag_set(ref, SLICE(TAG_DEFAULT), is_tag, err);
}

/* Takes "TRANSPORT:" off the front of *text; a name has none. */
static int
transport_set(struct reference *ref, struct slice *text, struct error *err)
{
	struct slice rest = *text;
	struct slice word = { 0 };

	(void)slice_split(&rest, ':', &word);
	bool has_colon = word.len < text->len;
	for (size_t i = 0; i < N_ITEMS(transports_refused); i++)
		if (slice_eq(word, slice_of_string(transports_refused[i])) &&
		    (has_colon || slice_eq(word, SLICE("host"))))
			return error_set(err, ERROR_UNSUPPORTED,
			    "transport \"%s\" is not handled",
			    transports_refused[i]);

	ref->transport = TRANSPORT_DOCKER_DAEMON;
	for (size_t i = 0; has_colon && i < N_ITEMS(transport_names); i++)
		if (slice_eq(word, slice_of_string(transport_names[i]))) {
			ref->transport = (enum transport)i;
			*text = rest;
		}
	return 0;
}

int
reference_parse(struct slice text, struct reference **ret, struct error *err)
{
	CLEANUP(reference_free) struct reference *ref = calloc(1, sizeof(*ref));
	int r = -1;

	if (!ref)
		return error_nomem(err);
	if (transport_set(ref, &text, err) < 0)
		return -1;
	switch (ref->transport) {
	case TRANSPORT_DOCKER_DAEMON:
		r = parse_docker_daemon(ref, text, err);
		break;
	case TRANSPORT_OCI: r = parse_oci(ref, text, err); break;
	case TRANSPORT_DOCKER_ARCHIVE:
		r = parse_docker_archive(ref, text, err);
		break;
	}
	if (r == 0)
		*ret = TAKE(ref);
	return r;
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

struct slice
reference_familiar(struct slice name)
{
	const struct slice hub = SLICE(DOMAIN_DEFAULT "/");
	const struct slice library = SLICE(PATH_DEFAULT);

	if (!slice_starts_with(name, hub))
		return name;

	/* "docker.io/a.b/c" is not on the registry a.b, and "library/a/b" is
	 * not "a/b". */
	struct slice path = slice_after(name, hub.len);
	size_t slash = index_of(path, '/');
	if (slash < path.len && looks_like_domain(slice_first(path, slash)))
		return name;
	if (!slice_starts_with(path, library))
		return path;

	struct slice rest = slice_after(path, library.len);
	return index_of(rest, '/') == rest.len ? rest : path;
}

/* The name as people write it. */
static struct slice
familiar_name(const struct reference *ref)
{
	return reference_familiar(slice_of_string(ref->name));
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

	buf_put_format(&out, "%s:", transport_to_string(ref->transport));
	buf_put_string(&out, ref->path);
	if (ref->path && ref->name)
		buf_put_u8(&out, ':');
	if (ref->name)
		buf_put(&out, familiar_name(ref));
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
