/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/slice.h"

/*
 * What tells scripts to start no service, /usr/sbin/policy-rc.d of Debian's
 * policy for the time of the run: a file with this text is no change.
 */
#define NOISE_POLICY_TEXT \
	"#!/bin/sh\n" \
	"# fother: services stay as they are while packages are changed\n" \
	"exit 101\n"

/*
 * True for a path (without a slash at its start) that a run of dpkg touches
 * and that says nothing of the result: logs, locks, caches, backups, and
 * where the jail has its own file systems.
 */
bool noise_is_path(struct slice path);

/* True for a path where NOISE_POLICY_TEXT, if it is that, is no change. */
bool noise_may_be_policy(struct slice path);
