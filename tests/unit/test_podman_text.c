/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/podman_text.h"

#include "base/json.h"
#include "base/memory.h"
#include "unit.h"

#define X(d) d d d d d d d d d d d d d d d d
#define ID_A X("aaaa")
#define ID_B X("bbbb")
#define ID_C X("abcd")

static const char images[] = "[{\"id\":\"" ID_A "\",\"digest\":\"sha256:" X(
    "1111") "\","
	    "\"names\":[\"localhost/app:1\",\"localhost/app:2\"],"
	    "\"layer\":\"" ID_B "\"},"
	    "{\"id\":\"" ID_B "\",\"digest\":\"sha256:" X(
		"2222") "\","
			"\"names\":[\"docker.io/library/app:1\",\"quay.io/x/tool:1\"],"
			"\"layer\":\"" ID_A "\"},"
			"{\"id\":\"" ID_C
			"\",\"names\":[\"example.org/y/tool:1\"],"
			"\"layer\":\"\"},"
			"{\"id\":\"" X("cccc") "\"}]";

static int
find(const struct storage_wanted *wanted, struct podman_record *ret,
    struct error *err)
{
	struct slice json = slice_of_string(images);

	if (json_validate(json, err) < 0)
		fail_msg("%s", err->msg);
	return podman_image_find(json, wanted, ret, err);
}

static void
assert_finds(const struct storage_wanted *wanted, const char *id)
{
	struct podman_record record;
	char hex[SHA256_HEX_SIZE];
	struct error err;

	if (find(wanted, &record, &err) < 0)
		fail_msg("%s", err.msg);
	sha256_to_string(&record.id, hex);
	assert_string_equal(hex, id);
}

static void
assert_fails(const struct storage_wanted *wanted, enum error_kind kind)
{
	struct podman_record record;
	struct error err;

	assert_int_equal(find(wanted, &record, &err), -1);
	assert_int_equal(err.kind, kind);
}

static void
the_first_name_that_is_there_wins(void **state)
{
	const struct storage_wanted both = {
		.names = { "localhost/app:1", "docker.io/library/app:1" },
	};
	const struct storage_wanted second = {
		.names = { "localhost/app:9", "docker.io/library/app:1" },
	};

	(void)state;
	assert_finds(&both, ID_A);
	assert_finds(&second, ID_B);
}

static void
a_name_is_before_an_id_and_that_before_an_end(void **state)
{
	const struct storage_wanted by_name = {
		.names = { "quay.io/x/tool:1" },
		.id = "aa",
		.end = "/app:2",
	};
	const struct storage_wanted by_id = { .id = "bb", .end = "/app:2" };

	(void)state;
	assert_finds(&by_name, ID_B);
	assert_finds(&by_id, ID_B);
}

static void
what_several_have_is_refused(void **state)
{
	const struct storage_wanted by_id = { .id = "a" };
	const struct storage_wanted by_end = { .end = "/tool:1" };
	const struct storage_wanted one = { .end = "/x/tool:1" };

	(void)state;
	assert_fails(&by_id, ERROR_CONFLICT);
	assert_fails(&by_end, ERROR_CONFLICT);
	assert_finds(&one, ID_B);
}

static void
a_digest_goes_with_its_repository(void **state)
{
	struct sha256 digest;
	struct storage_wanted wanted = {
		.names = { "localhost/app:latest" },
		.digest = &digest,
	};

	(void)state;
	memset(digest.bytes, 0x11, sizeof(digest.bytes));
	assert_finds(&wanted, ID_A);
	wanted.names[0] = "docker.io/library/app:latest";
	assert_fails(&wanted, ERROR_NOT_FOUND);
	memset(digest.bytes, 0x22, sizeof(digest.bytes));
	assert_finds(&wanted, ID_B);
}

static void
a_list_of_images_is_refused(void **state)
{
	const struct storage_wanted empty = { .id = ID_C };
	const struct storage_wanted none = { .id = "cccc" };

	(void)state;
	assert_fails(&empty, ERROR_UNSUPPORTED);
	assert_fails(&none, ERROR_UNSUPPORTED);
}

static int
layers(const char *text, struct storage_image *ret, struct error *err)
{
	struct slice json = slice_of_string(text);

	if (json_validate(json, err) < 0)
		fail_msg("%s", err->msg);
	return podman_layers_find(json, SLICE(ID_A), ret, err);
}

static void
layers_are_lowest_first(void **state)
{
	CLEANUP(storage_image_clear) struct storage_image image = { 0 };
	struct error err;

	(void)state;
	if (layers("[{\"id\":\"" ID_A "\",\"parent\":\"" ID_B
		   "\",\"diff-digest\":\"sha256:" X(
		       "1111") "\"},"
			       "{\"id\":\"" ID_B
			       "\",\"diff-digest\":\"sha256:" X(
				   "2222") "\",\"diff-size\":5}]",
		&image, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(image.n_layers, 2);
	assert_int_equal(image.diff_ids[0].bytes[0], 0x22);
	assert_string_equal(image.directories[0], "overlay/" ID_B "/diff");
	assert_string_equal(image.directories[1], "overlay/" ID_A "/diff");
}

static void
layers_that_lead_nowhere_are_refused(void **state)
{
	static const struct {
		const char *text;
		enum error_kind kind;
	} cases[] = {
		{ "[]", ERROR_NOT_FOUND },
		{ "[{\"id\":\"" ID_A "\",\"parent\":\"" ID_B "\"}]",
		    ERROR_NOT_FOUND },
		{ "[{\"id\":\"" ID_A "\",\"parent\":\"" ID_A "\"}]",
		    ERROR_LIMIT },
		{ "[{\"id\":\"" ID_A "\",\"parent\":\"../../etc\"},"
		  "{\"id\":\"../../etc\"}]",
		    ERROR_NOT_FOUND },
		{ "[{\"id\":\"" ID_A "\"}]", ERROR_UNSUPPORTED },
		{ "[{\"id\":\"" ID_A "\",\"diff-digest\":\"md5:1\"}]",
		    ERROR_UNSUPPORTED },
	};

	(void)state;
	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(storage_image_clear)
		struct storage_image image = { 0 };
		struct error err;

		assert_int_equal(layers(cases[i].text, &image, &err), -1);
		assert_int_equal(err.kind, cases[i].kind);
	}
}

static void
the_root_is_read_from_its_table(void **state)
{
	static const struct {
		const char *text, *value;
	} cases[] = {
		{ "[storage]\ngraphroot = \"/a b\"\n", "/a b" },
		{ "[storage]\n  graphroot='/a' # here\n", "/a" },
		{ "graphroot=\"/a\"\n", "" },
		{ "[storage]\n#graphroot=\"/a\"\n", "" },
		{ "[storage]\ngraphroot=\"/a\"\n[storage.options]\n"
		  "graphroot=\"/b\"\n",
		    "/a" },
		{ "[storage]\ngraphroot=\"/a\n", "" },
		{ "[storage]\ngraphroots=\"/a\"\n", "" },
	};

	(void)state;
	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		struct slice is = podman_config_value(
		    slice_of_string(cases[i].text), SLICE("graphroot"));

		if (!slice_eq(is, slice_of_string(cases[i].value)))
			fail_msg("case %zu: " SLICE_FMT, i, SLICE_ARG(is));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_name_that_is_there_wins),
		cmocka_unit_test(a_name_is_before_an_id_and_that_before_an_end),
		cmocka_unit_test(what_several_have_is_refused),
		cmocka_unit_test(a_digest_goes_with_its_repository),
		cmocka_unit_test(a_list_of_images_is_refused),
		cmocka_unit_test(layers_are_lowest_first),
		cmocka_unit_test(layers_that_lead_nowhere_are_refused),
		cmocka_unit_test(the_root_is_read_from_its_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
