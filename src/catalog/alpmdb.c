/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pacman's database of installed packages: a directory for each, named
 * NAME-VERSION-RELEASE, under var/lib/pacman/local, with a file `desc` and a
 * file `files` in it. Both are fields of a name between '%', then lines, then
 * an empty line (libalpm, be_local.c; alpm's desc format, version 9).
 *
 *	%NAME%
 *	zlib
 *
 *	%VERSION%
 *	1:1.3.1-2
 *
 *	%LICENSE%
 *	Zlib
 *
 * pacman takes name and version from the directory and complains when the
 * file says another; that is refused here, so that nobody is told one thing
 * by pacman and another by us. As with pacman, lines that are in no field,
 * and fields that nobody knows, are passed over, and of a field that is there
 * twice the last one counts.
 */
#include "catalog/alpmdb.h"

#include <stdlib.h>

#include "base/memory.h"
#include "catalog/text.h"

/* Where the lines of a field go; NULL for those we do not keep. */
struct fields {
	struct slice name;
	struct slice version;
	struct slice base;
	struct slice arch;
	struct slice licence;
	struct slice packager;
	struct slice reason;
	struct slice depends;
	struct slice provides;
	struct slice conflicts;
};

static const struct {
	struct slice header;
	size_t offset;
} headers[] = {
	{ SLICE("%NAME%"), offsetof(struct fields, name) },
	{ SLICE("%VERSION%"), offsetof(struct fields, version) },
	{ SLICE("%BASE%"), offsetof(struct fields, base) },
	{ SLICE("%ARCH%"), offsetof(struct fields, arch) },
	{ SLICE("%LICENSE%"), offsetof(struct fields, licence) },
	{ SLICE("%PACKAGER%"), offsetof(struct fields, packager) },
	{ SLICE("%REASON%"), offsetof(struct fields, reason) },
	{ SLICE("%DEPENDS%"), offsetof(struct fields, depends) },
	{ SLICE("%PROVIDES%"), offsetof(struct fields, provides) },
	{ SLICE("%CONFLICTS%"), offsetof(struct fields, conflicts) },
};

static struct slice *
field_find(struct fields *fields, struct slice line)
{
	for (size_t i = 0; i < N_ITEMS(headers); i++)
		if (slice_eq(line, headers[i].header))
			return (struct slice *)(void *)((char *)fields +
			    headers[i].offset);
	return NULL;
}

/* The lines up to the next empty one, as one view of the text. */
static struct slice
lines_take(struct reader *in)
{
	const char *start = in->rest.ptr;
	struct slice value = slice_of(start, 0);
	struct slice line;

	while (reader_line(in, &line) && line.len > 0)
		value = slice_of(start, (size_t)(line.ptr + line.len - start));
	return value;
}

static struct fields
fields_read(struct slice desc)
{
	struct fields fields = { 0 };
	struct reader in = reader_of(desc);
	struct slice line;

	while (reader_line(&in, &line)) {
		struct slice *field = field_find(&fields, line);

		if (field)
			*field = lines_take(&in);
	}
	return fields;
}

/* NAME-VERSION-RELEASE is what pacman splits at the last two dashes. */
static bool
dir_is(struct slice dir, struct slice name, struct slice version)
{
	return dir.len == name.len + 1 + version.len &&
	    slice_starts_with(dir, name) && dir.ptr[name.len] == '-' &&
	    slice_ends_with(dir, version);
}

static int
fields_check(const struct fields *fields, struct slice dir, struct error *err)
{
	if (!slice_is_graph(fields->name) || !slice_is_graph(fields->version))
		return error_set(err, ERROR_FORMAT, "no name or no version");
	if (!dir_is(dir, fields->name, fields->version))
		return error_set(err, ERROR_FORMAT,
		    "its name or version is not that of its directory");
	if ((fields->base.len > 0 && !slice_is_graph(fields->base)) ||
	    (fields->arch.len > 0 && !slice_is_graph(fields->arch)))
		return error_set(
		    err, ERROR_FORMAT, "base or architecture is broken");
	if (!slice_is_lines(fields->depends) ||
	    !slice_is_lines(fields->provides) ||
	    !slice_is_lines(fields->conflicts))
		return error_set(err, ERROR_FORMAT, "a relation is broken");
	return 0;
}

/* Puts lines into the room at to, joined; returns how many bytes it took,
 * never more than five times what lines has. */
static size_t
licences_join(struct slice lines, char *to)
{
	static const struct slice between = SLICE(" AND ");
	size_t len = 0;
	struct slice line;

	while (slice_split(&lines, '\n', &line)) {
		if (len > 0) {
			memcpy(to + len, between.ptr, between.len);
			len += between.len;
		}
		memcpy(to + len, line.ptr, line.len);
		len += text_make_printable(to + len, line.len);
	}
	return len;
}

int
alpmdb_parse(struct slice dir, struct slice desc, struct package_list **ret,
    struct error *err)
{
	CLEANUP(package_list_free)
	struct package_list *list = calloc(1, sizeof(*list));

	/* The licences are put together behind the text; see above for how
	 * large they get. */
	if (!list || !(list->text = malloc(6 * desc.len + 1)) ||
	    !ARRAY_GROW(list->items, list->n_items))
		return error_nomem(err);
	if (desc.len > 0)
		memcpy(list->text, desc.ptr, desc.len);

	struct fields fields = fields_read(slice_of(list->text, desc.len));
	if (fields_check(&fields, dir, err) < 0)
		return -1;

	struct package *pkg = &list->items[list->n_items++];
	char *licence = list->text + desc.len;
	*pkg = (struct package){
		.type = PACKAGE_ALPM,
		.name = fields.name,
		.version = fields.version,
		.arch = fields.arch,
		.source = fields.base.len > 0 ? fields.base : fields.name,
		.source_version = fields.version,
		.depends = fields.depends,
		.provides = fields.provides,
		.conflicts = fields.conflicts,
		.licence =
		    slice_of(licence, licences_join(fields.licence, licence)),
		.maintainer = fields.packager,
		.automatic = slice_eq(fields.reason, SLICE("1")),
	};
	if (pkg->maintainer.len > 0)
		pkg->maintainer.len = text_make_printable(
		    list->text + (fields.packager.ptr - list->text),
		    fields.packager.len);
	*ret = TAKE(list);
	return 0;
}

struct alpmdb_files
alpmdb_files_of(struct slice text)
{
	return (struct alpmdb_files){ .in = reader_of(text) };
}

bool
alpmdb_files_next(struct alpmdb_files *files, struct slice *ret)
{
	struct slice line;

	while (reader_line(&files->in, &line)) {
		if (line.len == 0)
			files->in_list = false;
		else if (!files->in_list)
			files->in_list = slice_eq(line, SLICE("%FILES%"));
		else if (line.ptr[line.len - 1] != '/') {
			*ret = line;
			return true;
		}
	}
	return false;
}
