/* SPDX-License-Identifier: Apache-2.0 */
#include "task/about.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/time.h"
#include "engine/engine.h"
#include "oci/digest.h"
#include "oci/image_config.h"
#include "task/image_manifest.h"
#include "task/image_source.h"

void
about_clear(struct about *about)
{
	free(about->platform);
	free(about->architecture);
	*about = (struct about){ 0 };
}

bool
about_has_id(const struct image *image)
{
	const struct sha256 none = { 0 };

	return !sha256_eq(&image->id, &none);
}

static int
about_fill(struct about *about, const struct platform *platform,
    struct slice created, struct error *err)
{
	struct slice variant = platform->variant;

	if (!slice_is_graph(platform->os) ||
	    !slice_is_graph(platform->architecture) || !slice_is_print(variant))
		return error_set(err, ERROR_FORMAT, "not a platform");
	about->architecture = slice_copy(platform->architecture);
	about->platform = string_format(SLICE_FMT "/" SLICE_FMT "%s" SLICE_FMT,
	    SLICE_ARG(platform->os), SLICE_ARG(platform->architecture),
	    variant.len > 0 ? "/" : "", SLICE_ARG(variant));
	about->has_created = time_from_rfc3339(created, &about->created);
	return about->architecture && about->platform ? 0 : error_nomem(err);
}

/* The member's text in *ret, an owned one; NULL where it has none. */
static int
engine_text(
    struct slice inspect, const char *key, char **ret, struct error *err)
{
	struct slice value;

	if (!json_find(inspect, key, &value) || json_type(value) != JSON_STRING)
		return 0;
	return json_string_copy(value, ret, err);
}

static int
from_engine(struct app *app, const struct image *image, struct about *about,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf inspect = { 0 };
	CLEANUP(string_free) char *os = NULL;
	CLEANUP(string_free) char *architecture = NULL;
	CLEANUP(string_free) char *variant = NULL;
	CLEANUP(string_free) char *created = NULL;
	char id[DIGEST_SIZE];
	struct engine *engine;

	digest_to_string(&image->id, id);
	if (image_engine(app, image, &engine, err) < 0 ||
	    engine_inspect_image(engine, id, &inspect, err) < 0)
		return -1;

	struct slice json = buf_slice(&inspect);
	if (engine_text(json, "Os", &os, err) < 0 ||
	    engine_text(json, "Architecture", &architecture, err) < 0 ||
	    engine_text(json, "Variant", &variant, err) < 0 ||
	    engine_text(json, "Created", &created, err) < 0)
		return -1;

	const struct platform platform = { slice_of_string(os),
		slice_of_string(architecture), slice_of_string(variant) };
	return about_fill(about, &platform, slice_of_string(created), err);
}

/* What it was built upon is worth telling, but no reason to tell no more. */
static void
base_load(const struct app *app, struct image *image)
{
	struct error err;

	if (image->stored_manifest.len > 0 &&
	    image_base_take(
		app, image, buf_slice(&image->stored_manifest), &err) < 0)
		app_tell(
		    app, "%s: its base is not told: %s", image->name, err.msg);
}

int
about_load(
    struct app *app, struct image *image, struct about *ret, struct error *err)
{
	base_load(app, image);
	if (!image->about && image->engine_name)
		return from_engine(app, image, ret, err);
	if (!image->about && image->stored_config.len > 0 &&
	    image_storage_config(app, image, err) < 0)
		return -1;
	if (!image->about)
		return 0;
	return about_fill(
	    ret, &image->about->platform, image->about->created, err);
}
