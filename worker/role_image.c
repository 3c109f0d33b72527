/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image: puts the inventories of an image's layers together and answers what
 * the image is, which packages it has, and where its updates come from. argv:
 * how much the inventories have, "packages" or "files"; of the second also
 * whose each file is. The main part of the answer says, in one printable
 * line, why updates cannot be worked out; it is empty when they can.
 */
#include "roles.h"

#include "base/bytes.h"
#include "base/fd.h"
#include "base/memory.h"
#include "catalog/lookup.h"
#include "catalog/survey.h"
#include "repo/sources.h"
#include "sandbox/answer.h"
#include "sandbox/confine.h"

/* As much as the parent keeps of all layers of an image. */
#define INPUT_MAX_BYTES ((size_t)512 * 1024 * 1024)

static int
tree_read(struct tree *tree, struct slice input, struct error *err)
{
	struct bytes_reader in = bytes_reader_of(input);
	struct slice inventory;

	for (uint32_t n = 1; in.rest.len > 0; n++) {
		if (!bytes_sized(&in, &inventory))
			return error_set(err, ERROR_BUG, "not an input");
		if (tree_add(tree, inventory, err) < 0)
			return error_wrap(err, "layer %u", n);
	}
	return 0;
}

/* Nothing is put of what there is nothing to say of. */
static int
put_text(enum answer_part part, const char *text, struct error *err)
{
	return text ? answer_put(part, slice_of_string(text), err) : 0;
}

static int
put_survey(const struct survey *survey, struct error *err)
{
	CLEANUP(buf_clear) struct buf packages = { 0 };
	CLEANUP(buf_clear) struct buf os = { 0 };

	package_list_encode(survey->packages, &packages);
	if (survey->os)
		os_release_encode(survey->os, &os);
	if (buf_check(&packages, err) < 0 || buf_check(&os, err) < 0 ||
	    answer_put(ANSWER_PACKAGES, buf_slice(&packages), err) < 0 ||
	    (os.len > 0 && answer_put(ANSWER_OS, buf_slice(&os), err) < 0) ||
	    (survey->owners.len > 0 &&
		answer_put(ANSWER_OWNERS, buf_slice(&survey->owners), err) < 0))
		return -1;
	if (put_text(ANSWER_UNKNOWN, survey->unknown, err) < 0)
		return -1;
	return put_text(ANSWER_NOTE, survey->note, err);
}

/* *ret: whether apt is told to prefer some packages. */
static int
has_preferences(const struct tree *tree, bool *ret, struct error *err)
{
	CLEANUP(tree_list_clear) struct tree_list list = { 0 };
	struct tree_file file;
	int r = lookup_file(tree, SLICE("etc/apt/preferences"), &file, err);

	if (r < 0)
		return -1;
	*ret = r > 0 && preferences_has_pins(file.content);
	if (tree_list_files(tree, SLICE("etc/apt/preferences.d"), &list, err) <
	    0)
		return error_wrap(err, "etc/apt/preferences.d");
	for (size_t i = 0; i < list.n_items; i++)
		*ret = *ret || preferences_has_pins(list.items[i].content);
	return 0;
}

static int
put_hold(
    const struct tree *tree, const struct survey *survey, struct error *err)
{
	bool pins;

	if (has_preferences(tree, &pins, err) < 0)
		return -1;
	if (!survey->hold && pins)
		return put_text(ANSWER_MAIN,
		    "apt preferences (pins) are not handled yet", err);
	return put_text(ANSWER_MAIN, survey->hold, err);
}

static bool
is_sources_name(struct slice path)
{
	return slice_ends_with(path, SLICE(".list")) ||
	    slice_ends_with(path, SLICE(".sources"));
}

static int
put_sources(const struct tree *tree, struct error *err)
{
	CLEANUP(source_list_clear) struct source_list sources = { 0 };
	CLEANUP(tree_list_clear) struct tree_list list = { 0 };
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct tree_file file;
	int r = lookup_file(tree, SLICE("etc/apt/sources.list"), &file, err);

	if (r < 0 ||
	    (r > 0 &&
		sources_parse(SLICE("etc/apt/sources.list"), file.content,
		    &sources, err) < 0))
		return -1;
	if (tree_list_files(tree, SLICE("etc/apt/sources.list.d"), &list, err) <
	    0)
		return error_wrap(err, "etc/apt/sources.list.d");
	for (size_t i = 0; i < list.n_items; i++)
		if (is_sources_name(list.items[i].path) &&
		    sources_parse(list.items[i].path, list.items[i].content,
			&sources, err) < 0)
			return -1;
	sources_encode(&sources, &out);
	if (buf_check(&out, err) < 0)
		return -1;
	return answer_put(ANSWER_SOURCES, buf_slice(&out), err);
}

int
role_image(int argc, char **argv, struct error *err)
{
	CLEANUP(buf_clear) struct buf input = buf_limited(INPUT_MAX_BYTES);
	CLEANUP(tree_free) struct tree *tree = tree_new();
	CLEANUP(survey_free) struct survey *survey = NULL;
	enum inventory_level level;

	if (argc != 1 ||
	    !inventory_level_from_string(slice_of_string(argv[0]), &level))
		return error_set(err, ERROR_BUG, "image LEVEL");
	if (!tree)
		return error_nomem(err);
	if (fd_read_all(CONFINE_FIRST_FD, &input, err) < 0 ||
	    tree_read(tree, buf_slice(&input), err) < 0 ||
	    survey_read(tree, level, &survey, err) < 0 ||
	    put_survey(survey, err) < 0 || put_hold(tree, survey, err) < 0)
		return -1;
	return put_sources(tree, err);
}
