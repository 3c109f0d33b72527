/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where packages come from, as their Release says it, and what apt makes of
 * that: apt_preferences(5), "APT's Default Priority Assignments".
 */
#include "repo/origin.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "base/memory.h"

#define TAG SLICE("fOR1")

static bool
is_security_suite(struct slice suite)
{
	return slice_ends_with(suite, SLICE("-security"));
}

struct origin
origin_of(const struct release *release, struct slice uri)
{
	struct origin origin = {
		.suite = release->suite,
		.codename = release->codename,
		.label = release->label,
		.name = release->origin,
		.uri = uri,
		.priority = ORIGIN_NORMAL,
	};

	origin.security = is_security_suite(release->suite) ||
	    is_security_suite(release->codename) ||
	    slice_eq(release->label, SLICE("Debian-Security"));
	if (release->not_automatic)
		origin.priority = release->but_automatic_upgrades
		    ? ORIGIN_INSTALLED
		    : ORIGIN_NOT_AUTOMATIC;
	return origin;
}

void
origins_encode(const struct origin *origins, size_t n, struct buf *out)
{
	if (n > ORIGINS_MAX)
		out->failed = true;
	buf_put(out, TAG);
	buf_put_u32le(out, (uint32_t)n);
	for (size_t i = 0; i < n && !out->failed; i++) {
		const struct origin *origin = &origins[i];

		buf_put_sized(out, origin->suite);
		buf_put_sized(out, origin->codename);
		buf_put_sized(out, origin->label);
		buf_put_sized(out, origin->name);
		buf_put_sized(out, origin->uri);
		buf_put_u8(out, origin->security);
		buf_put_u32le(out, origin->priority);
	}
}

static bool
take_text(struct bytes_reader *in, struct slice *ret)
{
	return bytes_sized(in, ret) && slice_is_print(*ret);
}

static bool
origin_decode(struct bytes_reader *in, struct origin *origin)
{
	uint8_t security;
	uint32_t priority;

	if (!take_text(in, &origin->suite) ||
	    !take_text(in, &origin->codename) ||
	    !take_text(in, &origin->label) || !take_text(in, &origin->name) ||
	    !take_text(in, &origin->uri) || !bytes_u8(in, &security) ||
	    security > 1 || !bytes_u32le(in, &priority))
		return false;
	origin->security = security;
	origin->priority = priority;
	return priority == ORIGIN_NOT_AUTOMATIC ||
	    priority == ORIGIN_INSTALLED || priority == ORIGIN_NORMAL;
}

static int
items_decode(
    struct bytes_reader *in, struct origin_list *list, struct error *err)
{
	struct slice tag;
	uint32_t n;

	if (!bytes_take(in, TAG.len, &tag) || !slice_eq(tag, TAG) ||
	    !bytes_u32le(in, &n))
		return error_set(err, ERROR_FORMAT, "not a list of origins");
	if (n > ORIGINS_MAX)
		return error_set(err, ERROR_LIMIT, "too many origins");
	while (list->n_items < n)
		if (!origin_decode(in, &list->items[list->n_items++]))
			return error_set(
			    err, ERROR_FORMAT, "an origin is broken");
	if (in->rest.len > 0)
		return error_set(
		    err, ERROR_FORMAT, "bytes after the last origin");
	return 0;
}

int
origin_list_decode(
    struct slice bytes, struct origin_list **ret, struct error *err)
{
	CLEANUP(origin_list_free)
	struct origin_list *list = calloc(1, sizeof(*list));

	if (!list || !(list->text = slice_copy(bytes)) ||
	    !(list->items = calloc(ORIGINS_MAX, sizeof(*list->items))))
		return error_nomem(err);

	struct bytes_reader in =
	    bytes_reader_of(slice_of(list->text, bytes.len));
	if (items_decode(&in, list, err) < 0)
		return -1;
	*ret = TAKE(list);
	return 0;
}

void
origin_list_free(struct origin_list *list)
{
	if (!list)
		return;
	free(list->items);
	free(list->text);
	free(list);
}
