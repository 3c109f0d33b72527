/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"

/* What a system says it is. What is not said is empty; id is then "linux". */
struct os_release {
	char *text; /* that the slices view */
	struct slice id;
	struct slice id_like; /* names, separated by spaces */
	struct slice version_id;
	struct slice version_codename;
	struct slice pretty_name;
	struct slice point_release; /* of Debian, "12.5"; not of os-release */
};

/*
 * Parses text, the whole of an etc/os-release, into a new *ret. text is
 * untrusted; it is copied. Free *ret with os_release_free().
 *
 * ERROR_FORMAT: a line is not NAME=value with the quotes of a shell, or a
 *     value that we keep has a byte that is no printable ASCII. The message
 *     begins with the number of the line.
 * ERROR_LIMIT: the text is larger than any such file.
 */
MUST_CHECK int os_release_parse(
    struct slice text, struct os_release **ret, struct error *err);

/*
 * Sets os's point release from text, the whole of an etc/debian_version, if
 * os is Debian and text one of its version; else *os stays as it was. text is
 * untrusted and copied. ERROR_NOMEM, and *os is as it was.
 */
MUST_CHECK int os_release_add_point(
    struct os_release **os, struct slice text, struct error *err);

/* Puts it into out as os_release_decode() reads it. Fails as buf_put(). */
void os_release_encode(const struct os_release *os, struct buf *out);

/*
 * Reads what os_release_encode() wrote into a new *ret. bytes come from a
 * worker and are untrusted; they are copied. ERROR_FORMAT, ERROR_NOMEM.
 */
MUST_CHECK int os_release_decode(
    struct slice bytes, struct os_release **ret, struct error *err);

void os_release_free(struct os_release *os);
DEFINE_CLEANUP(struct os_release, os_release_free)
