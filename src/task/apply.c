/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/json_edit.h"
#include "base/json_write.h"
#include "base/memory.h"
#include "base/time.h"
#include "engine/container_spec.h"
#include "engine/engine.h"
#include "oci/digest.h"
#include "task/plan.h"
#include "task/replace.h"
#include "task/verbs.h"

/* No tag has been patched so often. */
#define TAGS_MAX 1000

/* What a patched image is called in the engine. */
struct image_name {
	char *repository;
	char *tag;
};

static void
image_name_clear(struct image_name *name)
{
	free(name->repository);
	free(name->tag);
}
DEFINE_CLEANUP_IN_PLACE(struct image_name, image_name_clear)

/* Where the container's image has no name that could get a suffix. */
static int
nameless_reference(const struct container_view *view, struct reference **ret,
    struct error *err)
{
	CLEANUP(string_free)
	char *text =
	    string_format("docker-daemon:fother.local/%s:patched", view->name);

	if (!text)
		return error_nomem(err);
	for (char *c = text; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return reference_parse(slice_of_string(text), ret, err);
}

static int
base_reference(const struct container_view *view, struct reference **ret,
    struct error *err)
{
	CLEANUP(string_free)
	char *text = string_format("docker-daemon:%s", view->image_ref);

	if (!text)
		return error_nomem(err);
	if (reference_parse(slice_of_string(text), ret, err) < 0)
		return nameless_reference(view, ret, err);
	if ((*ret)->name && (*ret)->tag && !(*ret)->has_digest)
		return 0;
	reference_free(*ret);
	*ret = NULL;
	return nameless_reference(view, ret, err);
}

/* Whether the engine has an image of that name, and that it is not id. */
static int
is_taken(struct engine *engine, const char *name, const struct sha256 *id,
    bool *ret, struct error *err)
{
	CLEANUP(buf_clear) struct buf inspect = { 0 };
	CLEANUP(string_free) char *is = NULL;
	char want[DIGEST_SIZE] = "";
	struct slice value;

	if (engine_inspect_image(engine, name, &inspect, err) < 0) {
		*ret = false;
		return err->kind == ERROR_NOT_FOUND ? 0 : -1;
	}
	if (id)
		digest_to_string(id, want);
	if (!json_find(buf_slice(&inspect), "Id", &value))
		return error_set(err, ERROR_FORMAT, "an image without Id");
	if (json_string_copy(value, &is, err) < 0)
		return -1;
	*ret = strcmp(is, want) != 0;
	return 0;
}

/* "name:tag" taken apart at its last colon. */
static int
name_split(const char *name, struct image_name *ret, struct error *err)
{
	const char *colon = strrchr(name, ':');

	if (!colon)
		return error_set(err, ERROR_BUG, "%s: no tag", name);
	ret->repository = slice_copy(slice_of(name, (size_t)(colon - name)));
	ret->tag = slice_copy(slice_of_string(colon + 1));
	return ret->repository && ret->tag ? 0 : error_nomem(err);
}

/* The first NAME:TAG-fother.N that is free, or is this very image. */
static int
name_choose(struct engine *engine, const struct container_view *view,
    const struct sha256 *id, struct image_name *ret, struct error *err)
{
	CLEANUP(reference_free) struct reference *base = NULL;

	if (base_reference(view, &base, err) < 0)
		return -1;
	for (uint32_t n = 1; n <= TAGS_MAX; n++) {
		CLEANUP(string_free) char *name = NULL;
		bool taken;

		if (reference_patched(base, n, &name, err) < 0 ||
		    is_taken(engine, name, id, &taken, err) < 0)
			return -1;
		if (!taken)
			return name_split(name, ret, err);
	}
	return error_set(err, ERROR_LIMIT, "%d patched images of it", TAGS_MAX);
}

/* Replaces object.HostConfig.RestartPolicy; out gets the whole again. */
static int
disarmed(struct slice object, struct buf *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf host = { 0 };
	const struct json_edit policy = { SLICE("RestartPolicy"),
		SLICE("{\"Name\":\"no\",\"MaximumRetryCount\":0}") };
	struct slice host_config;

	if (!json_find(object, "HostConfig", &host_config))
		return error_set(err, ERROR_BUG, "no HostConfig");
	if (json_object_edit(host_config, &policy, 1, &host, err) < 0)
		return -1;

	const struct json_edit edit = { SLICE("HostConfig"), buf_slice(&host) };
	return json_object_edit(object, &edit, 1, out, err);
}

/*
 * What the journal keeps of the successor, as one JSON object: body, to
 * create it from; expected, which its inspection must match; networks, to
 * connect it to. It is created unarmed: an engine that restarts would start
 * it beside the old one.
 */
static int
record_make(const struct container_spec *spec, char **ret, struct error *err)
{
	CLEANUP(buf_clear) struct buf body = { 0 };
	CLEANUP(buf_clear) struct buf expected = { 0 };
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct json_writer json = json_writer_of(&out);

	if (disarmed(slice_of_string(spec->body), &body, err) < 0 ||
	    disarmed(slice_of_string(spec->expected), &expected, err) < 0)
		return -1;
	json_write_object(&json);
	json_write_member_raw(&json, "body", buf_slice(&body));
	json_write_member_raw(&json, "expected", buf_slice(&expected));
	json_write_key(&json, "networks");
	json_write_array(&json);
	for (size_t i = 0; i < spec->n_networks; i++) {
		json_write_object(&json);
		json_write_member(
		    &json, "name", slice_of_string(spec->networks[i].name));
		json_write_member_raw(&json, "endpoint",
		    slice_of_string(spec->networks[i].endpoint));
		json_write_object_end(&json);
	}
	json_write_array_end(&json);
	json_write_object_end(&json);
	if (buf_check(&out, err) < 0)
		return -1;
	*ret = buf_take_string(&out);
	return *ret ? 0 : error_nomem(err);
}

/* What the successor is made of, with its notes told to the person. */
static int
spec_make(struct app *app, const struct container *container,
    const struct run *run, char **ret_record, struct error *err)
{
	CLEANUP(container_spec_free) struct container_spec *spec = NULL;
	CLEANUP(buf_clear) struct buf old_image = { 0 };
	CLEANUP(buf_clear) struct buf new_image = { 0 };
	struct engine *engine;

	if (app_engine(app, &engine, err) < 0 ||
	    engine_inspect_image(engine, run->old_image, &old_image, err) < 0 ||
	    engine_inspect_image(engine, run->new_image, &new_image, err) < 0)
		return -1;

	const struct container_spec_input input = {
		.container = buf_slice(&container->inspect),
		.old_image = buf_slice(&old_image),
		.new_image = buf_slice(&new_image),
		.image = run->new_ref,
		.run = run->id,
		.api = engine_api(engine),
	};
	if (container_spec_make(&input, &spec, err) < 0)
		return -1;
	for (size_t i = 0; i < spec->n_notes; i++)
		app_say(app, "%s: %s", run->name, spec->notes[i]);
	return record_make(spec, ret_record, err);
}

static char *
policy_of(const struct container_view *view)
{
	return string_format("%s",
	    view->restart_policy[0] != '\0'
		? view->restart_policy
		: "{\"Name\":\"no\",\"MaximumRetryCount\":0}");
}

static int
run_make(struct app *app, const struct container *container,
    const struct sha256 *new_image, const struct image_name *name,
    struct run **ret, struct error *err)
{
	CLEANUP(run_free) struct run *run = calloc(1, sizeof(*run));
	const struct container_view *view = container->view;
	char digest[DIGEST_SIZE];

	if (!run)
		return error_nomem(err);
	digest_to_string(new_image, digest);
	run->id = replace_new_id();
	run->kind = RUN_APPLY;
	run->name = string_format("%s", view->name);
	run->old_id = string_format("%s", view->id);
	run->old_image = string_format("%s", view->image_id);
	run->new_image = string_format("%s", digest);
	run->new_ref = string_format("%s:%s", name->repository, name->tag);
	run->old_policy = policy_of(view);
	run->new_policy = policy_of(view);
	run->began_at = time_now();
	if (!run->id || !run->name || !run->old_id || !run->old_image ||
	    !run->new_image || !run->new_ref || !run->old_policy ||
	    !run->new_policy)
		return error_nomem(err);
	if (spec_make(app, container, run, &run->body, err) < 0)
		return -1;
	*ret = TAKE(run);
	return 0;
}

/* Makes the patched image, and the run that brings the container over. */
static int
prepare(struct app *app, const struct container *container,
    const struct plan *plan, struct run **ret, struct error *err)
{
	CLEANUP(image_name_clear) struct image_name name = { 0 };
	struct engine *engine;
	struct sha256 id;
	bool known = patch_find(app, plan->patch, &id, err) == 0;

	if (!known && err->kind != ERROR_NOT_FOUND)
		return -1;
	if (app_engine(app, &engine, err) < 0 ||
	    name_choose(
		engine, container->view, known ? &id : NULL, &name, err) < 0)
		return -1;
	app_say(app, "%s: %s %s:%s", container->view->name,
	    known ? "found" : "making", name.repository, name.tag);

	const struct patch_name to_give = { name.repository, name.tag };
	if (patch_make(app, plan->image, plan->patch, &to_give, &id, err) < 0)
		return -1;
	return run_make(app, container, &id, &name, ret, err);
}

static enum status
failed(const struct app *app, const char *name, const struct error *err)
{
	app_complain(app, name, err);
	return STATUS_FAILED;
}

static enum status
apply_patch(struct app *app, const struct container *container,
    const struct plan *plan, int64_t settle_ms)
{
	CLEANUP(run_free) struct run *run = NULL;
	struct error err;

	if (prepare(app, container, plan, &run, &err) < 0)
		return failed(app, container->view->name, &err);
	if (app_asked_to_stop())
		return STATUS_FAILED;
	if (replace_run(app, run, settle_ms, &err) < 0)
		app_complain(app, run->name, &err);
	return replace_say(app, run);
}

/* True to go on: --yes, nobody to ask, or a yes. */
static bool
confirmed(
    const struct apply_args *args, const char *name, const struct plan *plan)
{
	char line[16];

	if (args->yes || !isatty(STDIN_FILENO))
		return true;
	(void)fprintf(
	    stderr, "%s: %s. Replace it? [y/N] ", name, plan->why.msg);
	return fgets(line, sizeof(line), stdin) &&
	    (line[0] == 'y' || line[0] == 'Y');
}

static enum status
apply_one(struct app *app, const struct apply_args *args,
    const struct container_list *list, const struct container *container)
{
	CLEANUP(plan_clear) struct plan plan = { 0 };
	const char *name = container->view->name;
	bool is_named = args->containers.n_names > 0;

	plan_make(app, list, container, args->containers.shared_volumes, &plan);
	switch (plan.action) {
	case PLAN_UP_TO_DATE:
		app_say(app, "%s: %s", name, plan.why.msg);
		return STATUS_OK;
	case PLAN_HOLD:
		app_say(app, "%s: held: %s", name, plan.why.msg);
		return is_named ? STATUS_FAILED : STATUS_OK;
	case PLAN_UNKNOWN:
		app_complain(app, name, &plan.why);
		return STATUS_UNKNOWN;
	case PLAN_PATCH: break;
	}
	app_say(app, "%s: patch: %s", name, plan.why.msg);
	if (!confirmed(args, name, &plan))
		return STATUS_OK;
	return apply_patch(app, container, &plan, args->settle_ms);
}

static enum status
apply_all(struct app *app, const struct apply_args *args)
{
	CLEANUP(container_list_clear) struct container_list list = { 0 };
	enum status status = STATUS_OK;
	struct error err;

	if (containers_load(app, &args->containers, &list, &err) < 0)
		return failed(app, NULL, &err);
	for (size_t i = 0; i < list.n_items && !app_asked_to_stop(); i++)
		if (list.items[i].is_selected)
			status = status_worst(status,
			    apply_one(app, args, &list, &list.items[i]));
	return status;
}

enum status
verb_apply(struct app *app, const struct apply_args *args)
{
	CLEANUP(fd_close) int lock = -1;
	enum status status = STATUS_OK;
	struct error err;
	size_t n;

	if (store_lock(app->state_dir, &lock, &err) < 0 ||
	    replace_resume_all(app, args->settle_ms, &status, &n, &err) < 0)
		return failed(app, NULL, &err);
	if (args->resume && n == 0)
		app_say(app, "nothing was interrupted");
	if (args->resume || status == STATUS_PERSON)
		return status;
	return status_worst(status, apply_all(app, args));
}

/* What the last run of this container left to go back to. */
static int
last_apply(
    struct app *app, const char *name, struct run_list *ret, struct error *err)
{
	const struct run_query query = { .name = name, .last_only = true };
	struct store *store;

	if (app_store(app, &store, err) < 0 ||
	    store_runs_load(store, &query, ret, err) < 0)
		return -1;
	if (ret->n_items == 0)
		return error_set(
		    err, ERROR_NOT_FOUND, "fother never replaced it");
	if (ret->items[0]->outcome != RUN_DONE)
		return error_set(err, ERROR_NOT_FOUND,
		    "the last replacement did not succeed: there is nothing "
		    "to go back to");
	if (ret->items[0]->kind == RUN_ROLLBACK)
		return error_set(
		    err, ERROR_NOT_FOUND, "it was rolled back already");
	return 0;
}

static const struct container *
by_id(const struct container_list *list, const char *id)
{
	for (size_t i = 0; i < list->n_items; i++)
		if (!strcmp(list->items[i].view->id, id))
			return &list->items[i];
	return NULL;
}

/* Both are there and as the last run left them. */
static int
rollback_check(const struct container_list *list, const struct run *last,
    bool shared_volumes, struct error *err)
{
	const struct container *now = by_id(list, last->new_id);
	const struct container *kept = by_id(list, last->old_id);
	const char *const except[] = { last->new_id, NULL };

	if (!now || strcmp(now->view->name, last->name) != 0)
		return error_set(err, ERROR_CONFLICT,
		    "the container of that name is not the one that fother "
		    "made");
	if (!kept)
		return error_set(err, ERROR_NOT_FOUND,
		    "the old container is not there any more");
	if (kept->view->running || kept->view->paused)
		return error_set(err, ERROR_CONFLICT,
		    "the old container %.64s runs: both would write to their "
		    "volumes",
		    kept->view->name);
	if (shared_volumes)
		return 0;
	return container_check_volumes(list, kept, except, err);
}

static int
rollback_make(const struct container_list *list, const struct run *last,
    struct run **ret, struct error *err)
{
	CLEANUP(run_free) struct run *run = calloc(1, sizeof(*run));
	const struct container *replacement = by_id(list, last->new_id);
	const struct container *original = by_id(list, last->old_id);

	if (!run)
		return error_nomem(err);
	/* rollback_check() saw them. */
	assert(replacement && original);

	const struct container_view *now = replacement->view;
	const struct container_view *kept = original->view;
	run->id = replace_new_id();
	run->kind = RUN_ROLLBACK;
	run->checked = true;
	run->name = string_format("%s", last->name);
	run->old_id = string_format("%s", now->id);
	run->new_id = string_format("%s", kept->id);
	run->old_image = string_format("%s", now->image_id);
	run->new_image = string_format("%s", kept->image_id);
	run->new_ref = string_format("%s", kept->image_ref);
	run->old_policy = policy_of(now);
	run->new_policy = string_format("%s", last->old_policy);
	run->new_seen = string_format("%s", kept->started_at);
	run->began_at = time_now();
	if (!run->id || !run->name || !run->old_id || !run->new_id ||
	    !run->old_image || !run->new_image || !run->new_ref ||
	    !run->old_policy || !run->new_policy || !run->new_seen)
		return error_nomem(err);
	*ret = TAKE(run);
	return 0;
}

static int
rollback_prepare(struct app *app, const char *name,
    const struct apply_args *args, struct run **ret, struct error *err)
{
	CLEANUP(run_list_clear) struct run_list runs = { 0 };
	CLEANUP(container_list_clear) struct container_list list = { 0 };
	const struct containers_args all = { 0 };

	if (last_apply(app, name, &runs, err) < 0 ||
	    containers_load(app, &all, &list, err) < 0 ||
	    rollback_check(
		&list, runs.items[0], args->containers.shared_volumes, err) < 0)
		return -1;
	return rollback_make(&list, runs.items[0], ret, err);
}

enum status
verb_rollback(struct app *app, const char *name, const struct apply_args *args)
{
	CLEANUP(fd_close) int lock = -1;
	CLEANUP(run_free) struct run *run = NULL;
	enum status status = STATUS_OK;
	struct error err;
	size_t n;

	if (store_lock(app->state_dir, &lock, &err) < 0 ||
	    replace_resume_all(app, args->settle_ms, &status, &n, &err) < 0)
		return failed(app, NULL, &err);
	if (status == STATUS_PERSON)
		return status;
	if (rollback_prepare(app, name, args, &run, &err) < 0)
		return failed(app, name, &err);
	if (replace_run(app, run, args->settle_ms, &err) < 0)
		app_complain(app, run->name, &err);
	return status_worst(status, replace_say(app, run));
}
