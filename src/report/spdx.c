/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SPDX 2.3 as JSON (spdx.github.io/spdx-spec/v2.3): the document describes
 * the image, a package that contains its system and its packages.
 *
 * A licence that is no expression of SPDX gets a LicenseRef- of its own, made
 * from its text, and the text stands with it (hasExtractedLicensingInfos);
 * one that a package names itself (LicenseRef-Fedora-Public-Domain) is listed
 * there too, as SPDX wants it. What a licence's text says is not looked at.
 */
#include "report/sbom_parts.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json_write.h"
#include "base/memory.h"

#define IMAGE_ID  "SPDXRef-Image"
#define SYSTEM_ID "SPDXRef-OperatingSystem"

/* The date of an image that does not say its own: SPDX must have one. */
#define NO_DATE "1970-01-01T00:00:00Z"

/* Names in identifiers are cut to this; what tells them apart is a hash. */
#define NAME_IN_ID_MAX 64

/* A licence that the document has to explain. */
struct extracted {
	char *id;
	char *name;
};

struct spdx {
	const struct sbom *sbom;
	struct json_writer json;
	struct extracted *items;
	size_t n_items;
	bool failed; /* memory is out */
};

static void
spdx_clear(struct spdx *spdx)
{
	for (size_t i = 0; i < spdx->n_items; i++) {
		free(spdx->items[i].id);
		free(spdx->items[i].name);
	}
	free(spdx->items);
}
DEFINE_CLEANUP_IN_PLACE(struct spdx, spdx_clear)

static void
extracted_add(struct spdx *spdx, struct slice id, struct slice name)
{
	if (!ARRAY_GROW(spdx->items, spdx->n_items)) {
		spdx->failed = true;
		return;
	}

	struct extracted *item = &spdx->items[spdx->n_items++];
	*item = (struct extracted){ slice_copy(id), slice_copy(name) };
	spdx->failed |= !item->id || !item->name;
}

static int
extracted_cmp(const void *a, const void *b)
{
	const struct extracted *ea = a;
	const struct extracted *eb = b;

	return strcmp(ea->id, eb->id);
}

/* "SPDXRef-deb-libssl3-0123456789abcdef", of the characters that may be. */
static void
put_id(const struct sbom *sbom, size_t i, struct buf *out)
{
	const struct package *package = &sbom->packages->items[i];
	struct sha256 sum = sha256_of(slice_of_string(sbom->refs[i]));
	struct slice name = slice_first(package->name, NAME_IN_ID_MAX);
	char hex[SHA256_HEX_SIZE];

	sha256_to_string(&sum, hex);
	buf_put_format(
	    out, "SPDXRef-%s-", package_type_to_string(package->type));
	for (size_t k = 0; k < name.len; k++) {
		char c = name.ptr[k];
		bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || c == '.' || c == '-';

		buf_put_u8(out, (uint8_t)(ok ? c : '-'));
	}
	buf_put_format(out, "-%.16s", hex);
}

static void
write_package_id(struct spdx *spdx, const char *key, size_t i)
{
	CLEANUP(buf_clear) struct buf id = { 0 };

	put_id(spdx->sbom, i, &id);
	json_write_member(&spdx->json, key, buf_slice(&id));
	spdx->failed |= id.failed;
}

/* What every package must say, and fother does not know. */
static void
write_unknown(struct json_writer *json)
{
	json_write_member(json, "copyrightText", SLICE("NOASSERTION"));
	json_write_member(json, "downloadLocation", SLICE("NOASSERTION"));
	json_write_member_bool(json, "filesAnalyzed", false);
	json_write_member(json, "licenseConcluded", SLICE("NOASSERTION"));
}

static void
write_purl(struct json_writer *json, struct slice purl)
{
	json_write_key(json, "externalRefs");
	json_write_array(json);
	json_write_object(json);
	json_write_member(json, "referenceCategory", SLICE("PACKAGE-MANAGER"));
	json_write_member(json, "referenceLocator", purl);
	json_write_member(json, "referenceType", SLICE("purl"));
	json_write_object_end(json);
	json_write_array_end(json);
}

static void
write_checksum(struct json_writer *json, const struct sha256 *sum)
{
	char hex[SHA256_HEX_SIZE];

	sha256_to_string(sum, hex);
	json_write_key(json, "checksums");
	json_write_array(json);
	json_write_object(json);
	json_write_member(json, "algorithm", SLICE("SHA256"));
	json_write_member(json, "checksumValue", slice_of_string(hex));
	json_write_object_end(json);
	json_write_array_end(json);
}

/* Image ID, layers and base, one a line. */
static void
put_image_facts(const struct sbom *sbom, struct buf *out)
{
	char hex[SHA256_HEX_SIZE];

	if (sbom->has_id) {
		sha256_to_string(&sbom->id, hex);
		buf_put_format(out, "image ID sha256:%s\n", hex);
	}
	for (size_t i = 0; i < sbom->n_layers; i++) {
		sha256_to_string(&sbom->diff_ids[i], hex);
		buf_put_format(
		    out, "layer %zu: diff ID sha256:%s\n", i + 1, hex);
	}
	if (sbom->base_name.len > 0)
		buf_put_format(
		    out, "base " SLICE_FMT "\n", SLICE_ARG(sbom->base_name));
	if (sbom->base_digest.len > 0)
		buf_put_format(out, "base digest " SLICE_FMT "\n",
		    SLICE_ARG(sbom->base_digest));
	if (sbom->unverified)
		buf_put_string(out, "unverified (engine storage)\n");
}

static void
write_image(struct spdx *spdx)
{
	const struct sbom *sbom = spdx->sbom;
	struct json_writer *json = &spdx->json;
	CLEANUP(buf_clear) struct buf version = { 0 };
	CLEANUP(buf_clear) struct buf facts = { 0 };
	CLEANUP(buf_clear) struct buf purl = { 0 };

	sbom_version(sbom, &version);
	put_image_facts(sbom, &facts);
	json_write_object(json);
	json_write_member(json, "SPDXID", SLICE(IMAGE_ID));
	json_write_member(json, "name", sbom->name);
	if (version.len > 0)
		json_write_member(json, "versionInfo", buf_slice(&version));
	if (sbom->has_digest)
		write_checksum(json, &sbom->digest);
	if (sbom_image_purl(sbom, &purl))
		write_purl(json, buf_slice(&purl));
	write_unknown(json);
	json_write_member(json, "licenseDeclared", SLICE("NOASSERTION"));
	json_write_member(json, "primaryPackagePurpose", SLICE("CONTAINER"));
	if (facts.len > 0)
		json_write_member(json, "sourceInfo", buf_slice(&facts));
	json_write_object_end(json);
	spdx->failed |= version.failed || facts.failed || purl.failed;
}

static void
write_system(struct spdx *spdx)
{
	const struct sbom *sbom = spdx->sbom;
	struct json_writer *json = &spdx->json;

	if (sbom->os_id.len == 0)
		return;
	json_write_object(json);
	json_write_member(json, "SPDXID", SLICE(SYSTEM_ID));
	json_write_member(json, "name", sbom->os_id);
	if (sbom->os_version.len > 0)
		json_write_member(json, "versionInfo", sbom->os_version);
	if (sbom->os_pretty.len > 0)
		json_write_member(json, "description", sbom->os_pretty);
	write_unknown(json);
	json_write_member(json, "licenseDeclared", SLICE("NOASSERTION"));
	json_write_member(
	    json, "primaryPackagePurpose", SLICE("OPERATING-SYSTEM"));
	json_write_object_end(json);
}

static void
write_licence(struct spdx *spdx, const struct package *package)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	enum licence_kind kind = sbom_licence(package, &text);
	struct slice declared = buf_slice(&text);
	struct slice rest = declared;
	struct sha256 sum = sha256_of(declared);
	char ref[sizeof("LicenseRef-") + SHA256_HEX_SIZE];
	char hex[SHA256_HEX_SIZE];
	struct slice own;

	if (kind == LICENCE_NONE)
		declared = SLICE("NOASSERTION");
	while (kind == LICENCE_EXPRESSION && licence_next_ref(&rest, &own))
		extracted_add(spdx, own, own);
	if (kind == LICENCE_NAME) {
		sha256_to_string(&sum, hex);
		(void)snprintf(ref, sizeof(ref), "LicenseRef-%.16s", hex);
		extracted_add(spdx, slice_of_string(ref), declared);
		declared = slice_of_string(ref);
	}
	json_write_member(&spdx->json, "licenseDeclared", declared);
	spdx->failed |= text.failed;
}

static void
put_supplier(struct slice maintainer, struct buf *out)
{
	struct supplier supplier;

	if (!supplier_of(maintainer, &supplier)) {
		buf_put_string(out, "NOASSERTION");
		return;
	}
	buf_put_string(out, supplier.is_person ? "Person: " : "Organization: ");
	buf_put(out, supplier.name);
	if (supplier.email.len > 0)
		buf_put_format(
		    out, " (" SLICE_FMT ")", SLICE_ARG(supplier.email));
}

static void
put_source(
    const struct sbom *sbom, const struct package *package, struct buf *out)
{
	char hex[SHA256_HEX_SIZE];

	if (package->source.len > 0)
		buf_put_format(out, "built from " SLICE_FMT " " SLICE_FMT,
		    SLICE_ARG(package->source),
		    SLICE_ARG(package->source_version));
	if (package->layer == 0 || package->layer > sbom->n_layers)
		return;
	sha256_to_string(&sbom->diff_ids[package->layer - 1], hex);
	buf_put_format(out, "%slayer %u: diff ID sha256:%s",
	    out->len > 0 ? "; " : "", package->layer, hex);
}

static void
write_package(struct spdx *spdx, size_t i)
{
	const struct package *package = &spdx->sbom->packages->items[i];
	struct json_writer *json = &spdx->json;
	CLEANUP(buf_clear) struct buf supplier = { 0 };
	CLEANUP(buf_clear) struct buf source = { 0 };

	put_supplier(package->maintainer, &supplier);
	put_source(spdx->sbom, package, &source);
	json_write_object(json);
	write_package_id(spdx, "SPDXID", i);
	json_write_member(json, "name", package->name);
	json_write_member(json, "versionInfo", package->version);
	json_write_member(json, "supplier", buf_slice(&supplier));
	write_purl(json, slice_of_string(spdx->sbom->purls[i]));
	write_unknown(json);
	write_licence(spdx, package);
	if (source.len > 0)
		json_write_member(json, "sourceInfo", buf_slice(&source));
	json_write_object_end(json);
	spdx->failed |= supplier.failed || source.failed;
}

static void
write_packages(struct spdx *spdx)
{
	json_write_key(&spdx->json, "packages");
	json_write_array(&spdx->json);
	write_image(spdx);
	write_system(spdx);
	for (size_t i = 0; i < spdx->sbom->packages->n_items; i++)
		write_package(spdx, i);
	json_write_array_end(&spdx->json);
}

static void
write_extracted(struct spdx *spdx)
{
	struct json_writer *json = &spdx->json;

	if (spdx->failed || spdx->n_items == 0)
		return;
	qsort(spdx->items, spdx->n_items, sizeof(*spdx->items), extracted_cmp);
	json_write_key(json, "hasExtractedLicensingInfos");
	json_write_array(json);
	for (size_t i = 0; i < spdx->n_items; i++) {
		const struct extracted *item = &spdx->items[i];

		if (i > 0 && strcmp(item->id, spdx->items[i - 1].id) == 0)
			continue;
		json_write_object(json);
		json_write_member(
		    json, "extractedText", slice_of_string(item->name));
		json_write_member(json, "licenseId", slice_of_string(item->id));
		json_write_member(json, "name", slice_of_string(item->name));
		json_write_object_end(json);
	}
	json_write_array_end(json);
}

static void
write_relation(struct json_writer *json, const char *from, const char *type,
    const char *to)
{
	json_write_object(json);
	json_write_member(json, "spdxElementId", slice_of_string(from));
	json_write_member(json, "relationshipType", slice_of_string(type));
	json_write_member(json, "relatedSpdxElement", slice_of_string(to));
	json_write_object_end(json);
}

static void
write_relations(struct spdx *spdx)
{
	const struct sbom *sbom = spdx->sbom;
	struct json_writer *json = &spdx->json;

	json_write_key(json, "relationships");
	json_write_array(json);
	write_relation(json, "SPDXRef-DOCUMENT", "DESCRIBES", IMAGE_ID);
	if (sbom->os_id.len > 0)
		write_relation(json, IMAGE_ID, "CONTAINS", SYSTEM_ID);
	for (size_t i = 0; i < sbom->packages->n_items; i++) {
		json_write_object(json);
		json_write_member(json, "spdxElementId", SLICE(IMAGE_ID));
		json_write_member(json, "relationshipType", SLICE("CONTAINS"));
		write_package_id(spdx, "relatedSpdxElement", i);
		json_write_object_end(json);
	}
	for (size_t i = 0; i < sbom->n_edges; i++) {
		json_write_object(json);
		write_package_id(spdx, "spdxElementId", sbom->edges[i].from);
		json_write_member(
		    json, "relationshipType", SLICE("DEPENDS_ON"));
		write_package_id(spdx, "relatedSpdxElement", sbom->edges[i].to);
		json_write_object_end(json);
	}
	json_write_array_end(json);
}

static void
write_creation(struct json_writer *json, const struct sbom *sbom)
{
	json_write_key(json, "creationInfo");
	json_write_object(json);
	json_write_member(json, "created",
	    sbom->created.len > 0 ? sbom->created : SLICE(NO_DATE));
	json_write_key(json, "creators");
	json_write_array(json);
	json_write_string(json, SLICE("Tool: fother-" FOTHER_VERSION));
	json_write_array_end(json);
	json_write_object_end(json);
}

int
spdx_write(const struct sbom *sbom, struct buf *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf rest = { 0 };
	CLEANUP(spdx_clear)
	struct spdx spdx = { .sbom = sbom, .json = json_writer_of(&rest) };
	char uuid[UUID_SIZE];

	json_write_object(&spdx.json);
	write_creation(&spdx.json, sbom);
	json_write_member(&spdx.json, "name", sbom->name);
	write_packages(&spdx);
	write_extracted(&spdx);
	write_relations(&spdx);
	json_write_object_end(&spdx.json);
	if (spdx.failed)
		return error_nomem(err);
	if (buf_check(&rest, err) < 0)
		return -1;

	/* The base is what SPDX 2.3, 6.5 recommends to who has none. */
	sbom_uuid(buf_slice(&rest), uuid);
	buf_put_format(out,
	    "{\"spdxVersion\":\"SPDX-2.3\",\"dataLicense\":\"CC0-1.0\","
	    "\"SPDXID\":\"SPDXRef-DOCUMENT\",\"documentNamespace\":"
	    "\"https://spdx.org/spdxdocs/fother-%s\",",
	    uuid);
	buf_put(out, slice_after(buf_slice(&rest), 1));
	buf_put_string(out, "\n");
	return buf_check(out, err);
}
