/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/slice.h"

/*
 * The identifier of the SPDX License List that text is in any case ("mit"),
 * as the list writes it ("MIT"); NULL when it is none.
 */
const char *spdx_licence_find(struct slice text);

/* The same for what may follow WITH, "Classpath-exception-2.0". */
const char *spdx_exception_find(struct slice text);

/* Number i of them, from 0, in the order of strcasecmp(3); NULL at the end. */
const char *spdx_licence_at(size_t i);
const char *spdx_exception_at(size_t i);
