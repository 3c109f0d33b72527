/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/storage.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/memory.h"
#include "layer/inventory.h"
#include "storage/walk.h"
#include "unit.h"

#define ID_1 "1111111111111111111111111111111111111111111111111111111111111111"
#define ID_2 "2222222222222222222222222222222222222222222222222222222222222222"

/* Each test has a directory of its own, in memory: a test run may itself lie
 * on an overlay, where no whiteouts can be made. */
struct area {
	char path[64];
};

static void
make(const struct area *area, const char *path, const char *text)
{
	CLEANUP(string_free)
	char *all = string_format("%s/%s", area->path, path);
	struct error err;

	char *slash = strrchr(all, '/');
	*slash = '\0';
	assert_int_equal(directory_make(all, 0755, &err), 0);
	*slash = '/';
	if (text && file_write_atomic(all, slice_of_string(text), &err) < 0)
		fail_msg("%s", err.msg);
}

static void
make_link(const struct area *area, const char *path, const char *to)
{
	CLEANUP(string_free)
	char *all = string_format("%s/%s", area->path, path);

	make(area, path, NULL);
	assert_int_equal(symlink(to, all), 0);
}

static void
make_node(const struct area *area, const char *path, mode_t mode)
{
	CLEANUP(string_free)
	char *all = string_format("%s/%s", area->path, path);

	make(area, path, NULL);
	assert_int_equal(mknod(all, mode | 0644, 0), 0);
}

static void
mark(const struct area *area, const char *path, const char *name,
    const char *value)
{
	CLEANUP(string_free)
	char *all = string_format("%s/%s", area->path, path);

	assert_int_equal(setxattr(all, name, value, strlen(value), 0), 0);
}

static int
area_new(void **state)
{
	struct area *area = calloc(1, sizeof(*area));

	assert_non_null(area);
	(void)snprintf(
	    area->path, sizeof(area->path), "/dev/shm/fother-test.XXXXXX");
	assert_non_null(mkdtemp(area->path));
	*state = area;
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

static int
area_free(void **state)
{
	struct area *area = *state;

	(void)nftw(area->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(area);
	return 0;
}

static int
line_cmp(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* As "f PATH=CONTENT", a line an entry, sorted, without the root's. */
static char *
shown(struct slice inventory)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	char *lines[64];
	size_t n = 0;
	struct inventory_entry entry;
	struct error err;

	while (inventory_next(&inventory, &entry, &err) > 0) {
		if (entry.path.len == 0 && entry.kind == INVENTORY_DIRECTORY)
			continue;
		assert_true(n < N_ITEMS(lines));
		lines[n++] = string_format("%c " SLICE_FMT "%s" SLICE_FMT
					   "%s" SLICE_FMT "\n",
		    "fhldcwo?"[entry.kind], SLICE_ARG(entry.path),
		    entry.link.len > 0 ? ">" : "", SLICE_ARG(entry.link),
		    entry.content.len > 0 ? "=" : "", SLICE_ARG(entry.content));
	}
	qsort(lines, n, sizeof(*lines), line_cmp);
	for (size_t i = 0; i < n; i++) {
		buf_put_string(&out, lines[i]);
		free(lines[i]);
	}
	buf_put_string(&out, "");
	return buf_take_string(&out);
}

static int
read_area(const struct area *area, const char *path, enum storage_form form,
    struct buf *out, struct error *err)
{
	CLEANUP(string_free)
	char *all = string_format("%s/%s", area->path, path);
	CLEANUP(fd_close) int fd = -1;

	assert_int_equal(storage_root_open(all, &fd, err), 0);
	return storage_inventory(fd, form, out, err);
}

static void
assert_shows(const struct area *area, const char *path, enum storage_form form,
    const char *expected)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct error err;

	if (read_area(area, path, form, &out, &err) < 0)
		fail_msg("%s", err.msg);
	CLEANUP(string_free) char *is = shown(buf_slice(&out));
	assert_string_equal(is, expected);
}

static void
assert_refused(const struct area *area, enum storage_form form,
    enum error_kind kind, const char *words)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct error err;

	assert_int_equal(read_area(area, "", form, &out, &err), -1);
	if (err.kind != kind || !strstr(err.msg, words))
		fail_msg("%s: %s", error_kind_to_string(err.kind), err.msg);
}

static void
keeps_what_matters_and_nothing_else(void **state)
{
	make(*state, "var/lib/dpkg/status", "Package: a\n");
	make(*state, "var/lib/dpkg/info/a.list", "/etc\n");
	make(*state, "etc/shadow", "root\n");
	make(*state, "etc/apt/sources.list.d/x.list", "deb\n");
	make(*state, "home/user/file", "text");
	assert_shows(*state, "", STORAGE_PLAIN,
	    "d etc\n"
	    "d etc/apt\n"
	    "d etc/apt/sources.list.d\n"
	    "d var\n"
	    "d var/lib\n"
	    "d var/lib/dpkg\n"
	    "f etc/apt/sources.list.d/x.list=deb\n\n"
	    "f var/lib/dpkg/status=Package: a\n\n");
}

static void
follows_no_link(void **state)
{
	make(*state, "outside/dpkg/status", "Package: secret\n");
	make(*state, "outside/os-release", "ID=secret\n");
	make_link(*state, "root/var/lib", "../../outside");
	make_link(*state, "root/etc/os-release", "../../outside/os-release");
	make_link(*state, "root/usr", "/usr");
	make_link(*state, "root/lib", "/proc/self/root/usr/lib");
	assert_shows(*state, "root", STORAGE_PLAIN,
	    "d etc\n"
	    "d var\n"
	    "l etc/os-release>../../outside/os-release\n"
	    "l lib>/proc/self/root/usr/lib\n"
	    "l usr>/usr\n"
	    "l var/lib>../../outside\n");
}

static void
waits_for_no_fifo_and_opens_no_device(void **state)
{
	make_node(*state, "var/lib/dpkg/status", S_IFIFO);
	make_node(*state, "etc/os-release", S_IFSOCK);
	assert_shows(*state, "", STORAGE_PLAIN,
	    "c etc/os-release\n"
	    "c var/lib/dpkg/status\n"
	    "d etc\n"
	    "d var\n"
	    "d var/lib\n"
	    "d var/lib/dpkg\n");
}

static void
takes_names_of_a_root_for_names(void **state)
{
	make(*state, "etc/apt/sources.list.d/.wh.x.list", "deb\n");
	make(*state, "etc/.wh.os-release", "");
	assert_shows(*state, "", STORAGE_PLAIN,
	    "d etc\n"
	    "d etc/apt\n"
	    "d etc/apt/sources.list.d\n"
	    "f etc/.wh.os-release\n"
	    "f etc/apt/sources.list.d/.wh.x.list=deb\n\n");
}

static void
needs_root(void)
{
	if (geteuid() != 0)
		skip();
}

static void
reads_whiteouts_of_a_layer(void **state)
{
	needs_root();
	make_node(*state, "etc/os-release", S_IFCHR);
	make_node(*state, "usr/lib/apk", S_IFCHR);
	assert_shows(*state, "", STORAGE_OVERLAY,
	    "d etc\n"
	    "d usr\n"
	    "d usr/lib\n"
	    "w etc/os-release\n"
	    "w usr/lib/apk\n");
	assert_shows(*state, "", STORAGE_PLAIN,
	    "c etc/os-release\n"
	    "c usr/lib/apk\n"
	    "d etc\n"
	    "d usr\n"
	    "d usr/lib\n");
}

static void
reads_opaque_directories(void **state)
{
	needs_root();
	make(*state, "var/lib/dpkg/status", "Package: a\n");
	mark(*state, "var/lib/dpkg", "trusted.overlay.opaque", "y");
	mark(*state, "var/lib", "trusted.overlay.impure", "y");
	mark(*state, "var/lib/dpkg/status", "trusted.overlay.origin", "xyz");
	assert_shows(*state, "", STORAGE_OVERLAY,
	    "d var\n"
	    "d var/lib\n"
	    "d var/lib/dpkg\n"
	    "f var/lib/dpkg/status=Package: a\n\n"
	    "o var/lib/dpkg\n");
	assert_shows(*state, "", STORAGE_PLAIN,
	    "d var\n"
	    "d var/lib\n"
	    "d var/lib/dpkg\n"
	    "f var/lib/dpkg/status=Package: a\n\n");
}

static void
refuses_what_moves_or_lacks_its_data(void **state)
{
	static const struct {
		const char *path, *name, *value;
	} cases[] = {
		{ "var/lib", "trusted.overlay.redirect", "/old" },
		{ "var/lib/dpkg", "trusted.overlay.opaque", "x" },
		{ "var/lib/dpkg/status", "trusted.overlay.metacopy", "" },
		{ "var/lib/dpkg", "trusted.overlay.of-tomorrow", "y" },
	};

	needs_root();
	make(*state, "var/lib/dpkg/status", "Package: a\n");
	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		struct area *area = *state;
		CLEANUP(string_free)
		char *all = string_format("%s/%s", area->path, cases[i].path);

		mark(area, cases[i].path, cases[i].name, cases[i].value);
		assert_refused(
		    area, STORAGE_OVERLAY, ERROR_UNSUPPORTED, "attributes");
		assert_int_equal(removexattr(all, cases[i].name), 0);
	}
}

/* Whole lists of files come from a worker that is given the tar. */
static void
assert_lists(
    const struct area *area, enum storage_form form, const char *expected)
{
	CLEANUP(tar_reader_free) struct tar_reader *reader = NULL;
	CLEANUP(storage_tar_free) struct storage_tar *tar = NULL;
	CLEANUP(buf_clear) struct buf out = { 0 };
	CLEANUP(fd_close) int fd = -1;
	struct error err;

	assert_int_equal(storage_root_open(area->path, &fd, &err), 0);
	tar = storage_tar_new(fd, form, &err);
	assert_non_null(tar);
	reader = tar_reader_new(storage_tar_stream(tar), NULL, &err);
	assert_non_null(reader);
	if (inventory_read(reader, INVENTORY_FILES, &out, &err) < 0)
		fail_msg("%s", err.msg);
	CLEANUP(string_free) char *is = shown(buf_slice(&out));
	assert_string_equal(is, expected);
}

static void
lists_all_files_as_a_tar(void **state)
{
	needs_root();
	make(*state, "var/lib/dpkg/status", "Package: a\n");
	make(*state, "var/lib/dpkg/info/a.list", "/opt/a\n");
	make(*state, "opt/a", "text");
	make(*state, "opt/program", "\177ELF and so on");
	make_link(*state, "opt/link", "a");
	make_node(*state, "opt/fifo", S_IFIFO);
	make_node(*state, "gone", S_IFCHR);
	mark(*state, "opt", "trusted.overlay.opaque", "y");
	assert_lists(*state, STORAGE_OVERLAY,
	    "? \n"
	    "c opt/fifo\n"
	    "d opt\n"
	    "d var\n"
	    "d var/lib\n"
	    "d var/lib/dpkg\n"
	    "d var/lib/dpkg/info\n"
	    "f opt/a\n"
	    "f opt/program\n"
	    "f var/lib/dpkg/info/a.list=/opt/a\n\n"
	    "f var/lib/dpkg/status=Package: a\n\n"
	    "l opt/link>a\n"
	    "o opt\n"
	    "w gone\n");
}

static void
refuses_names_that_engines_read_in_two_ways(void **state)
{
	make(*state, "etc/.wh.os-release", "");
	assert_refused(
	    *state, STORAGE_OVERLAY, ERROR_UNSUPPORTED, "a name that may hide");
}

static void
refuses_a_file_that_is_too_large(void **state)
{
	struct area *area = *state;
	CLEANUP(string_free)
	char *path = string_format("%s/var/lib/dpkg/status", area->path);

	make(area, "var/lib/dpkg/status", "");
	assert_int_equal(truncate(path, (off_t)1 << 40), 0);
	assert_refused(area, STORAGE_PLAIN, ERROR_LIMIT,
	    "var/lib/dpkg/status: larger than");
}

/* Shows the entry at path, and has the rest to be walked still. */
static void
walk_to(struct walk *walk, const char *path, struct walk_entry *ret)
{
	struct error err;

	do
		assert_int_equal(walk_next(walk, ret, &err), 1);
	while (!slice_eq(ret->path, slice_of_string(path)));
}

static void
a_file_that_changes_is_a_conflict(void **state)
{
	struct area *area = *state;
	CLEANUP(walk_free) struct walk *walk = NULL;
	CLEANUP(fd_close) int root = -1;
	CLEANUP(fd_close) int fd = -1;
	struct walk_entry entry;
	struct error err;

	make(area, "etc/os-release", "ID=one\n");
	assert_int_equal(storage_root_open(area->path, &root, &err), 0);
	walk = walk_new(root, STORAGE_PLAIN, false, &err);
	assert_non_null(walk);
	walk_to(walk, "etc/os-release", &entry);
	fd = walk_open(walk, &entry, &err);
	assert_true(fd >= 0);
	assert_int_equal(walk_check(&entry, fd, &err), 0);

	CLEANUP(string_free)
	char *path = string_format("%s/etc/os-release", area->path);
	assert_int_equal(truncate(path, 3), 0);
	assert_int_equal(walk_check(&entry, fd, &err), -1);
	assert_int_equal(err.kind, ERROR_CONFLICT);
}

static void
what_takes_a_files_place_is_not_opened(void **state)
{
	struct area *area = *state;
	CLEANUP(walk_free) struct walk *walk = NULL;
	CLEANUP(fd_close) int root = -1;
	CLEANUP(fd_close) int fd = -1;
	struct walk_entry entry;
	struct error err;
	char text[8] = "";

	make(area, "etc/os-release", "ID=one\n");
	make(area, "secret", "ID=two\n");
	assert_int_equal(storage_root_open(area->path, &root, &err), 0);
	walk = walk_new(root, STORAGE_PLAIN, false, &err);
	assert_non_null(walk);
	walk_to(walk, "etc/os-release", &entry);

	CLEANUP(string_free)
	char *path = string_format("%s/etc/os-release", area->path);
	assert_int_equal(unlink(path), 0);
	make_link(area, "etc/os-release", "../secret");
	fd = walk_open(walk, &entry, &err);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, text, sizeof(text) - 1), 7);
	assert_string_equal(text, "ID=one\n");
}

/* A data root of two layers, as the engine lays it out. */
static void
make_engine(const struct area *area)
{
	static const struct sha256 one = { .bytes = { 1 } };
	char hex[SHA256_HEX_SIZE];
	struct sha256 chain;

	make(area, "overlay2/" ID_1 "/diff/etc/os-release", "ID=one\n");
	make(area, "overlay2/" ID_2 "/diff/etc/os-release", "ID=two\n");
	sha256_to_string(&one, hex);
	CLEANUP(string_free)
	char *lower =
	    string_format("image/overlay2/layerdb/sha256/%s/cache-id", hex);
	make(area, lower, ID_1);

	/* Layer 2's diff ID is 02 and zeroes. */
	CLEANUP(string_free)
	char *text = string_format("sha256:%s sha256:02%062d", hex, 0);
	chain = sha256_of(slice_of_string(text));
	sha256_to_string(&chain, hex);
	CLEANUP(string_free)
	char *upper =
	    string_format("image/overlay2/layerdb/sha256/%s/cache-id", hex);
	make(area, upper, ID_2);
}

static int
open_engine(const struct area *area, const char *lower, const char *upper,
    struct storage_layers *ret, struct error *err)
{
	static const struct sha256 diff_ids[] = {
		{ .bytes = { 1 } },
		{ .bytes = { 2 } },
	};
	CLEANUP(string_free)
	char *inspect =
	    string_format("{\"GraphDriver\":{\"Name\":\"overlay2\",\"Data\":{"
			  "\"LowerDir\":\"%s/overlay2/%s/diff\","
			  "\"UpperDir\":\"%s/overlay2/%s/diff\"}}}",
		area->path, lower, area->path, upper);

	return storage_docker_open(
	    slice_of_string(inspect), diff_ids, 2, ret, err);
}

static void
opens_the_layers_of_an_engine_lowest_first(void **state)
{
	CLEANUP(storage_layers_clear) struct storage_layers layers = { 0 };
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct error err;

	needs_root();
	make_engine(*state);
	if (open_engine(*state, ID_1, ID_2, &layers, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(layers.n, 2);
	assert_int_equal(layers.form, STORAGE_OVERLAY);
	assert_int_equal(
	    storage_inventory(layers.fds[0], layers.form, &out, &err), 0);
	CLEANUP(string_free) char *is = shown(buf_slice(&out));
	assert_string_equal(is, "d etc\nf etc/os-release=ID=one\n\n");
}

static int
give_away(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return lchown(path, 65534, 65534);
}

/* What opening them gives to who is not root: the form, or minus the error. */
static int
open_as_nobody(const struct area *area)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		struct storage_layers layers = { 0 };
		struct error err;

		if (setresuid(65534, 65534, 65534) < 0)
			_exit(99);
		if (open_engine(area, ID_1, ID_2, &layers, &err) < 0)
			_exit(50 + (int)err.kind);
		_exit((int)layers.form);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status) >= 50 ? 50 - WEXITSTATUS(status)
					 : WEXITSTATUS(status);
}

static void
opens_none_whose_attributes_are_hidden(void **state)
{
	struct area *area = *state;

	needs_root();
	make_engine(area);
	assert_int_equal(chmod(area->path, 0755), 0);
	assert_int_equal(open_as_nobody(area), -(int)ERROR_UNSUPPORTED);
	/* A rootless engine's own user sees those that it uses. */
	assert_int_equal(nftw(area->path, give_away, 16, FTW_PHYS), 0);
	assert_int_equal(open_as_nobody(area), STORAGE_OVERLAY_USER);
}

static void
opens_none_that_the_engines_database_denies(void **state)
{
	CLEANUP(storage_layers_clear) struct storage_layers layers = { 0 };
	struct error err;

	needs_root();
	make_engine(*state);
	assert_int_equal(open_engine(*state, ID_2, ID_1, &layers, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_int_equal(open_engine(*state, ID_1, ID_1, &layers, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
	assert_int_equal(layers.n, 0);
}

static void
opens_none_where_the_database_is_not(void **state)
{
	CLEANUP(storage_layers_clear) struct storage_layers layers = { 0 };
	struct error err;

	needs_root();
	make(*state, "overlay2/" ID_1 "/diff/etc/os-release", "ID=one\n");
	make(*state, "overlay2/" ID_2 "/diff/etc/os-release", "ID=two\n");
	assert_int_equal(open_engine(*state, ID_1, ID_2, &layers, &err), -1);
	assert_int_equal(err.kind, ERROR_NOT_FOUND);
}

static void
opens_none_through_a_link(void **state)
{
	CLEANUP(storage_layers_clear) struct storage_layers layers = { 0 };
	struct area *area = *state;
	struct error err;

	needs_root();
	make_engine(area);
	CLEANUP(string_free)
	char *diff = string_format("%s/overlay2/" ID_2 "/diff", area->path);
	CLEANUP(string_free)
	char *away = string_format("%s/away", area->path);
	assert_int_equal(rename(diff, away), 0);
	assert_int_equal(symlink(away, diff), 0);
	assert_int_equal(open_engine(area, ID_1, ID_2, &layers, &err), -1);
	assert_int_equal(err.kind, ERROR_UNSUPPORTED);
}

static void
opens_none_of_another_storage(void **state)
{
	static const char *const inspections[] = {
		"{}",
		"{\"GraphDriver\":null}",
		"{\"GraphDriver\":{\"Name\":\"vfs\",\"Data\":null}}",
		"{\"GraphDriver\":{\"Name\":\"overlayfs\",\"Data\":null}}",
		"{\"GraphDriver\":{\"Name\":\"overlay2\",\"Data\":null}}",
		"{\"GraphDriver\":{\"Name\":\"overlay2\",\"Data\":"
		"{\"UpperDir\":\"/etc\"}}}",
		"{\"GraphDriver\":{\"Name\":\"overlay2\",\"Data\":"
		"{\"UpperDir\":\"/x/overlay2/../" ID_1 "/diff\"}}}",
	};
	const struct sha256 diff_id = { .bytes = { 1 } };
	CLEANUP(storage_layers_clear) struct storage_layers layers = { 0 };
	struct error err;

	(void)state;
	for (size_t i = 0; i < N_ITEMS(inspections); i++) {
		assert_int_equal(
		    storage_docker_open(slice_of_string(inspections[i]),
			&diff_id, 1, &layers, &err),
		    -1);
		assert_int_equal(err.kind, ERROR_UNSUPPORTED);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, area_new, area_free)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keeps_what_matters_and_nothing_else),
		TEST(follows_no_link),
		TEST(waits_for_no_fifo_and_opens_no_device),
		TEST(takes_names_of_a_root_for_names),
		TEST(reads_whiteouts_of_a_layer),
		TEST(reads_opaque_directories),
		TEST(refuses_what_moves_or_lacks_its_data),
		TEST(lists_all_files_as_a_tar),
		TEST(refuses_names_that_engines_read_in_two_ways),
		TEST(refuses_a_file_that_is_too_large),
		TEST(opens_the_layers_of_an_engine_lowest_first),
		TEST(a_file_that_changes_is_a_conflict),
		TEST(what_takes_a_files_place_is_not_opened),
		TEST(opens_none_whose_attributes_are_hidden),
		TEST(opens_none_that_the_engines_database_denies),
		TEST(opens_none_where_the_database_is_not),
		TEST(opens_none_through_a_link),
		TEST(opens_none_of_another_storage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
