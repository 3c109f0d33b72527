/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/config_write.h"

#include "base/memory.h"
#include "oci/image_config.h"
#include "unit.h"

#define ZEROS    "00000000000000000000000000000000"
#define DIGEST_A "\"sha256:" ZEROS ZEROS "\""
#define DIGEST_B "\"sha256:1" ZEROS "0000000000000000000000000000000\""
#define PLATFORM "\"architecture\":\"amd64\",\"os\":\"linux\""
#define NEW_LAYER \
	"{\"created\":\"NOW\",\"created_by\":\"us\",\"comment\":\"c\"}"

static const struct config_label labels[] = {
	{ SLICE("a.b"), SLICE("1 \"x\"") },
	{ SLICE("c"), SLICE("") },
};

static struct config_layer
layer_of(size_t n_labels)
{
	return (struct config_layer){
		.diff_id = { { 0x10 } },
		.created = SLICE("NOW"),
		.created_by = SLICE("us"),
		.comment = SLICE("c"),
		.labels = labels,
		.n_labels = n_labels,
	};
}

static void
adds_a_layer_and_keeps_the_rest_to_the_byte(void **state)
{
	(void)state;
	static const struct {
		const char *old;
		size_t n_labels;
		const char *new;
	} cases[] = {
		{ "{" PLATFORM ",\"x\":1.50,\"created\":\"THEN\",\"config\":{"
		  "\"Env\":[\"A=b\\u003c\"] , \"Labels\":{\"c\":\"old\"}},"
		  "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[" DIGEST_A
		  "]},\n\"history\":[{\"created\":\"THEN\"},"
		  "{\"empty_layer\":true}],\"docker_version\":\"\"}",
		    2,
		    "{" PLATFORM ",\"x\":1.50,\"created\":\"NOW\",\"config\":{"
		    "\"Env\":[\"A=b\\u003c\"] , "
		    "\"Labels\":{\"c\":\"\",\"a.b\":\"1 \\\"x\\\"\"}},"
		    "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[" DIGEST_A
		    "," DIGEST_B "]},\n\"history\":[{\"created\":\"THEN\"},"
		    "{\"empty_layer\":true}," NEW_LAYER
		    "],\"docker_version\":\"\"}" },
		{ "{" PLATFORM ",\"rootfs\":{}}", 0,
		    "{" PLATFORM ",\"rootfs\":{\"diff_ids\":[" DIGEST_B
		    "]},\"created\":\"NOW\",\"history\":[" NEW_LAYER "]}" },
		{ "{" PLATFORM ",\"config\":null,\"rootfs\":{\"diff_ids\":[]}}",
		    1,
		    "{" PLATFORM ",\"config\":{\"Labels\":{\"a.b\":"
		    "\"1 \\\"x\\\"\"}},\"rootfs\":{\"diff_ids\":[" DIGEST_B
		    "]},\"created\":\"NOW\",\"history\":[" NEW_LAYER "]}" },
		{ "{" PLATFORM ",\"config\":{\"Labels\":null},"
		  "\"rootfs\":{\"diff_ids\":null},\"history\":null}",
		    1,
		    "{" PLATFORM ",\"config\":{\"Labels\":{\"a.b\":"
		    "\"1 \\\"x\\\"\"}},\"rootfs\":{\"diff_ids\":[" DIGEST_B
		    "]},\"history\":[" NEW_LAYER "],\"created\":\"NOW\"}" },
		/* Its maker said nothing of one layer, and of all. */
		{ "{" PLATFORM ",\"rootfs\":{\"diff_ids\":[" DIGEST_A
		  "," DIGEST_B "]},\"history\":[{\"empty_layer\":true},{}]}",
		    0,
		    "{" PLATFORM ",\"rootfs\":{\"diff_ids\":[" DIGEST_A
		    "," DIGEST_B "," DIGEST_B
		    "]},\"history\":[{\"empty_layer\":true},{},"
		    "{\"comment\":\"layer without history\"}," NEW_LAYER
		    "],\"created\":\"NOW\"}" },
		/* Of more layers than there are. */
		{ "{" PLATFORM ",\"rootfs\":{},\"history\":[{},{}]}", 0,
		    "{" PLATFORM ",\"rootfs\":{\"diff_ids\":[" DIGEST_B
		    "]},\"history\":[{},{}," NEW_LAYER
		    "],\"created\":\"NOW\"}" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(buf_clear) struct buf out = { 0 };
		const struct config_layer layer = layer_of(cases[i].n_labels);
		struct slice old = slice_of_string(cases[i].old);
		struct error err;

		if (config_write_layer(old, &layer, &out, &err) < 0)
			fail_msg("%s: %s", cases[i].old, err.msg);
		CLEANUP(string_free) char *text = buf_take_string(&out);
		assert_non_null(text);
		assert_string_equal(text, cases[i].new);
	}
}

static void
refuses_what_is_no_config(void **state)
{
	(void)state;
	static const struct {
		const char *old;
		enum error_kind kind;
	} cases[] = {
		{ "", ERROR_FORMAT },
		{ "[]", ERROR_FORMAT },
		{ "{" PLATFORM "}", ERROR_FORMAT },
		{ "{\"rootfs\":{}}", ERROR_FORMAT },
		{ "{" PLATFORM ",\"rootfs\":{\"type\":\"other\"}}",
		    ERROR_UNSUPPORTED },
		{ "{" PLATFORM ",\"rootfs\":{\"diff_ids\":[1]}}",
		    ERROR_FORMAT },
		{ "{" PLATFORM ",\"rootfs\":{\"diff_ids\":[\"sha512:0\"]}}",
		    ERROR_UNSUPPORTED },
		{ "{" PLATFORM ",\"rootfs\":{},\"history\":{}}", ERROR_FORMAT },
		{ "{" PLATFORM ",\"rootfs\":{},\"config\":[]}", ERROR_FORMAT },
		{ "{" PLATFORM ",\"rootfs\":{},\"config\":{\"Labels\":[]}}",
		    ERROR_FORMAT },
		{ "{" PLATFORM ",\"rootfs\":{},\"rootfs\":{}}", ERROR_FORMAT },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(buf_clear) struct buf out = { 0 };
		const struct config_layer layer = layer_of(1);
		struct slice old = slice_of_string(cases[i].old);
		struct error err = { 0 };

		if (config_write_layer(old, &layer, &out, &err) == 0)
			fail_msg("accepted: %s", cases[i].old);
		assert_int_equal(err.kind, cases[i].kind);
		assert_int_equal(out.len, 0);
	}
}

static void
refuses_labels_that_are_none(void **state)
{
	(void)state;
	static const struct config_label twice[] = {
		{ SLICE("a"), SLICE("1") },
		{ SLICE("a"), SLICE("2") },
	};
	static const struct config_label bytes[] = {
		{ SLICE("a"), SLICE("\xff") },
	};
	const struct slice old = SLICE("{" PLATFORM ",\"rootfs\":{}}");
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct config_layer layer = layer_of(0);
	struct error err;

	layer.labels = twice;
	layer.n_labels = N_ITEMS(twice);
	assert_int_equal(config_write_layer(old, &layer, &out, &err), -1);
	assert_int_equal(err.kind, ERROR_EXISTS);

	layer.labels = bytes;
	layer.n_labels = N_ITEMS(bytes);
	assert_int_equal(config_write_layer(old, &layer, &out, &err), -1);
	assert_int_equal(err.kind, ERROR_FORMAT);
}

static void
a_config_survives_the_hop(void **state)
{
	(void)state;
	const struct slice json = SLICE("{" PLATFORM ",\"variant\":\"v2\","
					"\"created\":\"THEN\",\"config\": "
					"{\"A\" : 1.0},\"rootfs\":{"
					"\"diff_ids\":[" DIGEST_B "]},"
					"\"history\":[{},{\"empty_layer\":"
					"true}]}");
	CLEANUP(image_config_free) struct image_config *parsed = NULL;
	CLEANUP(image_config_free) struct image_config *config = NULL;
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct image_config *none = NULL;
	struct error err;

	assert_int_equal(image_config_parse(json, &parsed, &err), 0);
	image_config_encode(parsed, &bytes);
	assert_int_equal(
	    image_config_decode(buf_slice(&bytes), &config, &err), 0);

	assert_true(slice_eq(config->platform.os, SLICE("linux")));
	assert_true(slice_eq(config->platform.architecture, SLICE("amd64")));
	assert_true(slice_eq(config->platform.variant, SLICE("v2")));
	assert_true(slice_eq(config->created, SLICE("THEN")));
	assert_true(slice_eq(config->config, SLICE("{\"A\" : 1.0}")));
	assert_int_equal(config->n_history, 2);
	assert_int_equal(config->n_history_layers, 1);
	assert_int_equal(config->n_diff_ids, 1);
	assert_int_equal(config->diff_ids[0].bytes[0], 0x10);

	for (size_t n = 0; n < bytes.len; n++) {
		struct slice cut = slice_first(buf_slice(&bytes), n);

		assert_int_equal(image_config_decode(cut, &none, &err), -1);
	}
	assert_null(none);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adds_a_layer_and_keeps_the_rest_to_the_byte),
		cmocka_unit_test(refuses_what_is_no_config),
		cmocka_unit_test(refuses_labels_that_are_none),
		cmocka_unit_test(a_config_survives_the_hop),
	};

	return cmocka_run_group_tests_name("config_write", tests, NULL, NULL);
}
