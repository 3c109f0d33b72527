/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/slice.h"

struct config_label {
	struct slice key;
	struct slice value;
};

/* One layer more, and what is to be said of it. */
struct config_layer {
	struct sha256 diff_id;
	struct slice created; /* RFC 3339; of the image from now on */
	struct slice created_by;
	struct slice comment;
	const struct config_label *labels; /* set, or set anew */
	size_t n_labels;
};

/*
 * Puts the config of the image that is old's plus one layer into out: the
 * diff ID and a history entry appended, `created` and the labels set, all
 * else byte for byte as in old, which is untrusted. The same values give the
 * same bytes. A history that says nothing of some layers gets an entry for
 * each first, so that ours stands for its own layer. ERROR_FORMAT: old is no
 * image config, or a label is not UTF-8; ERROR_EXISTS: a label is given
 * twice; ERROR_LIMIT: one layer more than engines take; ERROR_UNSUPPORTED: as
 * image_config_parse(); ERROR_NOMEM. On failure out is as it was.
 */
MUST_CHECK int config_write_layer(struct slice old,
    const struct config_layer *layer, struct buf *out, struct error *err);
