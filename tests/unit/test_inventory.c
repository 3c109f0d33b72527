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
inventory_at(enum inventory_level level, const struct member *members, size_t n,
    struct buf *ret, struct error *err)
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
	return inventory_read(tar, level, ret, err);
}

static int
inventory_of(
    const struct member *members, size_t n, struct buf *ret, struct error *err)
{
	return inventory_at(INVENTORY_PACKAGES, members, n, ret, err);
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
	if (entry->note.len > 0)
		buf_put_string(out, "!");
	buf_put(out, entry->note);
	buf_put_string(out, "\n");
}

static void
assert_inventory_at(enum inventory_level level, const struct member *members,
    size_t n, const char *expected)
{
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	CLEANUP(buf_clear) struct buf shown = { 0 };
	struct inventory_entry entry;
	struct error err;
	int r;

	if (inventory_at(level, members, n, &bytes, &err) < 0)
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
assert_inventory(const struct member *members, size_t n, const char *expected)
{
	assert_inventory_at(INVENTORY_PACKAGES, members, n, expected);
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
reads_the_databases_of_every_kind(void **state)
{
	static const char *const paths[] = {
		"etc/alpine-release",
		"etc/debian_version",
		"etc/lsb-release",
		"etc/os-release",
		"etc/redhat-release",
		"etc/rocky-release",
		"etc/system-release-cpe",
		"usr/lib/fedora-release",
		"usr/lib/os-release",
		"usr/lib/os.release.d/os-release-cloud",
		"usr/lib/system-release-cpe",
		"var/lib/apt/extended_states",
		"var/lib/dpkg/arch",
		"var/lib/dpkg/status",
		"var/lib/dpkg/status.d/tzdata",
		"var/lib/dpkg/status.d/tzdata.md5sums",
		"etc/apk/arch",
		"etc/apk/repositories",
		"etc/apk/world",
		"lib/apk/db/installed",
		"usr/lib/apk/db/installed",
		"usr/lib/sysimage/rpm/Packages.db",
		"usr/share/rpm/rpmdb.sqlite",
		"usr/share/rpm/rpmdb.sqlite-wal",
		"var/lib/rpm/Packages",
		"var/lib/rpmmanifest/container-manifest-2",
		"var/lib/pacman/local/zlib-1:1.3-1/desc",
	};
	static const char *const others[] = {
		"etc/os-release2",
		"etc/x/os-release",
		"usr/share/rpm/.rpm.lock",
		"usr/lib/os-release.d/x",
		"var/lib/dpkg/info/x.list",
		"var/lib/dpkg/status-old",
		"var/lib/pacman/local/zlib-1/files",
		"var/lib/pacman/local/zlib-1/desc/x",
		"var/lib/pacman/sync/core.db",
		"lib/apk/db/scripts.tar",
	};

	(void)state;
	for (size_t i = 0; i < N_ITEMS(paths); i++) {
		assert_true(inventory_wants(slice_of_string(paths[i])));
		assert_true(inventory_reads(
		    slice_of_string(paths[i]), INVENTORY_PACKAGES));
	}
	for (size_t i = 0; i < N_ITEMS(others); i++)
		assert_false(inventory_reads(
		    slice_of_string(others[i]), INVENTORY_PACKAGES));
}

static void
knows_which_directories_it_has_whole(void **state)
{
	static const char *const whole[] = { "etc/apt/sources.list.d",
		"etc/apt/preferences.d", "usr/lib/os.release.d",
		"var/lib/dpkg/status.d", "var/lib/pacman/local" };
	static const char *const parts[] = { "", "etc", "etc/apt", "usr/lib",
		"var/lib/rpm", "var/lib/pacman", "var/lib/pacman/local/x",
		"var/lib/dpkg/info", "usr/share/doc" };

	(void)state;
	for (size_t i = 0; i < N_ITEMS(whole); i++)
		assert_true(inventory_lists(slice_of_string(whole[i])));
	for (size_t i = 0; i < N_ITEMS(parts); i++)
		assert_false(inventory_lists(slice_of_string(parts[i])));
}

static void
has_every_entry_when_asked_for_files(void **state)
{
	static const struct member members[] = {
		{ TAR_DIRECTORY, "opt", NULL, NULL },
		{ TAR_FILE, "opt/x", "not kept", NULL },
		{ TAR_FILE,
		    "opt/\x7f"
		    "ELF",
		    "\x7f"
		    "ELF, not",
		    NULL },
		{ TAR_FILE, "opt/empty", "", NULL },
		{ TAR_SYMLINK, "bin", "usr/bin", NULL },
		{ TAR_HARDLINK, "opt/y", "opt/x", NULL },
		{ TAR_FIFO, "run/pipe", NULL, NULL },
		{ TAR_FILE, "opt/.wh.gone", "", NULL },
		{ TAR_FILE, "opt/.wh..wh..opq", "", NULL },
		{ TAR_FILE, "var/lib/dpkg/info/x.list", "/x", NULL },
		{ TAR_FILE, "var/lib/dpkg/info/x.md5sums", "00", NULL },
		{ TAR_FILE, "var/lib/dpkg/diversions", "/y", NULL },
		{ TAR_FILE, "usr/share/doc/x/copyright", "MIT", NULL },
		{ TAR_FILE, "usr/share/doc/x/changelog", "new", NULL },
		{ TAR_FILE, "var/lib/pacman/local/x-1/files", "%F", NULL },
		{ TAR_FILE, "var/lib/dpkg/status", "Package: x", NULL },
	};

	(void)state;
	assert_inventory_at(INVENTORY_FILES, members, N_ITEMS(members),
	    "a \nd \nd opt\nf opt/x\nf opt/\x7f"
	    "ELF\nf opt/empty\n"
	    "l bin>usr/bin\nh opt/y>opt/x\nc run/pipe\nw opt/gone\n"
	    "o opt\nf var/lib/dpkg/info/x.list=/x\n"
	    "f var/lib/dpkg/info/x.md5sums\n"
	    "f var/lib/dpkg/diversions=/y\n"
	    "f usr/share/doc/x/copyright=MIT\nf usr/share/doc/x/changelog\n"
	    "f var/lib/pacman/local/x-1/files=%F\n"
	    "f var/lib/dpkg/status=Package: x\n");
}

static void
keeps_the_head_of_a_long_copyright(void **state)
{
	const size_t n = (size_t)64 * 1024;
	char *text = malloc(n + 1000);
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct inventory_entry entry;
	struct error err;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', n + 999);
	text[n + 999] = '\0';
	const struct member members[] = {
		{ TAR_FILE, "usr/share/doc/x/copyright", text, NULL },
		{ TAR_FILE, "var/lib/dpkg/arch", "amd64", NULL },
	};
	assert_int_equal(
	    inventory_at(INVENTORY_FILES, members, 2, &bytes, &err), 0);
	struct slice rest = buf_slice(&bytes);
	for (int i = 0; i < 3; i++)
		assert_int_equal(inventory_next(&rest, &entry, &err), 1);
	assert_int_equal(entry.content.len, n);
	assert_int_equal(inventory_next(&rest, &entry, &err), 1);
	assert_true(slice_eq(entry.content, SLICE("amd64")));
	free(text);
}

/* An ELF file of 64 bits with nothing but a package note, padding later. */
static void
put_elf(struct buf *out, size_t padding)
{
	static const char zeroes[64];
	struct slice text = SLICE("{\"name\":\"x\"}");
	size_t begin = out->len;
	const size_t offset = 64 + 56 + padding;

	buf_put(out,
	    SLICE("\x7f"
		  "ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0>\0\1\0\0\0"));
	buf_put_u64le(out, 0);
	buf_put_u64le(out, 64);
	buf_put_u64le(out, 0);
	buf_put(out, SLICE("\0\0\0\0\x40\0\x38\0\1\0\0\0\0\0\0\0"));
	buf_put(out, SLICE("\4\0\0\0\4\0\0\0"));
	buf_put_u64le(out, offset);
	buf_put(out, slice_of(zeroes, 16));
	buf_put_u64le(out, 16 + text.len);
	buf_put_u64le(out, 16 + text.len);
	buf_put_u64le(out, 4);
	while (out->len < begin + offset)
		buf_put_u8(out, 0);
	buf_put_u32le(out, 4);
	buf_put_u32le(out, (uint32_t)text.len);
	buf_put_u32le(out, 0xcafe1a7e);
	buf_put(out, SLICE("FDO\0"));
	buf_put(out, text);
}

/* However the source is cut, and with more of the file behind it. */
static void
keeps_the_package_note_of_an_elf_file(void **state)
{
	static const size_t steps[] = { 1, 3, 301, 4096, 1 << 20 };
	static const size_t tails[] = { 0, 1000, 200000 };

	(void)state;
	for (size_t i = 0; i < N_ITEMS(steps) * N_ITEMS(tails); i++) {
		CLEANUP(buf_clear) struct buf elf = { 0 };
		CLEANUP(buf_clear) struct buf layer = { 0 };
		CLEANUP(buf_clear) struct buf bytes = { 0 };
		struct inventory_entry entry;
		struct error err;

		put_elf(&elf, i % 2 ? 0 : 9000);
		for (size_t k = 0; k < tails[i % N_ITEMS(tails)]; k++)
			buf_put_u8(&elf, 'x');
		struct tar_entry file = {
			.path = SLICE("usr/bin/x"),
			.size_bytes = elf.len,
		};
		assert_int_equal(tar_put_header(&layer, &file, &err), 0);
		buf_put(&layer, buf_slice(&elf));
		tar_put_padding(&layer, elf.len);
		tar_put_end(&layer);

		CLEANUP(pieces_clear)
		struct pieces source =
		    pieces_of(buf_slice(&layer), steps[i / N_ITEMS(tails)]);
		CLEANUP(tar_reader_free)
		struct tar_reader *tar =
		    tar_reader_new(&source.stream, NULL, &err);
		assert_int_equal(
		    inventory_read(tar, INVENTORY_FILES, &bytes, &err), 0);
		struct slice rest = buf_slice(&bytes);
		for (int k = 0; k < 3; k++)
			assert_int_equal(
			    inventory_next(&rest, &entry, &err), 1);
		assert_true(slice_eq(entry.note, SLICE("{\"name\":\"x\"}")));
		assert_int_equal(entry.content.len, 0);
	}
}

static void
a_level_has_a_name(void **state)
{
	enum inventory_level level = INVENTORY_FILES;

	(void)state;
	assert_true(inventory_level_from_string(SLICE("packages"), &level));
	assert_int_equal(level, INVENTORY_PACKAGES);
	assert_true(inventory_level_from_string(SLICE("files"), &level));
	assert_int_equal(level, INVENTORY_FILES);
	assert_false(inventory_level_from_string(SLICE("file"), &level));
	assert_string_equal(inventory_level_to_string(level), "files");
	assert_string_equal(
	    inventory_level_to_string((enum inventory_level)7), "unknown");
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
	const struct tar_entry database = {
		.path = SLICE("var/lib/rpm/rpmdb.sqlite"),
		.size_bytes = (uint64_t)2 << 30,
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

	layer.len = 0;
	assert_int_equal(tar_put_header(&layer, &database, &err), 0);
	source = slice_stream_of(buf_slice(&layer));
	CLEANUP(tar_reader_free)
	struct tar_reader *other = tar_reader_new(&source.stream, NULL, &err);
	assert_int_equal(
	    inventory_read(other, INVENTORY_PACKAGES, &bytes, &err), -1);
	assert_int_equal(err.kind, ERROR_LIMIT);
	assert_string_equal(
	    err.msg, "var/lib/rpm/rpmdb.sqlite: larger than 134217728 bytes");
}

static int
piece_count(void *ctx, struct slice bytes, struct error *err)
{
	size_t *n_bytes = ctx;

	(void)err;
	*n_bytes += bytes.len;
	return 0;
}

/* Before it comes to a large file's end, and however many small ones. */
static void
an_inventory_has_no_more_than_its_limit(void **state)
{
	char *text = calloc(1, 300001);
	CLEANUP(buf_clear) struct buf layer = { 0 };
	struct error err;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', 300000);
	const struct member member = { TAR_FILE, "etc/apk/world", text, NULL };
	put_member(&layer, &member);
	put_member(&layer, &member);
	for (uint64_t max = 400000; max <= 700000; max += 300000) {
		size_t n_bytes = 0;
		const struct inventory_sink sink = { piece_count, &n_bytes,
			max };
		CLEANUP(pieces_clear)
		struct pieces source = pieces_of(buf_slice(&layer), 1000);
		CLEANUP(tar_reader_free)
		struct tar_reader *tar =
		    tar_reader_new(&source.stream, NULL, &err);
		int r = inventory_write(tar, INVENTORY_PACKAGES, &sink, &err);

		assert_int_equal(r, max == 400000 ? -1 : 0);
		assert_true(n_bytes <= max);
		if (r < 0)
			assert_string_equal(err.msg,
			    "etc/apk/world: an inventory of more than 400000 "
			    "bytes");
	}
	free(text);
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
		cmocka_unit_test(reads_the_databases_of_every_kind),
		cmocka_unit_test(knows_which_directories_it_has_whole),
		cmocka_unit_test(has_every_entry_when_asked_for_files),
		cmocka_unit_test(keeps_the_head_of_a_long_copyright),
		cmocka_unit_test(keeps_the_package_note_of_an_elf_file),
		cmocka_unit_test(a_level_has_a_name),
		cmocka_unit_test(an_empty_layer_has_an_inventory),
		cmocka_unit_test(keeps_content_of_many_chunks),
		cmocka_unit_test(reads_whiteouts_of_what_matters),
		cmocka_unit_test(refuses_whiteouts_of_nothing),
		cmocka_unit_test(
		    refuses_attributes_of_overlayfs_where_they_matter),
		cmocka_unit_test(refuses_a_file_larger_than_any),
		cmocka_unit_test(an_inventory_has_no_more_than_its_limit),
		cmocka_unit_test(a_limit_of_the_buffer_is_an_error),
		cmocka_unit_test(what_is_put_is_what_comes_back),
		cmocka_unit_test(refuses_bytes_that_were_not_put),
	};

	return cmocka_run_group_tests_name("inventory", tests, NULL, NULL);
}
