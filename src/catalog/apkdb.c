/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apk's database of installed packages, lib/apk/db/installed: for each, lines
 * of "K:value", then an empty line. The letters are in apk-package(5), under
 * FIELDS, and for what is only in this file in apk's own reader.
 *
 *	P:libcrypto3
 *	V:3.3.2-r1
 *	o:openssl
 *	F:usr/lib
 *	R:libcrypto.so.3
 *
 * As apk reads it (3.0.6 was asked): a line of less than two bytes ends a
 * package; of a field that is there twice the last counts; a file needs a
 * directory before it, and a directory the name of its package; without a
 * checksum, or a version, nothing of the file is believed. Letters that are
 * new are passed over. Unlike apk, which forgets a package that the file ends
 * within the last line of, we list it, since its files are in the image all
 * the same; and a name that comes after files is refused.
 */
#include "catalog/apkdb.h"

#include <stdlib.h>

#include "base/memory.h"
#include "catalog/text.h"

/* Images have hundreds of packages; no distribution of apk has this many. */
#define PACKAGES_MAX 100000

/* Where the value of a field goes; NULL for those we do not keep. */
static struct slice *
package_field(struct package *pkg, char letter)
{
	switch (letter) {
	case 'P': return &pkg->name;
	case 'V': return &pkg->version;
	case 'A': return &pkg->arch;
	case 'o': return &pkg->source;
	case 'L': return &pkg->licence;
	case 'm': return &pkg->maintainer;
	case 'D': return &pkg->depends;
	case 'p': return &pkg->provides;
	default: return NULL;
	}
}

/* They reach terminals, web pages and SQL. */
static int
value_check(char letter, struct slice value, struct error *err)
{
	bool is_word = strchr("PVAo", letter) != NULL;
	bool may_be_empty = letter == 'o' || letter == 'A';

	if (is_word && !slice_is_graph(value) &&
	    !(may_be_empty && value.len == 0))
		return error_set(err, ERROR_FORMAT,
		    "'%c' is empty or not printable", letter);
	if (strchr("Dp", letter) && !slice_is_print(value))
		return error_set(
		    err, ERROR_FORMAT, "'%c' is not printable", letter);
	return 0;
}

/* What of a package has been read. */
struct record {
	struct package package;
	bool has_checksum;
	bool has_dir;
};

/* Checks the fields that are not kept. */
static int
other_check(struct record *record, char letter, struct error *err)
{
	switch (letter) {
	case 'C': record->has_checksum = true; return 0;
	case 'F':
		if (record->package.name.len == 0)
			return error_set(err, ERROR_FORMAT,
			    "a directory before the name of its package");
		record->has_dir = true;
		return 0;
	case 'R':
		if (!record->has_dir)
			return error_set(
			    err, ERROR_FORMAT, "a file before its directory");
		return 0;
	default: return 0;
	}
}

static int
line_parse(struct record *record, struct slice line, struct error *err)
{
	if (line.ptr[1] != ':')
		return error_set(err, ERROR_FORMAT, "not \"K:value\"");

	char letter = line.ptr[0];
	struct slice value = slice_after(line, 2);
	struct slice *field = package_field(&record->package, letter);

	if (!field)
		return other_check(record, letter, err);
	if (value_check(letter, value, err) < 0)
		return -1;
	/* The owner of a file must be one. */
	if (letter == 'P' && record->has_dir)
		return error_set(
		    err, ERROR_FORMAT, "the name comes after files");
	*field = value;
	return 0;
}

static int
record_end(struct package_list *list, struct record *record, struct error *err)
{
	struct package *pkg = &record->package;

	if (pkg->name.len == 0 || pkg->version.len == 0 ||
	    !record->has_checksum)
		return error_set(
		    err, ERROR_FORMAT, "no name, no version or no checksum");
	if (list->n_items == PACKAGES_MAX)
		return error_set(err, ERROR_LIMIT, "too many packages");

	if (pkg->source.len == 0)
		pkg->source = pkg->name;
	pkg->source_version = pkg->version;
	/* Views of the list's own text; what is dropped of a line's end is
	 * in no other. */
	pkg->licence.len = text_make_printable(
	    list->text + (pkg->licence.ptr - list->text), pkg->licence.len);
	pkg->maintainer.len =
	    text_make_printable(list->text + (pkg->maintainer.ptr - list->text),
		pkg->maintainer.len);
	if (!ARRAY_GROW(list->items, list->n_items))
		return error_nomem(err);
	list->items[list->n_items++] = *pkg;
	return 0;
}

static struct record
record_begin(const struct package_list *list)
{
	struct slice none = slice_of(list->text, 0);

	return (struct record){ .package = { .type = PACKAGE_APK,
				    .licence = none,
				    .maintainer = none } };
}

/* Takes the lines of one package, and what ends it. */
static int
record_parse(struct reader *in, struct package_list *list, struct error *err)
{
	struct record record = record_begin(list);
	bool is_empty = true;
	struct slice line;

	while (reader_line(in, &line) && line.len >= 2) {
		if (line_parse(&record, line, err) < 0)
			return -1;
		is_empty = false;
	}
	return is_empty ? 0 : record_end(list, &record, err);
}

int
apkdb_parse(struct slice text, struct package_list **ret, struct error *err)
{
	CLEANUP(package_list_free)
	struct package_list *list = calloc(1, sizeof(*list));

	if (!list || !(list->text = slice_copy(text)))
		return error_nomem(err);

	struct reader in = reader_of(slice_of(list->text, text.len));
	while (in.rest.len > 0)
		if (record_parse(&in, list, err) < 0)
			return error_wrap(err, "line %zu", in.line);
	*ret = TAKE(list);
	return 0;
}

struct apkdb_files
apkdb_files_of(struct slice text)
{
	return (struct apkdb_files){ .in = reader_of(text) };
}

static void
files_line(struct apkdb_files *files, struct slice line)
{
	if (line.len < 2) {
		files->has_dir = false;
	} else if (line.ptr[0] == 'P') {
		files->package = slice_after(line, 2);
	} else if (line.ptr[0] == 'F') {
		files->dir = slice_after(line, 2);
		files->has_dir = true;
	}
}

bool
apkdb_files_next(struct apkdb_files *files, struct slice *ret_package,
    struct slice *ret_dir, struct slice *ret_name)
{
	struct slice line;

	while (reader_line(&files->in, &line)) {
		files_line(files, line);
		if (line.len < 2 || line.ptr[0] != 'R' || !files->has_dir)
			continue;
		*ret_package = files->package;
		*ret_dir = files->dir;
		*ret_name = slice_after(line, 2);
		return true;
	}
	return false;
}
