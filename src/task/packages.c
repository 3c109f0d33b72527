/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/memory.h"
#include "task/image_storage.h"
#include "task/inventory.h"
#include "task/show.h"
#include "task/verbs.h"

static const struct report_column columns[] = {
	{ "type", "TYPE" },
	{ "name", "NAME" },
	{ "version", "VERSION" },
	{ "arch", "ARCH" },
	{ "source", "SOURCE" },
	{ "source_version", "SOURCE_VERSION" },
	{ "layer", "LAYER" },
	{ "image", "IMAGE" },
};

static int
add_package(struct report *report, const struct package *package,
    const char *image, struct error *err)
{
	char layer[16] = "";

	if (package->layer > 0)
		(void)snprintf(layer, sizeof(layer), "%u", package->layer);

	const struct slice cells[] = {
		slice_of_string(package_type_to_string(package->type)),
		package->name,
		package->version,
		package->arch,
		package->source,
		package->source_version,
		slice_of_string(layer),
		slice_of_string(image),
	};
	return report_add(report, cells, err);
}

static int
add_image(
    struct app *app, struct report *report, const char *name, struct error *err)
{
	CLEANUP(image_free) struct image *image = NULL;
	CLEANUP(inventory_free) struct inventory *inventory = NULL;

	if (image_open(app, name, &image, err) < 0 ||
	    inventory_load(app, image, &inventory, err) < 0)
		return -1;
	image_storage_say(app, image, name);
	for (size_t i = 0; i < inventory->packages->n_items; i++)
		if (add_package(
			report, &inventory->packages->items[i], name, err) < 0)
			return -1;
	return 0;
}

static int
add_unknown(struct report *report, const char *image, struct error *err)
{
	const struct slice cells[N_ITEMS(columns)] = {
		[1] = SLICE("?"),
		[N_ITEMS(columns) - 1] = slice_of_string(image),
	};

	return report_add(report, cells, err);
}

enum status
verb_packages(struct app *app, const char *const *names, size_t n_names,
    enum report_format format)
{
	CLEANUP(report_free)
	struct report *report =
	    report_new("packages", columns, N_ITEMS(columns));
	enum status status = STATUS_OK;
	struct error err;

	for (size_t i = 0; report && i < n_names; i++) {
		if (add_image(app, report, names[i], &err) == 0)
			continue;
		status = status_worst(status, STATUS_UNKNOWN);
		show_fault(app, report, names[i], &err);
		if (add_unknown(report, names[i], &err) < 0)
			return STATUS_FAILED;
	}
	return report ? show_report(app, report, format, status)
		      : STATUS_FAILED;
}
