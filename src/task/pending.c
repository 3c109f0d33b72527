/* SPDX-License-Identifier: Apache-2.0 */
#include "task/pending.h"

#include <stdlib.h>

#include "base/memory.h"
#include "task/ask.h"

void
pending_free(struct pending *pending)
{
	if (!pending)
		return;
	update_list_free(pending->updates);
	indexes_free(pending->indexes);
	inventory_free(pending->inventory);
	free(pending);
}

const struct package *
pending_installed(const struct pending *pending, const struct update *update)
{
	return &pending->input.installed->items[update->installed];
}

const struct package *
pending_candidate(const struct pending *pending, const struct update *update)
{
	return &pending->input.candidates->items[update->candidate];
}

struct pending_count
pending_count(const struct pending *pending)
{
	struct pending_count count = { 0 };

	for (size_t i = 0; i < pending->updates->n_items; i++) {
		const struct update *update = &pending->updates->items[i];

		if (update->kept_back) {
			count.kept_back++;
			continue;
		}
		count.all++;
		if (update->security == UPDATE_SECURITY_YES)
			count.security++;
	}
	return count;
}

static void
put_list(struct buf *out, struct buf *scratch, const struct package_list *list)
{
	scratch->len = 0;
	package_list_encode(list, scratch);
	buf_put_sized(out, buf_slice(scratch));
}

/* Has a worker compute what is pending, of what other workers said. */
static int
updates_ask(const struct app *app, struct pending *pending, struct error *err)
{
	const struct updates_input *of = &pending->input;
	CLEANUP(buf_clear) struct buf input = { 0 };
	CLEANUP(buf_clear) struct buf part = { 0 };
	CLEANUP(answer_clear) struct answer answer = { 0 };

	put_list(&input, &part, of->installed);
	put_list(&input, &part, of->candidates);
	part.len = 0;
	origins_encode(of->origins, of->n_origins, &part);
	buf_put_sized(&input, buf_slice(&part));
	buf_put_sized(&input, of->native_arch);
	if (buf_check(&part, err) < 0 || buf_check(&input, err) < 0 ||
	    ask_bytes(app, "updates", NULL, buf_slice(&input), &answer, err) <
		0)
		return -1;
	return update_list_decode(
	    buf_slice(&answer.parts[ANSWER_MAIN]), of, &pending->updates, err);
}

int
pending_load(struct app *app, struct image *image, struct pending **ret,
    struct error *err)
{
	CLEANUP(pending_free)
	struct pending *pending = calloc(1, sizeof(*pending));

	if (!pending)
		return error_nomem(err);
	if (inventory_load(app, image, &pending->inventory, err) < 0)
		return -1;
	if (pending->inventory->hold)
		return error_set(
		    err, ERROR_UNSUPPORTED, "%s", pending->inventory->hold);
	if (indexes_load(app, pending->inventory, &pending->indexes, err) < 0)
		return -1;
	pending->input = (struct updates_input){
		.installed = pending->inventory->packages,
		.candidates = &pending->indexes->all,
		.origins = pending->indexes->origins,
		.n_origins = pending->indexes->n_suites,
		.native_arch = pending->inventory->native_arch,
	};
	if (updates_ask(app, pending, err) < 0)
		return error_wrap(err, "updates");
	*ret = TAKE(pending);
	return 0;
}
