/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/docker_archive.h"

#include "base/memory.h"
#include "unit.h"

#define ONE \
	"{\"Config\":\"c.json\",\"RepoTags\":[\"web:1\",\"web:2\"]," \
	"\"Layers\":[\"a/layer.tar\",\"blobs/sha256/b\"]}"
#define TWO \
	"{\"Config\":\"d.json\",\"RepoTags\":[\"docker.io/library/db:1\"]," \
	"\"Layers\":null}"
#define THREE "{\"Config\":\"e.json\",\"RepoTags\":null}"

static struct docker_archive *
parse(struct slice json)
{
	CLEANUP(docker_archive_free) struct docker_archive *parsed = NULL;
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct docker_archive *ret = NULL;
	struct error err;

	if (docker_archive_parse(json, &parsed, &err) < 0)
		fail_msg("%s", err.msg);
	docker_archive_encode(parsed, &bytes);
	for (size_t n = 0; n < bytes.len; n++) {
		struct slice cut = slice_first(buf_slice(&bytes), n);

		assert_int_equal(docker_archive_decode(cut, &ret, &err), -1);
	}
	if (docker_archive_decode(buf_slice(&bytes), &ret, &err) < 0)
		fail_msg("%s", err.msg);
	return ret;
}

static void
reads_the_images_of_an_archive(void **state)
{
	(void)state;
	CLEANUP(docker_archive_free)
	struct docker_archive *archive =
	    parse(SLICE("[" ONE "," TWO "," THREE "]"));
	const struct docker_image *image = &archive->images[0];

	assert_int_equal(archive->n_images, 3);
	assert_true(slice_eq(image->config, SLICE("c.json")));
	assert_int_equal(image->n_repo_tags, 2);
	assert_true(slice_eq(image->repo_tags[1], SLICE("web:2")));
	assert_int_equal(image->n_layers, 2);
	assert_true(slice_eq(image->layers[0], SLICE("a/layer.tar")));
	assert_true(slice_eq(image->layers[1], SLICE("blobs/sha256/b")));
	assert_int_equal(archive->images[1].n_layers, 0);
	assert_int_equal(archive->images[2].n_repo_tags, 0);
}

static void
chooses_by_tag(void **state)
{
	(void)state;
	CLEANUP(docker_archive_free)
	struct docker_archive *all = parse(SLICE("[" ONE "," TWO "]"));
	CLEANUP(docker_archive_free)
	struct docker_archive *one = parse(SLICE("[" ONE "]"));
	CLEANUP(docker_archive_free)
	struct docker_archive *same = parse(SLICE("[" ONE "," ONE "]"));
	const struct docker_image *image = NULL;
	struct error err;

	assert_int_equal(
	    docker_archive_choose(all, SLICE("web:2"), &image, &err), 0);
	assert_ptr_equal(image, &all->images[0]);
	assert_int_equal(
	    docker_archive_choose(all, SLICE("db:1"), &image, &err), 0);
	assert_ptr_equal(image, &all->images[1]);
	assert_int_equal(
	    docker_archive_choose(one, SLICE(""), &image, &err), 0);
	assert_ptr_equal(image, &one->images[0]);

	assert_int_equal(
	    docker_archive_choose(all, SLICE("web:3"), &image, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_int_equal(
	    docker_archive_choose(all, SLICE(""), &image, &err), -1);
	assert_int_equal(err.kind, ERROR_CONFLICT);
	assert_int_equal(
	    docker_archive_choose(same, SLICE("web:1"), &image, &err), -1);
	assert_int_equal(err.kind, ERROR_CONFLICT);
}

static void
refuses_what_is_no_list_of_images(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"",
		"{}",
		"[]",
		"[1]",
		"[{}]",
		"[{\"Config\":1}]",
		"[{\"Config\":\"\"}]",
		"[{\"Config\":\"/etc/passwd\"}]",
		"[{\"Config\":\"../x\"}]",
		"[{\"Config\":\"a/./x\"}]",
		"[{\"Config\":\"a//x\"}]",
		"[{\"Config\":\"a/\"}]",
		"[{\"Config\":\"a\\nb\"}]",
		"[{\"Config\":\"c\",\"Layers\":[\"..\"]}]",
		"[{\"Config\":\"c\",\"Layers\":[\"\"]}]",
		"[{\"Config\":\"c\",\"Layers\":{}}]",
		"[{\"Config\":\"c\",\"Layers\":[1]}]",
		"[{\"Config\":\"c\",\"RepoTags\":[\"a b\"]}]",
		"[{\"Config\":\"c\",\"RepoTags\":\"a\"}]",
	};

	for (size_t i = 0; i < N_ITEMS(texts); i++) {
		struct docker_archive *archive = NULL;
		struct error err;

		if (docker_archive_parse(
			slice_of_string(texts[i]), &archive, &err) == 0)
			fail_msg("accepted: %s", texts[i]);
		assert_int_equal(err.kind, ERROR_FORMAT);
		assert_null(archive);
	}
}

#define TWENTY "00000000000000000000"

static void
writes_what_engines_load(void **state)
{
	(void)state;
	const struct sha256 config = { { 0xab } };
	const struct sha256 layers[] = { { { 1 } }, { { 2 } } };
	const struct slice tags[] = { SLICE("web:1-fother.1") };
	CLEANUP(buf_clear) struct buf out = { 0 };

	docker_archive_write(
	    &config, tags, N_ITEMS(tags), layers, N_ITEMS(layers), &out);
	CLEANUP(docker_archive_free)
	struct docker_archive *archive = parse(buf_slice(&out));
	assert_int_equal(archive->n_images, 1);

	CLEANUP(string_free) char *text = buf_take_string(&out);
	assert_non_null(text);
	assert_string_equal(text,
	    "[{\"Config\":\"ab" TWENTY TWENTY TWENTY "00.json\","
	    "\"RepoTags\":[\"web:1-fother.1\"],\"Layers\":["
	    "\"01" TWENTY TWENTY TWENTY "00/layer.tar\","
	    "\"02" TWENTY TWENTY TWENTY "00/layer.tar\"]}]");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_images_of_an_archive),
		cmocka_unit_test(chooses_by_tag),
		cmocka_unit_test(refuses_what_is_no_list_of_images),
		cmocka_unit_test(writes_what_engines_load),
	};

	return cmocka_run_group_tests_name("docker_archive", tests, NULL, NULL);
}
