/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A layer is entries, put together below. tests/system/test_databases.py asks
 * the tools whose databases these are.
 */
#include "catalog/survey.h"

#include "base/memory.h"
#include "catalog/owners.h"
#include "texts.h"

#define DEB(name, version) \
	"Package: " name "\nStatus: install ok installed\nVersion: " version \
	"\nArchitecture: amd64\n\n"
#define DPKG DEB("dpkg", "1")
#define APK  "C:x\nP:apk-a\nV:1\nF:lib\nR:a.so\n\n"

struct entry {
	enum inventory_kind kind;
	const char *path;
	const char *text; /* content, or where a link leads */
	const char *note;
};

#define FILE_OF(path, text) \
	{ \
		INVENTORY_FILE, path, text, NULL \
	}
#define LINK_OF(path, text) \
	{ \
		INVENTORY_SYMLINK, path, text, NULL \
	}

#define LAYERS_MAX 4
#define LAYER(...) ((const struct entry[]){ __VA_ARGS__, { 0 } })

struct image {
	struct tree *tree;
	struct buf layers[LAYERS_MAX];
	size_t n_layers;
	enum inventory_level level;
	struct survey *survey;
};

static void
image_clear(struct image *image)
{
	survey_free(image->survey);
	tree_free(image->tree);
	for (size_t i = 0; i < LAYERS_MAX; i++)
		buf_clear(&image->layers[i]);
}
DEFINE_CLEANUP_IN_PLACE(struct image, image_clear)

static void
layer_add(struct image *image, const struct entry *entries)
{
	static const struct inventory_entry root = { .kind =
							 INVENTORY_DIRECTORY };
	static const struct inventory_entry complete = {
		.kind = INVENTORY_COMPLETE
	};
	struct buf *layer = &image->layers[image->n_layers++];
	struct error err;

	inventory_put(
	    layer, image->level == INVENTORY_FILES ? &complete : &root);
	for (; entries->path; entries++) {
		struct inventory_entry entry = {
			.kind = entries->kind,
			.path = slice_of_string(entries->path),
			.note = slice_of_string(entries->note),
		};

		if (entry.kind == INVENTORY_FILE)
			entry.content = slice_of_string(entries->text);
		else
			entry.link = slice_of_string(entries->text);
		inventory_put(layer, &entry);
	}
	if (tree_add(image->tree, buf_slice(layer), &err) < 0)
		fail_msg("%s", err.msg);
}

static struct image
image_of(enum inventory_level level, const struct entry *const *layers)
{
	struct image image = { .tree = tree_new(), .level = level };

	assert_non_null(image.tree);
	for (; *layers; layers++)
		layer_add(&image, *layers);
	return image;
}

#define IMAGE(level, ...) \
	image_of(level, (const struct entry *const[]){ __VA_ARGS__, NULL })

static struct survey *
survey(struct image *image)
{
	struct error err;

	if (survey_read(image->tree, image->level, &image->survey, &err) < 0)
		fail_msg("%s", err.msg);
	return image->survey;
}

/* "TYPE NAME VERSION LAYER" of each, a line each. */
static void
assert_packages(const struct survey *survey, const char *expected)
{
	CLEANUP(buf_clear) struct buf out = { 0 };

	for (size_t i = 0; i < survey->packages->n_items; i++) {
		const struct package *pkg = &survey->packages->items[i];

		buf_put_format(&out, "%s " SLICE_FMT " " SLICE_FMT " %u\n",
		    package_type_to_string(pkg->type), SLICE_ARG(pkg->name),
		    SLICE_ARG(pkg->version), pkg->layer);
	}
	assert_slice(buf_slice(&out), expected);
}

static void
assert_owners(const struct survey *survey, const char *expected)
{
	CLEANUP(owner_list_free) struct owner_list *list = NULL;
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct error err;

	if (owner_list_decode(buf_slice(&survey->owners), &list, &err) < 0)
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < list->n_items; i++) {
		if (slice_starts_with(list->items[i].path, SLICE("var/")))
			continue;
		buf_put_format(&out, SLICE_FMT " " SLICE_FMT "\n",
		    SLICE_ARG(list->items[i].path),
		    SLICE_ARG(list->items[i].owner));
	}
	assert_slice(buf_slice(&out), expected);
}

static void
a_record_is_of_the_layer_that_last_wrote_it(void **state)
{
	(void)state;
	CLEANUP(image_clear)
	struct image image = IMAGE(INVENTORY_PACKAGES,
	    LAYER(FILE_OF(
		"var/lib/dpkg/status", DPKG DEB("a", "1") DEB("b", "1"))),
	    LAYER(FILE_OF(
		"var/lib/dpkg/status", DPKG DEB("a", "2") DEB("b", "1"))),
	    LAYER(FILE_OF("var/lib/dpkg/status",
		DPKG DEB("a", "2") DEB("b", "1") DEB("c", "1"))));

	assert_packages(
	    survey(&image), "deb dpkg 1 1\ndeb a 2 2\ndeb b 1 1\ndeb c 1 3\n");
}

static void
what_is_below_a_broken_state_is_not_looked_at(void **state)
{
	(void)state;
	CLEANUP(image_clear)
	struct image image = IMAGE(INVENTORY_PACKAGES,
	    LAYER(FILE_OF("var/lib/dpkg/status", DPKG)),
	    LAYER(FILE_OF("var/lib/dpkg/status", "broken")),
	    LAYER(FILE_OF("var/lib/dpkg/status", DPKG)));

	assert_packages(survey(&image), "deb dpkg 1 3\n");
}

static void
updates_of_plain_debian_can_be_worked_out(void **state)
{
	(void)state;
	CLEANUP(image_clear)
	struct image image = IMAGE(INVENTORY_PACKAGES,
	    LAYER(FILE_OF("var/lib/dpkg/status", DPKG),
		FILE_OF("etc/os-release", "ID=debian\nVERSION_ID=12\n"),
		FILE_OF("etc/debian_version", "12.5\n"),
		FILE_OF("var/lib/apt/extended_states",
		    "Package: dpkg\nAuto-Installed: 1\n")));
	const struct survey *found = survey(&image);

	assert_null(found->hold);
	assert_null(found->note);
	assert_null(found->unknown);
	assert_slice(found->os->point_release, "12.5");
	assert_slice(survey_native_arch(found->packages), "amd64");
	assert_true(found->packages->items[0].automatic);
}

static void
a_hint_that_cannot_be_found_tells_nothing(void **state)
{
	(void)state;
	CLEANUP(image_clear)
	struct image image = IMAGE(INVENTORY_PACKAGES,
	    LAYER(FILE_OF("var/lib/dpkg/status", DPKG),
		FILE_OF("etc/os-release", "ID=debian\nVERSION_ID=12\n"),
		LINK_OF("etc/debian_version", "/srv/not-read")));
	const struct survey *found = survey(&image);

	assert_slice(found->os->version_id, "12");
	assert_slice(found->os->point_release, "");
	assert_null(found->hold);
}

static void
says_why_updates_cannot_be_worked_out(void **state)
{
	(void)state;
	static const struct {
		struct entry entries[4];
		const char *hold;
	} cases[] = {
		{ { FILE_OF("var/lib/dpkg/status", DPKG) },
		    "it does not say which distribution it is" },
		{ { FILE_OF("var/lib/dpkg/status", DPKG),
		      FILE_OF("etc/os-release", "ID=ubuntu") },
		    "not Debian; only Debian's images are handled yet" },
		{ { FILE_OF("var/lib/dpkg/status", DEB("a", "1")),
		      FILE_OF("etc/os-release", "ID=debian") },
		    "it has no dpkg that tells its architecture" },
		{ { FILE_OF("var/lib/dpkg/status", DPKG),
		      FILE_OF("var/lib/dpkg/arch", "amd64\ni386\n") },
		    "packages of several architectures are not handled yet" },
		{ { FILE_OF("lib/apk/db/installed", APK) },
		    "updates of packages of apk are not handled yet" },
		{ { FILE_OF("lib/apk/db/installed", APK),
		      FILE_OF("var/lib/dpkg/status", DPKG) },
		    "it has several databases of packages" },
		{ { FILE_OF("etc/os-release", "ID=debian") },
		    "it has no database of packages" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(image_clear)
		struct image image =
		    IMAGE(INVENTORY_PACKAGES, cases[i].entries);

		assert_string_equal(survey(&image)->hold, cases[i].hold);
	}
}

static void
several_databases_are_listed_together(void **state)
{
	(void)state;
	CLEANUP(image_clear)
	struct image image = IMAGE(INVENTORY_PACKAGES,
	    LAYER(FILE_OF("var/lib/dpkg/status", DPKG)),
	    LAYER(FILE_OF("lib/apk/db/installed", APK)));
	const struct survey *found = survey(&image);

	assert_packages(found, "deb dpkg 1 1\napk apk-a 1 2\n");
	assert_string_equal(found->note,
	    "it has several databases of packages: dpkg (1), apk (1)");
}

static void
owners_are_of_where_files_really_lie(void **state)
{
	(void)state;
	CLEANUP(image_clear)
	struct image image = IMAGE(INVENTORY_FILES,
	    LAYER(LINK_OF("bin", "usr/bin"), FILE_OF("usr/bin/ls", ""),
		FILE_OF("usr/bin/sh", ""), FILE_OF("usr/bin/sh.real", ""),
		FILE_OF("usr/bin/mine", ""), FILE_OF("usr/share/doc/x", ""),
		FILE_OF("var/lib/dpkg/status", DPKG),
		FILE_OF("var/lib/dpkg/info/a.list",
		    "/.\n/bin\n/bin/ls\n/usr/bin/ls\n/bin/sh\n/bin/gone\n"),
		FILE_OF("var/lib/dpkg/info/b:amd64.list",
		    "/usr/share/doc/x\n/nowhere/x\n"),
		FILE_OF("var/lib/dpkg/info/b:i386.list",
		    "/usr/share/doc/x\n/bin/sh\n"),
		FILE_OF(
		    "var/lib/dpkg/diversions", "/bin/sh\n/bin/sh.real\nb\n")));

	assert_owners(survey(&image),
	    "bin a\n"
	    "usr/bin/ls a\n"
	    "usr/bin/mine \n"
	    "usr/bin/sh b:i386\n"
	    "usr/bin/sh.real a\n"
	    "usr/share/doc/x b:amd64\n"
	    "usr/share/doc/x b:i386\n");
}

static void
licences_are_those_in_usr_share_doc(void **state)
{
	(void)state;
	CLEANUP(image_clear)
	struct image image = IMAGE(INVENTORY_FILES,
	    LAYER(FILE_OF(
		      "var/lib/dpkg/status", DPKG DEB("a", "1") DEB("b", "1")),
		FILE_OF(
		    "usr/share/doc/a/copyright", "Format: x\nLicense: MIT\n"),
		LINK_OF("usr/share/doc/b", "a"),
		FILE_OF("usr/share/doc/dpkg/copyright", "free text")));
	const struct survey *found = survey(&image);

	assert_slice(found->packages->items[0].licence, "");
	assert_slice(found->packages->items[1].licence, "MIT");
	assert_slice(found->packages->items[2].licence, "MIT");
}

static void
programs_tell_only_when_there_is_no_database(void **state)
{
	(void)state;
	struct entry program = { INVENTORY_FILE, "bin/x", "",
		"{\"type\":\"rpm\",\"name\":\"x\",\"version\":\"1-1\"}" };
	CLEANUP(image_clear)
	struct image alone = IMAGE(INVENTORY_FILES, LAYER(program));
	CLEANUP(image_clear)
	struct image beside = IMAGE(INVENTORY_FILES,
	    LAYER(program, FILE_OF("var/lib/dpkg/status", DPKG)));

	assert_packages(survey(&alone), "rpm x 1-1 1\n");
	assert_non_null(alone.survey->note);
	assert_null(alone.survey->unknown);
	assert_packages(survey(&beside), "deb dpkg 1 1\n");
	assert_null(beside.survey->note);
}

static void
what_has_nothing_but_busybox_is_that(void **state)
{
	(void)state;
	CLEANUP(image_clear)
	struct image image = IMAGE(INVENTORY_FILES,
	    LAYER(LINK_OF("bin/sh", "busybox"), FILE_OF("bin/busybox", "")));
	CLEANUP(image_clear)
	struct image other = IMAGE(INVENTORY_FILES,
	    LAYER(FILE_OF("bin/busybox", ""),
		FILE_OF("etc/alpine-release", "3.19.1\n")));

	assert_slice(survey(&image)->os->id, "busybox");
	assert_non_null(image.survey->unknown);
	assert_slice(survey(&other)->os->id, "alpine");
}

static void
one_broken_database_fails_the_whole(void **state)
{
	(void)state;
	CLEANUP(image_clear)
	struct image image = IMAGE(INVENTORY_PACKAGES,
	    LAYER(FILE_OF("var/lib/dpkg/status", DPKG),
		FILE_OF("lib/apk/db/installed", "P:a\n")));
	struct error err;

	assert_int_equal(
	    survey_read(image.tree, image.level, &image.survey, &err), -1);
	assert_int_equal(err.kind, ERROR_FORMAT);
	assert_non_null(strstr(err.msg, "lib/apk/db/installed"));
	assert_null(image.survey);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_is_of_the_layer_that_last_wrote_it),
		cmocka_unit_test(what_is_below_a_broken_state_is_not_looked_at),
		cmocka_unit_test(updates_of_plain_debian_can_be_worked_out),
		cmocka_unit_test(a_hint_that_cannot_be_found_tells_nothing),
		cmocka_unit_test(says_why_updates_cannot_be_worked_out),
		cmocka_unit_test(several_databases_are_listed_together),
		cmocka_unit_test(owners_are_of_where_files_really_lie),
		cmocka_unit_test(licences_are_those_in_usr_share_doc),
		cmocka_unit_test(programs_tell_only_when_there_is_no_database),
		cmocka_unit_test(what_has_nothing_but_busybox_is_that),
		cmocka_unit_test(one_broken_database_fails_the_whole),
	};

	return cmocka_run_group_tests_name("survey", tests, NULL, NULL);
}
