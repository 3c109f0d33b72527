/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "catalog/deb822.h"
#include "model/package.h"

/* The fields of a binary package that we keep; those of dpkg's database and
 * those of an index only differ in a few. */
enum control_field {
	CONTROL_PACKAGE,
	CONTROL_VERSION,
	CONTROL_ARCHITECTURE,
	CONTROL_SOURCE,
	CONTROL_ESSENTIAL,
	CONTROL_MULTI_ARCH,
	CONTROL_PRE_DEPENDS,
	CONTROL_DEPENDS,
	CONTROL_RECOMMENDS,
	CONTROL_PROVIDES,
	CONTROL_BREAKS,
	CONTROL_CONFLICTS,
	CONTROL_STATUS,     /* only in dpkg's database */
	CONTROL_MAINTAINER, /* any bytes: who shows it must check it */
	CONTROL_FILENAME,
	CONTROL_SIZE,
	CONTROL_SHA256,
	N_CONTROL_FIELDS,
};

/* Of all of them, as dpkg writes them. */
extern const struct deb822_form control_form;

/* The name of a field: "Pre-Depends". */
struct slice control_name(enum control_field field);

/*
 * Sets what pkg has of the fields that are common to both, from the values of
 * a stanza, whose text they go on to view. Returns the first field that is
 * missing or broken, or N_CONTROL_FIELDS when there is none.
 */
MUST_CHECK enum control_field control_fill(
    const struct slice *values, struct package *pkg);

/* Sets the ERROR_FORMAT "NAME: FIELD is missing" (or broken). */
int control_error(
    const struct slice *values, enum control_field bad, struct error *err);
