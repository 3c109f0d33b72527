/* SPDX-License-Identifier: Apache-2.0 */
/*
 * containers-storage: an image of Podman's. Its storage on disk is asked
 * first, since Podman has no daemon that must run; its socket, when that is
 * not readable, or to export what may not be read there.
 *
 * Names are found as Podman finds them: a name without a registry may be that
 * of an image built here (localhost/NAME), of Docker Hub's, the beginning of
 * an ID, or the end of the one name that ends so. Left out: the registries and
 * aliases of registries.conf(5), but for what the last of these finds.
 */
#include "task/image_source.h"

#include <stdlib.h>

#include "base/memory.h"
#include "storage/podman.h"

/* What may be meant, and the strings that it is made of. */
struct meant {
	struct storage_wanted wanted;
	char *whole;
	char *local;
	char *id;
	char *end;
};

static void
meant_clear(struct meant *meant)
{
	free(meant->whole);
	free(meant->local);
	free(meant->id);
	free(meant->end);
}
DEFINE_CLEANUP_IN_PLACE(struct meant, meant_clear)

static bool
is_hex(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (hex_digit(text.ptr[i]) < 0)
			return false;
	return text.len > 0;
}

static int
meant_of_id(struct slice id, struct meant *ret, struct error *err)
{
	ret->id = slice_copy(id);
	ret->wanted.id = ret->id;
	return ret->id ? 0 : error_nomem(err);
}

/* "app:1" of "docker.io/library/app:1"; empty when the person wrote that. */
static struct slice
short_name(const struct image *image)
{
	struct slice whole = slice_of_string(image->ref->name);
	struct slice familiar = reference_familiar(whole);
	struct slice written = image_name_bare(image);

	return familiar.len < whole.len && slice_starts_with(written, familiar)
	    ? familiar
	    : SLICE("");
}

static int
meant_of_name(const struct image *image, struct meant *ret, struct error *err)
{
	const struct reference *ref = image->ref;
	const char *tag = ref->tag ? ref->tag : "latest";
	struct slice name = short_name(image);
	struct slice written = image_name_bare(image);
	size_t n = 0;

	ret->whole = string_format("%s:%s", ref->name, tag);
	if (!ret->whole)
		return error_nomem(err);
	if (name.len > 0) {
		ret->local = string_format(
		    "localhost/" SLICE_FMT ":%s", SLICE_ARG(name), tag);
		ret->end =
		    string_format("/" SLICE_FMT ":%s", SLICE_ARG(name), tag);
		if (!ret->local || !ret->end)
			return error_nomem(err);
		ret->wanted.names[n++] = ret->local;
		ret->wanted.end = ref->has_digest ? NULL : ret->end;
	}
	ret->wanted.names[n] = ret->whole;
	return is_hex(written) ? meant_of_id(written, ret, err) : 0;
}

static int
meant_of(const struct image *image, struct meant *ret, struct error *err)
{
	const struct reference *ref = image->ref;
	char hex[SHA256_HEX_SIZE];

	if (ref->has_digest)
		ret->wanted.digest = &ref->digest;
	if (!ref->has_id)
		return meant_of_name(image, ret, err);
	sha256_to_string(&ref->id, hex);
	return meant_of_id(slice_of_string(hex), ret, err);
}

/* What was found becomes the image's, with its layers where they are. */
static int
take(struct app *app, struct image *image, const char *root,
    struct storage_image *found, struct error *err)
{
	struct error why;

	image->id = found->id;
	image->has_digest = found->has_digest;
	image->digest = found->digest;
	image->n_layers = found->n_layers;
	if (!app->options.verify &&
	    storage_podman_open(root, found, &image->storage, &why) < 0)
		app_tell(app, "%s: not read from the engine's storage: %s",
		    image->name, why.msg);
	image->stored_config = found->config;
	found->config = (struct buf){ 0 };
	image->stored_manifest = found->manifest;
	found->manifest = (struct buf){ 0 };
	image->diff_ids = TAKE(found->diff_ids);
	if (image_daemon_blobs(image, err) < 0)
		return -1;
	if (image_layers_init(image, err) < 0)
		return -1;
	return image_storage_check(app, image, err);
}

/* 0; or -1, with *ret_final when the socket would not know better. */
static int
open_stored(
    struct app *app, struct image *image, bool *ret_final, struct error *err)
{
	CLEANUP(storage_image_clear) struct storage_image found = { 0 };
	CLEANUP(meant_clear) struct meant meant = { 0 };
	CLEANUP(string_free) char *root = NULL;

	*ret_final = false;
	if (meant_of(image, &meant, err) < 0 ||
	    storage_podman_root(&root, err) < 0)
		return -1;
	if (storage_podman_find(root, &meant.wanted, &found, ret_final, err) <
	    0) {
		*ret_final = *ret_final || err->kind == ERROR_CONFLICT ||
		    err->kind == ERROR_UNTRUSTED;
		return -1;
	}
	return take(app, image, root, &found, err);
}

int
image_podman_open(struct app *app, struct image *image, struct error *err)
{
	struct error stored;
	bool is_final;

	if (open_stored(app, image, &is_final, &stored) == 0)
		return 0;
	if (is_final) {
		*err = stored;
		return -1;
	}
	app_tell(app, "%s: not found in the engine's storage: %s", image->name,
	    stored.msg);
	if (image_daemon_open(app, image, err) == 0)
		return 0;
	if (err->kind == ERROR_UNREACHABLE || err->kind == ERROR_NOT_FOUND)
		return error_wrap(err, "%s; then", stored.msg);
	return -1;
}
