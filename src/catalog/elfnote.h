/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/package.h"

/*
 * Reads what the package note of an ELF file says, json, of which package it
 * was built: 1 and a new *ret of that one package, to be freed with
 * package_list_free(); 0, and *ret as it was, when it is of a kind that we do
 * not know. json is untrusted and copied.
 *
 * ERROR_FORMAT: not JSON, or it lacks the name or the version, or has them
 * so that they cannot be shown; ERROR_LIMIT: longer than any note;
 * ERROR_NOMEM.
 */
MUST_CHECK int elfnote_parse(
    struct slice json, struct package_list **ret, struct error *err);
