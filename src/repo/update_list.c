/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list of updates, and how a worker hands it to its parent, who has the
 * packages that it is about:
 *
 *	"fUP1", u32 rows, and for each of them u32 installed, u32 candidate,
 *	u64 origins, u8 security, u8 flags, u32 stage, reason (u32 length,
 *	bytes)
 */
#include "repo/updates.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "version/dpkg.h"

#define TAG SLICE("fUP1")

enum update_flag {
	FLAG_HELD = 1,
	FLAG_KEPT_BACK = 2,
	FLAG_ALL = FLAG_HELD | FLAG_KEPT_BACK,
};

static const char *const security_names[] = {
	[UPDATE_SECURITY_NO] = "no",
	[UPDATE_SECURITY_YES] = "yes",
	[UPDATE_SECURITY_UNKNOWN] = "?",
};

const char *
update_security_to_string(enum update_security security)
{
	return (size_t)security < N_ITEMS(security_names)
	    ? security_names[security]
	    : "?";
}

static bool
has_origin(const struct update *update, size_t i)
{
	return (update->origins >> i & 1) != 0;
}

/* True when an origin before the one with that number has its suite. */
static bool
suite_is_known(
    const struct update *update, const struct origin *origins, size_t number)
{
	for (size_t i = 0; i < number; i++)
		if (has_origin(update, i) &&
		    slice_eq(origins[i].suite, origins[number].suite))
			return true;
	return false;
}

void
update_put_suites(const struct update *update,
    const struct updates_input *input, struct buf *out)
{
	bool first = true;

	for (size_t i = 0; i < input->n_origins && i < ORIGINS_MAX; i++) {
		if (!has_origin(update, i) ||
		    suite_is_known(update, input->origins, i))
			continue;
		if (!first)
			buf_put_u8(out, ',');
		if (input->origins[i].suite.len > 0)
			buf_put(out, input->origins[i].suite);
		first = false;
	}
}

void
update_list_encode(const struct update_list *list, struct buf *out)
{
	buf_put(out, TAG);
	buf_put_u32le(out, (uint32_t)list->n_items);
	for (size_t i = 0; i < list->n_items; i++) {
		const struct update *update = &list->items[i];
		unsigned int flags = 0;

		if (update->held)
			flags |= FLAG_HELD;
		if (update->kept_back)
			flags |= FLAG_KEPT_BACK;
		buf_put_u32le(out, update->installed);
		buf_put_u32le(out, update->candidate);
		buf_put_u64le(out, update->origins);
		buf_put_u8(out, (uint8_t)update->security);
		buf_put_u8(out, (uint8_t)flags);
		buf_put_u32le(out, update->stage);
		buf_put_sized(out, slice_of_string(update->reason));
	}
}

static bool
row_decode(
    struct bytes_reader *in, struct update *update, struct slice *ret_reason)
{
	uint8_t security;
	uint8_t flags;

	if (!bytes_u32le(in, &update->installed) ||
	    !bytes_u32le(in, &update->candidate) ||
	    !bytes_u64le(in, &update->origins) || !bytes_u8(in, &security) ||
	    security >= N_ITEMS(security_names) || !bytes_u8(in, &flags) ||
	    (flags & ~FLAG_ALL) != 0 || !bytes_u32le(in, &update->stage) ||
	    !bytes_sized(in, ret_reason) || ret_reason->len > UINT16_MAX)
		return false;
	update->security = (enum update_security)security;
	update->held = flags & FLAG_HELD;
	update->kept_back = flags & FLAG_KEPT_BACK;
	return true;
}

bool
updates_same_arch(
    const struct updates_input *input, struct slice a, struct slice b)
{
	if (slice_eq(a, SLICE("all")))
		a = input->native_arch;
	if (slice_eq(b, SLICE("all")))
		b = input->native_arch;
	return slice_eq(a, b);
}

/* The row is about packages that there are, and could be true. */
static bool
row_fits(const struct updates_input *input, const struct update *update)
{
	if (update->installed >= input->installed->n_items ||
	    update->candidate >= input->candidates->n_items)
		return false;

	const struct package *now = &input->installed->items[update->installed];
	const struct package *next =
	    &input->candidates->items[update->candidate];
	size_t n = input->n_origins;

	return slice_eq(now->name, next->name) &&
	    updates_same_arch(input, now->arch, next->arch) &&
	    version_dpkg_compare(now->version, next->version) < 0 &&
	    n <= ORIGINS_MAX && next->origin < n &&
	    has_origin(update, next->origin) &&
	    (n == ORIGINS_MAX || update->origins >> n == 0) &&
	    update->held == now->held;
}

/* Held is kept back; what is kept back has a reason, and no stage. */
static bool
row_consistent(const struct update *update, struct slice reason)
{
	if (!slice_is_print(reason))
		return false;
	if (update->held && !update->kept_back)
		return false;
	return update->kept_back == (reason.len > 0) &&
	    update->kept_back == (update->stage == 0);
}

/* Sorted by name and arch, each once. */
static bool
row_follows(const struct updates_input *input, const struct update_list *list,
    const struct update *update)
{
	if (list->n_items == 0)
		return true;

	const struct package *items = input->installed->items;
	const struct package *last =
	    &items[list->items[list->n_items - 1].installed];
	const struct package *now = &items[update->installed];
	int r = slice_cmp(last->name, now->name);

	return r < 0 || (r == 0 && slice_cmp(last->arch, now->arch) < 0);
}

static int
row_add(struct update_list *list, struct update update, struct slice reason,
    struct error *err)
{
	if (!ARRAY_GROW(list->items, list->n_items))
		return error_nomem(err);
	if (reason.len > 0 && !(update.reason = slice_copy(reason)))
		return error_nomem(err);
	if (update.stage > list->n_stages)
		list->n_stages = update.stage;
	list->items[list->n_items++] = update;
	return 0;
}

static int
rows_decode(struct bytes_reader *in, const struct updates_input *input,
    struct update_list *list, struct error *err)
{
	struct slice tag;
	uint32_t n;

	if (!bytes_take(in, TAG.len, &tag) || !slice_eq(tag, TAG) ||
	    !bytes_u32le(in, &n))
		return error_set(err, ERROR_FORMAT, "not a list of updates");
	while (list->n_items < n) {
		struct update update = { 0 };
		struct slice reason;

		if (!row_decode(in, &update, &reason) ||
		    !row_fits(input, &update) ||
		    !row_consistent(&update, reason) ||
		    !row_follows(input, list, &update))
			return error_set(err, ERROR_FORMAT,
			    "update %zu cannot be", list->n_items);
		if (row_add(list, update, reason, err) < 0)
			return -1;
	}
	if (in->rest.len > 0)
		return error_set(
		    err, ERROR_FORMAT, "bytes after the last update");
	/* A stage for each update that is not kept back suffices. */
	if (list->n_stages > list->n_items)
		return error_set(err, ERROR_FORMAT, "too many stages");
	return 0;
}

int
update_list_decode(struct slice bytes, const struct updates_input *input,
    struct update_list **ret, struct error *err)
{
	CLEANUP(update_list_free)
	struct update_list *list = calloc(1, sizeof(*list));
	struct bytes_reader in = bytes_reader_of(bytes);

	if (!list)
		return error_nomem(err);
	if (rows_decode(&in, input, list, err) < 0)
		return -1;
	*ret = TAKE(list);
	return 0;
}

void
update_list_free(struct update_list *list)
{
	if (!list)
		return;
	for (size_t i = 0; i < list->n_items; i++)
		free(list->items[i].reason);
	free(list->items);
	free(list);
}
