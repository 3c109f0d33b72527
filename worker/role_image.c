/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image: puts the inventories of an image's layers together and answers what
 * the image is, which packages it has, and where its updates come from. The
 * main part of the answer says, in one printable line, why its updates
 * cannot be worked out; it is empty when they can.
 */
#include "roles.h"

#include "base/bytes.h"
#include "base/fd.h"
#include "base/memory.h"
#include "base/names.h"
#include "catalog/dpkgdb.h"
#include "catalog/os_release.h"
#include "layer/tree.h"
#include "repo/sources.h"
#include "sandbox/answer.h"
#include "sandbox/confine.h"

/* As much as the parent keeps of all layers of an image. */
#define INPUT_MAX_BYTES ((size_t)512 * 1024 * 1024)

#define STATUS_PATH SLICE("var/lib/dpkg/status")

static void
hold(struct buf *why, const char *what)
{
	if (why->len == 0)
		buf_put_string(why, what);
}

/* 1 and the file, 0 when there is none. */
static int
find(const struct tree *tree, struct slice path, struct tree_file *ret,
    struct error *err)
{
	if (tree_find(tree, path, ret, err) < 0) {
		if (err->kind == ERROR_NOT_FOUND)
			return 0;
		return error_wrap(err, SLICE_FMT, SLICE_ARG(path));
	}
	if (ret->kind != INVENTORY_FILE)
		return error_set(err, ERROR_UNSUPPORTED,
		    SLICE_FMT ": not a regular file", SLICE_ARG(path));
	return 1;
}

/* dpkg's database as one of the layers left it. */
struct state {
	struct slice status;
	uint32_t layer; /* from 1 */
};

struct states {
	struct state *items;
	size_t n_items;
};

static int
states_add(struct states *states, struct slice inventory, uint32_t layer,
    struct error *err)
{
	struct inventory_entry entry;
	int r;

	while ((r = inventory_next(&inventory, &entry, err)) > 0) {
		if (entry.kind != INVENTORY_FILE ||
		    !slice_eq(entry.path, STATUS_PATH))
			continue;
		if (!ARRAY_GROW(states->items, states->n_items))
			return error_nomem(err);
		states->items[states->n_items++] =
		    (struct state){ entry.content, layer };
	}
	return r;
}

static int
trees_read(struct tree *tree, struct states *states, struct slice input,
    struct error *err)
{
	struct bytes_reader in = bytes_reader_of(input);
	struct slice inventory;

	for (uint32_t n = 1; in.rest.len > 0; n++) {
		if (!bytes_sized(&in, &inventory))
			return error_set(err, ERROR_BUG, "not an input");
		if (tree_add(tree, inventory, err) < 0 ||
		    states_add(states, inventory, n, err) < 0)
			return error_wrap(err, "layer %u", n);
	}
	return 0;
}

static bool
same_record(const struct package *a, const struct package *b)
{
	return slice_eq(a->version, b->version) && slice_eq(a->arch, b->arch) &&
	    slice_eq(a->state, b->state);
}

/*
 * Those of packages that have been as they are since layer are of that one.
 * last is what layer they were known to be of before.
 */
static int
layer_lower(struct package_list *packages, const struct state *state,
    uint32_t last, struct error *err)
{
	CLEANUP(package_list_free) struct package_list *below = NULL;
	CLEANUP(names_clear) struct names names = { 0 };

	if (dpkgdb_parse(state->status, &below, err) < 0)
		return -1;
	for (size_t i = 0; i < below->n_items; i++) {
		uint32_t *number = names_at(&names, below->items[i].name);

		if (!number)
			return error_nomem(err);
		*number = (uint32_t)i;
	}
	for (size_t i = 0; i < packages->n_items; i++) {
		struct package *package = &packages->items[i];
		uint32_t number = names_find(&names, package->name);

		if (package->layer == last && number != NAMES_NONE &&
		    same_record(package, &below->items[number]))
			package->layer = state->layer;
	}
	return 0;
}

/*
 * The layer that brought each package as it is now. A database below that
 * cannot be read, or is hidden, tells no more than that.
 */
static int
layers_find(struct package_list *packages, const struct states *states,
    const struct tree_file *file, struct error *err)
{
	uint32_t last = file->layer;

	for (size_t i = 0; i < packages->n_items; i++)
		packages->items[i].layer = file->layer;
	if (!slice_eq(file->path, STATUS_PATH))
		return 0;
	for (size_t i = states->n_items; i-- > 0;) {
		const struct state *state = &states->items[i];

		if (state->layer >= file->layer)
			continue;
		if (layer_lower(packages, state, last, err) < 0)
			return err->kind == ERROR_NOMEM ? -1 : 0;
		last = state->layer;
	}
	return 0;
}

/* Puts what os-release says; without one, nothing. */
static int
put_os(const struct tree *tree, struct buf *why, struct error *err)
{
	CLEANUP(os_release_free) struct os_release *os = NULL;
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct tree_file file;
	int r = find(tree, SLICE("etc/os-release"), &file, err);

	if (r == 0)
		r = find(tree, SLICE("usr/lib/os-release"), &file, err);
	if (r < 0)
		return -1;
	if (r == 0) {
		hold(why, "it does not say which distribution it is");
		return 0;
	}
	if (os_release_parse(file.content, &os, err) < 0)
		return error_wrap(err, SLICE_FMT, SLICE_ARG(file.path));
	if (!slice_eq(os->id, SLICE("debian")))
		hold(why, "not Debian; only Debian's images are handled yet");
	os_release_encode(os, &out);
	if (buf_check(&out, err) < 0)
		return -1;
	return answer_put(ANSWER_OS, buf_slice(&out), err);
}

static int
no_database(const struct tree *tree, struct error *err)
{
	static const struct {
		struct slice path;
		const char *msg;
	} others[] = {
		{ SLICE("lib/apk/db/installed"),
		    "packages of apk are not handled yet" },
		{ SLICE("usr/lib/apk/db/installed"),
		    "packages of apk are not handled yet" },
		{ SLICE("var/lib/rpm"), "packages of rpm are not handled yet" },
		{ SLICE("usr/lib/sysimage/rpm"),
		    "packages of rpm are not handled yet" },
	};
	CLEANUP(tree_list_clear) struct tree_list list = { 0 };
	struct tree_file file;

	for (size_t i = 0; i < N_ITEMS(others); i++)
		if (tree_find(tree, others[i].path, &file, err) == 0)
			return error_set(
			    err, ERROR_UNSUPPORTED, "%s", others[i].msg);
	if (tree_list_files(tree, SLICE("var/lib/dpkg/status.d"), &list, err) <
	    0)
		return -1;
	if (list.n_items > 0)
		return error_set(err, ERROR_UNSUPPORTED,
		    "distroless images (dpkg's status.d) are not handled yet");
	return error_set(
	    err, ERROR_NOT_FOUND, "it has no database of packages");
}

static int
check_archs(const struct tree *tree, const struct package_list *packages,
    struct buf *why, struct error *err)
{
	struct slice native = dpkgdb_native_arch(packages);
	struct tree_file file;
	int r = find(tree, SLICE("var/lib/dpkg/arch"), &file, err);

	if (r < 0)
		return -1;
	if (native.len == 0)
		hold(why, "it has no dpkg that tells its architecture");
	if (r > 0 && dpkgdb_has_foreign_arch(file.content, native))
		hold(why,
		    "packages of several architectures are not handled "
		    "yet");
	for (size_t i = 0; i < packages->n_items; i++) {
		struct slice arch = packages->items[i].arch;

		if (!slice_eq(arch, native) && !slice_eq(arch, SLICE("all")))
			hold(why,
			    "packages of several architectures are not "
			    "handled yet");
	}
	return 0;
}

static int
put_packages(const struct tree *tree, const struct states *states,
    struct buf *why, struct error *err)
{
	CLEANUP(package_list_free) struct package_list *packages = NULL;
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct tree_file file;
	int r = find(tree, STATUS_PATH, &file, err);

	if (r < 0)
		return -1;
	if (r == 0)
		return no_database(tree, err);
	if (dpkgdb_parse(file.content, &packages, err) < 0)
		return error_wrap(err, SLICE_FMT, SLICE_ARG(file.path));
	if (layers_find(packages, states, &file, err) < 0 ||
	    check_archs(tree, packages, why, err) < 0)
		return -1;
	package_list_encode(packages, &out);
	if (buf_check(&out, err) < 0)
		return -1;
	return answer_put(ANSWER_PACKAGES, buf_slice(&out), err);
}

static int
check_preferences(const struct tree *tree, struct buf *why, struct error *err)
{
	CLEANUP(tree_list_clear) struct tree_list list = { 0 };
	struct tree_file file;
	int r = find(tree, SLICE("etc/apt/preferences"), &file, err);

	if (r < 0)
		return -1;
	bool pins = r > 0 && preferences_has_pins(file.content);
	if (tree_list_files(tree, SLICE("etc/apt/preferences.d"), &list, err) <
	    0)
		return error_wrap(err, "etc/apt/preferences.d");
	for (size_t i = 0; i < list.n_items; i++)
		pins = pins || preferences_has_pins(list.items[i].content);
	if (pins)
		hold(why, "apt preferences (pins) are not handled yet");
	return 0;
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
	int r = find(tree, SLICE("etc/apt/sources.list"), &file, err);

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
	CLEANUP(buf_clear) struct buf why = { 0 };
	struct states states = { 0 }; /* goes with the process */

	(void)argc;
	(void)argv;
	if (!tree)
		return error_nomem(err);
	if (fd_read_all(CONFINE_FIRST_FD, &input, err) < 0 ||
	    trees_read(tree, &states, buf_slice(&input), err) < 0 ||
	    put_packages(tree, &states, &why, err) < 0 ||
	    put_os(tree, &why, err) < 0 ||
	    check_preferences(tree, &why, err) < 0 ||
	    put_sources(tree, err) < 0 || buf_check(&why, err) < 0)
		return -1;
	return why.len > 0 ? answer_put(ANSWER_MAIN, buf_slice(&why), err) : 0;
}
