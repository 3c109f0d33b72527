/* SPDX-License-Identifier: Apache-2.0 */
#include "task/replace.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <sys/random.h>

#include "base/json.h"
#include "base/json_edit.h"
#include "base/memory.h"
#include "base/time.h"
#include "engine/container_spec.h"
#include "engine/container_view.h"
#include "engine/engine.h"
#include "rollout/gate.h"
#include "rollout/machine.h"

#define POLL_MS ((int64_t)200)
/* An engine that is restarted or upgraded is back by then. */
#define ENGINE_BACK_MS ((int64_t)30 * 1000)
/* No run has so many steps, however often it is interrupted. */
#define STEPS_MAX 200
#define LOG_LINES 10

/* What Docker says of a container that was never started. */
#define NEVER_STARTED "0001-01-01T00:00:00Z"

#define POLICY_NO "{\"Name\":\"no\",\"MaximumRetryCount\":0}"

/* A run being carried out. */
struct replacing {
	struct app *app;
	struct engine *engine;
	struct store *store;
	struct run *run;
	int64_t settle_ms;
	bool no_journal; /* it failed: what is left is to get back */
};

char *
replace_new_id(void)
{
	uint8_t bytes[6];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return NULL;
	return string_format("%02x%02x%02x%02x%02x%02x", bytes[0], bytes[1],
	    bytes[2], bytes[3], bytes[4], bytes[5]);
}

static void
pause_ms(int64_t ms)
{
	struct timespec time = { .tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000 };

	(void)nanosleep(&time, NULL);
}

/* "web.fother-new-ID": names that nobody else gives. */
static char *
other_name(const struct run *run, const char *what)
{
	return string_format("%s.fother-%s-%s", run->name, what, run->id);
}

/* 1 and the view, 0 when it is not there. */
static int
look(const struct replacing *r, const char *ref, struct container_view **ret,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf json = { 0 };

	if (engine_inspect_container(r->engine, ref, &json, err) < 0)
		return err->kind == ERROR_NOT_FOUND ? 0 : -1;
	return container_view_parse(buf_slice(&json), ret, err) < 0 ? -1 : 1;
}

/* A create whose answer was lost: found by its name, known by its label. */
static int
adopt(struct replacing *r, struct error *err)
{
	CLEANUP(string_free) char *name = other_name(r->run, "new");
	CLEANUP(container_view_free) struct container_view *view = NULL;

	if (!name)
		return error_nomem(err);

	int found = look(r, name, &view, err);
	if (!view)
		return found;

	const char *label =
	    container_view_label(view, CONTAINER_SPEC_LABEL_RUN);
	if (!label || strcmp(label, r->run->id) != 0)
		return error_set(err, ERROR_CONFLICT,
		    "somebody else has a container named %.128s", name);
	r->run->new_id = slice_copy(slice_of_string(view->id));
	return r->run->new_id ? 1 : error_nomem(err);
}

static struct rollout_view
rollout_view_of(const struct run *run, const struct container_view *view)
{
	const char *seen = run->new_seen ? run->new_seen : NEVER_STARTED;

	return (struct rollout_view){
		.exists = true,
		.running = view->running || view->restarting || view->paused,
		.armed = view->restart_name[0] != '\0' &&
		    strcmp(view->restart_name, "no") != 0,
		.started = strcmp(view->started_at, seen) != 0,
		.name = strcmp(view->name, run->name) == 0 ? ROLLOUT_NAME_OWN
							   : ROLLOUT_NAME_OTHER,
	};
}

static int
observe_one(const struct replacing *r, const char *id, struct rollout_view *ret,
    struct error *err)
{
	CLEANUP(container_view_free) struct container_view *view = NULL;

	*ret = (struct rollout_view){ 0 };
	if (!id)
		return 0;

	int found = look(r, id, &view, err);
	if (view)
		*ret = rollout_view_of(r->run, view);
	return found < 0 ? -1 : 0;
}

static int
observe(struct replacing *r, struct rollout_view *old,
    struct rollout_view *new_one, struct error *err)
{
	if (!r->run->new_id && adopt(r, err) < 0)
		return -1;
	if (observe_one(r, r->run->old_id, old, err) < 0)
		return -1;
	return observe_one(r, r->run->new_id, new_one, err);
}

/* A member of the record that apply.c makes of a container_spec. */
static int
record_find(const struct run *run, const char *key, struct slice *ret,
    struct error *err)
{
	struct slice record = slice_of_string(run->body);

	if (!run->body || !json_find(record, key, ret))
		return error_set(err, ERROR_BUG, "no %s in the journal", key);
	return 0;
}

static int
do_create(struct replacing *r, struct error *err)
{
	CLEANUP(string_free) char *name = other_name(r->run, "new");
	CLEANUP(engine_created_clear) struct engine_created created = { 0 };
	struct slice body;

	if (!name)
		return error_nomem(err);
	if (record_find(r->run, "body", &body, err) < 0 ||
	    engine_create_container(r->engine, name, body, &created, err) < 0)
		return -1;
	r->run->new_id = TAKE(created.id);
	return 0;
}

static int
connect_network(const struct replacing *r, struct slice item, struct error *err)
{
	CLEANUP(string_free) char *name = NULL;
	struct slice value, endpoint;

	if (!json_find(item, "name", &value) ||
	    !json_find(item, "endpoint", &endpoint))
		return error_set(err, ERROR_BUG, "networks of the journal");
	if (json_string_copy(value, &name, err) < 0)
		return -1;
	if (engine_connect_network(
		r->engine, name, r->run->new_id, endpoint, err) == 0 ||
	    err->kind == ERROR_EXISTS)
		return 0;
	return error_wrap(err, "network %s", name);
}

static int
connect_networks(const struct replacing *r, struct error *err)
{
	struct slice networks, item;

	if (record_find(r->run, "networks", &networks, err) < 0)
		return -1;

	struct json_iter iter = json_iter_of(networks);
	while (json_array_next(&iter, &item))
		if (connect_network(r, item, err) < 0)
			return -1;
	return 0;
}

/* What the engine made must be what was meant, before anything stops. */
static int
do_check(struct replacing *r, struct error *err)
{
	CLEANUP(buf_clear) struct buf inspect = { 0 };
	CLEANUP(buf_clear) struct buf differences = { 0 };
	CLEANUP(string_free) char *expected = NULL;
	struct container_spec spec = { 0 };
	struct slice value;

	if (connect_networks(r, err) < 0 ||
	    record_find(r->run, "expected", &value, err) < 0)
		return -1;
	expected = slice_copy(value);
	if (!expected)
		return error_nomem(err);
	spec.expected = expected;
	if (engine_inspect_container(r->engine, r->run->new_id, &inspect, err) <
		0 ||
	    container_spec_compare(
		&spec, buf_slice(&inspect), &differences, err) < 0)
		return -1;
	if (differences.len == 0)
		return 0;
	return error_set(err, ERROR_CONFLICT,
	    "the engine made another container than was meant: " SLICE_FMT,
	    SLICE_ARG(slice_first(slice_trim(buf_slice(&differences)), 300)));
}

static int
set_policy(const struct replacing *r, const char *id, const char *policy,
    struct error *err)
{
	CLEANUP(string_free)
	char *body = string_format("{\"RestartPolicy\":%s}", policy);

	if (!body)
		return error_nomem(err);
	return engine_update_container(
	    r->engine, id, slice_of_string(body), err);
}

static int
rename_to(
    const struct replacing *r, const char *id, char *name, struct error *err)
{
	CLEANUP(string_free) char *owned = name;

	if (!owned)
		return error_nomem(err);
	return engine_rename_container(r->engine, id, owned, err);
}

static struct gate_view
gate_view_of(const struct container_view *view, int64_t elapsed_ms)
{
	static const enum gate_health healths[] = {
		[CONTAINER_HEALTH_NONE] = GATE_HEALTH_NONE,
		[CONTAINER_HEALTH_STARTING] = GATE_HEALTH_STARTING,
		[CONTAINER_HEALTH_HEALTHY] = GATE_HEALTH_HEALTHY,
		[CONTAINER_HEALTH_UNHEALTHY] = GATE_HEALTH_UNHEALTHY,
	};

	return (struct gate_view){
		.exists = true,
		.running = view->running,
		.restarting = view->restarting,
		.exit_code = view->exit_code,
		.restart_count = view->restart_count,
		.health = healths[view->health],
		.elapsed_ms = elapsed_ms,
	};
}

static int64_t
ms_of(uint64_t ms)
{
	return ms < INT64_MAX ? (int64_t)ms : INT64_MAX;
}

static struct gate_spec
gate_spec_of(const struct replacing *r, const struct container_view *view)
{
	return (struct gate_spec){
		.settle_ms = r->settle_ms,
		.health_ms = gate_health_ms(ms_of(view->health_start_period_ms),
		    ms_of(view->health_interval_ms),
		    ms_of(view->health_timeout_ms),
		    ms_of(view->health_retries)),
		.exit_0_passes = !strcmp(view->restart_name, "no") ||
		    view->restart_name[0] == '\0',
	};
}

/* The last lines that it wrote: they say more than its exit status. */
static void
say_logs(const struct replacing *r)
{
	CLEANUP(buf_clear) struct buf log = { 0 };
	struct slice rest, line;
	struct error ignored;

	if (engine_read_logs(
		r->engine, r->run->new_id, LOG_LINES, &log, &ignored) < 0)
		return;
	rest = buf_slice(&log);
	while (slice_split(&rest, '\n', &line))
		app_say(r->app, "%s: log: " SLICE_FMT, r->run->name,
		    SLICE_ARG(slice_first(line, 400)));
}

static int
gate_once(const struct replacing *r, int64_t elapsed_ms, enum gate_answer *ret,
    struct error *err)
{
	CLEANUP(container_view_free) struct container_view *view = NULL;
	struct gate_view gate = { 0 };
	struct gate_spec spec = { 0 };
	int found = look(r, r->run->new_id, &view, err);

	if (found < 0)
		return -1;
	if (view) {
		gate = gate_view_of(view, elapsed_ms);
		spec = gate_spec_of(r, view);
	}
	*ret = gate_judge(&spec, &gate, err);
	return 0;
}

static int
do_gate(struct replacing *r, struct error *err)
{
	int64_t begun = monotonic_ms();
	enum gate_answer answer = GATE_WAIT;

	for (;;) {
		if (gate_once(r, monotonic_ms() - begun, &answer, err) < 0)
			return -1;
		if (answer == GATE_PASS)
			return 0;
		if (answer == GATE_FAIL) {
			say_logs(r);
			return error_wrap(err, "the new container failed");
		}
		if (app_asked_to_stop())
			return error_set(err, ERROR_CANCELED,
			    "canceled while waiting for the new container");
		pause_ms(POLL_MS);
	}
}

static int
do_action(struct replacing *r, enum rollout_action action, struct error *err)
{
	struct run *run = r->run;
	bool made_it = run->kind == RUN_APPLY;

	switch (action) {
	case ROLLOUT_CREATE: return do_create(r, err);
	case ROLLOUT_CHECK: return do_check(r, err);
	case ROLLOUT_DISARM_OLD:
		return set_policy(r, run->old_id, POLICY_NO, err);
	case ROLLOUT_STOP_OLD:
		return engine_stop_container(r->engine, run->old_id, -1, err);
	case ROLLOUT_RENAME_OLD:
		return rename_to(r, run->old_id, other_name(run, "old"), err);
	case ROLLOUT_RENAME_NEW:
		return engine_rename_container(
		    r->engine, run->new_id, run->name, err);
	case ROLLOUT_ARM_NEW:
		return set_policy(r, run->new_id, run->new_policy, err);
	case ROLLOUT_START_NEW:
		return engine_start_container(r->engine, run->new_id, err);
	case ROLLOUT_GATE: return do_gate(r, err);
	case ROLLOUT_DISARM_NEW:
		return set_policy(r, run->new_id, POLICY_NO, err);
	case ROLLOUT_STOP_NEW:
		return engine_stop_container(r->engine, run->new_id, -1, err);
	case ROLLOUT_AWAY_NEW:
		return rename_to(r, run->new_id,
		    other_name(run, made_it ? "failed" : "kept"), err);
	case ROLLOUT_RESTORE_OLD:
		return engine_rename_container(
		    r->engine, run->old_id, run->name, err);
	case ROLLOUT_ARM_OLD:
		return set_policy(r, run->old_id, run->old_policy, err);
	case ROLLOUT_START_OLD:
		return engine_start_container(r->engine, run->old_id, err);
	case ROLLOUT_REMOVE_NEW:
		return engine_remove_container(r->engine, run->new_id, err);
	case ROLLOUT_END: return 0;
	}
	return error_set(err, ERROR_BUG, "no such action");
}

/*
 * A step is in the journal before it is taken. When the journal cannot be
 * written (a full disk), nothing new is begun; what was begun is taken back
 * without it, because a service that is down is worse than a gap in a record,
 * and a resume decides from what it sees.
 */
static enum rollout_action
journal(struct replacing *r, enum rollout_action action)
{
	const char *name = rollout_action_to_string(action);
	struct error err;

	if (r->no_journal || store_run_save(r->store, r->run, name, &err) == 0)
		return action;
	app_complain(r->app, r->run->name, &err);
	r->no_journal = true;
	if (r->run->direction == RUN_FORWARD) {
		rollout_failed(r->run, action, err.msg);
		return ROLLOUT_END;
	}
	return action;
}

static void
journal_result(struct replacing *r, const char *result)
{
	struct error err;

	if (!r->no_journal &&
	    store_step_end(r->store, r->run, result, &err) < 0)
		app_tell(r->app, "%s", err.msg);
}

/* Waits for an engine that went away; 0 when it answers again. */
static int
engine_wait(struct replacing *r, struct error *err)
{
	int64_t deadline = monotonic_ms() + ENGINE_BACK_MS;
	struct error why = *err;

	app_say(
	    r->app, "%s: %s; waiting for the engine", r->run->name, why.msg);
	while (monotonic_ms() < deadline && !app_asked_to_stop()) {
		CLEANUP(container_view_free)
		struct container_view *view = NULL;

		pause_ms(POLL_MS);
		if (look(r, r->run->old_id, &view, err) >= 0)
			return 0;
		if (err->kind != ERROR_UNREACHABLE)
			break;
	}
	*err = why;
	return -1;
}

static bool
is_engine_lost(const struct error *err)
{
	return err->kind == ERROR_UNREACHABLE;
}

/* One step; 1 when it was the last, -1 when it has to be resumed later. */
static int
step(struct replacing *r, struct error *err)
{
	struct rollout_view old, new_one;

	if (observe(r, &old, &new_one, err) < 0)
		return is_engine_lost(err) ? engine_wait(r, err) : -1;

	enum rollout_action action = rollout_next(r->run, &old, &new_one);
	if (action == ROLLOUT_END)
		return 1;
	action = journal(r, action);
	if (action == ROLLOUT_END)
		return 0; /* turned back: look again */
	app_tell(
	    r->app, "%s: %s", r->run->name, rollout_action_to_string(action));
	if (do_action(r, action, err) == 0) {
		rollout_did(r->run, action);
		journal_result(r, "done");
		return 0;
	}
	journal_result(r, err->msg);
	if (is_engine_lost(err))
		return engine_wait(r, err);
	rollout_failed(r->run, action, err->msg);
	return 0;
}

static int
run_end(struct replacing *r, struct error *err)
{
	r->run->ended_at = time_now();
	if (store_run_save(r->store, r->run, NULL, err) == 0)
		return 0;
	/* What was done is done; a resume will see that it was. */
	app_complain(r->app, r->run->name, err);
	return 0;
}

static int
steps(struct replacing *r, struct error *err)
{
	for (int i = 0; i < STEPS_MAX; i++) {
		int done = step(r, err);

		if (done < 0)
			return -1;
		if (done > 0)
			return run_end(r, err);
	}
	return error_set(err, ERROR_BUG, "the replacement does not end");
}

int
replace_run(
    struct app *app, struct run *run, int64_t settle_ms, struct error *err)
{
	struct replacing r = { .app = app, .run = run, .settle_ms = settle_ms };

	if (app_engine(app, &r.engine, err) < 0 ||
	    app_store(app, &r.store, err) < 0)
		return -1;
	app->is_deaf = true;
	int ret = steps(&r, err);
	app->is_deaf = false;
	return ret;
}

enum status
replace_say(const struct app *app, const struct run *run)
{
	const char *reason = run->reason ? run->reason : "";

	switch (run->outcome) {
	case RUN_DONE:
		app_say(app, "%s: %s", run->name,
		    run->kind == RUN_APPLY
			? "replaced; the old container is kept"
			: "rolled back; the newer container is kept");
		return STATUS_OK;
	case RUN_BACK_DONE:
		app_say(app, "%s: back to the old container: %s", run->name,
		    reason);
		return STATUS_ROLLED_BACK;
	case RUN_STUCK:
		app_say(app,
		    "%s: needs a person: %s; its containers are %.12s (old) "
		    "and %.12s (new)",
		    run->name, reason, run->old_id,
		    run->new_id ? run->new_id : "none");
		return STATUS_PERSON;
	case RUN_OPEN: break;
	}
	app_say(app, "%s: not ended; fother apply --resume goes on", run->name);
	return STATUS_PERSON;
}

int
replace_resume_all(struct app *app, int64_t settle_ms, enum status *ret_worst,
    size_t *ret_n, struct error *err)
{
	CLEANUP(run_list_clear) struct run_list runs = { 0 };
	const struct run_query query = { .open_only = true };
	struct store *store;

	if (app_store(app, &store, err) < 0 ||
	    store_runs_load(store, &query, &runs, err) < 0)
		return -1;
	for (size_t i = 0; i < runs.n_items; i++) {
		struct run *run = runs.items[i];

		app_say(
		    app, "%s: going on with what was interrupted", run->name);
		if (replace_run(app, run, settle_ms, err) < 0)
			app_complain(app, run->name, err);
		*ret_worst = status_worst(*ret_worst, replace_say(app, run));
	}
	*ret_n = runs.n_items;
	return 0;
}
