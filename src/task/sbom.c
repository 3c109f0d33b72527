/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/memory.h"
#include "base/time.h"
#include "report/sbom.h"
#include "task/about.h"
#include "task/ask.h"
#include "task/inventory.h"
#include "task/verbs.h"

/*
 * What people know an image by, wherever it lies: its name without what the
 * transport adds, and of a path only the last part. So the document does not
 * change with the directory, and does not tell of it.
 */
static struct slice
name_of(const struct image *image)
{
	struct slice name = slice_of_string(image->name);
	struct slice transport;

	if (image->ref->path) {
		struct slice path = slice_of_string(image->ref->path);

		(void)slice_split(&name, ':', &transport);
		/* "oci:DIR/app:1" and "docker-archive:DIR/app.tar:app:1" */
		while (path.len > 1 && path.ptr[path.len - 1] == '/')
			path.len--;
		for (size_t i = 0; i < path.len; i++)
			if (path.ptr[i] == '/')
				name = slice_after(slice_of_string(image->name),
				    transport.len + 1 + i + 1);
		return name;
	}
	if (image->ref->name && slice_split(&name, ':', &transport) &&
	    slice_eq(transport,
		slice_of_string(transport_to_string(image->ref->transport))))
		return name;
	return slice_of_string(image->name);
}

static void
fill_image(struct sbom *sbom, const struct image *image)
{
	sbom->name = name_of(image);
	if (!image->ref->path) {
		sbom->repository = slice_of_string(image->ref->name);
		sbom->tag = slice_of_string(image->ref->tag);
	}
	sbom->base_name = slice_of_string(image->base_name);
	sbom->base_digest = slice_of_string(image->base_digest);
	sbom->has_digest = image->has_digest;
	sbom->digest = image->digest;
	sbom->has_id = true;
	sbom->id = image->id;
	sbom->unverified = image->unverified;
	sbom->diff_ids = image->diff_ids;
	sbom->n_layers = image->n_layers;
}

static void
fill_system(struct sbom *sbom, const struct os_release *os)
{
	if (!os)
		return;
	sbom->os_id = os->id;
	sbom->os_version = os->version_id;
	sbom->os_codename = os->version_codename;
	sbom->os_pretty = os->pretty_name;
}

/* The document of the image, as a worker wrote it. */
static int
document_of(struct app *app, const char *name, const char *format,
    struct answer *ret, struct error *err)
{
	CLEANUP(image_free) struct image *image = NULL;
	CLEANUP(inventory_free) struct inventory *inventory = NULL;
	CLEANUP(about_clear) struct about about = { 0 };
	CLEANUP(buf_clear) struct buf input = { 0 };
	const char *const args[] = { format, NULL };
	char created[TIME_SIZE] = "";
	struct sbom sbom = { 0 }; /* a view of the others */

	if (image_open(app, name, &image, err) < 0 ||
	    inventory_load(app, image, &inventory, err) < 0 ||
	    about_load(app, image, &about, err) < 0)
		return -1;
	if (about.has_created)
		time_to_rfc3339(about.created, created);
	fill_image(&sbom, image);
	fill_system(&sbom, inventory->os);
	sbom.arch = slice_of_string(about.architecture);
	sbom.created = slice_of_string(created);
	sbom.packages = inventory->packages;
	sbom_encode(&sbom, &input);
	if (buf_check(&input, err) < 0)
		return -1;
	return ask_bytes(app, "sbom", args, buf_slice(&input), ret, err);
}

enum status
verb_sbom(struct app *app, const char *name, enum sbom_format format)
{
	CLEANUP(answer_clear) struct answer answer = { 0 };
	struct error err;

	if (document_of(
		app, name, sbom_format_to_string(format), &answer, &err) < 0) {
		app_complain(app, name, &err);
		return STATUS_UNKNOWN;
	}
	if (fd_write_all(STDOUT_FILENO, buf_slice(&answer.parts[ANSWER_MAIN]),
		&err) < 0) {
		app_complain(app, NULL, &err);
		return STATUS_FAILED;
	}
	return STATUS_OK;
}
