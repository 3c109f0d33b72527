/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Repositories, tags and digests, as distribution's reference grammar has
 * them. A name without a domain is Docker Hub's, and one without a path there
 * is in library/, as engines read it.
 */
#include "oci/reference_name.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/memory.h"
#include "oci/digest.h"

/* The distribution spec's advice for domain and repository together, and
 * what registries enforce. */
#define NAME_BYTES_MAX 255

#define DOMAIN_DEFAULT "docker.io"
#define DOMAIN_OLD     "index.docker.io"
#define PATH_DEFAULT   "library/"

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

size_t
reference_index_of(struct slice s, char c)
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

bool
reference_is_hex_id(struct slice text)
{
	return text.len == 2 * SHA256_BYTES && all_of(text, is_hex);
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
		size_t end = reference_index_of(domain, ']');

		good = end < domain.len &&
		    is_ipv6(slice_after(slice_first(domain, end), 1));
		port = slice_after(domain, end + 1);
		has_port = port.len > 0;
		if (has_port && port.ptr[0] != ':')
			return false;
		port = slice_after(port, 1);
	} else {
		size_t end = reference_index_of(domain, ':');

		good = is_host(slice_first(domain, end));
		has_port = end < domain.len;
		port = slice_after(domain, end + 1);
	}
	uint64_t number;
	return good && (!has_port || slice_to_u64(port, UINT16_MAX, &number));
}

bool
reference_is_tag(struct slice tag)
{
	for (size_t i = 0; i < tag.len; i++) {
		char c = tag.ptr[i];

		if (!is_alnum(c) && c != '_' &&
		    (i == 0 || (c != '.' && c != '-')))
			return false;
	}
	return tag.len > 0;
}

bool
reference_is_ref_name(struct slice name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if (!is_alnum(c) &&
		    (i == 0 || c == '\0' || !strchr("-._:@/+", c)))
			return false;
	}
	return name.len > 0;
}

/* Of a name in a message. */
#define NAME_SHOWN_MAX ((size_t)128)

int
reference_error(
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

int
reference_name_set(struct reference *ref, struct slice name, struct error *err)
{
	struct slice domain = SLICE(DOMAIN_DEFAULT);
	struct slice path = name;
	size_t slash = reference_index_of(name, '/');

	if (slash < name.len && looks_like_domain(slice_first(name, slash))) {
		domain = slice_first(name, slash);
		path = slice_after(name, slash + 1);
	}
	if (slice_eq(domain, SLICE(DOMAIN_OLD)))
		domain = SLICE(DOMAIN_DEFAULT);

	bool is_official = slice_eq(domain, SLICE(DOMAIN_DEFAULT)) &&
	    reference_index_of(path, '/') == path.len;
	if (!is_domain(domain) || !is_path(path) ||
	    (path.ptr == name.ptr && reference_is_hex_id(path)))
		return reference_error(
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

int
reference_tag_set(struct reference *ref, struct slice tag,
    bool (*is)(struct slice tag), struct error *err)
{
	if (!is(tag))
		return reference_error(err, ERROR_FORMAT, "not a tag", tag);
	if (is == reference_is_tag && tag.len > TAG_BYTES_MAX)
		return error_set(err, ERROR_LIMIT, "tag of more than %d bytes",
		    TAG_BYTES_MAX);
	if (tag.len > NAME_BYTES_MAX)
		return error_set(err, ERROR_LIMIT,
		    "reference name of more than %d bytes", NAME_BYTES_MAX);
	ref->tag = slice_copy(tag);
	return ref->tag ? 0 : error_nomem(err);
}

int
reference_name_and_tag_set(
    struct reference *ref, struct slice text, struct error *err)
{
	size_t end = text.len;

	while (end > 0 && text.ptr[end - 1] != ':' && text.ptr[end - 1] != '/')
		end--;
	if (end == 0 || text.ptr[end - 1] == '/')
		return reference_name_set(ref, text, err);
	if (reference_name_set(ref, slice_first(text, end - 1), err) < 0)
		return -1;
	return reference_tag_set(
	    ref, slice_after(text, end), reference_is_tag, err);
}

int
reference_digest_set(
    struct reference *ref, struct slice *text, struct error *err)
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

int
reference_image_set(struct reference *ref, struct slice text, struct error *err)
{
	if (reference_digest_set(ref, &text, err) < 0 ||
	    reference_name_and_tag_set(ref, text, err) < 0)
		return -1;
	if (ref->tag || ref->has_digest)
		return 0;
	return reference_tag_set(
	    ref, SLICE(TAG_DEFAULT), reference_is_tag, err);
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
	size_t slash = reference_index_of(path, '/');
	if (slash < path.len && looks_like_domain(slice_first(path, slash)))
		return name;
	if (!slice_starts_with(path, library))
		return path;

	struct slice rest = slice_after(path, library.len);
	return reference_index_of(rest, '/') == rest.len ? rest : path;
}
