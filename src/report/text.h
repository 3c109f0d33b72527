/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/error.h"
#include "base/json_write.h"
#include "base/slice.h"

/* For this room: what all answers are written with. */

/*
 * Puts text so that a terminal shows it and obeys nothing: the bytes of
 * control characters, of what turns text around, of backslashes and of what
 * is not UTF-8 are written \xHH.
 */
void report_put_text(struct buf *out, struct slice text);

/* Columns that text takes on a terminal: its code points, since few names
 * have wider ones. */
size_t report_width(struct slice text);

/* The first of text that take no more than width columns. */
struct slice report_first_columns(struct slice text, size_t width);

/* {"schema":"fother.NAME/1","items":[ ...and "errors", after their ']'. */
void report_begin_json(struct json_writer *json, const char *name);
void report_end_json(
    struct json_writer *json, const struct error *errors, size_t n_errors);
