/* SPDX-License-Identifier: Apache-2.0 */
/* Over the inspections in tests/cases/engine; see test_container_spec.c. */
#include "engine/container_view.h"

#include <stdlib.h>

#include "base/fd.h"
#include "base/memory.h"
#include "unit.h"

#define CASE_BYTES_MAX ((size_t)1024 * 1024)

static struct container_view *
view_of(const char *name)
{
	const char *root = getenv("SOURCE_ROOT");
	CLEANUP(buf_clear) struct buf text = buf_limited(CASE_BYTES_MAX);
	CLEANUP(string_free)
	char *path = string_format(
	    "%s/tests/cases/engine/%s.json", root ? root : ".", name);
	struct container_view *view = NULL;
	struct error err;

	assert_non_null(path);
	if (file_read(path, &text, &err) < 0 ||
	    container_view_parse(buf_slice(&text), &view, &err) < 0)
		fail_msg("%s", err.msg);
	return view;
}

static void
reads_what_decisions_rest_on(void **state)
{
	(void)state;
	CLEANUP(container_view_free)
	struct container_view *view = view_of("full");

	assert_int_equal(strlen(view->id), 64);
	assert_string_equal(view->name, "eng-full");
	assert_string_equal(view->image_ref, "eng-app:1");
	assert_string_equal(view->status, "running");
	assert_true(view->running);
	assert_false(view->auto_remove);
	assert_int_equal(view->stop_timeout_sec, 7);
	assert_string_equal(view->restart_name, "on-failure");
	assert_non_null(strstr(view->restart_policy, "MaximumRetryCount"));
	assert_string_equal(view->network_mode, "eng-net2");
	assert_string_equal(view->network_container, "");
	assert_string_equal(
	    container_view_label(view, "note"), "two\nlines and \"quotes\"");
	assert_null(container_view_label(view, "not"));
	assert_int_equal(view->n_mounts, 6);
}

static void
reads_the_health_check_with_the_engines_defaults(void **state)
{
	(void)state;
	CLEANUP(container_view_free)
	struct container_view *view = view_of("health");
	CLEANUP(container_view_free)
	struct container_view *none = view_of("plain");

	assert_true(view->has_health_check);
	assert_int_equal(view->health, CONTAINER_HEALTH_UNHEALTHY);
	assert_int_equal(view->health_interval_ms, 30000);
	assert_int_equal(view->health_timeout_ms, 30000);
	assert_int_equal(view->health_start_period_ms, 3000);
	assert_int_equal(view->health_retries, 3);
	assert_false(none->has_health_check);
	assert_int_equal(none->health, CONTAINER_HEALTH_NONE);
	assert_int_equal(none->stop_timeout_sec, 10);
}

static void
reads_whom_it_depends_on(void **state)
{
	(void)state;
	CLEANUP(container_view_free)
	struct container_view *view = view_of("sidecar");

	assert_int_equal(strlen(view->network_container), 64);
	assert_string_equal(view->pid_container, "");
	assert_int_equal(view->n_volumes_from, 1);
	assert_string_equal(view->volumes_from[0], "eng-mac");
}

static void
what_is_missing_or_null_is_empty(void **state)
{
	(void)state;
	static const struct slice texts[] = {
		SLICE("{}"),
		SLICE("{\"Id\":null,\"Name\":null,\"State\":null,"
		      "\"Config\":{\"Labels\":null,\"Healthcheck\":null},"
		      "\"HostConfig\":{\"VolumesFrom\":null},"
		      "\"Mounts\":null}"),
	};

	for (size_t i = 0; i < N_ITEMS(texts); i++) {
		CLEANUP(container_view_free) struct container_view *view = NULL;
		struct error err;

		assert_int_equal(
		    container_view_parse(texts[i], &view, &err), 0);
		assert_string_equal(view->id, "");
		assert_string_equal(view->name, "");
		assert_string_equal(view->compose_project, "");
		assert_int_equal(view->n_labels, 0);
		assert_false(view->running);
	}
}

static void
a_check_of_none_is_no_check(void **state)
{
	(void)state;
	CLEANUP(container_view_free) struct container_view *view = NULL;
	struct error err;

	assert_int_equal(
	    container_view_parse(
		SLICE("{\"Config\":{\"Healthcheck\":{\"Test\":[\"NONE\"],"
		      "\"Interval\":5}}}"),
		&view, &err),
	    0);
	assert_false(view->has_health_check);
}

static void
refuses_values_of_another_kind(void **state)
{
	(void)state;
	static const struct slice texts[] = {
		SLICE("[]"),
		SLICE("{"),
		SLICE("{\"Id\":7}"),
		SLICE("{\"State\":{\"Running\":\"true\"}}"),
		SLICE("{\"State\":{\"ExitCode\":1.5}}"),
		SLICE("{\"Config\":{\"Labels\":{\"a\":1}}}"),
		SLICE("{\"HostConfig\":{\"VolumesFrom\":[1]}}"),
		SLICE("{\"Mounts\":[{\"Name\":1}]}"),
	};

	for (size_t i = 0; i < N_ITEMS(texts); i++) {
		struct container_view *view = NULL;
		struct error err;

		assert_int_equal(
		    container_view_parse(texts[i], &view, &err), -1);
		assert_int_equal(err.kind, ERROR_FORMAT);
		assert_null(view);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_decisions_rest_on),
		cmocka_unit_test(
		    reads_the_health_check_with_the_engines_defaults),
		cmocka_unit_test(reads_whom_it_depends_on),
		cmocka_unit_test(what_is_missing_or_null_is_empty),
		cmocka_unit_test(a_check_of_none_is_no_check),
		cmocka_unit_test(refuses_values_of_another_kind),
	};

	return cmocka_run_group_tests_name("container_view", tests, NULL, NULL);
}
