/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "repo/sources.h"
#include "task/app.h"
#include "trust/keyring.h"

/*
 * The keys that this host trusts for source, in a new *ret: those of the
 * operator's --keyring, and those of the host's own file at the path that
 * the source's Signed-By names (never the image's file there), or without
 * Signed-By those that the host's apt trusts for all. ERROR_UNTRUSTED: there
 * are none; ERROR_UNSUPPORTED: Signed-By is a fingerprint; ERROR_NOMEM.
 */
MUST_CHECK int keys_for_source(const struct app *app,
    const struct source *source, struct keyring **ret, struct error *err);
