/* SPDX-License-Identifier: Apache-2.0 */
#include "rollout/gate.h"

#define HEALTH_MAX_MS       ((int64_t)10 * 60 * 1000)
#define INTERVAL_DEFAULT_MS ((int64_t)30 * 1000)
#define TIMEOUT_DEFAULT_MS  ((int64_t)30 * 1000)
#define RETRIES_DEFAULT     3
/* A check runs when its interval is over, not at its start. */
#define SLACK_MS 2000

static int64_t
bounded(int64_t value, int64_t standard, int64_t max)
{
	if (value <= 0)
		value = standard;
	return value < max ? value : max;
}

int64_t
gate_health_ms(int64_t start_period_ms, int64_t interval_ms, int64_t timeout_ms,
    int64_t retries)
{
	int64_t once =
	    bounded(interval_ms, INTERVAL_DEFAULT_MS, HEALTH_MAX_MS) +
	    bounded(timeout_ms, TIMEOUT_DEFAULT_MS, HEALTH_MAX_MS);
	int64_t times = bounded(retries, RETRIES_DEFAULT, 1000);
	int64_t all = bounded(start_period_ms, 0, HEALTH_MAX_MS) +
	    once * times + SLACK_MS;

	return all < HEALTH_MAX_MS ? all : HEALTH_MAX_MS;
}

static enum gate_answer
fail(struct error *why, const char *what)
{
	(void)error_set(why, ERROR_CONFLICT, "%s", what);
	return GATE_FAIL;
}

static enum gate_answer
judge_ended(const struct gate_spec *spec, const struct gate_view *view,
    struct error *why)
{
	if (view->exit_code == 0 && spec->exit_0_passes)
		return GATE_PASS;
	(void)error_set(why, ERROR_CONFLICT, "it exited with status %lld",
	    (long long)view->exit_code);
	return GATE_FAIL;
}

static enum gate_answer
judge_health(const struct gate_spec *spec, const struct gate_view *view,
    struct error *why)
{
	if (view->health == GATE_HEALTH_HEALTHY)
		return GATE_PASS;
	if (view->health == GATE_HEALTH_UNHEALTHY)
		return fail(why, "its health check says unhealthy");
	if (view->elapsed_ms < spec->health_ms)
		return GATE_WAIT;
	(void)error_set(why, ERROR_TIMEOUT, "not healthy after %lld s",
	    (long long)(view->elapsed_ms / 1000));
	return GATE_FAIL;
}

enum gate_answer
gate_judge(const struct gate_spec *spec, const struct gate_view *view,
    struct error *why)
{
	if (!view->exists)
		return fail(why, "it was removed");
	if (view->restarting || view->restart_count > 0)
		return fail(why, "it ended and was restarted");
	if (!view->running)
		return judge_ended(spec, view, why);
	if (view->health != GATE_HEALTH_NONE)
		return judge_health(spec, view, why);
	return view->elapsed_ms >= spec->settle_ms ? GATE_PASS : GATE_WAIT;
}
