/* SPDX-License-Identifier: Apache-2.0 */
#include "rollout/gate.h"

#include "base/memory.h"
#include "unit.h"

#define SETTLE_MS 10000
#define HEALTH_MS 60000

static void
judges_what_it_sees(void **state)
{
	(void)state;
	static const struct {
		struct gate_view view;
		bool exit_0_passes;
		enum gate_answer answer;
		const char *why;
	} cases[] = {
		{ { .elapsed_ms = 1 }, false, GATE_FAIL, "it was removed" },
		{ { .exists = true, .running = true, .elapsed_ms = 9999 },
		    false, GATE_WAIT, NULL },
		{ { .exists = true, .running = true, .elapsed_ms = 10000 },
		    false, GATE_PASS, NULL },
		{ { .exists = true, .exit_code = 3 }, true, GATE_FAIL,
		    "it exited with status 3" },
		{ { .exists = true, .exit_code = 0 }, false, GATE_FAIL,
		    "it exited with status 0" },
		{ { .exists = true, .exit_code = 0 }, true, GATE_PASS, NULL },
		{ { .exists = true,
		      .running = true,
		      .restart_count = 1,
		      .elapsed_ms = 20000 },
		    false, GATE_FAIL, "it ended and was restarted" },
		{ { .exists = true, .restarting = true }, false, GATE_FAIL,
		    "it ended and was restarted" },
		{ { .exists = true,
		      .running = true,
		      .health = GATE_HEALTH_STARTING,
		      .elapsed_ms = 20000 },
		    false, GATE_WAIT, NULL },
		{ { .exists = true,
		      .running = true,
		      .health = GATE_HEALTH_HEALTHY,
		      .elapsed_ms = 1 },
		    false, GATE_PASS, NULL },
		{ { .exists = true,
		      .running = true,
		      .health = GATE_HEALTH_UNHEALTHY,
		      .elapsed_ms = 1 },
		    false, GATE_FAIL, "its health check says unhealthy" },
		{ { .exists = true,
		      .running = true,
		      .health = GATE_HEALTH_STARTING,
		      .elapsed_ms = 60000 },
		    false, GATE_FAIL, "not healthy after 60 s" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		struct gate_spec spec = { .settle_ms = SETTLE_MS,
			.health_ms = HEALTH_MS,
			.exit_0_passes = cases[i].exit_0_passes };
		struct error why;

		assert_int_equal(
		    gate_judge(&spec, &cases[i].view, &why), cases[i].answer);
		if (cases[i].why)
			assert_string_equal(why.msg, cases[i].why);
	}
}

static void
a_health_check_has_its_own_time(void **state)
{
	(void)state;
	assert_int_equal(gate_health_ms(0, 0, 0, 0), 182000);
	assert_int_equal(gate_health_ms(5000, 1000, 1000, 2), 11000);
	assert_int_equal(
	    gate_health_ms(INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX), 600000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_what_it_sees),
		cmocka_unit_test(a_health_check_has_its_own_time),
	};

	return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}
