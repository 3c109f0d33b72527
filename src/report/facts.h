/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"
#include "report/table.h"

/*
 * The answer of a command that tells of a few things what is known of each:
 * for people a block a thing, as tab separated values one record a fact (KEY,
 * VALUE, IMAGE), as JSON one object a thing.
 */
struct facts;

/* Empty, with the JSON schema "fother.NAME/1". NULL if out of memory. Free it
 * with facts_free(). */
struct facts *facts_new(const char *name) __attribute__((malloc));
void facts_free(struct facts *facts);
DEFINE_CLEANUP(struct facts, facts_free)

/* From now on it is about this thing; name is any bytes, copied. */
MUST_CHECK int facts_begin(
    struct facts *facts, const char *name, struct error *err);

/* A fact: any bytes, copied; empty is nothing (null in JSON). key is like
 * "base_name", and is not copied. ERROR_NOMEM, as all that follow. */
MUST_CHECK int facts_add(struct facts *facts, const char *key,
    struct slice value, struct error *err);

/* A number whose key ends in its unit, "_bytes" or "_days"; people are told
 * "24.3 MB" and "47 days". */
MUST_CHECK int facts_add_number(
    struct facts *facts, const char *key, uint64_t value, struct error *err);

struct facts_field {
	const char *key;
	struct slice text; /* empty: a number */
	uint64_t number;
};

/*
 * An item of a list: in JSON an object in the array whose key is this one and
 * an "s". Items of one key are
 * added one after the other, each with the same fields; numbers of 0 whose
 * key ends in "_bytes" are nothing.
 */
MUST_CHECK int facts_add_item(struct facts *facts, const char *key,
    const struct facts_field *fields, size_t n_fields, struct error *err);

/* Adds to what JSON tells as "errors". */
MUST_CHECK int facts_add_error(
    struct facts *facts, const struct error *what, struct error *err);

/* Puts the whole into out, escaped as report_write() does. ERROR_NOMEM, or
 * ERROR_LIMIT when out has one. */
MUST_CHECK int facts_write(struct facts *facts, enum report_format format,
    struct buf *out, struct error *err);
