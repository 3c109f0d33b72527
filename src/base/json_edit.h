/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/* One change of an object's members. */
struct json_edit {
	struct slice key;   /* unescaped */
	struct slice value; /* JSON; with a NULL ptr: remove the member */
};

/*
 * Puts a copy of object into out in which the members that edits name are
 * replaced, removed or, when there were none, appended in the order of edits;
 * all else, spaces too, is kept byte for byte. To change what lies deeper,
 * edit the inner object first and give the result as the value. Both object
 * and out's new text are validated. ERROR_FORMAT: object is not a valid
 * object, or an edit's value is not JSON, or its key is not UTF-8;
 * ERROR_EXISTS: two edits have one key; ERROR_LIMIT: nested too deep, or
 * out's; ERROR_NOMEM. On failure out is cleared of what was put.
 */
MUST_CHECK int json_object_edit(struct slice object,
    const struct json_edit *edits, size_t n_edits, struct buf *out,
    struct error *err);

/*
 * Puts a copy of array into out with values, each JSON, after its last item.
 * As json_object_edit() in all else.
 */
MUST_CHECK int json_array_append(struct slice array, const struct slice *values,
    size_t n_values, struct buf *out, struct error *err);

/*
 * Calls report for each place where validated a and b differ: objects are
 * compared member by member, in whatever order they stand; arrays item by
 * item, and as a whole when their lengths differ; strings as they read
 * unescaped; numbers by their text. What report gets are views, valid during
 * the call: a JSON pointer (RFC 6901) to the place, "/HostConfig/Memory", ""
 * for the whole; and what stands there, empty where nothing does.
 * ERROR_NOMEM: it sorts the keys of two objects at a time.
 */
MUST_CHECK int json_diff(struct slice a, struct slice b,
    void (*report)(
	void *ctx, struct slice path, struct slice in_a, struct slice in_b),
    void *ctx, struct error *err);

/* Sets *ret to whether json_diff() finds nothing. ERROR_NOMEM. */
MUST_CHECK int json_equal(
    struct slice a, struct slice b, bool *ret, struct error *err);
