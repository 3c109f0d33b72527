/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/slice.h"

/*
 * True when an untrusted Content-Range is of bytes, begins with byte from,
 * and its file, if it says how large it is, has size_bytes and reaches as far
 * as it says.
 */
bool content_range_fits(
    struct slice header, uint64_t from, uint64_t size_bytes);
