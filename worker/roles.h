/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "sandbox/role.h"

/*
 * All that fother-worker can be started for; each is in role_NAME.c. Ends
 * with one without a name.
 */
extern const struct role worker_roles[];
