/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "oci/reference.h"

/*
 * For this room: the parts of a name that are the same for all transports.
 * What they take is untrusted; ERROR_FORMAT: it is not one; ERROR_LIMIT;
 * ERROR_NOMEM.
 */

/* Of the grammar: one character and up to 127 more. */
#define TAG_BYTES_MAX 128

#define TAG_DEFAULT "latest"

/* [A-Za-z0-9_][A-Za-z0-9_.-]{0,127}, but for its length. */
bool reference_is_tag(struct slice tag);

/* Of an OCI layout: annotations.md allows "/" and more in a ref.name. */
bool reference_is_ref_name(struct slice name);

/* True for 64 lower-case hex digits. */
bool reference_is_hex_id(struct slice text);

/* Where c stands in s for the first time; s.len when it does not. */
size_t reference_index_of(struct slice s, char c);

/* Sets ref->name to the whole repository that name stands for. */
MUST_CHECK int reference_name_set(
    struct reference *ref, struct slice name, struct error *err);

/* Sets ref->tag, if tag is such as is says (one of the two above). */
MUST_CHECK int reference_tag_set(struct reference *ref, struct slice tag,
    bool (*is)(struct slice tag), struct error *err);

/* NAME[:TAG]; a colon before a slash is that of a port. */
MUST_CHECK int reference_name_and_tag_set(
    struct reference *ref, struct slice text, struct error *err);

/* NAME[:TAG][@DIGEST]; with neither, the tag is the default. */
MUST_CHECK int reference_image_set(
    struct reference *ref, struct slice text, struct error *err);

/* Takes "@sha256:HEX" off the end of *text, if an '@' is there. */
MUST_CHECK int reference_digest_set(
    struct reference *ref, struct slice *text, struct error *err);

/* "WHAT: "NAME"", of the name as much as is sane and printable; -1. */
int reference_error(
    struct error *err, enum error_kind kind, const char *what, struct slice s);
