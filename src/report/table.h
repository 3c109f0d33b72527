/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * The answer of a command that lists: records of the same columns, as a table
 * for people, as tab separated values, or as one JSON object.
 */
enum report_format {
	REPORT_TABLE, /* with a header, columns aligned */
	REPORT_TSV,   /* no header, sorted in the C locale, "-" for nothing */
	REPORT_JSON,  /* {"schema":"fother.NAME/1","items":[...],...} */
};

/* False when text is none of "table", "tsv", "json". */
bool report_format_from_string(struct slice text, enum report_format *ret);

struct report_column {
	const char *key;   /* in JSON, "installed" */
	const char *title; /* in the table, "INSTALLED"; NULL: JSON only, and
			    * after all that have one */
};

struct report;

/*
 * A new report of n_columns, which stay the caller's, with the JSON schema
 * "fother.NAME/1". NULL if out of memory. Free it with report_free().
 */
struct report *report_new(const char *name, const struct report_column *columns,
    size_t n_columns) __attribute__((malloc));
void report_free(struct report *report);
DEFINE_CLEANUP(struct report, report_free)

/*
 * Adds a record: one cell for each column, any bytes, copied; an empty cell
 * is nothing (null in JSON). ERROR_NOMEM.
 */
MUST_CHECK int report_add(
    struct report *report, const struct slice *cells, struct error *err);

/* Adds to what JSON tells as "errors". Of no use to the other formats. */
MUST_CHECK int report_add_error(
    struct report *report, const struct error *what, struct error *err);

/* The same to "unverified": the answer about name rests on bytes over which no
 * digest was computed. */
MUST_CHECK int report_add_unverified(
    struct report *report, struct slice name, struct error *err);

/* What a table is shown on. Zeroes: nothing that is known of. */
struct report_terminal {
	size_t
	    width; /* in columns: cells that do not fit are cut; 0: none is */
	bool bold; /* may the header be? */
};

void report_set_terminal(
    struct report *report, struct report_terminal terminal);

size_t report_count(const struct report *report);

/*
 * Puts the whole into out. In tables and tsv the bytes of control characters,
 * of what turns text around, of backslashes and of what is not UTF-8 are
 * written \xHH. An empty table has no header. ERROR_NOMEM, or ERROR_LIMIT when
 * out has one.
 */
MUST_CHECK int report_write(struct report *report, enum report_format format,
    struct buf *out, struct error *err);
