/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A layer is written as a text here, a line an entry, in their order:
 *
 *	f PATH CONTENT    h PATH TARGET    l PATH TARGET
 *	d PATH            w PATH           o PATH           c PATH (a device)
 *	a                 that all entries of the layer follow
 */
#include "layer/tree.h"

#include <stdio.h>

#include "base/memory.h"
#include "layer/nodes.h"
#include "unit.h"

#define LAYERS_MAX 4

struct image {
	struct tree *tree;
	struct buf layers[LAYERS_MAX];
	size_t n_layers;
};

static void
image_clear(struct image *image)
{
	tree_free(image->tree);
	for (size_t i = 0; i < LAYERS_MAX; i++)
		buf_clear(&image->layers[i]);
}
DEFINE_CLEANUP_IN_PLACE(struct image, image_clear)

static enum inventory_kind
kind_of(struct slice letter)
{
	static const char letters[INVENTORY_KINDS + 1] = "fhldcwoa";
	const char *at = strchr(letters, letter.ptr[0]);

	assert_non_null(at);
	return (enum inventory_kind)(at - letters);
}

static void
put_line(struct buf *out, struct slice line)
{
	struct inventory_entry entry = { 0 };
	struct slice letter = { 0 };

	(void)slice_split(&line, ' ', &letter);
	(void)slice_split(&line, ' ', &entry.path);
	entry.kind = kind_of(letter);
	if (entry.kind == INVENTORY_FILE)
		entry.content = line;
	else
		entry.link = line;
	inventory_put(out, &entry);
}

static int
image_add(struct image *image, const char *text, struct error *err)
{
	struct buf *bytes = &image->layers[image->n_layers++];
	struct slice rest = slice_of_string(text);
	struct slice line;

	while (slice_split(&rest, '\n', &line))
		put_line(bytes, line);
	assert_false(bytes->failed);
	return tree_add(image->tree, buf_slice(bytes), err);
}

/* The layers of a list that ends with NULL. */
static struct image
image_of(const char *const *layers)
{
	struct image image = { .tree = tree_new() };
	struct error err;

	assert_non_null(image.tree);
	for (; *layers; layers++)
		if (image_add(&image, *layers, &err) < 0)
			fail_msg("%s", err.msg);
	return image;
}

#define IMAGE(...) image_of((const char *const[]){ __VA_ARGS__, NULL })

static void
assert_text(struct slice actual, const char *expected)
{
	if (!slice_eq(actual, slice_of_string(expected)))
		fail_msg("\"" SLICE_FMT "\" is not \"%s\"", SLICE_ARG(actual),
		    expected);
}

static void
assert_file(const struct image *image, const char *path, const char *where,
    const char *content, uint32_t layer)
{
	struct tree_file file;
	struct error err;

	if (tree_find(image->tree, slice_of_string(path), &file, &err) < 0)
		fail_msg("%s: %s", path, err.msg);
	assert_int_equal(file.kind, INVENTORY_FILE);
	assert_text(file.path, where);
	assert_text(file.content, content);
	assert_int_equal(file.layer, layer);
}

static void
assert_none(const struct image *image, const char *path, enum error_kind kind)
{
	struct tree_file file;
	struct error err;

	if (tree_find(image->tree, slice_of_string(path), &file, &err) == 0)
		fail_msg("%s: found at " SLICE_FMT, path, SLICE_ARG(file.path));
	if (err.kind != kind)
		fail_msg("%s: %s: %s", path, error_kind_to_string(err.kind),
		    err.msg);
	for (const char *c = err.msg; *c; c++)
		assert_true(*c >= ' ' && *c <= '~');
}

/* Each file as "PATH=CONTENT", with blanks between. */
static void
assert_lists(const struct image *image, const char *dir, const char *expected)
{
	CLEANUP(tree_list_clear) struct tree_list list = { 0 };
	CLEANUP(buf_clear) struct buf shown = { 0 };
	struct error err;

	if (tree_list_files(image->tree, slice_of_string(dir), &list, &err) < 0)
		fail_msg("%s: %s", dir, err.msg);
	for (size_t i = 0; i < list.n_items; i++) {
		buf_put_string(&shown, i > 0 ? " " : "");
		buf_put(&shown, list.items[i].path);
		buf_put_string(&shown, "=");
		buf_put(&shown, list.items[i].content);
	}
	assert_text(buf_slice(&shown), expected);
}

static void
assert_no_list(const struct image *image, const char *dir, enum error_kind kind)
{
	CLEANUP(tree_list_clear) struct tree_list list = { 0 };
	struct error err;

	assert_int_equal(
	    tree_list_files(image->tree, slice_of_string(dir), &list, &err),
	    -1);
	assert_int_equal(err.kind, kind);
}

/* A layer over lower ones that tree_add() refuses. */
static void
assert_refused(const char *lower, const char *layer, enum error_kind kind)
{
	CLEANUP(image_clear) struct image image = IMAGE(lower);
	struct error err;

	if (image_add(&image, layer, &err) == 0)
		fail_msg("not refused: %s", layer);
	assert_int_equal(err.kind, kind);
	for (const char *c = err.msg; *c; c++)
		assert_true(*c >= ' ' && *c <= '~');
}

#define STATUS   "var/lib/dpkg/status"
#define LIST     "etc/apt/sources.list"
#define LISTS    "etc/apt/sources.list.d"
#define PINS     "etc/apt/preferences.d"
#define STATUSES "var/lib/dpkg/status.d"
#define RELEASE  "usr/lib/os-release"

static void
a_later_layer_hides_an_earlier_one(void **state)
{
	(void)state;
	CLEANUP(image_clear)
	struct image image =
	    IMAGE("d \nf " STATUS " one\nf " LIST " a", "f " STATUS " two", "");

	assert_file(&image, STATUS, STATUS, "two", 2);
	assert_file(&image, LIST, LIST, "a", 1);
	assert_none(&image, RELEASE, ERROR_NOT_FOUND);
}

static void
a_whiteout_hides_what_is_below(void **state)
{
	(void)state;
	CLEANUP(image_clear)
	struct image image =
	    IMAGE("f " STATUS " one\nf " LIST " a\nf " RELEASE " r",
		"w var/lib/dpkg", "w " LIST, "f " LIST " b");

	assert_none(&image, STATUS, ERROR_NOT_FOUND);
	assert_file(&image, LIST, LIST, "b", 4);
	assert_file(&image, RELEASE, RELEASE, "r", 1);
}

static void
a_whiteout_leaves_its_own_layer_alone(void **state)
{
	(void)state;
	CLEANUP(image_clear)
	struct image image = IMAGE("f " LIST " a\nf " LISTS "/old.list 1",
	    "f " LIST " b\nw " LIST "\nf " LISTS "/new.list 2\nw " LISTS);

	assert_file(&image, LIST, LIST, "b", 2);
	assert_lists(&image, LISTS, LISTS "/new.list=2");
}

static void
an_opaque_directory_hides_what_is_below_but_itself(void **state)
{
	(void)state;
	CLEANUP(image_clear)
	struct image image = IMAGE("f " LISTS "/a 1\nf " LIST " a",
	    "d " LISTS "\nf " LISTS "/b 2\no " LISTS "\nf " LISTS "/c 3");

	assert_lists(&image, LISTS, LISTS "/b=2 " LISTS "/c=3");
	assert_file(&image, LIST, LIST, "a", 1);
}

static void
an_opaque_root_hides_all(void **state)
{
	(void)state;
	CLEANUP(image_clear)
	struct image image =
	    IMAGE("f " STATUS " one\nf " LIST " a", "o \nf " LIST " b");

	assert_none(&image, STATUS, ERROR_NOT_FOUND);
	assert_file(&image, LIST, LIST, "b", 2);
}

static void
a_file_replaces_a_directory_and_back(void **state)
{
	(void)state;
	CLEANUP(image_clear)
	struct image image =
	    IMAGE("f " LISTS "/a 1", "f " LISTS " x", "f " STATUS " s");
	struct error err;

	assert_none(&image, LISTS "/a", ERROR_NOT_FOUND);
	assert_lists(&image, LISTS, "");
	assert_int_equal(
	    image_add(&image, "d " LISTS "\nf " LISTS "/b 2", &err), 0);
	assert_lists(&image, LISTS, LISTS "/b=2");
}

static void
a_directory_keeps_what_it_has(void **state)
{
	(void)state;
	CLEANUP(image_clear)
	struct image image =
	    IMAGE("d etc\nd " LISTS "\nf " LISTS "/a 1", "d etc\nd " LISTS);

	assert_lists(&image, LISTS, LISTS "/a=1");
}

/* overlayfs would show what is below again, other engines would not. */
static void
refuses_a_file_that_turns_into_a_directory(void **state)
{
	(void)state;
	assert_refused(
	    "f " LISTS "/a 1", "f " LISTS " x\nd " LISTS, ERROR_UNSUPPORTED);
	assert_refused(
	    "f " LISTS "/a 1", "l " LISTS " x\nd " LISTS, ERROR_UNSUPPORTED);
	assert_refused("f " LISTS "/a 1",
	    "d " LISTS "\nf " LISTS " x\nd " LISTS, ERROR_UNSUPPORTED);

	/* With nothing below, all agree. */
	CLEANUP(image_clear)
	struct image image =
	    IMAGE("d ", "l " LISTS " x\nd " LISTS "\nf " LISTS "/b 2");
	assert_lists(&image, LISTS, LISTS "/b=2");
}

/* docker's overlay2 makes a directory of the link, others follow it. */
static void
refuses_what_lies_below_no_directory(void **state)
{
	static const char *const above[] = { "l var x", "f var x", "c var",
		("h var " LIST) };
	static const char *const below[] = { ("f " STATUS " s"), "d var/lib",
		("w " STATUS), "o var/lib/dpkg", "o var" };

	(void)state;
	for (size_t i = 0; i < N_ITEMS(above); i++)
		for (size_t k = 0; k < N_ITEMS(below); k++) {
			CLEANUP(string_free)
			char *both =
			    string_format("%s\n%s", above[i], below[k]);

			assert_refused(above[i], below[k], ERROR_UNSUPPORTED);
			assert_refused("d ", both, ERROR_UNSUPPORTED);
		}
}

static void
an_entry_makes_the_directories_above_it(void **state)
{
	(void)state;
	CLEANUP(image_clear) struct image image = IMAGE("f " STATUS " s");
	struct tree_file file;
	struct error err;

	assert_int_equal(
	    tree_find(image.tree, SLICE("var/lib"), &file, &err), 0);
	assert_int_equal(file.kind, INVENTORY_DIRECTORY);
	assert_text(file.path, "var/lib");
}

static void
the_last_of_two_alike_counts(void **state)
{
	(void)state;
	CLEANUP(image_clear)
	struct image image = IMAGE("f " LIST " a\nf " LIST " b\nf " LISTS
				   "/a 1\nf " LISTS "/a 2\nd etc\nd etc");

	assert_file(&image, LIST, LIST, "b", 1);
	assert_lists(&image, LISTS, LISTS "/a=2");
}

static void
follows_links_as_open_does(void **state)
{
	static const char *const links[] = { "../usr/lib/os-release",
		"/usr/lib/os-release", "//usr///lib/./os-release",
		"../../../../usr/lib/os-release",
		"./../etc/../usr/lib/os-release",
		"../var/lib/dpkg/../../../usr/lib/os-release",
		"apt/sources.list" };

	(void)state;
	for (size_t i = 0; i < N_ITEMS(links); i++) {
		CLEANUP(string_free)
		char *layer = string_format("f " RELEASE
					    " r\nl etc/os-release %s\nf " STATUS
					    " s\nf " LIST " r",
		    links[i]);
		CLEANUP(image_clear) struct image image = IMAGE(layer);

		assert_file(&image, "etc/os-release",
		    i < N_ITEMS(links) - 1 ? RELEASE : LIST, "r", 1);
	}
}

static void
follows_links_of_directories(void **state)
{
	(void)state;
	CLEANUP(image_clear)
	struct image image =
	    IMAGE("d usr/lib\nl lib usr/lib\nf usr/lib/apk/db/installed \n"
		  "l " LISTS " preferences.d\nf " PINS "/a.list 1\n"
		  "l " STATUSES " ../../../etc/apt/sources.list.d");

	assert_file(
	    &image, "lib/apk/db/installed", "usr/lib/apk/db/installed", "", 1);
	assert_lists(&image, LISTS, PINS "/a.list=1");
	assert_lists(&image, STATUSES, PINS "/a.list=1");
}

/* ".." is of the directory that a link led to, not of the link. */
static void
goes_up_from_where_a_link_led(void **state)
{
	(void)state;
	CLEANUP(image_clear)
	struct image image =
	    IMAGE("l " LISTS " ../../var/lib/dpkg/status.d\nd " STATUSES "\n"
		  "f var/lib/dpkg/arch x\nf etc/apt/preferences y\n"
		  "l etc/os-release apt/sources.list.d/../arch");

	assert_file(&image, "etc/os-release", "var/lib/dpkg/arch", "x", 1);
}

static void
a_link_to_nothing_is_nothing(void **state)
{
	static const char *const links[] = { "sources.list", "preferences/",
		"preferences/.", "preferences/../preferences",
		"sources.list.d/../preferences", ".", "..", "/",
		"preferences/x/../../preferences" };

	(void)state;
	for (size_t i = 0; i < N_ITEMS(links); i++) {
		CLEANUP(string_free)
		char *text = string_format(
		    "f etc/apt/preferences x\nl " PINS "/a ../%s", links[i]);
		CLEANUP(image_clear) struct image image = IMAGE(text);

		assert_lists(&image, PINS, "");
	}
}

static void
links_in_a_circle_are_an_error(void **state)
{
	(void)state;
	CLEANUP(image_clear)
	struct image image = IMAGE("l etc/os-release os-release\n"
				   "l " LISTS " preferences.d\n"
				   "l " PINS " sources.list.d\n"
				   "l " STATUSES " status.d/status.d\n"
				   "d etc");

	assert_none(&image, "etc/os-release", ERROR_FORMAT);
	assert_no_list(&image, LISTS, ERROR_FORMAT);
	assert_no_list(&image, STATUSES, ERROR_FORMAT);
}

static void
forty_links_are_followed_and_no_more(void **state)
{
	CLEANUP(buf_clear) struct buf text = { 0 };

	(void)state;
	buf_put_string(&text, "f " LISTS "/41.list end");
	for (int i = 40; i >= 0; i--)
		buf_put_format(
		    &text, "\nl " LISTS "/%02d.list %02d.list", i, i + 1);
	CLEANUP(string_free) char *layer = buf_take_string(&text);
	CLEANUP(image_clear) struct image image = IMAGE(layer);

	assert_file(&image, LISTS "/01.list", LISTS "/41.list", "end", 1);
	assert_none(&image, LISTS "/00.list", ERROR_FORMAT);
}

static void
a_link_to_where_nobody_looked_is_unknown(void **state)
{
	static const char *const links[] = { "x", "/opt/os-release",
		"../usr/libexec/os-release", "../usr/lib/os-release2",
		"../nowhere/../usr/lib/os-release",
		/* there, and not read */
		"../usr/lib/sysimage", "\x1b[2J" };

	(void)state;
	for (size_t i = 0; i < N_ITEMS(links); i++) {
		CLEANUP(string_free)
		char *layer =
		    string_format("f " RELEASE " r\nf usr/lib/sysimage \n"
				  "l etc/os-release %s",
			links[i]);
		CLEANUP(image_clear) struct image image = IMAGE(layer);

		assert_none(&image, "etc/os-release", ERROR_UNSUPPORTED);
	}
}

/* Of its other files the inventory has none. */
static void
lists_only_where_all_files_are_kept(void **state)
{
	static const char *const links[] = { "../../var/lib/dpkg", "../apt",
		"/", "../../usr/lib", "/var/lib/rpm", "/opt" };

	(void)state;
	for (size_t i = 0; i < N_ITEMS(links); i++) {
		CLEANUP(string_free)
		char *layer = string_format("d \nf " STATUS
					    " s\nd var/lib/rpm\nf " RELEASE
					    " r\nl " LISTS " %s",
		    links[i]);
		CLEANUP(image_clear) struct image image = IMAGE(layer);

		assert_no_list(&image, LISTS, ERROR_UNSUPPORTED);
	}
}

static void
a_hard_link_is_the_file_that_it_names(void **state)
{
	(void)state;
	CLEANUP(image_clear)
	struct image image = IMAGE(
	    "f " RELEASE " r\nh etc/os-release " RELEASE "\n"
	    "l " PINS "/l ../sources.list\nh " PINS "/m " PINS "/l\n"
	    "f " LIST " a\nh " LISTS "/two " LIST "\nh " LISTS "/three " LISTS
	    "/two\nc " LISTS "/c\nh " LISTS "/d " LISTS "/c");

	assert_file(&image, "etc/os-release", "etc/os-release", "r", 1);
	assert_lists(&image, PINS, PINS "/l=a " PINS "/m=a");
	assert_lists(&image, LISTS, LISTS "/three=a " LISTS "/two=a");
}

/* Names of one file part when one of them is written anew. */
static void
a_hard_link_stays_what_it_was(void **state)
{
	(void)state;
	CLEANUP(image_clear)
	struct image image =
	    IMAGE("f " RELEASE " r\nh etc/os-release " RELEASE "\n"
		  "f " LIST " a\nh " LISTS "/two " LIST "\nf " LIST " b",
		"f " RELEASE " new\nw " LIST);

	assert_file(&image, "etc/os-release", "etc/os-release", "r", 1);
	assert_file(&image, LISTS "/two", LISTS "/two", "a", 1);
}

static void
a_hard_link_to_what_its_layer_has_not_is_unknown(void **state)
{
	static const char *const targets[] = { "opt/x", LIST, "etc/os-release",
		"usr/lib/sysimage", "etc/apt", "" };

	(void)state;
	for (size_t i = 0; i < N_ITEMS(targets); i++) {
		CLEANUP(string_free)
		char *layer =
		    string_format("f usr/lib/sysimage \nd etc/apt\n"
				  "h etc/os-release %s\nh " LISTS "/a opt/x",
			targets[i]);
		CLEANUP(image_clear)
		struct image image = IMAGE("f " LIST " lower", layer);

		assert_none(&image, "etc/os-release", ERROR_UNSUPPORTED);
		assert_no_list(&image, LISTS, ERROR_UNSUPPORTED);
	}
}

static void
lists_files_in_the_order_of_their_names(void **state)
{
	(void)state;
	CLEANUP(image_clear)
	struct image image = IMAGE("f " LISTS "/b.list 1\nf " LISTS
				   "/a-b 2\nd " LISTS "/dir\nc " LISTS "/dev",
	    "f " LISTS "/a 3\nf " LISTS "/\xff 4\nf " LISTS "/B 5\nl " LISTS
	    "/z a");

	assert_lists(&image, LISTS,
	    LISTS "/B=5 " LISTS "/a=3 " LISTS "/a-b=2 " LISTS "/b.list=1 " LISTS
		  "/z=3 " LISTS "/\xff=4");
	assert_lists(&image, PINS, "");
	assert_lists(&image, STATUSES, "");
}

static void
shows_a_device_as_what_is_no_file(void **state)
{
	(void)state;
	CLEANUP(image_clear) struct image image = IMAGE("c " STATUS);
	struct tree_file file;
	struct error err;

	assert_int_equal(tree_find(image.tree, SLICE(STATUS), &file, &err), 0);
	assert_int_equal(file.kind, INVENTORY_OTHER);
}

static char *
text_of(char c, size_t n)
{
	char *text = malloc(n + 1);

	assert_non_null(text);
	memset(text, c, n);
	text[n] = '\0';
	return text;
}

/* What the kernel takes, in all the lengths around its limit. */
static void
long_links_never_overflow(void **state)
{
	static const size_t lengths[] = { 255, 4000, 4095, 4096, 4097, 8190,
		8191, 8192, 8193, 20000 };

	(void)state;
	for (size_t i = 0; i < N_ITEMS(lengths); i++) {
		CLEANUP(string_free) char *slashes = text_of('/', lengths[i]);
		CLEANUP(string_free) char *name = text_of('a', lengths[i]);
		CLEANUP(string_free)
		char *layer = string_format("f " RELEASE " r\n"
					    "l etc/os-release %s" RELEASE "\n"
					    "l " PINS "/name %s\n"
					    "l " PINS "/loop name/%s",
		    slashes, name, name);
		CLEANUP(image_clear) struct image image = IMAGE(layer);

		if (lengths[i] < 4000)
			assert_file(&image, "etc/os-release", RELEASE, "r", 1);
		else if (lengths[i] > 4096)
			assert_none(&image, "etc/os-release", ERROR_LIMIT);
		if (lengths[i] > 4096)
			assert_no_list(&image, PINS, ERROR_LIMIT);
	}
}

/* Each link leaves a rest behind; together they are too long. */
static void
many_long_links_never_overflow(void **state)
{
	CLEANUP(string_free) char *slashes = text_of('/', 4000);
	CLEANUP(string_free)
	char *layer = string_format(
	    "d " STATUSES "\nl " LISTS " sources.list.d%sx", slashes);

	(void)state;
	CLEANUP(image_clear) struct image image = IMAGE(layer);
	assert_no_list(&image, LISTS, ERROR_LIMIT);
}

static void
long_paths_are_refused(void **state)
{
	CLEANUP(string_free) char *name = text_of('a', 4096);
	CLEANUP(string_free)
	char *layer = string_format("f " PINS "/%s x", name);

	(void)state;
	assert_refused("d ", layer, ERROR_FORMAT);
	CLEANUP(image_clear) struct image image = IMAGE("d etc");
	CLEANUP(string_free) char *path = string_format("etc/%s", name);
	assert_none(&image, path, ERROR_LIMIT);
}

static void
refuses_what_is_no_inventory(void **state)
{
	static const char *const layers[] = { "f opt/x x", "f etc/apt/ x",
		"f /etc x", ("f " PINS "/a/b x"), "f etc//apt x", "f  x", "w ",
		"h  x", "d etc/x" };

	(void)state;
	for (size_t i = 0; i < N_ITEMS(layers); i++)
		assert_refused("d ", layers[i], ERROR_FORMAT);
}

static void
put_path(struct buf *out, enum inventory_kind kind, const char *path)
{
	inventory_put(out,
	    &(struct inventory_entry){
		.kind = kind,
		.path = slice_of_string(path),
	    });
}

/* Three million would take a while; here they are ten, with the root. */
static void
has_a_limit_on_entries(void **state)
{
	CLEANUP(tree_free) struct tree *tree = tree_new();
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	CLEANUP(buf_clear) struct buf more = { 0 };
	struct error err;

	(void)state;
	tree->max_nodes = 10;
	put_path(&bytes, INVENTORY_FILE, PINS "/1");
	put_path(&bytes, INVENTORY_FILE, STATUS);
	put_path(&bytes, INVENTORY_WHITEOUT, "var/lib/rpm");
	put_path(&more, INVENTORY_FILE, "var/lib/rpm");
	assert_int_equal(tree_add(tree, buf_slice(&bytes), &err), 0);
	assert_int_equal(tree_add(tree, buf_slice(&bytes), &err), 0);
	assert_int_equal(tree_add(tree, buf_slice(&more), &err), 0);
	put_path(&more, INVENTORY_FILE, LIST);
	assert_int_equal(tree_add(tree, buf_slice(&more), &err), -1);
	assert_int_equal(err.kind, ERROR_LIMIT);
	assert_string_equal(err.msg, "more than 10 entries in all layers");
}

/* Of what is hidden it keeps nothing. */
static void
many_layers_are_no_more_than_what_is_left(void **state)
{
	CLEANUP(tree_free) struct tree *tree = tree_new();
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct error err;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		CLEANUP(string_free)
		char *path = string_format(PINS "/%04d", i);
		struct inventory_entry entry = { .path =
						     slice_of_string(path) };

		inventory_put(&bytes, &entry);
	}
	for (int i = 0; i < 20; i++)
		assert_int_equal(tree_add(tree, buf_slice(&bytes), &err), 0);

	CLEANUP(tree_list_clear) struct tree_list list = { 0 };
	assert_int_equal(tree_list_files(tree, SLICE(PINS), &list, &err), 0);
	assert_int_equal(list.n_items, 1000);
	assert_int_equal(list.items[999].layer, 20);
}

/* Looked for among all entries, these would take minutes. */
static void
many_chains_of_links_are_followed(void **state)
{
	CLEANUP(tree_list_clear) struct tree_list list = { 0 };
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct error err;

	(void)state;
	buf_put_string(&text, "f " LISTS "/0000 x");
	for (int i = 1; i < 4000; i++)
		buf_put_format(
		    &text, "\nl " LISTS "/%04d %04d", i, i < 40 ? i - 1 : 39);
	CLEANUP(string_free) char *layer = buf_take_string(&text);
	CLEANUP(image_clear) struct image image = IMAGE(layer);

	assert_int_equal(
	    tree_list_files(image.tree, SLICE(LISTS), &list, &err), 0);
	assert_int_equal(list.n_items, 4000);
	for (size_t i = 0; i < list.n_items; i++)
		assert_text(list.items[i].content, "x");
}

/* Each version as "LAYER=CONTENT", with blanks between. */
static void
assert_versions(
    const struct image *image, const char *path, const char *expected)
{
	CLEANUP(tree_list_clear) struct tree_list list = { 0 };
	CLEANUP(buf_clear) struct buf shown = { 0 };
	struct error err;

	if (tree_versions(image->tree, slice_of_string(path), &list, &err) < 0)
		fail_msg("%s: %s", path, err.msg);
	for (size_t i = 0; i < list.n_items; i++) {
		buf_put_format(
		    &shown, "%s%u=", i > 0 ? " " : "", list.items[i].layer);
		buf_put(&shown, list.items[i].content);
	}
	assert_text(buf_slice(&shown), expected);
}

static void
shows_a_file_as_each_layer_left_it(void **state)
{
	(void)state;
	CLEANUP(image_clear)
	struct image image = IMAGE("f " STATUS " one\nf " LIST " a",
	    "f " LIST " b", "f " STATUS " not yet\nf " STATUS " three");

	assert_versions(&image, STATUS, "3=three 1=one");
	assert_versions(&image, LIST, "2=b 1=a");
	assert_versions(&image, "var/lib", "3=");
}

static void
what_was_taken_away_is_no_version(void **state)
{
	static const char *const between[] = { ("w " STATUS), "w var/lib",
		"w var", "o var/lib/dpkg", "o var", "o ", ("d " STATUS),
		("l " STATUS " x"), ("c " STATUS), "f var/lib x" };

	(void)state;
	for (size_t i = 0; i < N_ITEMS(between); i++) {
		const char *back = i == N_ITEMS(between) - 1 ? "d var/lib" : "";
		CLEANUP(image_clear)
		struct image image = IMAGE(
		    "f " STATUS " one", between[i], back, "f " STATUS " four");

		assert_versions(&image, STATUS, "4=four");
	}
}

/* Whether it stands before or after the file. */
static void
what_the_same_layer_takes_away_is_no_version(void **state)
{
	static const char *const lines[] = { ("w " STATUS), "w var/lib",
		"w var", "o var/lib/dpkg", "o var", "o " };

	(void)state;
	for (size_t i = 0; i < N_ITEMS(lines); i++) {
		CLEANUP(string_free)
		char *before = string_format("%s\nf " STATUS " two", lines[i]);
		CLEANUP(string_free)
		char *after = string_format("f " STATUS " two\n%s", lines[i]);
		CLEANUP(image_clear)
		struct image one = IMAGE("f " STATUS " one", before);
		CLEANUP(image_clear)
		struct image other = IMAGE("f " STATUS " one", after);

		assert_versions(&one, STATUS, "2=two");
		assert_versions(&other, STATUS, "2=two");
	}
}

/* A hard link is a version when it is one of a file that was read. */
static void
a_version_may_be_unknown(void **state)
{
	(void)state;
	CLEANUP(image_clear)
	struct image image = IMAGE("a\nf " STATUS " one",
	    "a\nf opt/x \nh " STATUS " opt/x", "a\nf " STATUS " three");
	CLEANUP(image_clear)
	struct image known = IMAGE("f " STATUS " one",
	    "f " PINS "/x two\nh " STATUS " " PINS "/x", "f " STATUS " three");

	assert_versions(&image, STATUS, "3=three");
	assert_versions(&known, STATUS, "3=three 2=two 1=one");
}

#define RPM "var/lib/rpm/rpmdb.sqlite"

static void
a_database_and_its_log_have_their_own_layers(void **state)
{
	(void)state;
	CLEANUP(image_clear)
	struct image image = IMAGE("f " RPM " base", "f " RPM "-wal log",
	    "f " RPM " whole\nw " RPM "-wal");
	CLEANUP(image_clear)
	struct image two = IMAGE("f " RPM " base", "f " RPM "-wal log");

	assert_file(&two, RPM, RPM, "base", 1);
	assert_file(&two, RPM "-wal", RPM "-wal", "log", 2);
	assert_file(&image, RPM, RPM, "whole", 3);
	assert_none(&image, RPM "-wal", ERROR_NOT_FOUND);
}

static void
lists_the_directories_of_a_directory(void **state)
{
	CLEANUP(tree_list_clear) struct tree_list list = { 0 };
	struct error err;

	(void)state;
#define PACMAN "var/lib/pacman/local"
	CLEANUP(image_clear)
	struct image image = IMAGE("f " PACMAN "/zlib-1-1/desc z\nf " PACMAN
				   "/ALPM_DB_VERSION 9\nd " PACMAN "/acl-2-1\n"
				   "l " PACMAN "/link zlib-1-1\nl " PACMAN
				   "/dangling x\nf " PACMAN "/gone-1/desc x",
	    "w " PACMAN "/gone-1");

	assert_int_equal(
	    tree_list_directories(image.tree, SLICE(PACMAN), &list, &err), 0);
	assert_int_equal(list.n_items, 3);
	assert_text(list.items[0].path, PACMAN "/acl-2-1");
	assert_text(list.items[1].path, PACMAN "/link");
	assert_text(list.items[2].path, PACMAN "/zlib-1-1");
	assert_int_equal(
	    tree_list_directories(image.tree, SLICE("var"), &list, &err), -1);
	assert_int_equal(err.kind, ERROR_UNSUPPORTED);
}

static void
assert_resolves(const struct image *image, const char *path, const char *where)
{
	CLEANUP(buf_clear) struct buf ret = { 0 };
	struct error err;

	if (tree_resolve(image->tree, slice_of_string(path), &ret, &err) < 0)
		fail_msg("%s: %s", path, err.msg);
	assert_text(buf_slice(&ret), where);
}

static void
resolves_the_directories_above_a_path(void **state)
{
	CLEANUP(buf_clear) struct buf ret = { 0 };
	struct error err;

	(void)state;
	CLEANUP(image_clear)
	struct image image =
	    IMAGE("a\nl bin usr/bin\nf usr/bin/dash \nl usr/bin/sh dash\n"
		  "l lib64 /usr/lib64\nl usr/lib64 lib\nd usr/lib\nf etc/x ");

	assert_resolves(&image, "bin/sh", "usr/bin/sh");
	assert_resolves(&image, "/bin/sh", "usr/bin/sh");
	assert_resolves(&image, "bin/not-there", "usr/bin/not-there");
	assert_resolves(&image, "lib64/x", "usr/lib/x");
	assert_resolves(&image, "lib64/", "usr/lib");
	assert_resolves(&image, "bin", "bin");
	assert_resolves(&image, "bin/", "usr/bin");
	assert_resolves(&image, "bin/.", "usr/bin");
	assert_resolves(&image, "bin/..", "usr");
	assert_resolves(&image, "/", "");
	assert_resolves(&image, "usr/bin/../../etc/x", "etc/x");
	assert_int_equal(
	    tree_resolve(image.tree, SLICE("nowhere/x"), &ret, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_int_equal(
	    tree_resolve(image.tree, SLICE("etc/x/y"), &ret, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
}

static int
visit_put(void *ctx, const struct tree_file *file, struct error *err)
{
	struct buf *shown = ctx;

	(void)err;
	buf_put(shown, slice_of(&"fhldc"[file->kind], 1));
	buf_put_string(shown, " ");
	buf_put(shown, file->path);
	if (file->link.len > 0)
		buf_put_string(shown, ">");
	buf_put(shown, file->link);
	buf_put_format(shown, " %u\n", file->layer);
	return 0;
}

static void
walks_all_in_the_order_of_paths(void **state)
{
	CLEANUP(buf_clear) struct buf shown = { 0 };
	struct error err;

	(void)state;
	CLEANUP(image_clear)
	struct image image = IMAGE("a\nf b 1\nf a/x 1\nf a-b 1\nl a/l x\n"
				   "h a/h x\nf gone 1",
	    "a\nw gone\nf a/y 2\nc dev/null\nd a.d\nf \xff/z 2");

	assert_int_equal(tree_walk(image.tree, visit_put, &shown, &err), 0);
	assert_text(buf_slice(&shown),
	    "d a 2\nf a-b 1\nd a.d 2\nh a/h>x 1\nl a/l>x 1\nf a/x 1\n"
	    "f a/y 2\nf b 1\nd dev 2\nc dev/null 2\nd \xff 2\nf \xff/z 2\n");
}

static int
visit_stop(void *ctx, const struct tree_file *file, struct error *err)
{
	size_t *n = ctx;

	(void)file;
	++*n;
	return error_set(err, ERROR_CANCELED, "enough");
}

static void
a_walk_ends_where_the_visit_fails(void **state)
{
	size_t n = 0;
	struct error err;

	(void)state;
	CLEANUP(image_clear) struct image image = IMAGE("a\nf a 1\nf b 1");
	assert_int_equal(tree_walk(image.tree, visit_stop, &n, &err), -1);
	assert_int_equal(err.kind, ERROR_CANCELED);
	assert_int_equal(n, 1);
}

/* Where all entries are there, a link leads to nothing or to something. */
static void
knows_all_of_complete_layers(void **state)
{
	static const char *const upper[] = { "a", "d etc" };

	(void)state;
	for (size_t i = 0; i < N_ITEMS(upper); i++) {
		CLEANUP(image_clear)
		struct image image =
		    IMAGE("a\nl etc/os-release /opt/release\nf usr/share/x \n"
			  "l etc/apt/preferences /usr/share/x\n"
			  "f usr/share/doc/a/copyright MIT\n"
			  "l usr/share/doc/b a\nf var/lib/dpkg/info/a.list /x",
			upper[i]);

		/* One that is not is not known again. */
		assert_none(&image, "etc/os-release",
		    i == 0 ? ERROR_NOT_FOUND : ERROR_UNSUPPORTED);
		assert_none(&image, "etc/apt/preferences", ERROR_UNSUPPORTED);
		assert_file(&image, "var/lib/dpkg/info/a.list",
		    "var/lib/dpkg/info/a.list", "/x", 1);
		if (i == 0)
			assert_file(&image, "usr/share/doc/b/copyright",
			    "usr/share/doc/a/copyright", "MIT", 1);
	}
}

static void
refuses_paths_that_no_layer_has(void **state)
{
	static const char *const lines[] = { "f /x x", "f x/ x", "f a//b x",
		"f . x", "f a/../b x", "f a/. x", "f  x", "w ", "c ", "a" };

	(void)state;
	for (size_t i = 0; i < N_ITEMS(lines); i++) {
		CLEANUP(string_free)
		char *layer = string_format("a\nd \n%s", lines[i]);

		assert_refused("a", layer, ERROR_FORMAT);
	}
}

/* If each were to look at all files again, this would take minutes. */
static void
hiding_again_and_again_is_quick(void **state)
{
	static const enum inventory_kind kinds[] = { INVENTORY_OPAQUE,
		INVENTORY_WHITEOUT, INVENTORY_OPAQUE };
	CLEANUP(tree_free) struct tree *tree = tree_new();
	CLEANUP(buf_clear) struct buf lower = { 0 };
	CLEANUP(buf_clear) struct buf upper = { 0 };
	struct tree_file file;
	struct error err;
	char path[64];

	(void)state;
	put_path(&lower, INVENTORY_COMPLETE, "");
	put_path(&upper, INVENTORY_COMPLETE, "");
	for (int i = 0; i < 10000; i++) {
		(void)snprintf(path, sizeof(path), "a/b/c/%d", i);
		put_path(&lower, INVENTORY_FILE, path);
		put_path(&upper, INVENTORY_FILE, path);
		put_path(&upper, kinds[i % 3], i % 2 ? "a/b" : "a/b/c");
		put_path(&upper, kinds[(i + 1) % 3], "a");
	}
	assert_int_equal(tree_add(tree, buf_slice(&lower), &err), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(tree_add(tree, buf_slice(&upper), &err), 0);
	assert_int_equal(tree_find(tree, SLICE("a/b/c/9999"), &file, &err), 0);
	assert_int_equal(file.layer, 5);
}

/* One directory emptied over and over, by many layers of few entries. */
static void
many_layers_of_whiteouts_are_quick(void **state)
{
	CLEANUP(tree_free) struct tree *tree = tree_new();
	CLEANUP(buf_clear) struct buf first = { 0 };
	CLEANUP(buf_clear) struct buf other = { 0 };
	struct error err;
	char path[64];

	(void)state;
	put_path(&first, INVENTORY_COMPLETE, "");
	for (int i = 0; i < 50000; i++) {
		(void)snprintf(path, sizeof(path), "a/%d", i);
		put_path(&first, INVENTORY_FILE, path);
	}
	put_path(&other, INVENTORY_COMPLETE, "");
	put_path(&other, INVENTORY_OPAQUE, "a");
	put_path(&other, INVENTORY_FILE, "a/x");
	assert_int_equal(tree_add(tree, buf_slice(&first), &err), 0);
	for (int i = 0; i < 5000; i++)
		assert_int_equal(tree_add(tree, buf_slice(&other), &err), 0);
}

/* 40,000 links of 4000 bytes each would be followed for a while. */
static void
links_of_one_directory_have_one_budget(void **state)
{
	CLEANUP(string_free) char *dots = text_of('.', 4000);
	CLEANUP(tree_list_clear) struct tree_list list = { 0 };
	CLEANUP(tree_free) struct tree *tree = tree_new();
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct error err;
	char path[64];

	(void)state;
	for (size_t i = 1; i < 4000; i += 2)
		dots[i] = '/';
	put_path(&bytes, INVENTORY_COMPLETE, "");
	for (int i = 0; i < 40000; i++) {
		(void)snprintf(path, sizeof(path), "a/%d", i);
		inventory_put(&bytes,
		    &(struct inventory_entry){
			.kind = INVENTORY_SYMLINK,
			.path = slice_of_string(path),
			.link = slice_of_string(dots),
		    });
	}
	assert_int_equal(tree_add(tree, buf_slice(&bytes), &err), 0);
	assert_int_equal(tree_list_files(tree, SLICE("a"), &list, &err), -1);
	assert_int_equal(err.kind, ERROR_LIMIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_later_layer_hides_an_earlier_one),
		cmocka_unit_test(a_whiteout_hides_what_is_below),
		cmocka_unit_test(a_whiteout_leaves_its_own_layer_alone),
		cmocka_unit_test(
		    an_opaque_directory_hides_what_is_below_but_itself),
		cmocka_unit_test(an_opaque_root_hides_all),
		cmocka_unit_test(a_file_replaces_a_directory_and_back),
		cmocka_unit_test(a_directory_keeps_what_it_has),
		cmocka_unit_test(refuses_a_file_that_turns_into_a_directory),
		cmocka_unit_test(refuses_what_lies_below_no_directory),
		cmocka_unit_test(an_entry_makes_the_directories_above_it),
		cmocka_unit_test(the_last_of_two_alike_counts),
		cmocka_unit_test(follows_links_as_open_does),
		cmocka_unit_test(follows_links_of_directories),
		cmocka_unit_test(goes_up_from_where_a_link_led),
		cmocka_unit_test(a_link_to_nothing_is_nothing),
		cmocka_unit_test(links_in_a_circle_are_an_error),
		cmocka_unit_test(forty_links_are_followed_and_no_more),
		cmocka_unit_test(a_link_to_where_nobody_looked_is_unknown),
		cmocka_unit_test(lists_only_where_all_files_are_kept),
		cmocka_unit_test(a_hard_link_is_the_file_that_it_names),
		cmocka_unit_test(a_hard_link_stays_what_it_was),
		cmocka_unit_test(
		    a_hard_link_to_what_its_layer_has_not_is_unknown),
		cmocka_unit_test(lists_files_in_the_order_of_their_names),
		cmocka_unit_test(shows_a_device_as_what_is_no_file),
		cmocka_unit_test(long_links_never_overflow),
		cmocka_unit_test(many_long_links_never_overflow),
		cmocka_unit_test(long_paths_are_refused),
		cmocka_unit_test(refuses_what_is_no_inventory),
		cmocka_unit_test(has_a_limit_on_entries),
		cmocka_unit_test(many_layers_are_no_more_than_what_is_left),
		cmocka_unit_test(many_chains_of_links_are_followed),
		cmocka_unit_test(shows_a_file_as_each_layer_left_it),
		cmocka_unit_test(what_was_taken_away_is_no_version),
		cmocka_unit_test(what_the_same_layer_takes_away_is_no_version),
		cmocka_unit_test(a_version_may_be_unknown),
		cmocka_unit_test(a_database_and_its_log_have_their_own_layers),
		cmocka_unit_test(lists_the_directories_of_a_directory),
		cmocka_unit_test(resolves_the_directories_above_a_path),
		cmocka_unit_test(walks_all_in_the_order_of_paths),
		cmocka_unit_test(a_walk_ends_where_the_visit_fails),
		cmocka_unit_test(knows_all_of_complete_layers),
		cmocka_unit_test(refuses_paths_that_no_layer_has),
		cmocka_unit_test(hiding_again_and_again_is_quick),
		cmocka_unit_test(many_layers_of_whiteouts_are_quick),
		cmocka_unit_test(links_of_one_directory_have_one_budget),
	};

	return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}
