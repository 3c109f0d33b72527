/* SPDX-License-Identifier: Apache-2.0 */
#include "report/sbom.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/memory.h"
#include "report/sbom_parts.h"
#include "unit.h"

static const struct package openssl = {
	.type = PACKAGE_DEB,
	.name = SLICE("openssl"),
	.version = SLICE("3.0.17-1"),
	.arch = SLICE("amd64"),
	.source = SLICE("openssl"),
	.source_version = SLICE("3.0.17-1"),
	.licence = SLICE("apache-2.0"),
	.maintainer = SLICE("Debian OpenSSL Team <team@lists.example.org>"),
	.layer = 1,
};

static const struct package bash = {
	.type = PACKAGE_DEB,
	.name = SLICE("bash"),
	.version = SLICE("5.2.15-2+b13"),
	.arch = SLICE("amd64"),
	.source = SLICE("bash"),
	.source_version = SLICE("5.2.15-2"),
	.licence = SLICE("GPLv3+ \"and\" more"),
	.maintainer = SLICE("Matthias Klose <doko@debian.org>"),
	.layer = 2,
	.automatic = true,
};

static const struct package with_ref = {
	.type = PACKAGE_RPM,
	.name = SLICE("tzdata"),
	.version = SLICE("1:2026a-1"),
	.arch = SLICE("noarch"),
	.source = SLICE("tzdata"),
	.source_version = SLICE("1:2026a-1"),
	.licence = SLICE("MIT AND LicenseRef-Fedora-Public-Domain"),
	.maintainer = SLICE("Fedora Project"),
	.layer = 9, /* which there is not */
};

/* What the tests write documents of, as the worker that does gets it. */
static struct sbom *
sbom_of(const struct package *packages, size_t n)
{
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct sha256 diff_ids[] = { sha256_of(SLICE("1")),
		sha256_of(SLICE("2")) };
	struct package_list list = { .n_items = n };
	struct sbom *ret = NULL;
	struct error err;

	list.items = calloc(n + 1, sizeof(*list.items));
	assert_non_null(list.items);
	if (n > 0)
		memcpy(list.items, packages, n * sizeof(*packages));

	const struct sbom given = {
		.name = SLICE("debian:\x1b[2J12"),
		.repository = SLICE("docker.io/library/debian"),
		.tag = SLICE("12"),
		.arch = SLICE("amd64"),
		.created = SLICE("2026-10-01T00:00:00Z"),
		.os_id = SLICE("debian"),
		.os_version = SLICE("12"),
		.os_pretty = SLICE("Debian GNU/Linux 12"),
		.has_digest = true,
		.digest = sha256_of(SLICE("manifest")),
		.has_id = true,
		.id = sha256_of(SLICE("config")),
		.diff_ids = diff_ids,
		.n_layers = N_ITEMS(diff_ids),
		.packages = &list,
	};

	sbom_encode(&given, &bytes);
	free(list.items);
	assert_int_equal(sbom_decode(buf_slice(&bytes), &ret, &err), 0);
	assert_int_equal(sbom_prepare(ret, &err), 0);
	return ret;
}

static void
written(const struct sbom *sbom, enum sbom_format format, struct buf *out)
{
	struct error err;

	assert_int_equal(sbom_write(sbom, format, out, &err), 0);
	if (json_validate(buf_slice(out), &err) < 0)
		fail_msg("%s: " SLICE_FMT, err.msg, SLICE_ARG(buf_slice(out)));
}

static void
assert_has(const struct buf *out, const char *text)
{
	if (!memmem(out->ptr, out->len, text, strlen(text)))
		fail_msg(
		    "no %s in " SLICE_FMT, text, SLICE_ARG(buf_slice(out)));
}

static const enum sbom_format formats[] = { SBOM_CYCLONEDX, SBOM_SPDX };

static void
the_same_packages_in_any_order_are_the_same_bytes(void **state)
{
	const struct package here[] = { openssl, with_ref, bash, bash };
	const struct package there[] = { bash, with_ref, bash, openssl };

	(void)state;
	for (size_t i = 0; i < N_ITEMS(formats); i++) {
		CLEANUP(sbom_free) struct sbom *a = sbom_of(here, 4);
		CLEANUP(sbom_free) struct sbom *b = sbom_of(there, 4);
		CLEANUP(sbom_free) struct sbom *c = sbom_of(here, 3);
		CLEANUP(buf_clear) struct buf out_a = { 0 };
		CLEANUP(buf_clear) struct buf out_b = { 0 };
		CLEANUP(buf_clear) struct buf out_c = { 0 };

		written(a, formats[i], &out_a);
		written(b, formats[i], &out_b);
		written(c, formats[i], &out_c);

		assert_true(slice_eq(buf_slice(&out_a), buf_slice(&out_b)));
		assert_false(slice_eq(buf_slice(&out_a), buf_slice(&out_c)));
	}
}

static void
cyclonedx_says_what_is_known(void **state)
{
	const struct package packages[] = { openssl, bash, with_ref };

	(void)state;
	CLEANUP(sbom_free) struct sbom *sbom = sbom_of(packages, 3);
	CLEANUP(buf_clear) struct buf out = { 0 };

	written(sbom, SBOM_CYCLONEDX, &out);

	assert_has(&out, "\"specVersion\":\"1.6\"");
	assert_has(&out, "\"timestamp\":\"2026-10-01T00:00:00Z\"");
	assert_has(&out, "\"name\":\"debian:\\u001b[2J12\"");
	assert_has(&out, "\"purl\":\"pkg:oci/debian@sha256:");
	assert_has(&out,
	    "\"supplier\":{\"name\":\"Debian OpenSSL Team\",\"contact\":"
	    "[{\"email\":\"team@lists.example.org\"}]},\"name\":\"openssl\"");
	assert_has(&out, "[{\"license\":{\"id\":\"Apache-2.0\"}}]");
	assert_has(
	    &out, "[{\"license\":{\"name\":\"GPLv3+ \\\"and\\\" more\"}}]");
	assert_has(&out,
	    "[{\"expression\":\"MIT AND LicenseRef-Fedora-Public-Domain\"}]");
	assert_has(&out,
	    "{\"name\":\"fother:package:automatic\",\"value\":\"true\"},"
	    "{\"name\":\"fother:package:layer\",\"value\":\"2\"}");
	assert_null(memmem(out.ptr, out.len, "\"value\":\"9\"", 11));
}

static void
spdx_explains_each_licence_that_is_not_of_its_list(void **state)
{
	const struct package packages[] = { openssl, bash, bash, with_ref };

	(void)state;
	CLEANUP(sbom_free) struct sbom *sbom = sbom_of(packages, 4);
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct slice infos;
	struct slice item;
	size_t n = 0;

	written(sbom, SBOM_SPDX, &out);

	assert_has(&out, "\"licenseDeclared\":\"Apache-2.0\"");
	assert_has(&out,
	    "\"supplier\":\"Organization: Debian OpenSSL Team "
	    "(team@lists.example.org)\"");
	assert_has(&out,
	    "\"supplier\":\"Person: Matthias Klose "
	    "(doko@debian.org)\"");
	assert_has(&out, "\"supplier\":\"Organization: Fedora Project\"");
	assert_true(
	    json_find(buf_slice(&out), "hasExtractedLicensingInfos", &infos));

	struct json_iter iter = json_iter_of(infos);
	while (json_array_next(&iter, &item)) {
		CLEANUP(string_free) char *id = NULL;
		CLEANUP(string_free) char *use = NULL;
		struct slice value;
		struct error err;

		assert_true(json_find(item, "licenseId", &value));
		assert_int_equal(json_string_copy(value, &id, &err), 0);
		use = string_format("%s\"", id);
		assert_has(&out, use);
		n++;
	}
	assert_int_equal(n, 2);
}

static void
packages_that_are_equal_have_references_of_their_own(void **state)
{
	const struct package packages[] = { bash, bash, bash, openssl };

	(void)state;
	CLEANUP(sbom_free) struct sbom *sbom = sbom_of(packages, 4);

	for (size_t i = 0; i < 4; i++)
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(sbom->refs[i], sbom->refs[k]);
	assert_string_equal(sbom->refs[0], sbom->purls[0]);
	assert_string_equal(sbom->purls[0], sbom->purls[2]);
}

static void
what_needs_what_is_told_where_it_is_known(void **state)
{
	const struct package packages[] = { bash, openssl };

	(void)state;
	CLEANUP(sbom_free) struct sbom *sbom = sbom_of(packages, 2);
	CLEANUP(buf_clear) struct buf before = { 0 };
	CLEANUP(buf_clear) struct buf after = { 0 };
	CLEANUP(buf_clear) struct buf spdx = { 0 };

	written(sbom, SBOM_CYCLONEDX, &before);
	assert_null(memmem(before.ptr, before.len,
	    "{\"ref\":\"pkg:", strlen("{\"ref\":\"pkg:")));
	sbom->edges = calloc(1, sizeof(*sbom->edges));
	assert_non_null(sbom->edges);
	sbom->edges[0] = (struct sbom_edge){ 1, 0 };
	sbom->n_edges = 1;
	sbom->has_edges = true;
	written(sbom, SBOM_CYCLONEDX, &after);
	written(sbom, SBOM_SPDX, &spdx);

	CLEANUP(string_free)
	char *needs = string_format("{\"ref\":\"%s\",\"dependsOn\":[\"%s\"]}",
	    sbom->refs[1], sbom->refs[0]);
	CLEANUP(string_free)
	char *none =
	    string_format("{\"ref\":\"%s\",\"dependsOn\":[]}", sbom->refs[0]);
	assert_has(&after, needs);
	assert_has(&after, none);
	assert_has(&spdx, "\"relationshipType\":\"DEPENDS_ON\"");
}

static void
a_uuid_is_of_version_8_and_of_its_content(void **state)
{
	char a[UUID_SIZE];
	char b[UUID_SIZE];

	(void)state;
	sbom_uuid(SLICE("a"), a);
	sbom_uuid(SLICE("b"), b);
	assert_string_not_equal(a, b);
	sbom_uuid(SLICE("a"), b);
	assert_string_equal(a, b);
	assert_int_equal(strlen(a), 36);
	assert_int_equal(a[14], '8');
	assert_non_null(strchr("89ab", a[19]));
}

static void
suppliers_are_names_and_addresses(void **state)
{
	static const struct {
		struct slice text, name, email;
		bool is_person;
	} cases[] = {
		{ SLICE("A B <a@b.org>"), SLICE("A B"), SLICE("a@b.org"),
		    true },
		{ SLICE("Red Hat, Inc."), SLICE("Red Hat, Inc."), SLICE(""),
		    false },
		{ SLICE("X Maintainers <x@b.org>"), SLICE("X Maintainers"),
		    SLICE("x@b.org"), false },
		{ SLICE("X <x@lists.b.org>"), SLICE("X"),
		    SLICE("x@lists.b.org"), false },
		{ SLICE("Red Hat <http://bugzilla.redhat.com>"),
		    SLICE("Red Hat"), SLICE(""), false },
		{ SLICE("<a@b.org>"), SLICE("a@b.org"), SLICE("a@b.org"),
		    true },
		{ SLICE("A <a b@c.d>"), SLICE("A"), SLICE(""), false },
		{ SLICE("A <a@b>"), SLICE("A"), SLICE(""), false },
		{ SLICE("A <a@b@c.d>"), SLICE("A"), SLICE(""), false },
		{ SLICE("A <>"), SLICE("A"), SLICE(""), false },
		{ SLICE("A >"), SLICE("A >"), SLICE(""), false },
	};
	struct supplier supplier;

	(void)state;
	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		assert_true(supplier_of(cases[i].text, &supplier));
		if (!slice_eq(supplier.name, cases[i].name) ||
		    !slice_eq(supplier.email, cases[i].email) ||
		    supplier.is_person != cases[i].is_person)
			fail_msg(SLICE_FMT ": \"" SLICE_FMT "\" \"" SLICE_FMT
					   "\" %d",
			    SLICE_ARG(cases[i].text), SLICE_ARG(supplier.name),
			    SLICE_ARG(supplier.email), supplier.is_person);
	}
	assert_false(supplier_of(SLICE(""), &supplier));
	assert_false(supplier_of(SLICE(" <> "), &supplier));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_same_packages_in_any_order_are_the_same_bytes),
		cmocka_unit_test(cyclonedx_says_what_is_known),
		cmocka_unit_test(
		    spdx_explains_each_licence_that_is_not_of_its_list),
		cmocka_unit_test(
		    packages_that_are_equal_have_references_of_their_own),
		cmocka_unit_test(what_needs_what_is_told_where_it_is_known),
		cmocka_unit_test(a_uuid_is_of_version_8_and_of_its_content),
		cmocka_unit_test(suppliers_are_names_and_addresses),
	};

	return cmocka_run_group_tests_name("sbom", tests, NULL, NULL);
}
