/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "repo/sources.h"

/* How a list of sources is put together: for this room only. */

/* Copies text into the list; *ret views the copy. ERROR_LIMIT: too many. */
MUST_CHECK int source_list_text(struct source_list *list, struct slice text,
    struct slice *ret, struct error *err);

MUST_CHECK int source_list_add(
    struct source_list *list, const struct source *source, struct error *err);

MUST_CHECK int source_list_add_problem(struct source_list *list,
    const struct source_problem *problem, struct error *err);

/* True for what struct source says of a URI. */
bool source_uri_ok(struct slice uri);

/* True for a relative path without "." or ".." or empty parts. */
bool source_path_ok(struct slice path);

/* True for printable words, one space between two, and for nothing. */
bool source_words_ok(struct slice words);

/* True for one or more such words that are source_path_ok(). */
bool source_components_ok(struct slice words);
