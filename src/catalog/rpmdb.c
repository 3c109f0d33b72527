/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rpm's database as packages. It has been kept in three formats, one after
 * the other, and the same headers (rpm_header.h) are in each:
 *
 *	Packages	Berkeley DB, a hash (rpmdb_bdb.c)
 *	Packages.db	NDB, rpm's own (rpmdb_ndb.c)
 *	rpmdb.sqlite	sqlite (rpmdb_sqlite.c)
 *
 * The other files beside them are indexes of these.
 */
#include "catalog/rpmdb.h"

#include <limits.h>
#include <stdlib.h>

#include "base/memory.h"
#include "catalog/rpm_header.h"
#include "catalog/rpmdb_source.h"

/* Images have hundreds of packages; all of Fedora has 70,000. */
#define PACKAGES_MAX 100000

/* What is one word (a name, a version) is part of a file's name as well; the
 * longest licence of Fedora has 5,000 bytes. */
#define WORD_BYTES_MAX 4096
#define LINE_BYTES_MAX ((size_t)128 * 1024)

/* The packages of all of Fedora have 10 million files; those of one machine
 * rarely a million. */
#define FILES_MAX 10000000

static const struct {
	bool (*is)(struct slice main);
	int (*walk)(const struct rpmdb_files *files,
	    const struct rpmdb_visitor *to, struct error *err);
	const char *name;
} formats[] = {
	{ rpmdb_sqlite_is, rpmdb_sqlite_walk, "sqlite" },
	{ rpmdb_ndb_is, rpmdb_ndb_walk, "NDB" },
	{ rpmdb_bdb_is, rpmdb_bdb_walk, "Berkeley DB" },
};

/* The texts that a package of ours has, in the order in which they are put
 * together. */
static const size_t texts[] = {
	offsetof(struct package, name),
	offsetof(struct package, version),
	offsetof(struct package, arch),
	offsetof(struct package, source),
	offsetof(struct package, source_version),
	offsetof(struct package, licence),
	offsetof(struct package, maintainer),
};

struct words {
	struct slice name;
	struct slice version;
	struct slice release;
	struct slice arch;
	struct slice source_rpm; /* empty: there is none */
};

struct source {
	struct slice name;
	struct slice version;
};

/* What is known of the headers, while they come by. */
struct walk {
	uint64_t n_bytes;     /* of them together, so far */
	uint64_t n_bytes_max; /* of the database */
	size_t n_packages;
	struct buf text; /* of the list, or of one package */

	int (*package)(struct walk *walk, const struct rpm_header *header,
	    struct error *err);
	struct package_list *list;

	int (*visit)(void *ctx, const struct package *pkg, struct slice path,
	    struct error *err);
	void *ctx;
	bool failed; /* the visit did */
	struct buf path;
	size_t n_files;
};

static void
walk_clear(struct walk *walk)
{
	buf_clear(&walk->text);
	buf_clear(&walk->path);
}
DEFINE_CLEANUP_IN_PLACE(struct walk, walk_clear)

static void
slices_free(struct slice *slices)
{
	free(slices);
}
DEFINE_CLEANUP(struct slice, slices_free)

static struct slice *
package_text(struct package *pkg, size_t i)
{
	return (struct slice *)(void *)((char *)pkg + texts[i]);
}

/* Makes the texts of a package, whose lengths are known, view text; returns
 * what is behind them. */
static const char *
package_bind(struct package *pkg, const char *text)
{
	for (size_t i = 0; i < N_ITEMS(texts); i++) {
		struct slice *field = package_text(pkg, i);

		field->ptr = text;
		text += field->len;
	}
	return text;
}

static int
word_check(struct slice word, const char *what, struct error *err)
{
	if (word.len > WORD_BYTES_MAX)
		return error_set(
		    err, ERROR_LIMIT, "its %s has %zu bytes", what, word.len);
	if (!slice_is_graph(word))
		return error_set(err, ERROR_FORMAT,
		    "its %s is missing or not printable", what);
	return 0;
}

/* Takes "-..." off the end of *s. */
static bool
tail_take(struct slice *s, struct slice *ret)
{
	const char *dash = memrchr(s->ptr, '-', s->len);

	if (!dash || dash == s->ptr)
		return false;
	size_t len = (size_t)(dash - s->ptr);
	*ret = slice_after(*s, len + 1);
	s->len = len;
	return ret->len > 0;
}

/* "bash-5.2.15-3.fc38.src.rpm"; false when it is not of that shape. */
static bool
source_parse(struct slice file, struct source *ret)
{
	static const struct slice ends[] = { SLICE(".src.rpm"),
		SLICE(".nosrc.rpm") };
	struct slice release;

	for (size_t i = 0; i < N_ITEMS(ends); i++) {
		if (!slice_ends_with(file, ends[i]))
			continue;
		ret->name = slice_first(file, file.len - ends[i].len);
		if (!tail_take(&ret->name, &release) ||
		    !tail_take(&ret->name, &ret->version))
			return false;
		ret->version.len += 1 + release.len;
		return true;
	}
	return false;
}

static void
put(struct buf *text, struct slice s, struct slice *field)
{
	buf_put(text, s);
	field->len = s.len;
}

static bool
is_plain(char c)
{
	return c >= ' ' && c <= '~' && c != '\\';
}

/* A line of printable ASCII: the rest as \xHH, as in our tables. */
static int
put_line(
    struct buf *text, struct slice s, struct slice *field, struct error *err)
{
	size_t start = text->len;

	if (s.len > LINE_BYTES_MAX)
		return error_set(
		    err, ERROR_LIMIT, "a line of %zu bytes", s.len);
	while (s.len > 0) {
		size_t n = 0;

		while (n < s.len && is_plain(s.ptr[n]))
			n++;
		buf_put(text, slice_first(s, n));
		s = slice_after(s, n);
		if (s.len == 0)
			break;
		buf_put_format(text, "\\x%02x", (unsigned char)s.ptr[0]);
		s = slice_after(s, 1);
	}
	field->len = text->len - start;
	return 0;
}

static void
put_version(struct buf *text, uint32_t epoch, const struct words *words,
    struct slice *field)
{
	size_t start = text->len;

	if (epoch > 0)
		buf_put_format(text, "%u:", epoch);
	buf_put(text, words->version);
	buf_put_string(text, "-");
	buf_put(text, words->release);
	field->len = text->len - start;
}

static struct words
words_of(const struct rpm_header *header)
{
	struct slice arch = rpm_header_string(header, RPM_ARCH);

	return (struct words){
		.name = rpm_header_string(header, RPM_NAME),
		.version = rpm_header_string(header, RPM_VERSION),
		.release = rpm_header_string(header, RPM_RELEASE),
		.arch = arch.len > 0 ? arch : SLICE("(none)"),
		.source_rpm = rpm_header_string(header, RPM_SOURCE_RPM),
	};
}

/* The words of a package; optional ones that are missing are not checked. */
static int
words_check(const struct words *words, struct error *err)
{
	if (word_check(words->name, "name", err) < 0 ||
	    word_check(words->version, "version", err) < 0 ||
	    word_check(words->release, "release", err) < 0 ||
	    word_check(words->arch, "architecture", err) < 0)
		return -1;
	if (words->source_rpm.len > 0)
		return word_check(words->source_rpm, "source", err);
	return 0;
}

/* Puts the texts of a package, and sets their lengths. */
static int
package_put(const struct rpm_header *header, struct buf *text,
    struct package *pkg, struct error *err)
{
	struct words words = words_of(header);
	struct slice maintainer = rpm_header_string(header, RPM_VENDOR);
	uint32_t epoch = rpm_header_number(header, RPM_EPOCH);
	struct source source;

	if (words_check(&words, err) < 0)
		return -1;
	if (maintainer.len == 0)
		maintainer = rpm_header_string(header, RPM_PACKAGER);

	put(text, words.name, &pkg->name);
	put_version(text, epoch, &words, &pkg->version);
	put(text, words.arch, &pkg->arch);
	if (source_parse(words.source_rpm, &source)) {
		put(text, source.name, &pkg->source);
		put(text, source.version, &pkg->source_version);
	} else {
		put(text, words.name, &pkg->source);
		put_version(text, epoch, &words, &pkg->source_version);
	}
	if (put_line(text, rpm_header_string(header, RPM_LICENCE),
		&pkg->licence, err) < 0 ||
	    put_line(text, maintainer, &pkg->maintainer, err) < 0)
		return -1;
	return buf_check(text, err);
}

/* A public key that rpm was told to trust. */
static bool
is_key(const struct rpm_header *header)
{
	return slice_eq(
		   rpm_header_string(header, RPM_NAME), SLICE("gpg-pubkey")) &&
	    header->values[RPM_ARCH].count == 0;
}

static int
package_read(struct walk *walk, struct slice blob, struct error *err)
{
	struct rpm_header header;

	/* A row may be in two places of one page. */
	walk->n_bytes += blob.len;
	if (walk->n_bytes > walk->n_bytes_max)
		return error_set(err, ERROR_FORMAT,
		    "there is more in it than its pages can hold");
	if (rpm_header_parse(blob, &header, err) < 0)
		return -1;
	if (is_key(&header))
		return 0;
	if (walk->n_packages++ == PACKAGES_MAX)
		return error_set(err, ERROR_LIMIT, "too many packages");
	return walk->package(walk, &header, err);
}

static int
header_visit(void *ctx, uint64_t number, struct slice blob, struct error *err)
{
	struct walk *walk = ctx;

	/* What a visitor says of a file is not of this header. */
	if (package_read(walk, blob, err) < 0)
		return walk->failed ? -1
				    : error_wrap(err, "header %llu",
					  (unsigned long long)number);
	return 0;
}

static int
database_walk(
    const struct rpmdb_files *files, struct walk *walk, struct error *err)
{
	struct rpmdb_visitor visitor = { header_visit, walk };

	walk->n_bytes_max = (uint64_t)files->main.len + files->wal.len;
	for (size_t i = 0; i < N_ITEMS(formats); i++) {
		if (!formats[i].is(files->main))
			continue;
		if (formats[i].walk(files, &visitor, err) < 0)
			return walk->failed
			    ? -1
			    : error_wrap(
				  err, "rpm database (%s)", formats[i].name);
		return 0;
	}
	return error_set(err, ERROR_FORMAT,
	    "rpm database: in none of the formats that rpm has");
}

static int
package_add(
    struct walk *walk, const struct rpm_header *header, struct error *err)
{
	struct package pkg = { .type = PACKAGE_RPM };

	if (package_put(header, &walk->text, &pkg, err) < 0)
		return -1;
	if (!ARRAY_GROW(walk->list->items, walk->list->n_items))
		return error_nomem(err);
	walk->list->items[walk->list->n_items++] = pkg;
	return 0;
}

int
rpmdb_parse(const struct rpmdb_files *files, struct package_list **ret,
    struct error *err)
{
	CLEANUP(package_list_free)
	struct package_list *list = calloc(1, sizeof(*list));
	CLEANUP(walk_clear)
	struct walk walk = { .package = package_add, .list = list };

	if (!list)
		return error_nomem(err);
	if (database_walk(files, &walk, err) < 0)
		return -1;
	list->text = buf_take_string(&walk.text);
	if (!list->text)
		return error_nomem(err);

	const char *text = list->text;
	for (size_t i = 0; i < list->n_items; i++)
		text = package_bind(&list->items[i], text);
	*ret = TAKE(list);
	return 0;
}

static int
file_visit(struct walk *walk, const struct package *pkg, struct slice directory,
    struct slice name, struct error *err)
{
	if (walk->n_files++ == FILES_MAX)
		return error_set(err, ERROR_LIMIT, "too many files");
	if (directory.len + name.len > PATH_MAX)
		return error_set(err, ERROR_FORMAT, "a path of %zu bytes",
		    directory.len + name.len);
	walk->path.len = 0;
	buf_put(&walk->path, directory);
	buf_put(&walk->path, name);
	if (buf_check(&walk->path, err) < 0)
		return -1;
	if (!slice_starts_with(buf_slice(&walk->path), SLICE("/")))
		return error_set(err, ERROR_FORMAT, "a path is not absolute");
	if (walk->visit(walk->ctx, pkg, buf_slice(&walk->path), err) < 0) {
		walk->failed = true;
		return -1;
	}
	return 0;
}

/* Sets *ret to the strings of values; there are as many as it says. */
static int
strings_list(struct rpm_value values, struct slice **ret, struct error *err)
{
	struct slice *strings = calloc(values.count + 1, sizeof(*strings));

	if (!strings)
		return error_nomem(err);
	for (size_t i = 0; rpm_value_string(&values, &strings[i]);)
		i++;
	*ret = strings;
	return 0;
}

/* A file's path is its base name behind the directory that its index is of. */
static int
files_visit(struct walk *walk, const struct package *pkg,
    const struct rpm_header *header, struct error *err)
{
	struct rpm_value names = header->values[RPM_BASE_NAMES];
	struct rpm_value indexes = header->values[RPM_DIR_INDEXES];
	uint32_t n_directories = header->values[RPM_DIR_NAMES].count;
	CLEANUP(slices_free) struct slice *directories = NULL;
	struct slice name;
	uint32_t i;

	if (indexes.count != names.count)
		return error_set(err, ERROR_FORMAT,
		    "%u files are in %u directories", names.count,
		    indexes.count);
	if (strings_list(header->values[RPM_DIR_NAMES], &directories, err) < 0)
		return -1;
	while (
	    rpm_value_string(&names, &name) && rpm_value_number(&indexes, &i)) {
		if (i >= n_directories)
			return error_set(err, ERROR_FORMAT,
			    "a file is in directory %u of %u", i,
			    n_directories);
		if (file_visit(walk, pkg, directories[i], name, err) < 0)
			return -1;
	}
	return 0;
}

/* rpm before 4 had each path in one piece. */
static int
old_files_visit(struct walk *walk, const struct package *pkg,
    const struct rpm_header *header, struct error *err)
{
	struct rpm_value paths = header->values[RPM_OLD_FILE_NAMES];
	struct slice path;

	while (rpm_value_string(&paths, &path))
		if (file_visit(walk, pkg, path, SLICE(""), err) < 0)
			return -1;
	return 0;
}

static int
package_files(
    struct walk *walk, const struct rpm_header *header, struct error *err)
{
	struct package pkg = { .type = PACKAGE_RPM };

	walk->text.len = 0;
	if (package_put(header, &walk->text, &pkg, err) < 0)
		return -1;
	(void)package_bind(&pkg, walk->text.ptr);
	if (header->values[RPM_BASE_NAMES].count > 0)
		return files_visit(walk, &pkg, header, err);
	return old_files_visit(walk, &pkg, header, err);
}

int
rpmdb_walk_files(const struct rpmdb_files *files,
    int (*visit)(void *ctx, const struct package *pkg, struct slice path,
	struct error *err),
    void *ctx, struct error *err)
{
	CLEANUP(walk_clear)
	struct walk walk = {
		.package = package_files, .visit = visit, .ctx = ctx
	};

	return database_walk(files, &walk, err);
}
