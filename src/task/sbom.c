/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "base/fd.h"
#include "base/memory.h"
#include "base/time.h"
#include "report/sbom.h"
#include "report/text.h"
#include "task/about.h"
#include "task/ask.h"
#include "task/inventory.h"
#include "task/verbs.h"

/* "app" of "/build/app/"; a root has no name. */
static struct slice
last_part(struct slice path)
{
	size_t end = path.len;

	while (end > 0 && path.ptr[end - 1] == '/')
		end--;

	size_t start = end;
	while (start > 0 && path.ptr[start - 1] != '/')
		start--;
	return slice_after(slice_first(path, end), start);
}

/*
 * What people know the image by, wherever it lies: without the transport, and
 * of a path only the last part, so that the document does not change with the
 * directory, nor tell of it. NULL if out of memory.
 */
static char *
name_of(const struct image *image)
{
	const struct reference *ref = image->ref;
	struct slice name = reference_familiar(slice_of_string(ref->name));

	if (name.len == 0)
		name = last_part(slice_of_string(ref->path));
	if (name.len == 0)
		return string_format("%s", image->name);
	return string_format(SLICE_FMT "%s%s", SLICE_ARG(name),
	    ref->tag ? ":" : "", ref->tag ? ref->tag : "");
}

static void
fill_image(struct sbom *sbom, const struct image *image)
{
	if (!image->ref->path) {
		sbom->repository = slice_of_string(image->ref->name);
		sbom->tag = slice_of_string(image->ref->tag);
	}
	sbom->base_name = slice_of_string(image->base_name);
	sbom->base_digest = slice_of_string(image->base_digest);
	sbom->has_digest = image->has_digest;
	sbom->digest = image->digest;
	sbom->has_id = about_has_id(image);
	sbom->id = image->id;
	/* A directory promises nothing that could be verified. */
	sbom->unverified = image->unverified && !image_is_root(image);
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
	CLEANUP(string_free) char *shown = NULL;
	CLEANUP(buf_clear) struct buf input = { 0 };
	const char *const args[] = { format, NULL };
	char created[TIME_SIZE] = "";
	struct sbom sbom = { 0 }; /* a view of the others */

	if (image_open(app, name, &image, err) < 0 ||
	    inventory_load_files(app, image, &inventory, err) < 0 ||
	    about_load(app, image, &about, err) < 0)
		return -1;
	if (inventory->unknown)
		return error_set(
		    err, ERROR_NOT_FOUND, "%s", inventory->unknown);
	if (about.has_created)
		time_to_rfc3339(about.created, created);
	if (!(shown = name_of(image)))
		return error_nomem(err);
	sbom.name = slice_of_string(shown);
	fill_image(&sbom, image);
	fill_system(&sbom, inventory->os);
	sbom.arch = slice_of_string(about.architecture);
	sbom.created = slice_of_string(created);
	sbom.packages = inventory->packages;
	sbom_encode(&sbom, &input);
	if (buf_check(&input, err) < 0 ||
	    ask_bytes(app, "sbom", args, buf_slice(&input), ret, err) < 0)
		return -1;
	/* It is printed as it is. */
	if (!report_is_shown(buf_slice(&ret->parts[ANSWER_MAIN])))
		return error_set(err, ERROR_FORMAT, "not a document");
	return 0;
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
	progress_end(app->progress);
	if (fd_write_all(STDOUT_FILENO, buf_slice(&answer.parts[ANSWER_MAIN]),
		&err) < 0) {
		app_complain(app, NULL, &err);
		return STATUS_FAILED;
	}
	return STATUS_OK;
}
