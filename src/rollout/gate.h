/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "base/slice.h"

/*
 * When a successor has proved itself: with a health check, once it is
 * healthy; else once it has run for the settling time without a restart.
 */

enum gate_health {
	GATE_HEALTH_NONE, /* the container has no health check */
	GATE_HEALTH_STARTING,
	GATE_HEALTH_HEALTHY,
	GATE_HEALTH_UNHEALTHY,
};

struct gate_spec {
	int64_t settle_ms;
	int64_t health_ms;  /* how long it may take to become healthy */
	bool exit_0_passes; /* restart policy "no": a job that ends well */
};

struct gate_view {
	bool exists;
	bool running;
	bool restarting;
	int64_t exit_code;
	uint64_t restart_count;
	enum gate_health health;
	int64_t elapsed_ms; /* since it was started */
};

enum gate_answer {
	GATE_WAIT,
	GATE_PASS,
	GATE_FAIL, /* *why says what is wrong */
};

/* The answer for what was seen; why is set for GATE_FAIL. Cannot fail. */
enum gate_answer gate_judge(const struct gate_spec *spec,
    const struct gate_view *view, struct error *why);

/*
 * How long a health check with these numbers may take to say healthy: start
 * period + retries x (interval + timeout), at most ten minutes. Docker's
 * defaults stand for zeroes (30 s, 30 s, 3).
 */
int64_t gate_health_ms(int64_t start_period_ms, int64_t interval_ms,
    int64_t timeout_ms, int64_t retries);
