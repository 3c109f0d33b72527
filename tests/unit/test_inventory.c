/* SPDX-License-Identifier: Apache-2.0 */
#include "layer/inventory.h"

#include <stdlib.h>

#include "../pieces.h"
#include "archive/tar_write.h"
#include "base/memory.h"
#include "unit.h"

/* An entry of a layer, and of a file its content. */
struct member {
	enum tar_type type;
	const char *path;
	const char *text; /* of a link, where it leads */
	const char *xattr;
};

static void
put_member(struct buf *out, const struct member *member)
{
	const struct tar_xattr xattr = {
		slice_of_string(member->xattr),
		SLICE("y"),
	};
	struct slice text = slice_of_string(member->text);
	struct tar_entry entry = {
		.path = slice_of_string(member->path),
		.type = member->type,
		.xattrs = &xattr,
		.n_xattrs = member->xattr ? 1 : 0,
	};
	struct error err;

	if (member->type == TAR_FILE)
		entry.size_bytes = text.len;
	else
		entry.link = text;
	if (tar_put_header(out, &entry, &err) < 0)
		fail_msg("%s: %s", member->path, err.msg);
	if (member->type == TAR_FILE) {
		buf_put(out, text);
		tar_put_padding(out, text.len);
	}
}

/* The inventory of these members, in pieces of an odd size. */
static int
inventory_of(
    const struct member *members, size_t n, struct buf *ret, struct error *err)
{
	CLEANUP(buf_clear) struct buf layer = { 0 };

	for (size_t i = 0; i < n; i++)
		put_member(&layer, &members[i]);
	tar_put_end(&layer);

	CLEANUP(pieces_clear)
	struct pieces source = pieces_of(buf_slice(&layer), 301);
	CLEANUP(tar_reader_free)
	struct tar_reader *tar = tar_reader_new(&source.stream, NULL, err);
	assert_non_null(tar);
	return inventory_read(tar, INVENTORY_PACKAGES, ret, err);
}

/* One letter for the kind, then "PATH", "PATH>LINK" or "PATH=CONTENT". */
static void
put_shown(struct buf *out, const struct inventory_entry *entry)
{
	buf_put(out, slice_of(&"fhldcwoa"[entry->kind], 1));
	buf_put_string(out, " ");
	buf_put(out, entry->path);
	if (entry->link.len > 0)
		buf_put_string(out, ">");
	buf_put(out, entry->link);
	if (entry->content.len > 0)
		buf_put_string(out, "=");
	buf_put(out, entry->content);
	buf_put_string(out, "\n");
}

static void
assert_inventory(const struct member *members, size_t n, const char *expected)
{
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	CLEANUP(buf_clear) struct buf shown = { 0 };
	struct inventory_entry entry;
	struct error err;
	int r;

	if (inventory_of(members, n, &bytes, &err) < 0)
		fail_msg("%s", err.msg);
	struct slice rest = buf_slice(&bytes);
	while ((r = inventory_next(&rest, &entry, &err)) > 0)
		put_shown(&shown, &entry);
	assert_int_equal(r, 0);
	if (!slice_eq(buf_slice(&shown), slice_of_string(expected)))
		fail_msg("\"" SLICE_FMT "\" is not \"%s\"",
		    SLICE_ARG(buf_slice(&shown)), expected);
}

static void
assert_refused(const struct member *member, enum error_kind kind)
{
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct error err;

	if (inventory_of(member, 1, &bytes, &err) == 0)
		fail_msg("%s: not refused", member->path);
	assert_int_equal(err.kind, kind);
	for (const char *c = err.msg; *c; c++)
		assert_true(*c >= ' ' && *c <= '~');
}

static void
keeps_what_says_which_packages_there_are(void **state)
{
	static const struct member members[] = {
		{ TAR_DIRECTORY, "", NULL, NULL },
		{ TAR_DIRECTORY, "etc", NULL, NULL },
		{ TAR_FILE, "etc/passwd", "root", NULL },
		{ TAR_SYMLINK, "etc/os-release", "../usr/lib/os-release",
		    NULL },
		{ TAR_FILE, "etc/apt/sources.list", "deb", NULL },
		{ TAR_FILE, "etc/apt/sources.list.d/a.sources", "Types", NULL },
		{ TAR_FILE, "etc/apt/sources.list.d/sub/b.list", "deb", NULL },
		{ TAR_FILE, "etc/apt/preferences", "Pin", NULL },
		{ TAR_FILE, "usr/lib/os-release", "ID=debian", NULL },
		{ TAR_FILE, "usr/lib/os-release.old", "ID=debian", NULL },
		{ TAR_DIRECTORY, "usr/lib/apk", NULL, NULL },
		{ TAR_FILE, "lib/apk/db/installed", "P:x", NULL },
		{ TAR_DIRECTORY, "var/lib/rpm", NULL, NULL },
		{ TAR_FILE, "var/lib/rpm/rpmdb.sqlite", "x", NULL },
		{ TAR_CHAR, "var/lib/dpkg/arch", NULL, NULL },
		{ TAR_FIFO, "var/lib/dpkg/status.d/p", NULL, NULL },
		{ TAR_HARDLINK, "var/lib/dpkg/status", "opt/x", NULL },
		{ TAR_FILE, "var/lib/dpkg/info/x.list", "x", NULL },
	};

	(void)state;
	assert_inventory(members, N_ITEMS(members),
	    "d \nd etc\nl etc/os-release>../usr/lib/os-release\n"
	    "f etc/apt/sources.list=deb\n"
	    "f etc/apt/sources.list.d/a.sources=Types\n"
	    "f etc/apt/preferences=Pin\nf usr/lib/os-release=ID=debian\n"
	    "d usr/lib/apk\nf lib/apk/db/installed=P:x\nd var/lib/rpm\n"
	    "f var/lib/rpm/rpmdb.sqlite=x\n"
	    "c var/lib/dpkg/arch\nc var/lib/dpkg/status.d/p\n"
	    "h var/lib/dpkg/status>opt/x\n");
}

static void
an_empty_layer_has_an_inventory(void **state)
{
	(void)state;
	assert_inventory(NULL, 0, "d \n");
}

static void
keeps_content_of_many_chunks(void **state)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct inventory_entry entry;
	struct error err;

	(void)state;
	for (int i = 0; i < 1000; i++)
		buf_put_format(&text, "Package: p%d\n\n", i);
	CLEANUP(string_free) char *status = buf_take_string(&text);
	const struct member member = {
		TAR_FILE,
		"var/lib/dpkg/status",
		status,
		NULL,
	};
	assert_int_equal(inventory_of(&member, 1, &bytes, &err), 0);

	struct slice rest = buf_slice(&bytes);
	assert_int_equal(inventory_next(&rest, &entry, &err), 1);
	assert_int_equal(inventory_next(&rest, &entry, &err), 1);
	assert_true(slice_eq(entry.path, SLICE("var/lib/dpkg/status")));
	assert_true(slice_eq(entry.content, slice_of_string(status)));
	assert_int_equal(inventory_next(&rest, &entry, &err), 0);
}

static void
reads_whiteouts_of_what_matters(void **state)
{
	static const struct member members[] = {
		{ TAR_FILE, ".wh.var", "", NULL },
		{ TAR_FILE, "etc/.wh.apt", "", NULL },
		{ TAR_FILE, "etc/.wh.passwd", "", NULL },
		{ TAR_FILE, "etc/apt/sources.list.d/.wh.a.list", "", NULL },
		{ TAR_FILE, "etc/apt/.wh..wh..opq", "", NULL },
		{ TAR_FILE, "opt/.wh..wh..opq", "", NULL },
		{ TAR_DIRECTORY, ".wh..wh.plnk", NULL, NULL },
		{ TAR_FILE, ".wh..wh.aufs", "", NULL },
		{ TAR_DIRECTORY, "usr/.wh.lib", NULL, NULL },
		{ TAR_SYMLINK, "lib/.wh.apk", "x", NULL },
		{ TAR_FILE, "etc/.wh.apt/sources.list", "x", NULL },
		{ TAR_FILE, ".wh..wh..opq", "", NULL },
		{ TAR_FILE, "etc/.wh.os-release", "not read", NULL },
	};

	(void)state;
	assert_inventory(members, N_ITEMS(members),
	    "d \nw var\nw etc/apt\nw etc/apt/sources.list.d/a.list\n"
	    "o etc/apt\nw usr/lib\nw lib/apk\no \nw etc/os-release\n");
}

static void
refuses_whiteouts_of_nothing(void **state)
{
	static const char *const paths[] = { ".wh.", "etc/.wh.", ".wh..",
		"opt/.wh..", ".wh...", "etc/apt/.wh...", "\x1b[2J/.wh." };

	(void)state;
	for (size_t i = 0; i < N_ITEMS(paths); i++)
		assert_refused(&(struct member){ .path = paths[i], .text = "" },
		    ERROR_FORMAT);
}

static void
refuses_attributes_of_overlayfs_where_they_matter(void **state)
{
	static const char *const paths[] = { "", "etc", "var/lib/dpkg" };
	static const char *const names[] = { "trusted.overlay.opaque",
		"user.overlay.redirect" };
	static const struct member others[] = {
		{ TAR_DIRECTORY, "opt", NULL, "trusted.overlay.opaque" },
		{ TAR_DIRECTORY, "etc", NULL, "user.overlays" },
	};

	(void)state;
	for (size_t i = 0; i < N_ITEMS(paths); i++)
		for (size_t k = 0; k < N_ITEMS(names); k++) {
			const struct member member = { TAR_DIRECTORY, paths[i],
				NULL, names[k] };

			assert_refused(&member, ERROR_UNSUPPORTED);
		}
	assert_inventory(others, N_ITEMS(others), "d \nd etc\n");
}

/* The header alone says it. */
static void
refuses_a_file_larger_than_any(void **state)
{
	const struct tar_entry entry = {
		.path = SLICE("etc/apt/sources.list.d/\x1b[2J"),
		.size_bytes = (uint64_t)128 * 1024 * 1024 + 1,
	};
	CLEANUP(buf_clear) struct buf layer = { 0 };
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct error err;

	(void)state;
	assert_int_equal(tar_put_header(&layer, &entry, &err), 0);
	struct slice_stream source = slice_stream_of(buf_slice(&layer));
	CLEANUP(tar_reader_free)
	struct tar_reader *tar = tar_reader_new(&source.stream, NULL, &err);
	assert_int_equal(
	    inventory_read(tar, INVENTORY_PACKAGES, &bytes, &err), -1);
	assert_int_equal(err.kind, ERROR_LIMIT);
	assert_null(strchr(err.msg, '\x1b'));
}

/* Shows one header over and over. */
struct endless {
	struct stream stream;
	struct buf headers;
	uint64_t left;
};

static int
endless_next(struct stream *self, struct slice *ret, struct error *err)
{
	struct endless *in = (struct endless *)self;

	(void)err;
	*ret = slice_first(buf_slice(&in->headers), in->left);
	in->left -= ret->len;
	return 0;
}

static void
refuses_more_entries_than_any_image_has(void **state)
{
	static const struct member dir = { TAR_DIRECTORY, "etc", NULL, NULL };
	struct endless in = { .stream = { .next = endless_next } };
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct error err;

	(void)state;
	for (int i = 0; i < 500; i++)
		put_member(&in.headers, &dir);
	for (uint64_t n = 2000000; n <= 2000001; n++) {
		in.left = n * 512;
		bytes.len = 0;
		CLEANUP(tar_reader_free)
		struct tar_reader *tar = tar_reader_new(&in.stream, NULL, &err);
		assert_int_equal(
		    inventory_read(tar, INVENTORY_PACKAGES, &bytes, &err),
		    n == 2000000 ? 0 : -1);
	}
	assert_int_equal(err.kind, ERROR_LIMIT);
	buf_clear(&in.headers);
}

static void
a_limit_of_the_buffer_is_an_error(void **state)
{
	static const struct member members[] = {
		{ TAR_FILE, "etc/apt/sources.list", "0123456789", NULL },
		{ TAR_DIRECTORY, "etc", NULL, NULL },
	};
	CLEANUP(buf_clear) struct buf bytes = buf_limited(40);
	struct error err;

	(void)state;
	assert_int_equal(
	    inventory_of(members, N_ITEMS(members), &bytes, &err), -1);
	assert_int_equal(err.kind, ERROR_LIMIT);
}

static void
what_is_put_is_what_comes_back(void **state)
{
	static const struct inventory_entry entries[] = {
		{ INVENTORY_FILE, SLICE("a"), SLICE(""), SLICE("b\0c"),
		    SLICE("{}") },
		{ INVENTORY_SYMLINK, SLICE("x/y"), SLICE("\xff"), SLICE(""),
		    SLICE("") },
		{ INVENTORY_OPAQUE, SLICE(""), SLICE(""), SLICE(""),
		    SLICE("") },
	};
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct inventory_entry entry;
	struct error err;

	(void)state;
	for (size_t i = 0; i < N_ITEMS(entries); i++)
		inventory_put(&bytes, &entries[i]);
	struct slice rest = buf_slice(&bytes);
	for (size_t i = 0; i < N_ITEMS(entries); i++) {
		assert_int_equal(inventory_next(&rest, &entry, &err), 1);
		assert_int_equal(entry.kind, entries[i].kind);
		assert_true(slice_eq(entry.path, entries[i].path));
		assert_true(slice_eq(entry.link, entries[i].link));
		assert_true(slice_eq(entry.content, entries[i].content));
		assert_true(slice_eq(entry.note, entries[i].note));
	}
	assert_int_equal(inventory_next(&rest, &entry, &err), 0);
}

static void
refuses_bytes_that_were_not_put(void **state)
{
	static const struct slice cases[] = {
		SLICE("\x8\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), /* no kind */
		SLICE("\0"),
		SLICE("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), /* cut off */
		SLICE("\0\1\0\0\0a\0\0\0\0\1\0\0\0"),
		SLICE("\0\xff\xff\xff\xff\0\0\0\0\0\0\0\0"),
	};

	(void)state;
	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		struct slice rest = cases[i];
		struct inventory_entry entry;
		struct error err;

		assert_int_equal(inventory_next(&rest, &entry, &err), -1);
		assert_int_equal(err.kind, ERROR_FORMAT);
		assert_true(slice_eq(rest, cases[i]));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_what_says_which_packages_there_are),
		cmocka_unit_test(an_empty_layer_has_an_inventory),
		cmocka_unit_test(keeps_content_of_many_chunks),
		cmocka_unit_test(reads_whiteouts_of_what_matters),
		cmocka_unit_test(refuses_whiteouts_of_nothing),
		cmocka_unit_test(
		    refuses_attributes_of_overlayfs_where_they_matter),
		cmocka_unit_test(refuses_a_file_larger_than_any),
		cmocka_unit_test(refuses_more_entries_than_any_image_has),
		cmocka_unit_test(a_limit_of_the_buffer_is_an_error),
		cmocka_unit_test(what_is_put_is_what_comes_back),
		cmocka_unit_test(refuses_bytes_that_were_not_put),
	};

	return cmocka_run_group_tests_name("inventory", tests, NULL, NULL);
}
