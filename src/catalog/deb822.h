/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "base/reader.h"
#include "base/slice.h"

/* Which fields a reader of stanzas wants, and whose rules hold for it. */
struct deb822_form {
	const struct slice *names; /* of the fields, in any case */
	size_t n_names;

	/*
	 * apt's rules for the files that people write: lines that begin with
	 * '#' are comments, CR LF ends a line, a line of blanks continues a
	 * field. Without it dpkg's: none of these.
	 */
	bool handwritten;
};

/*
 * Reads the next stanza of in and sets values[i] to the value of the field
 * names[i], or to an empty slice where the stanza lacks it. Values are views
 * of in, trimmed at both ends; what is continued has its newlines and leading
 * blanks, and, where handwritten, comments (see deb822_word()).
 *
 * Returns 1 for a stanza, 0 when there is none left. in->line is then the
 * line that the stanza ended on; *ret_line, unless ret_line is NULL, the one
 * that it began on.
 *
 * ERROR_FORMAT: a line is neither "Name: value" nor continues one, or a
 *     wanted field is there twice. in->line is that line, and the message
 *     does not have its number.
 */
MUST_CHECK int deb822_stanza(struct reader *in, const struct deb822_form *form,
    struct slice *values, size_t *ret_line, struct error *err);

/* True when the stanza had the field, be it empty. */
bool deb822_has(struct slice value);

/*
 * Takes the next word, of bytes other than blanks and newlines, off the front
 * of *value; lines that begin with '#' are no words. False: there is none.
 */
bool deb822_word(struct slice *value, struct slice *ret);

/* True when a and b are equal but for the case of ASCII letters. */
bool deb822_name_eq(struct slice a, struct slice b);
