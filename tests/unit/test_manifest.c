/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/manifest.h"

#include <stdlib.h>

#include "base/memory.h"
#include "unit.h"

#define ZEROS    "00000000000000000000000000000000"
#define DIGEST_A "sha256:" ZEROS ZEROS
#define DIGEST_B "sha256:1" ZEROS "0000000000000000000000000000000"
#define OCI      "application/vnd.oci.image."
#define DOCKER   "application/vnd.docker."
#define BLOB(type, digest) \
	"{\"mediaType\":\"" type "\",\"digest\":\"" digest "\",\"size\":7}"
#define CONFIG BLOB(OCI "config.v1+json", DIGEST_A)
#define CHILD(digest, more) \
	"{\"mediaType\":\"" OCI "manifest.v1+json\",\"digest\":\"" digest \
	"\",\"size\":7" more "}"
#define PLATFORM(os, arch) \
	",\"platform\":{\"os\":\"" os "\",\"architecture\":\"" arch "\"}"
#define VARIANT(arch, variant) \
	",\"platform\":{\"os\":\"linux\",\"architecture\":\"" arch \
	"\",\"variant\":\"" variant "\"}"
#define NAMED(name) \
	",\"annotations\":{\"org.opencontainers.image.ref.name\":\"" name "\"}"
#define ATTESTATION \
	",\"annotations\":{\"vnd.docker.reference.type\":" \
	"\"attestation-manifest\"}"
#define INDEX(children) "{\"schemaVersion\":2,\"manifests\":[" children "]}"
#define IMAGE(layers) \
	"{\"schemaVersion\":2,\"config\":" CONFIG ",\"layers\":[" layers "]}"
#define IMAGE_ANNOTATED(annotations) \
	"{\"schemaVersion\":2,\"config\":" CONFIG \
	",\"annotations\":{" annotations "}}"

static void
assert_slice(struct slice actual, const char *expected)
{
	if (!slice_eq(actual, slice_of_string(expected)))
		fail_msg("\"" SLICE_FMT "\" is not \"%s\"", SLICE_ARG(actual),
		    expected);
}

/* The same after it went from a worker to its parent. */
static struct manifest *
hop(const struct manifest *manifest)
{
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct manifest *ret = NULL;
	struct error err;

	manifest_encode(manifest, &bytes);
	if (manifest_decode(buf_slice(&bytes), &ret, &err) < 0)
		fail_msg("%s", err.msg);
	return ret;
}

static struct manifest *
parse(const char *json)
{
	CLEANUP(manifest_free) struct manifest *manifest = NULL;
	CLEANUP(string_free) char *copy = slice_copy(slice_of_string(json));
	struct error err;

	assert_non_null(copy);
	if (manifest_parse(slice_of_string(copy), &manifest, &err) < 0)
		fail_msg("%s: %s", json, err.msg);
	return hop(manifest);
}

static void
reads_manifests_of_oci_and_docker(void **state)
{
	(void)state;
	static const struct {
		const char *json;
		enum layer_format format;
	} cases[] = {
		{ IMAGE(BLOB(OCI "layer.v1.tar", DIGEST_B)), LAYER_TAR },
		{ IMAGE(BLOB(OCI "layer.v1.tar+gzip", DIGEST_B)),
		    LAYER_TAR_GZIP },
		{ IMAGE(BLOB(OCI "layer.v1.tar+zstd", DIGEST_B)),
		    LAYER_TAR_ZSTD },
		{ IMAGE(BLOB(DOCKER "image.rootfs.diff.tar", DIGEST_B)),
		    LAYER_TAR },
		{ "{\"schemaVersion\":2,\"mediaType\":\"" DOCKER
		  "distribution.manifest.v2+json\",\"config\":" BLOB(DOCKER
		      "container.image.v1+json",
		      DIGEST_A) ",\"layers\":[" BLOB(DOCKER
		      "image.rootfs.diff.tar.gzip",
		      DIGEST_B) "]}",
		    LAYER_TAR_GZIP },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(manifest_free)
		struct manifest *manifest = parse(cases[i].json);

		assert_int_equal(manifest->kind, MANIFEST_IMAGE);
		assert_int_equal(manifest->config.digest.bytes[0], 0);
		assert_int_equal(manifest->config.size_bytes, 7);
		assert_int_equal(manifest->n_layers, 1);
		assert_int_equal(manifest->layers[0].format, cases[i].format);
		assert_int_equal(
		    manifest->layers[0].blob.digest.bytes[0], 0x10);
		assert_int_equal(manifest->n_children, 0);
	}
}

static void
reads_indexes(void **state)
{
	(void)state;
	CLEANUP(manifest_free)
	struct manifest *index = parse(
	    "{\"schemaVersion\":2,\"mediaType\":\"" OCI
	    "index.v1+json\",\"manifests\":[" CHILD(
		DIGEST_A, VARIANT("arm", "v7") NAMED("web:1")) "," BLOB(OCI
		"index.v1+json",
		DIGEST_B) "," CHILD(DIGEST_B,
		PLATFORM("unknown", "unknown")
		    ATTESTATION) "," BLOB("application/x", DIGEST_B) "]}");

	assert_int_equal(index->kind, MANIFEST_INDEX);
	assert_int_equal(index->n_children, 4);
	assert_true(index->children[0].has_platform);
	assert_slice(index->children[0].platform.os, "linux");
	assert_slice(index->children[0].platform.architecture, "arm");
	assert_slice(index->children[0].platform.variant, "v7");
	assert_slice(index->children[0].ref_name, "web:1");
	assert_false(index->children[0].is_index);
	assert_false(index->children[0].is_other);
	assert_true(index->children[1].is_index);
	assert_false(index->children[1].has_platform);
	assert_true(index->children[2].is_other);
	assert_true(index->children[3].is_other);
}

static void
refuses_what_is_neither(void **state)
{
	(void)state;
	static const struct {
		const char *json;
		enum error_kind kind;
		const char *msg;
	} cases[] = {
		{ "[]", ERROR_FORMAT, "array instead of an object" },
		{ "{\"schemaVersion\":2", ERROR_FORMAT,
		    "byte 18, line 1: neither a comma nor the end" },
		{ "{}", ERROR_FORMAT, "no \"schemaVersion\"" },
		{ "{\"schemaVersion\":\"2\"}", ERROR_FORMAT,
		    "no \"schemaVersion\"" },
		{ "{\"schemaVersion\":3}", ERROR_FORMAT,
		    "\"schemaVersion\" not 2" },
		{ "{\"schemaVersion\":1,\"fsLayers\":[]}", ERROR_UNSUPPORTED,
		    "schema 1, which was given up in 2017" },
		{ "{\"schemaVersion\":2}", ERROR_FORMAT,
		    "neither a manifest nor an index" },
		{ "{\"schemaVersion\":2,\"manifests\":[],\"layers\":[]}",
		    ERROR_FORMAT, "a manifest and an index at once" },
		{ "{\"schemaVersion\":2,\"manifests\":[],\"mediaType\":\"" OCI
		  "manifest.v1+json\"}",
		    ERROR_FORMAT,
		    "an index that says it is " OCI "manifest.v1+json" },
		{ "{\"schemaVersion\":2,\"layers\":[]}", ERROR_FORMAT,
		    "no \"config\"" },
		{ "{\"schemaVersion\":2,\"config\":{}}", ERROR_FORMAT,
		    "\"config\": \"digest\": none instead of a string" },
		{ "{\"schemaVersion\":2,\"config\":" BLOB(
		      "application/vnd.cncf.helm.config.v1+json", DIGEST_A) "}",
		    ERROR_UNSUPPORTED,
		    "\"config\": not a container image but "
		    "application/vnd.cncf.helm.config.v1+json" },
		{ IMAGE("1"), ERROR_FORMAT,
		    "layer 1: number instead of an object" },
		{ IMAGE(
		      BLOB(OCI "layer.nondistributable.v1.tar+gzip", DIGEST_A)),
		    ERROR_UNSUPPORTED,
		    "layer 1: media type \"" OCI
		    "layer.nondistributable.v1.tar+gzip\"" },
		{ IMAGE(BLOB(OCI "layer.v1.tar+gzip+encrypted", DIGEST_A)),
		    ERROR_UNSUPPORTED,
		    "layer 1: media type \"" OCI
		    "layer.v1.tar+gzip+encrypted\"" },
		{ IMAGE(BLOB(OCI "layer.v1.tar", "sha512:00")),
		    ERROR_UNSUPPORTED,
		    "layer 1: \"digest\": digest of algorithm sha512" },
		{ IMAGE(BLOB("a\\u001bb", DIGEST_A)), ERROR_FORMAT,
		    "layer 1: \"mediaType\": a text that is empty or not "
		    "printable" },
		{ INDEX("{\"digest\":\"" DIGEST_A "\",\"size\":-1}"),
		    ERROR_FORMAT, "manifest 1: \"size\": not a size" },
		{ INDEX("{\"digest\":\"" DIGEST_A
			"\",\"size\":9223372036854775808}"),
		    ERROR_FORMAT, "manifest 1: \"size\": not a size" },
		{ INDEX("{\"digest\":\"" DIGEST_A
			"\",\"size\":1,\"platform\":[]}"),
		    ERROR_FORMAT,
		    "manifest 1: \"platform\": array instead of an object" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		struct manifest *manifest = NULL;
		struct error err;

		if (manifest_parse(
			slice_of_string(cases[i].json), &manifest, &err) == 0)
			fail_msg("accepted: %s", cases[i].json);
		assert_string_equal(err.msg, cases[i].msg);
		assert_int_equal(err.kind, cases[i].kind);
		assert_null(manifest);
	}
}

/* As many layers in one manifest. */
static int
parse_layers(size_t n, struct error *err)
{
	CLEANUP(buf_clear) struct buf json = { 0 };
	CLEANUP(manifest_free) struct manifest *manifest = NULL;

	buf_put_string(
	    &json, "{\"schemaVersion\":2,\"config\":" CONFIG ",\"layers\":[");
	for (size_t i = 0; i < n; i++)
		buf_put_format(&json, "%s%s", i > 0 ? "," : "",
		    BLOB(OCI "layer.v1.tar", DIGEST_B));
	buf_put_string(&json, "]}");
	return manifest_parse(buf_slice(&json), &manifest, err);
}

static void
keeps_to_the_limits(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf large = { 0 };
	struct manifest *manifest = NULL;
	struct error err;

	assert_int_equal(parse_layers(MANIFEST_LAYERS_MAX, &err), 0);
	assert_int_equal(parse_layers(MANIFEST_LAYERS_MAX + 1, &err), -1);
	assert_int_equal(err.kind, ERROR_LIMIT);

	char *room = buf_reserve(&large, MANIFEST_BYTES_MAX + 1);
	assert_non_null(room);
	memset(room, ' ', MANIFEST_BYTES_MAX + 1);
	large.len = MANIFEST_BYTES_MAX + 1;
	assert_int_equal(
	    manifest_parse(buf_slice(&large), &manifest, &err), -1);
	assert_int_equal(err.kind, ERROR_LIMIT);
}

static void
chooses_the_image_that_is_meant(void **state)
{
	(void)state;
	static const struct {
		const char *json;
		struct slice ref_name;
		struct slice platform;
		size_t child;
	} cases[] = {
		/* The only one, whatever it is for. */
		{ INDEX(CHILD(DIGEST_A, "")), { 0 }, SLICE("linux/amd64"), 0 },
		{ INDEX(CHILD(DIGEST_A, PLATFORM("linux", "arm64"))), { 0 },
		    SLICE("linux/amd64"), 0 },
		{ INDEX(CHILD(DIGEST_A,
		      PLATFORM("unknown", "unknown")) "," CHILD(DIGEST_B, "")),
		    { 0 }, SLICE("linux/amd64"), 1 },
		{ INDEX(CHILD(DIGEST_A, NAMED("a")) "," CHILD(
		      DIGEST_A, NAMED("b"))),
		    { 0 }, SLICE("linux/amd64"), 0 },
		/* By platform. */
		{ INDEX(CHILD(DIGEST_A, PLATFORM("linux", "arm64")) "," CHILD(
		      DIGEST_B, PLATFORM("linux", "amd64"))),
		    { 0 }, SLICE("linux/amd64"), 1 },
		{ INDEX(CHILD(DIGEST_A, PLATFORM("windows", "amd64")) "," CHILD(
		      DIGEST_B, PLATFORM("linux", "amd64"))),
		    { 0 }, SLICE("linux/amd64"), 1 },
		{ INDEX(CHILD(DIGEST_A, VARIANT("arm64", "v8")) "," CHILD(
		      DIGEST_B, PLATFORM("linux", "amd64"))),
		    { 0 }, SLICE("linux/arm64"), 0 },
		{ INDEX(CHILD(DIGEST_A, VARIANT("arm", "v6")) "," CHILD(
		      DIGEST_B, VARIANT("arm", "v7"))),
		    { 0 }, SLICE("linux/arm/v7"), 1 },
		{ INDEX(CHILD(DIGEST_A, VARIANT("amd64", "v3")) "," CHILD(
		      DIGEST_B, PLATFORM("linux", "amd64"))),
		    { 0 }, SLICE("linux/amd64"), 1 },
		{ INDEX(CHILD(DIGEST_A, PLATFORM("linux", "amd64")) "," CHILD(
		      DIGEST_B, VARIANT("amd64", "v3"))),
		    { 0 }, SLICE("linux/amd64/v3"), 1 },
		{ INDEX(CHILD(DIGEST_A, PLATFORM("linux", "amd64")) "," CHILD(
		      DIGEST_A, PLATFORM("linux", "amd64")) "," CHILD(DIGEST_B,
		      PLATFORM("linux", "arm64"))),
		    { 0 }, SLICE("linux/amd64"), 0 },
		/* By name, then by platform. */
		{ INDEX(CHILD(DIGEST_A, NAMED("a")) "," CHILD(
		      DIGEST_B, NAMED("b"))),
		    SLICE("b"), SLICE("linux/amd64"), 1 },
		{ INDEX(CHILD(DIGEST_A,
		      NAMED("a") PLATFORM("linux", "arm64")) "," CHILD(DIGEST_B,
		      NAMED("a") PLATFORM("linux", "amd64"))),
		    SLICE("a"), SLICE("linux/amd64"), 1 },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(manifest_free)
		struct manifest *index = parse(cases[i].json);
		const struct manifest_child *child = NULL;
		struct platform want;
		struct error err;

		assert_int_equal(
		    platform_parse(cases[i].platform, &want, &err), 0);
		if (manifest_choose(index, cases[i].ref_name, &want, true,
			&child, &err) < 0)
			fail_msg("%s: %s", cases[i].json, err.msg);
		assert_int_equal(child - index->children, cases[i].child);
	}
}

static void
chooses_none_rather_than_the_wrong_one(void **state)
{
	(void)state;
	static const struct {
		const char *json;
		struct slice ref_name;
		enum error_kind kind;
		const char *msg;
	} cases[] = {
		{ INDEX(""), { 0 }, ERROR_NOT_FOUND, "no image in the index" },
		{ INDEX(CHILD(DIGEST_A, ATTESTATION)), { 0 }, ERROR_NOT_FOUND,
		    "no image in the index" },
		{ INDEX(CHILD(DIGEST_A, NAMED("a"))), SLICE("b"),
		    ERROR_NOT_FOUND, "no image is called \"b\"" },
		{ INDEX(CHILD(DIGEST_A, PLATFORM("linux", "arm64")) "," CHILD(
		      DIGEST_B, VARIANT("arm", "v7"))),
		    { 0 }, ERROR_NOT_FOUND,
		    "no image for linux/amd64, only for linux/arm64 "
		    "linux/arm/v7" },
		{ INDEX(CHILD(DIGEST_A, "") "," CHILD(DIGEST_B, "")), { 0 },
		    ERROR_CONFLICT,
		    "several images: name one by its tag or digest" },
		{ INDEX(CHILD(DIGEST_A, PLATFORM("linux", "amd64")) "," CHILD(
		      DIGEST_B, PLATFORM("linux", "amd64"))),
		    { 0 }, ERROR_CONFLICT,
		    "several images: name one by its tag or digest" },
		{ INDEX(CHILD(DIGEST_A, NAMED("a")) "," CHILD(
		      DIGEST_B, NAMED("a"))),
		    SLICE("a"), ERROR_CONFLICT,
		    "several images: name one by its tag or digest" },
		{ IMAGE(""), { 0 }, ERROR_FORMAT, "not an index" },
	};
	const struct platform want = { SLICE("linux"), SLICE("amd64"), { 0 } };

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(manifest_free)
		struct manifest *index = parse(cases[i].json);
		const struct manifest_child *child = NULL;
		struct error err;

		assert_int_equal(manifest_choose(index, cases[i].ref_name,
				     &want, true, &child, &err),
		    -1);
		assert_string_equal(err.msg, cases[i].msg);
		assert_int_equal(err.kind, cases[i].kind);
		assert_null(child);
	}
}

static void
the_first_of_equals_is_what_engines_take(void **state)
{
	(void)state;
	CLEANUP(manifest_free)
	struct manifest *index =
	    parse(INDEX(CHILD(DIGEST_A, PLATFORM("linux", "arm64")) "," CHILD(
		DIGEST_B, PLATFORM("linux", "amd64")) "," CHILD(DIGEST_A,
		PLATFORM("linux", "amd64"))));
	CLEANUP(manifest_free)
	struct manifest *unsaid =
	    parse(INDEX(CHILD(DIGEST_A, "") "," CHILD(DIGEST_B, "")));
	const struct platform want = { SLICE("linux"), SLICE("amd64"), { 0 } };
	const struct manifest_child *child = NULL;
	struct error err;

	assert_int_equal(
	    manifest_choose(index, SLICE(""), &want, false, &child, &err), 0);
	assert_ptr_equal(child, &index->children[1]);
	assert_int_equal(
	    manifest_choose(index, SLICE(""), &want, true, &child, &err), -1);
	assert_int_equal(err.kind, ERROR_CONFLICT);
	assert_int_equal(
	    manifest_choose(unsaid, SLICE(""), &want, false, &child, &err), -1);
	assert_int_equal(err.kind, ERROR_CONFLICT);
}

static void
a_higher_machine_takes_a_lower_variant(void **state)
{
	(void)state;
	static const struct {
		const char *have, *want;
		bool fits;
	} cases[] = {
		{ "linux/arm/v6", "linux/arm/v7", true },
		{ "linux/arm/v7", "linux/arm/v6", false },
		{ "linux/arm/v5", "linux/arm", true },
		{ "linux/arm", "linux/arm/v5", true },
		{ "linux/arm64/v8", "linux/arm64", true },
		{ "linux/arm64/v9", "linux/arm64", false },
		{ "linux/amd64/v2", "linux/amd64", false },
		{ "linux/amd64/v2", "linux/amd64/v3", true },
		{ "linux/386", "linux/amd64", false },
		{ "linux/arm/v7", "linux/arm64", false },
		{ "linux/ppc64le/power8", "linux/ppc64le", false },
		{ "linux/ppc64le/power8", "linux/ppc64le/power8", true },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		struct platform have, want;
		struct error err;

		assert_int_equal(
		    platform_parse(slice_of_string(cases[i].have), &have, &err),
		    0);
		assert_int_equal(
		    platform_parse(slice_of_string(cases[i].want), &want, &err),
		    0);
		if (platform_fits(&have, &want) != cases[i].fits)
			fail_msg("%s for %s", cases[i].have, cases[i].want);
	}
}

static void
the_highest_variant_that_runs_is_taken(void **state)
{
	(void)state;
	CLEANUP(manifest_free)
	struct manifest *index = parse(INDEX(CHILD(DIGEST_A,
	    VARIANT("arm", "v5")) "," CHILD(DIGEST_B, VARIANT("arm", "v6"))));
	const struct platform want = { SLICE("linux"), SLICE("arm"),
		SLICE("v7") };
	const struct manifest_child *child = NULL;
	struct error err;

	assert_int_equal(
	    manifest_choose(index, SLICE(""), &want, true, &child, &err), 0);
	assert_ptr_equal(child, &index->children[1]);
}

static void
machines_have_other_names_in_go(void **state)
{
	(void)state;
	static const struct {
		const char *machine, *architecture, *variant;
	} cases[] = {
		{ "x86_64", "amd64", "" },
		{ "i686", "386", "" },
		{ "aarch64", "arm64", "" },
		{ "armv7l", "arm", "v7" },
		{ "armv6l", "arm", "v6" },
		{ "riscv64", "riscv64", "" },
		{ "s390x", "s390x", "" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		struct platform is =
		    platform_of_machine(slice_of_string(cases[i].machine));

		assert_slice(is.os, "linux");
		assert_slice(is.architecture, cases[i].architecture);
		assert_slice(is.variant, cases[i].variant);
	}
}

static void
reads_what_an_image_stands_on(void **state)
{
	(void)state;
	CLEANUP(manifest_free)
	struct manifest *named = parse(IMAGE_ANNOTATED(
	    "\"org.opencontainers.image.base.name\":\"debian:12\","
	    "\"org.opencontainers.image.base.digest\":\"" DIGEST_A "\""));
	CLEANUP(manifest_free)
	struct manifest *odd = parse(IMAGE_ANNOTATED(
	    "\"org.opencontainers.image.base.name\":\"a\\u001bb\","
	    "\"org.opencontainers.image.base.digest\":7"));

	assert_slice(named->base_name, "debian:12");
	assert_slice(named->base_digest, DIGEST_A);
	assert_slice(odd->base_name, "");
	assert_slice(odd->base_digest, "");
}

static void
reads_platforms(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "linux", "linux/", "/amd64",
		"linux//v7", "linux/arm/", "linux/arm/v7/x", "linux /amd64" };
	struct platform platform;
	struct error err;

	assert_int_equal(
	    platform_parse(SLICE("linux/arm/v7"), &platform, &err), 0);
	assert_slice(platform.os, "linux");
	assert_slice(platform.architecture, "arm");
	assert_slice(platform.variant, "v7");
	for (size_t i = 0; i < N_ITEMS(bad); i++) {
		struct slice text = slice_of_string(bad[i]);

		if (platform_parse(text, &platform, &err) == 0)
			fail_msg("accepted: %s", bad[i]);
		assert_int_equal(err.kind, ERROR_FORMAT);
	}
}

static void
a_parent_does_not_believe_its_worker(void **state)
{
	(void)state;
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	CLEANUP(manifest_free)
	struct manifest *index =
	    parse(INDEX(CHILD(DIGEST_A, PLATFORM("linux", "amd64"))));
	struct manifest *ret = NULL;
	struct error err;

	manifest_encode(index, &bytes);
	for (size_t n = 0; n < bytes.len; n++) {
		struct slice cut = slice_first(buf_slice(&bytes), n);

		assert_int_equal(manifest_decode(cut, &ret, &err), -1);
		assert_int_equal(err.kind, ERROR_FORMAT);
	}
	bytes.ptr[0] = MANIFEST_IMAGE;
	assert_int_equal(manifest_decode(buf_slice(&bytes), &ret, &err), -1);
	bytes.ptr[0] = MANIFEST_INDEX;
	buf_put_u8(&bytes, 0);
	assert_int_equal(manifest_decode(buf_slice(&bytes), &ret, &err), -1);
	assert_null(ret);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_manifests_of_oci_and_docker),
		cmocka_unit_test(reads_indexes),
		cmocka_unit_test(refuses_what_is_neither),
		cmocka_unit_test(keeps_to_the_limits),
		cmocka_unit_test(chooses_the_image_that_is_meant),
		cmocka_unit_test(chooses_none_rather_than_the_wrong_one),
		cmocka_unit_test(the_first_of_equals_is_what_engines_take),
		cmocka_unit_test(a_higher_machine_takes_a_lower_variant),
		cmocka_unit_test(the_highest_variant_that_runs_is_taken),
		cmocka_unit_test(machines_have_other_names_in_go),
		cmocka_unit_test(reads_what_an_image_stands_on),
		cmocka_unit_test(reads_platforms),
		cmocka_unit_test(a_parent_does_not_believe_its_worker),
	};

	return cmocka_run_group_tests_name("manifest", tests, NULL, NULL);
}
