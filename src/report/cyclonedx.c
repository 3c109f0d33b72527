/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CycloneDX 1.6 as JSON (ECMA-424; cyclonedx.org/schema/bom-1.6.schema.json):
 * the image is metadata.component, its system and its packages components.
 * Which layer brought a package, and what else CycloneDX has no place for,
 * are properties whose names begin with "fother:".
 *
 * The serial number is made from all else in the document, so two documents
 * have the same exactly when they say the same.
 */
#include "report/sbom_parts.h"

#include <stdio.h>

#include "base/json_write.h"
#include "base/memory.h"

#define IMAGE_REF  "image"
#define SYSTEM_REF "operating-system"

static void
write_property(struct json_writer *json, const char *name, struct slice value)
{
	if (value.len == 0)
		return;
	json_write_object(json);
	json_write_member(json, "name", slice_of_string(name));
	json_write_member(json, "value", value);
	json_write_object_end(json);
}

static void
write_property_sum(
    struct json_writer *json, const char *name, const struct sha256 *sum)
{
	char text[sizeof("sha256:") + SHA256_HEX_SIZE] = "sha256:";

	sha256_to_string(sum, text + strlen(text));
	write_property(json, name, slice_of_string(text));
}

static void
write_member_some(struct json_writer *json, const char *key, struct slice value)
{
	if (value.len > 0)
		json_write_member(json, key, value);
}

static void
write_hashes(struct json_writer *json, const struct sha256 *sum)
{
	char hex[SHA256_HEX_SIZE];

	sha256_to_string(sum, hex);
	json_write_key(json, "hashes");
	json_write_array(json);
	json_write_object(json);
	json_write_member(json, "alg", SLICE("SHA-256"));
	json_write_member(json, "content", slice_of_string(hex));
	json_write_object_end(json);
	json_write_array_end(json);
}

static void
write_image_properties(struct json_writer *json, const struct sbom *sbom)
{
	json_write_key(json, "properties");
	json_write_array(json);
	write_property(json, "fother:image:base.name", sbom->base_name);
	write_property(json, "fother:image:base.digest", sbom->base_digest);
	if (sbom->has_digest)
		write_property_sum(json, "fother:image:digest", &sbom->digest);
	if (sbom->has_id)
		write_property_sum(json, "fother:image:id", &sbom->id);
	for (size_t i = 0; i < sbom->n_layers; i++)
		write_property_sum(
		    json, "fother:image:layer.diffID", &sbom->diff_ids[i]);
	if (sbom->unverified)
		write_property(json, "fother:image:trust",
		    SLICE("unverified (engine storage)"));
	json_write_array_end(json);
}

static void
write_image(struct json_writer *json, const struct sbom *sbom)
{
	CLEANUP(buf_clear) struct buf version = { 0 };
	CLEANUP(buf_clear) struct buf purl = { 0 };

	sbom_version(sbom, &version);
	json_write_key(json, "component");
	json_write_object(json);
	json_write_member(json, "bom-ref", SLICE(IMAGE_REF));
	json_write_member(json, "type", SLICE("container"));
	json_write_member(json, "name", sbom->name);
	write_member_some(json, "version", buf_slice(&version));
	if (sbom->has_digest)
		write_hashes(json, &sbom->digest);
	if (sbom_image_purl(sbom, &purl))
		json_write_member(json, "purl", buf_slice(&purl));
	write_image_properties(json, sbom);
	json_write_object_end(json);
	json->out->failed |= version.failed || purl.failed;
}

static void
write_metadata(struct json_writer *json, const struct sbom *sbom)
{
	json_write_key(json, "metadata");
	json_write_object(json);
	write_member_some(json, "timestamp", sbom->created);
	json_write_key(json, "tools");
	json_write_object(json);
	json_write_key(json, "components");
	json_write_array(json);
	json_write_object(json);
	json_write_member(json, "type", SLICE("application"));
	json_write_member(json, "name", SLICE("fother"));
	json_write_member(json, "version", SLICE(FOTHER_VERSION));
	json_write_object_end(json);
	json_write_array_end(json);
	json_write_object_end(json);
	write_image(json, sbom);
	json_write_object_end(json);
}

static void
write_system(struct json_writer *json, const struct sbom *sbom)
{
	if (sbom->os_id.len == 0)
		return;
	json_write_object(json);
	json_write_member(json, "bom-ref", SLICE(SYSTEM_REF));
	json_write_member(json, "type", SLICE("operating-system"));
	json_write_member(json, "name", sbom->os_id);
	write_member_some(json, "version", sbom->os_version);
	write_member_some(json, "description", sbom->os_pretty);
	json_write_key(json, "properties");
	json_write_array(json);
	write_property(json, "fother:os:codename", sbom->os_codename);
	json_write_array_end(json);
	json_write_object_end(json);
}

static void
write_supplier(struct json_writer *json, struct slice maintainer)
{
	struct supplier supplier;

	if (!supplier_of(maintainer, &supplier))
		return;
	json_write_key(json, "supplier");
	json_write_object(json);
	json_write_member(json, "name", supplier.name);
	if (supplier.email.len > 0) {
		json_write_key(json, "contact");
		json_write_array(json);
		json_write_object(json);
		json_write_member(json, "email", supplier.email);
		json_write_object_end(json);
		json_write_array_end(json);
	}
	json_write_object_end(json);
}

static void
write_licences(struct json_writer *json, const struct package *package)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	enum licence_kind kind = sbom_licence(package, &text);

	if (kind == LICENCE_NONE)
		return;
	json_write_key(json, "licenses");
	json_write_array(json);
	json_write_object(json);
	if (kind == LICENCE_EXPRESSION) {
		json_write_member(json, "expression", buf_slice(&text));
	} else {
		json_write_key(json, "license");
		json_write_object(json);
		json_write_member(
		    json, kind == LICENCE_ID ? "id" : "name", buf_slice(&text));
		json_write_object_end(json);
	}
	json_write_object_end(json);
	json_write_array_end(json);
	json->out->failed |= text.failed;
}

static void
write_package_properties(struct json_writer *json, const struct sbom *sbom,
    const struct package *package)
{
	char number[16];
	int len = snprintf(number, sizeof(number), "%u", package->layer);

	json_write_key(json, "properties");
	json_write_array(json);
	if (package->automatic)
		write_property(json, "fother:package:automatic", SLICE("true"));
	if (package->layer > 0 && package->layer <= sbom->n_layers) {
		write_property(json, "fother:package:layer",
		    slice_of(number, (size_t)len));
		write_property_sum(json, "fother:package:layer.diffID",
		    &sbom->diff_ids[package->layer - 1]);
	}
	write_property(json, "fother:package:source", package->source);
	write_property(
	    json, "fother:package:source.version", package->source_version);
	json_write_array_end(json);
}

static void
write_package(struct json_writer *json, const struct sbom *sbom, size_t i)
{
	const struct package *package = &sbom->packages->items[i];

	json_write_object(json);
	json_write_member(json, "bom-ref", slice_of_string(sbom->refs[i]));
	json_write_member(json, "type", SLICE("library"));
	write_supplier(json, package->maintainer);
	json_write_member(json, "name", package->name);
	json_write_member(json, "version", package->version);
	write_licences(json, package);
	json_write_member(json, "purl", slice_of_string(sbom->purls[i]));
	write_package_properties(json, sbom, package);
	json_write_object_end(json);
}

static void
write_components(struct json_writer *json, const struct sbom *sbom)
{
	json_write_key(json, "components");
	json_write_array(json);
	write_system(json, sbom);
	for (size_t i = 0; i < sbom->packages->n_items; i++)
		write_package(json, sbom, i);
	json_write_array_end(json);
}

/* All that is in the image, as what it consists of. */
static void
write_image_dependencies(struct json_writer *json, const struct sbom *sbom)
{
	json_write_object(json);
	json_write_member(json, "ref", SLICE(IMAGE_REF));
	json_write_key(json, "dependsOn");
	json_write_array(json);
	if (sbom->os_id.len > 0)
		json_write_string(json, SLICE(SYSTEM_REF));
	for (size_t i = 0; i < sbom->packages->n_items; i++)
		json_write_string(json, slice_of_string(sbom->refs[i]));
	json_write_array_end(json);
	json_write_object_end(json);
}

static void
write_dependencies(struct json_writer *json, const struct sbom *sbom)
{
	size_t at = 0;

	json_write_key(json, "dependencies");
	json_write_array(json);
	write_image_dependencies(json, sbom);
	for (uint32_t i = 0; sbom->has_edges && i < sbom->packages->n_items;
	     i++) {
		/* Of the others it is not known what they need. */
		if (sbom->packages->items[i].type != PACKAGE_DEB)
			continue;
		json_write_object(json);
		json_write_member(json, "ref", slice_of_string(sbom->refs[i]));
		json_write_key(json, "dependsOn");
		json_write_array(json);
		for (; at < sbom->n_edges && sbom->edges[at].from == i; at++)
			json_write_string(json,
			    slice_of_string(sbom->refs[sbom->edges[at].to]));
		json_write_array_end(json);
		json_write_object_end(json);
	}
	json_write_array_end(json);
}

/* The inside of the document's braces that is hashed. */
static void
write_rest(const struct sbom *sbom, struct buf *out)
{
	struct json_writer json = json_writer_of(out);

	json_write_object(&json);
	write_metadata(&json, sbom);
	write_components(&json, sbom);
	write_dependencies(&json, sbom);
	json_write_object_end(&json);
}

int
cyclonedx_write(const struct sbom *sbom, struct buf *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf rest = { 0 };
	char uuid[UUID_SIZE];

	write_rest(sbom, &rest);
	if (buf_check(&rest, err) < 0)
		return -1;
	sbom_uuid(buf_slice(&rest), uuid);
	buf_put_format(out,
	    "{\"$schema\":\"http://cyclonedx.org/schema/bom-1.6.schema.json\","
	    "\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\","
	    "\"serialNumber\":\"urn:uuid:%s\",\"version\":1,",
	    uuid);
	buf_put(out, slice_after(buf_slice(&rest), 1));
	buf_put_string(out, "\n");
	return buf_check(out, err);
}
