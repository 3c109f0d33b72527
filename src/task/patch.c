/* SPDX-License-Identifier: Apache-2.0 */
#include "task/patch.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/time.h"
#include "engine/engine.h"
#include "oci/digest.h"
#include "task/ask.h"
#include "task/load.h"
#include "task/patch_layer.h"

/* Changes whenever the same plan would give other bytes. */
#define PATCH_FORM "1"

void
patch_free(struct patch *patch)
{
	if (!patch)
		return;
	pending_free(patch->pending);
	free(patch);
}

static int
key_make(const struct image *image, struct patch *patch, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	char hex[SHA256_HEX_SIZE];

	sha256_to_string(&image->id, hex);
	buf_put_format(&text, "patch " PATCH_FORM "\n%s\n%lld\n", hex,
	    (long long)patch->epoch);
	for (size_t i = 0; i < patch->pending->updates->n_items; i++) {
		const struct update *update =
		    &patch->pending->updates->items[i];
		const struct package *candidate =
		    pending_candidate(patch->pending, update);

		if (update->kept_back)
			continue;
		sha256_to_string(&candidate->sha256, hex);
		buf_put_format(&text,
		    SLICE_FMT " " SLICE_FMT " " SLICE_FMT " %s %u\n",
		    SLICE_ARG(candidate->name), SLICE_ARG(candidate->version),
		    SLICE_ARG(candidate->arch), hex, update->stage);
	}
	if (buf_check(&text, err) < 0)
		return -1;

	struct sha256 sum = sha256_of(buf_slice(&text));
	sha256_to_string(&sum, patch->key);
	return 0;
}

int
patch_plan(
    struct app *app, struct image *image, struct patch **ret, struct error *err)
{
	CLEANUP(patch_free) struct patch *patch = calloc(1, sizeof(*patch));

	if (!patch)
		return error_nomem(err);
	if (pending_load(app, image, &patch->pending, err) < 0)
		return -1;
	if (patch->pending->indexes->n_faults > 0) {
		*err = patch->pending->indexes->faults[0];
		return -1;
	}
	patch->n_updates = pending_count(patch->pending).all;
	patch->epoch = indexes_date(patch->pending->indexes);
	if (key_make(image, patch, err) < 0)
		return -1;
	*ret = TAKE(patch);
	return 0;
}

/* The update of the nth installed package that is carried out, or NULL. */
static const struct update *
update_of(const struct pending *pending, size_t n)
{
	for (size_t i = 0; i < pending->updates->n_items; i++)
		if (pending->updates->items[i].installed == n &&
		    !pending->updates->items[i].kept_back)
			return &pending->updates->items[i];
	return NULL;
}

static const struct package *
find_package(const struct package_list *list, struct slice name)
{
	for (size_t i = 0; i < list->n_items; i++)
		if (slice_eq(list->items[i].name, name))
			return &list->items[i];
	return NULL;
}

/* The packages afterwards: the old ones, with exactly these updates. */
static int
packages_check(const struct pending *pending, const struct package_list *now,
    struct error *err)
{
	const struct package_list *was = pending->input.installed;

	if (now->n_items != was->n_items)
		return error_set(err, ERROR_UNTRUSTED,
		    "%zu packages became %zu", was->n_items, now->n_items);
	for (size_t i = 0; i < was->n_items; i++) {
		const struct package *old = &was->items[i];
		const struct update *update = update_of(pending, i);
		const struct package *want =
		    update ? pending_candidate(pending, update) : old;
		const struct package *is = find_package(now, old->name);

		if (!is || !slice_eq(is->version, want->version) ||
		    !slice_eq(is->arch, want->arch))
			return error_set(err, ERROR_UNTRUSTED,
			    SLICE_FMT " is not at " SLICE_FMT " afterwards",
			    SLICE_ARG(old->name), SLICE_ARG(want->version));
		if (!slice_eq(
			is->state, update ? SLICE("installed") : old->state))
			return error_set(err, ERROR_CONFLICT,
			    SLICE_FMT " is left " SLICE_FMT,
			    SLICE_ARG(old->name), SLICE_ARG(is->state));
	}
	return 0;
}

static int
layer_check(struct app *app, struct image *image, const struct patch *patch,
    const struct image_layer *top, struct error *err)
{
	CLEANUP(inventory_free) struct inventory *inventory = NULL;

	if (inventory_load_with(app, image, top, &inventory, err) < 0 ||
	    packages_check(patch->pending, inventory->packages, err) < 0)
		return error_wrap(err, "the result is not what was planned");
	return 0;
}

/* "apt=2.6.1+deb12u1 curl=...": of the updates, in their order. */
static void
put_packages(const struct pending *pending, struct buf *out)
{
	const char *before = "";

	for (size_t i = 0; i < pending->updates->n_items; i++) {
		const struct update *update = &pending->updates->items[i];
		const struct package *to = pending_candidate(pending, update);

		if (update->kept_back)
			continue;
		buf_put_format(out, "%s" SLICE_FMT "=" SLICE_FMT, before,
		    SLICE_ARG(to->name), SLICE_ARG(to->version));
		before = " ";
	}
}

static void
put_label(struct buf *out, const char *key, struct slice value)
{
	buf_put_sized(out, slice_of_string(key));
	buf_put_sized(out, value);
}

/*
 * The new config, by a worker; the form of its input is in role_document.c.
 * Nothing in it depends on what the image was called.
 */
static int
config_make(const struct app *app, const struct image *image,
    const struct patch *patch, const struct sha256 *diff_id,
    struct answer *answer, struct error *err)
{
	CLEANUP(buf_clear) struct buf input = { 0 };
	CLEANUP(buf_clear) struct buf packages = { 0 };
	/* An engine's own, where its layers were not asked for. */
	const struct buf *old =
	    image->config.len > 0 ? &image->config : &image->stored_config;
	char created[TIME_SIZE];
	char base[DIGEST_SIZE];
	char by[64];

	time_to_rfc3339(patch->epoch, created);
	digest_to_string(&image->id, base);
	(void)snprintf(
	    by, sizeof(by), "fother patch # %zu packages", patch->n_updates);
	put_packages(patch->pending, &packages);
	buf_put(&input, slice_of((const char *)diff_id->bytes, SHA256_BYTES));
	buf_put_sized(&input, slice_of_string(created));
	buf_put_sized(&input, slice_of_string(by));
	buf_put_sized(&input, SLICE("fother"));
	buf_put_u32le(&input, 2);
	put_label(&input, "fother.base", slice_of_string(base));
	put_label(&input, "fother.packages", buf_slice(&packages));
	buf_put(&input, buf_slice(old));
	if (buf_check(&packages, err) < 0 || buf_check(&input, err) < 0)
		return -1;
	return ask_bytes(
	    app, "config-layer", NULL, buf_slice(&input), answer, err);
}

static int
engine_has(struct engine *engine, const struct sha256 *id, struct error *err)
{
	CLEANUP(buf_clear) struct buf inspect = { 0 };
	CLEANUP(string_free) char *is = NULL;
	struct slice value;
	char want[DIGEST_SIZE];

	digest_to_string(id, want);
	if (engine_inspect_image(engine, want, &inspect, err) < 0)
		return -1;
	if (!json_find(buf_slice(&inspect), "Id", &value) ||
	    json_string_copy(value, &is, err) < 0 || strcmp(is, want) != 0)
		return error_set(err, ERROR_UNTRUSTED,
		    "the engine has another image than was loaded");
	return 0;
}

static int
image_publish(struct app *app, const struct load_spec *spec,
    struct sha256 *ret_id, struct error *err)
{
	struct engine *engine;

	if (app_engine(app, &engine, err) < 0 ||
	    load_image(engine, spec, err) < 0)
		return error_wrap(err, "load");
	*ret_id = sha256_of(spec->config);
	return engine_has(engine, ret_id, err);
}

static int
image_make(struct app *app, struct image *image, const struct patch *patch,
    const char *name, struct sha256 *ret_id, struct error *err)
{
	CLEANUP(answer_clear) struct answer config = { 0 };
	CLEANUP(fd_close) int fd = -1;
	struct image_layer top = { 0 };

	if (directory_make(app->cache_dir, 0755, err) < 0 ||
	    (fd = file_temporary(app->cache_dir, err)) < 0)
		return -1;
	top.fd = fd;
	if (patch_layer_make(app, image, patch, &top, err) < 0 ||
	    layer_check(app, image, patch, &top, err) < 0 ||
	    config_make(app, image, patch, &top.sum, &config, err) < 0)
		return -1;

	const struct load_spec spec = {
		.image = image,
		.top = &top,
		.config = buf_slice(&config.parts[ANSWER_MAIN]),
		.name = name,
		.with_lower_layers =
		    image->ref->transport != TRANSPORT_DOCKER_DAEMON,
	};
	return image_publish(app, &spec, ret_id, err);
}

int
patch_find(struct app *app, const struct patch *patch, struct sha256 *ret_id,
    struct error *err)
{
	CLEANUP(string_free) char *id = NULL;
	struct engine *engine;
	struct store *store;

	if (app_store(app, &store, err) < 0 ||
	    app_engine(app, &engine, err) < 0 ||
	    store_patch_find(store, patch->key, &id, err) < 0 ||
	    digest_parse(slice_of_string(id), ret_id, err) < 0)
		return -1;
	return engine_has(engine, ret_id, err);
}

static int
image_name(struct app *app, const struct sha256 *id,
    const struct patch_name *name, struct error *err)
{
	char digest[DIGEST_SIZE];
	struct engine *engine;

	digest_to_string(id, digest);
	if (app_engine(app, &engine, err) < 0)
		return -1;
	return engine_tag_image(
	    engine, digest, name->repository, name->tag, err);
}

int
patch_make(struct app *app, struct image *image, const struct patch *patch,
    const struct patch_name *name, struct sha256 *ret_id, struct error *err)
{
	CLEANUP(string_free)
	char *full = string_format("%s:%s", name->repository, name->tag);
	char id[DIGEST_SIZE];
	struct store *store;

	if (!full)
		return error_nomem(err);
	if (patch_find(app, patch, ret_id, err) == 0)
		return image_name(app, ret_id, name, err);
	if (err->kind != ERROR_NOT_FOUND)
		return -1;
	if (image_make(app, image, patch, full, ret_id, err) < 0 ||
	    app_store(app, &store, err) < 0)
		return -1;
	digest_to_string(ret_id, id);
	return store_patch_save(store, patch->key, id, app->now, err);
}
