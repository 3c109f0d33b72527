/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/memory.h"
#include "base/time.h"
#include "catalog/support.h"
#include "oci/digest.h"
#include "task/about.h"
#include "task/inventory.h"
#include "task/show.h"
#include "task/verbs.h"

#define DAY_SEC ((int64_t)24 * 60 * 60)

static int
add_sum(struct facts *facts, const char *key, const struct sha256 *sum,
    struct error *err)
{
	char text[DIGEST_SIZE] = "";

	if (sum)
		digest_to_string(sum, text);
	return facts_add(facts, key, slice_of_string(text), err);
}

/* created and age_days; an image of tomorrow is 0 days old. */
static int
add_created(const struct app *app, struct facts *facts,
    const struct about *about, struct error *err)
{
	char created[TIME_SIZE] = "";
	int64_t age_sec = app->now - about->created;

	if (!about->has_created)
		return facts_add(facts, "created", SLICE(""), err) < 0
		    ? -1
		    : facts_add(facts, "age_days", SLICE(""), err);
	time_to_rfc3339(about->created, created);
	if (facts_add(facts, "created", slice_of_string(created), err) < 0)
		return -1;
	return facts_add_number(facts, "age_days",
	    age_sec > 0 ? (uint64_t)(age_sec / DAY_SEC) : 0, err);
}

/* The size of all, where it is known of each: of what is stored. */
static int
add_layers(struct facts *facts, const struct image *image, struct error *err)
{
	uint64_t total = 0;
	bool is_known = image->layers != NULL;

	for (size_t i = 0; i < image->n_layers && is_known; i++) {
		is_known = image->layers[i].size_bytes > 0;
		total += image->layers[i].size_bytes;
	}
	if (is_known && facts_add_number(facts, "size_bytes", total, err) < 0)
		return -1;
	if (!is_known && facts_add(facts, "size_bytes", SLICE(""), err) < 0)
		return -1;
	for (size_t i = 0; i < image->n_layers; i++) {
		char diff_id[DIGEST_SIZE];
		const struct facts_field fields[] = {
			{ .key = "number", .number = i + 1 },
			{ .key = "diff_id",
			    .text = slice_of(diff_id, DIGEST_SIZE - 1) },
			{ .key = "size_bytes",
			    .number = image->layers
				? image->layers[i].size_bytes
				: 0 },
		};

		digest_to_string(&image->diff_ids[i], diff_id);
		if (facts_add_item(
			facts, "layer", fields, N_ITEMS(fields), err) < 0)
			return -1;
	}
	return 0;
}

static struct slice
trust_of(const struct image *image)
{
	if (!image->unverified)
		return SLICE("verified");
	return image_is_root(image) ? SLICE("unverified (a directory)")
				    : SLICE("unverified (engine storage)");
}

static int
add_image(const struct app *app, struct facts *facts, const struct image *image,
    const struct about *about, struct error *err)
{
	const struct sha256 *digest = image->has_digest ? &image->digest : NULL;
	const struct sha256 *id = about_has_id(image) ? &image->id : NULL;

	if (add_sum(facts, "digest", digest, err) < 0 ||
	    add_sum(facts, "id", id, err) < 0 ||
	    facts_add(
		facts, "platform", slice_of_string(about->platform), err) < 0 ||
	    add_created(app, facts, about, err) < 0 ||
	    add_layers(facts, image, err) < 0 ||
	    facts_add(facts, "base_name", slice_of_string(image->base_name),
		err) < 0 ||
	    facts_add(facts, "base_digest", slice_of_string(image->base_digest),
		err) < 0)
		return -1;
	return facts_add(facts, "trust", trust_of(image), err);
}

/* What it is, and until when it is supported by whom. */
static int
add_system(const struct app *app, struct facts *facts,
    const struct os_release *os, struct error *err)
{
	const struct support_release *release = os ? support_find(os) : NULL;
	const struct os_release none = { 0 };
	const struct support_release unknown = { 0 };
	const char *phase =
	    support_phase_to_string(support_phase_at(release, app->now));

	if (!os)
		os = &none;
	if (!release)
		release = &unknown;

	const struct {
		const char *key;
		struct slice value;
	} rows[] = {
		{ "os", os->pretty_name.len > 0 ? os->pretty_name : os->id },
		{ "os_id", os->id },
		{ "os_version",
		    os->point_release.len > 0 ? os->point_release
					      : os->version_id },
		{ "os_codename", os->version_codename },
		{ "support", slice_of_string(phase) },
		{ "support_standard", release->standard },
		{ "support_lts", release->lts },
		{ "support_extended", release->extended },
		{ "support_data", support_data_date() },
	};

	for (size_t i = 0; i < N_ITEMS(rows); i++)
		if (facts_add(facts, rows[i].key, rows[i].value, err) < 0)
			return -1;
	return 0;
}

/* How many, or why that is not known; and of which databases they are. */
static int
add_packages(
    struct facts *facts, const struct inventory *inventory, struct error *err)
{
	struct slice note = slice_of_string(
	    inventory->unknown ? inventory->unknown : inventory->note);

	if (inventory->unknown) {
		if (facts_add(facts, "packages", SLICE("?"), err) < 0)
			return -1;
	} else if (facts_add_number(facts, "packages",
		       inventory->packages->n_items, err) < 0) {
		return -1;
	}
	return facts_add(facts, "packages_note", note, err);
}

/* Its system is in its layers; all else is told also where those are not. */
static int
inspect(struct app *app, struct facts *facts, const char *name,
    enum status *status, struct error *err)
{
	CLEANUP(image_free) struct image *image = NULL;
	CLEANUP(inventory_free) struct inventory *inventory = NULL;
	CLEANUP(about_clear) struct about about = { 0 };
	struct error fault;

	if (image_open(app, name, &image, err) < 0)
		return -1;
	if (inventory_load(app, image, &inventory, &fault) < 0) {
		*status = status_worst(*status, STATUS_UNKNOWN);
		show_facts_fault(app, facts, name, &fault);
	}
	if (about_load(app, image, &about, err) < 0 ||
	    add_image(app, facts, image, &about, err) < 0)
		return -1;
	if (!inventory)
		return facts_add(facts, "os", SLICE("?"), err);
	if (add_system(app, facts, inventory->os, err) < 0)
		return -1;
	return add_packages(facts, inventory, err);
}

enum status
verb_inspect(struct app *app, const char *const *names, size_t n_names,
    enum report_format format)
{
	CLEANUP(facts_free) struct facts *facts = facts_new("inspect");
	enum status status = STATUS_OK;
	struct error err;

	if (!facts)
		return STATUS_FAILED;
	for (size_t i = 0; i < n_names; i++) {
		if (facts_begin(facts, names[i], &err) < 0)
			return STATUS_FAILED;
		if (inspect(app, facts, names[i], &status, &err) == 0)
			continue;
		status = status_worst(status, STATUS_UNKNOWN);
		show_facts_fault(app, facts, names[i], &err);
		if (facts_add(facts, "?", SLICE(""), &err) < 0)
			return STATUS_FAILED;
	}
	return show_facts(app, facts, format, status);
}
