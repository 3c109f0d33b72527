/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config, manifest, clearsign, release: each reads one small document and
 * answers it in the form that the parent's decoder reads.
 * config-layer: answers the config of an image with one layer more.
 */
#include "roles.h"

#include "base/bytes.h"
#include "base/fd.h"
#include "base/memory.h"
#include "oci/config_write.h"
#include "oci/image_config.h"
#include "oci/manifest.h"
#include "repo/release.h"
#include "sandbox/answer.h"
#include "sandbox/confine.h"
#include "trust/clearsign.h"

/* The largest of them is an InRelease. */
#define DOCUMENT_MAX_BYTES (CLEARSIGN_TEXT_MAX_BYTES + 4096)

static int
document_read(struct buf *ret, struct error *err)
{
	*ret = buf_limited(DOCUMENT_MAX_BYTES);
	return fd_read_all(CONFINE_FIRST_FD, ret, err);
}

static int
put_main(const struct buf *out, struct error *err)
{
	if (buf_check(out, err) < 0)
		return -1;
	return answer_put(ANSWER_MAIN, buf_slice(out), err);
}

int
role_config(int argc, char **argv, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(buf_clear) struct buf out = { 0 };
	CLEANUP(image_config_free) struct image_config *config = NULL;

	(void)argc;
	(void)argv;
	if (document_read(&text, err) < 0 ||
	    image_config_parse(buf_slice(&text), &config, err) < 0)
		return -1;
	image_config_encode(config, &out);
	return put_main(&out, err);
}

int
role_manifest(int argc, char **argv, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(buf_clear) struct buf out = { 0 };
	CLEANUP(manifest_free) struct manifest *manifest = NULL;

	(void)argc;
	(void)argv;
	if (document_read(&text, err) < 0 ||
	    manifest_parse(buf_slice(&text), &manifest, err) < 0)
		return -1;
	manifest_encode(manifest, &out);
	return put_main(&out, err);
}

int
role_clearsign(int argc, char **argv, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(buf_clear) struct buf out = { 0 };
	CLEANUP(clearsign_free) struct clearsign *msg = NULL;

	(void)argc;
	(void)argv;
	if (document_read(&text, err) < 0 ||
	    clearsign_parse(buf_slice(&text), &msg, err) < 0)
		return -1;
	clearsign_encode(msg, &out);
	return put_main(&out, err);
}

/* argv: components, architecture. */
int
role_release(int argc, char **argv, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(buf_clear) struct buf out = { 0 };
	CLEANUP(release_free) struct release *release = NULL;

	if (argc != 2)
		return error_set(err, ERROR_BUG, "release: two arguments");
	if (document_read(&text, err) < 0 ||
	    release_parse(buf_slice(&text), &release, err) < 0)
		return -1;
	release_keep_indexes(
	    release, slice_of_string(argv[0]), slice_of_string(argv[1]));
	release_encode(release, &out);
	return put_main(&out, err);
}

/*
 * The input: the diff ID, then sized: created, created_by, comment, a u32le
 * number of labels and for each a sized key and value; then the old config.
 */
static int
layer_read(struct bytes_reader *in, struct config_layer *layer,
    struct config_label *labels, uint32_t max_labels, struct error *err)
{
	struct slice diff_id;
	uint32_t n;

	if (!bytes_take(in, SHA256_BYTES, &diff_id) ||
	    !bytes_sized(in, &layer->created) ||
	    !bytes_sized(in, &layer->created_by) ||
	    !bytes_sized(in, &layer->comment) || !bytes_u32le(in, &n) ||
	    n > max_labels)
		return error_set(err, ERROR_BUG, "not an input");
	memcpy(layer->diff_id.bytes, diff_id.ptr, SHA256_BYTES);
	for (uint32_t i = 0; i < n; i++)
		if (!bytes_sized(in, &labels[i].key) ||
		    !bytes_sized(in, &labels[i].value))
			return error_set(err, ERROR_BUG, "not an input");
	layer->labels = labels;
	layer->n_labels = n;
	return 0;
}

int
role_config_layer(int argc, char **argv, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct config_label labels[16];
	struct config_layer layer = { 0 };

	(void)argc;
	(void)argv;
	if (document_read(&text, err) < 0)
		return -1;

	struct bytes_reader in = bytes_reader_of(buf_slice(&text));
	if (layer_read(&in, &layer, labels, N_ITEMS(labels), err) < 0 ||
	    config_write_layer(in.rest, &layer, &out, err) < 0)
		return -1;
	return put_main(&out, err);
}
