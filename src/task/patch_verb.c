/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/memory.h"
#include "oci/digest.h"
#include "task/patch.h"
#include "task/verbs.h"

static void
say_plan(const struct app *app, const struct patch *patch)
{
	const struct pending *pending = patch->pending;

	for (size_t i = 0; i < pending->updates->n_items; i++) {
		const struct update *update = &pending->updates->items[i];
		const struct package *from = pending_installed(pending, update);
		const struct package *to = pending_candidate(pending, update);

		if (update->kept_back)
			app_say(app, SLICE_FMT " is kept back: %s",
			    SLICE_ARG(from->name),
			    update->reason ? update->reason : "held");
		else
			app_say(app,
			    SLICE_FMT " " SLICE_FMT " -> " SLICE_FMT "%s",
			    SLICE_ARG(from->name), SLICE_ARG(from->version),
			    SLICE_ARG(to->version),
			    update->security == UPDATE_SECURITY_YES
				? " (security)"
				: "");
	}
}

/* The engine's repository and tag that --output names. */
static int
output_parse(const char *output, struct reference **ret, struct error *err)
{
	CLEANUP(reference_free) struct reference *ref = NULL;

	if (!output)
		return error_set(err, ERROR_FORMAT, "--output is missing");
	if (reference_parse(slice_of_string(output), &ref, err) < 0)
		return error_wrap(err, "--output");
	if ((ref->transport != TRANSPORT_DOCKER_DAEMON &&
		ref->transport != TRANSPORT_ANY) ||
	    !ref->name || !ref->tag || ref->has_digest)
		return error_set(err, ERROR_UNSUPPORTED,
		    "--output: only docker-daemon:NAME[:TAG] can be written "
		    "yet");
	*ret = TAKE(ref);
	return 0;
}

static int
patch_image(struct app *app, const struct patch_args *args,
    const struct reference *output, struct error *err)
{
	CLEANUP(image_free) struct image *image = NULL;
	CLEANUP(patch_free) struct patch *patch = NULL;
	struct sha256 id;
	char digest[DIGEST_SIZE];

	if (image_open(app, args->name, &image, err) < 0 ||
	    patch_plan(app, image, &patch, err) < 0)
		return -1;
	say_plan(app, patch);
	if (patch->n_updates == 0) {
		app_say(app, "%s: nothing is pending", args->name);
		return 0;
	}
	if (!output) /* a dry run */
		return 0;

	const struct patch_name name = { output->name, output->tag };
	if (patch_make(app, image, patch, &name, &id, err) < 0)
		return -1;
	digest_to_string(&id, digest);
	(void)printf("%s\t" SLICE_FMT ":%s\n", digest,
	    SLICE_ARG(reference_familiar(slice_of_string(output->name))),
	    output->tag);
	return 0;
}

enum status
verb_patch(struct app *app, const struct patch_args *args)
{
	CLEANUP(reference_free) struct reference *output = NULL;
	struct error err;

	if (!args->dry_run && output_parse(args->output, &output, &err) < 0) {
		app_complain(app, NULL, &err);
		return STATUS_USAGE;
	}
	if (patch_image(app, args, output, &err) < 0) {
		app_complain(app, args->name, &err);
		return STATUS_FAILED;
	}
	return STATUS_OK;
}
