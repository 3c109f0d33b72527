/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/slice.h"

/*
 * Makes the n bytes at text a line of printable ASCII where they stand: a
 * blank for what is none, '?' for each character of more than one byte (and
 * for each byte that is no character). Returns how many bytes are left of
 * them; what is behind is as it was. For names of people, which are of any
 * alphabet and are only ever shown.
 */
size_t text_make_printable(char *text, size_t n);

/*
 * Takes what stands before the next occurrence of word off the front of
 * *rest, word too; all of it when there is none. False when *rest is empty.
 */
bool text_split(struct slice *rest, struct slice word, struct slice *ret);
