/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/memory.h"
#include "unit.h"

static char dir[] = "/tmp/fother-store.XXXXXX";

static int
make_dir(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/fother-store.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int
remove_dir(void **state)
{
	(void)state;
	static const char *const names[] = { "fother.db", "fother.db-wal",
		"fother.db-shm", "lock" };
	char path[64];

	for (size_t i = 0; i < N_ITEMS(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)unlink(path);
	}
	return rmdir(dir);
}

static struct store *
open_store(void)
{
	struct store *store = NULL;
	struct error err;

	if (store_open(dir, &store, &err) < 0)
		fail_msg("%s", err.msg);
	return store;
}

static struct run *
run_named(const char *id, const char *name)
{
	struct run *run = calloc(1, sizeof(*run));

	assert_non_null(run);
	run->id = slice_copy(slice_of_string(id));
	run->name = slice_copy(slice_of_string(name));
	run->old_policy = slice_copy(SLICE("{\"Name\":\"always\"}"));
	run->began_at = 1795000000;
	return run;
}

static struct run_list
load(struct store *store, struct run_query query)
{
	struct run_list list = { 0 };
	struct error err;

	if (store_runs_load(store, &query, &list, &err) < 0)
		fail_msg("%s", err.msg);
	return list;
}

static void
reads_back_what_it_wrote(void **state)
{
	(void)state;
	struct error err;
	CLEANUP(run_free) struct run *run = run_named("0123456789ab", "web");
	{
		CLEANUP(store_close) struct store *store = open_store();
		assert_int_equal(store_run_save(store, run, "create", &err), 0);
		run->direction = RUN_BACK;
		run->stopped = true;
		run->reason = slice_copy(SLICE("it's \"unhealthy\""));
		assert_int_equal(
		    store_run_save(store, run, "stop-new", &err), 0);
	}
	CLEANUP(store_close) struct store *store = open_store();
	CLEANUP(run_list_clear)
	struct run_list list = load(store, (struct run_query){ 0 });

	assert_int_equal(list.n_items, 1);
	const struct run *got = list.items[0];
	assert_string_equal(got->id, "0123456789ab");
	assert_string_equal(got->name, "web");
	assert_string_equal(got->old_policy, "{\"Name\":\"always\"}");
	assert_string_equal(got->reason, "it's \"unhealthy\"");
	assert_null(got->new_id);
	assert_int_equal(got->direction, RUN_BACK);
	assert_true(got->stopped);
	assert_false(got->passed);
	assert_int_equal(got->began_at, 1795000000);
}

static void
finds_the_open_and_the_last_run(void **state)
{
	(void)state;
	struct error err;
	CLEANUP(store_close) struct store *store = open_store();
	static const struct {
		const char *id, *name;
		enum run_outcome outcome;
	} runs[] = { { "a", "web", RUN_DONE }, { "b", "db", RUN_OPEN },
		{ "c", "web", RUN_BACK_DONE } };

	for (size_t i = 0; i < N_ITEMS(runs); i++) {
		CLEANUP(run_free)
		struct run *run = run_named(runs[i].id, runs[i].name);
		run->outcome = runs[i].outcome;
		assert_int_equal(store_run_save(store, run, NULL, &err), 0);
	}
	CLEANUP(run_list_clear)
	struct run_list open =
	    load(store, (struct run_query){ .open_only = true });
	CLEANUP(run_list_clear)
	struct run_list last =
	    load(store, (struct run_query){ .name = "web", .last_only = true });

	assert_int_equal(open.n_items, 1);
	assert_string_equal(open.items[0]->id, "b");
	assert_int_equal(last.n_items, 1);
	assert_string_equal(last.items[0]->id, "c");
}

static int
collect(void *ctx, const char *action, const char *result, int64_t at)
{
	(void)at;
	buf_put_format(ctx, "%s=%s ", action, result ? result : "?");
	return 0;
}

static void
keeps_the_steps_of_a_run_in_order(void **state)
{
	(void)state;
	struct error err;
	CLEANUP(store_close) struct store *store = open_store();
	CLEANUP(run_free) struct run *run = run_named("a", "web");
	CLEANUP(buf_clear) struct buf got = { 0 };

	assert_int_equal(store_run_save(store, run, "create", &err), 0);
	assert_int_equal(store_step_end(store, run, "done", &err), 0);
	assert_int_equal(store_run_save(store, run, "check", &err), 0);
	assert_int_equal(store_steps_load(store, "a", collect, &got, &err), 0);
	CLEANUP(string_free) char *text = buf_take_string(&got);
	assert_string_equal(text, "create=done check=? ");
}

static void
only_one_holds_the_lock(void **state)
{
	(void)state;
	struct error err;
	CLEANUP(fd_close) int first = -1;
	int second = -1;

	assert_int_equal(store_lock(dir, &first, &err), 0);
	assert_int_equal(store_lock(dir, &second, &err), -1);
	assert_int_equal(err.kind, ERROR_CONFLICT);
	fd_close(TAKE_FD(first));
	assert_int_equal(store_lock(dir, &first, &err), 0);
}

static void
remembers_patches(void **state)
{
	(void)state;
	struct error err;
	CLEANUP(store_close) struct store *store = open_store();
	CLEANUP(string_free) char *id = NULL;

	assert_int_equal(store_patch_find(store, "k", &id, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_int_equal(store_patch_save(store, "k", "sha256:1", 1, &err), 0);
	assert_int_equal(store_patch_save(store, "k", "sha256:2", 2, &err), 0);
	assert_int_equal(store_patch_find(store, "k", &id, &err), 0);
	assert_string_equal(id, "sha256:2");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    reads_back_what_it_wrote, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(
		    finds_the_open_and_the_last_run, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(
		    keeps_the_steps_of_a_run_in_order, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(
		    only_one_holds_the_lock, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(
		    remembers_patches, make_dir, remove_dir),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
