/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"

/* What a token server gives: see token_parse(). */
struct token {
	char *text; /* printable, no blanks; to be freed with token_clear() */
	uint32_t lasts_sec;
};

/*
 * Reads the untrusted answer of a token server into *ret. A token that is not
 * said to last longer lasts a minute, as the specification has it; the time
 * at which it says that it was issued is that of another clock, and not read.
 * ERROR_FORMAT: no answer of that kind; ERROR_LIMIT: a token longer than
 * servers take in a header; ERROR_NOMEM.
 */
MUST_CHECK int token_parse(
    struct slice json, struct token *ret, struct error *err);
void token_clear(struct token *token);

DEFINE_CLEANUP_IN_PLACE(struct token, token_clear)
