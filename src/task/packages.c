/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "oci/digest.h"
#include "task/image_storage.h"
#include "task/inventory.h"
#include "task/show.h"
#include "task/verbs.h"

static const struct report_column package_columns[] = {
	{ "type", "TYPE" },
	{ "name", "NAME" },
	{ "version", "VERSION" },
	{ "arch", "ARCH" },
	{ "source", "SOURCE" },
	{ "source_version", "SOURCE_VERSION" },
	{ "layer", "LAYER" },
	{ "image", "IMAGE" },
	{ "held", NULL },
	{ "automatic", NULL },
	{ "licence", NULL },
	{ "diff_id", NULL },
};
#define IMAGE_COLUMN 7

static const struct report_column file_columns[] = {
	{ "path", "PATH" },
	{ "owner", "OWNER" },
	{ "image", "IMAGE" },
};

static int
add_package(struct report *report, const struct package *package,
    const struct image *image, const char *name, struct error *err)
{
	char layer[16] = "";
	char diff_id[DIGEST_SIZE] = "";

	if (package->layer > 0)
		(void)snprintf(layer, sizeof(layer), "%u", package->layer);
	if (package->layer > 0 && package->layer <= image->n_layers)
		digest_to_string(&image->diff_ids[package->layer - 1], diff_id);

	const struct slice cells[] = {
		slice_of_string(package_type_to_string(package->type)),
		package->name,
		package->version,
		package->arch,
		package->source,
		package->source_version,
		slice_of_string(layer),
		slice_of_string(name),
		package->held ? SLICE("yes") : SLICE(""),
		package->automatic ? SLICE("yes") : SLICE(""),
		package->licence,
		slice_of_string(diff_id),
	};
	return report_add(report, cells, err);
}

/* As the lines of tsv are in order, so that all formats have one. */
static int
package_cmp(const void *a, const void *b)
{
	const struct package *one = *(const struct package *const *)a;
	const struct package *other = *(const struct package *const *)b;
	int r = strcmp(package_type_to_string(one->type),
	    package_type_to_string(other->type));

	if (r == 0)
		r = slice_cmp(one->name, other->name);
	if (r == 0)
		r = slice_cmp(one->version, other->version);
	return r != 0 ? r : slice_cmp(one->arch, other->arch);
}

static int
add_packages(struct report *report, const struct inventory *inventory,
    const struct image *image, const char *name, struct error *err)
{
	const struct package_list *packages = inventory->packages;

	if (inventory->unknown)
		return error_set(
		    err, ERROR_NOT_FOUND, "%s", inventory->unknown);

	const struct package **sorted =
	    calloc(packages->n_items + 1, sizeof(*sorted));
	int r = 0;

	if (!sorted)
		return error_nomem(err);
	for (size_t i = 0; i < packages->n_items; i++)
		sorted[i] = &packages->items[i];
	qsort(sorted, packages->n_items, sizeof(*sorted), package_cmp);
	for (size_t i = 0; i < packages->n_items && r == 0; i++)
		r = add_package(report, sorted[i], image, name, err);
	free(sorted);
	return r;
}

/* The file as it is named in a container, and one that has it. */
static int
add_file(struct report *report, const struct file_owner *of, const char *image,
    struct buf *scratch, struct error *err)
{
	scratch->len = 0;
	buf_put(scratch, SLICE("/"));
	buf_put(scratch, of->path);

	const struct slice cells[] = {
		buf_slice(scratch),
		of->owner,
		slice_of_string(image),
	};
	return buf_check(scratch, err) < 0 ? -1
					   : report_add(report, cells, err);
}

static int
add_files(struct report *report, const struct inventory *inventory,
    const struct packages_args *args, const char *image, struct error *err)
{
	CLEANUP(buf_clear) struct buf scratch = { 0 };
	const struct owner_list *owners = inventory->owners;

	/* Nobody's files would be listed as if that were known. */
	if (inventory->unknown)
		return error_set(
		    err, ERROR_NOT_FOUND, "%s", inventory->unknown);
	for (size_t i = 0; i < owners->n_items; i++) {
		const struct file_owner *of = &owners->items[i];

		if ((!args->unowned || of->owner.len == 0) &&
		    add_file(report, of, image, &scratch, err) < 0)
			return -1;
	}
	return 0;
}

static int
add_image(struct app *app, struct report *report,
    const struct packages_args *args, const char *name, struct error *err)
{
	CLEANUP(image_free) struct image *image = NULL;
	CLEANUP(inventory_free) struct inventory *inventory = NULL;
	bool of_files = args->files || args->unowned;

	if (image_open(app, name, &image, err) < 0)
		return -1;
	if (of_files ? inventory_load_files(app, image, &inventory, err) < 0
		     : inventory_load(app, image, &inventory, err) < 0)
		return -1;
	if (image_storage_say(app, image, name, report, err) < 0)
		return -1;
	if (inventory->note)
		app_say(app, "%s: %s", name, inventory->note);
	return of_files ? add_files(report, inventory, args, name, err)
			: add_packages(report, inventory, image, name, err);
}

static int
add_unknown(
    struct report *report, bool of_files, const char *image, struct error *err)
{
	const struct slice package[N_ITEMS(package_columns)] = {
		[1] = SLICE("?"),
		[IMAGE_COLUMN] = slice_of_string(image),
	};
	const struct slice file[N_ITEMS(file_columns)] = {
		[0] = SLICE("?"),
		[N_ITEMS(file_columns) - 1] = slice_of_string(image),
	};

	return report_add(report, of_files ? file : package, err);
}

enum status
verb_packages(struct app *app, const struct packages_args *args)
{
	bool of_files = args->files || args->unowned;
	CLEANUP(report_free)
	struct report *report = of_files
	    ? report_new("files", file_columns, N_ITEMS(file_columns))
	    : report_new("packages", package_columns, N_ITEMS(package_columns));
	enum status status = STATUS_OK;
	struct error err;

	for (size_t i = 0; report && i < args->n_names; i++) {
		const char *name = args->names[i];

		if (add_image(app, report, args, name, &err) == 0)
			continue;
		status = status_worst(status, STATUS_UNKNOWN);
		show_fault(app, report, name, &err);
		if (add_unknown(report, of_files, name, &err) < 0)
			return STATUS_FAILED;
	}
	return report ? show_report(app, report, args->format, status)
		      : STATUS_FAILED;
}
