/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of a Release: which of them lists the packages of a component,
 * and how a worker hands them on.
 *
 *	"fRL1", seven texts (u32 length, bytes), u64 date, u64 valid until,
 *	u8 flags, u32 files, for each its path, u64 size, 32 bytes SHA-256
 */
#include "repo/release_file.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "repo/source_list.h"

/* Debian's has 1,600 files, the largest seen 8,000. */
#define FILES_MAX 100000

#define TAG SLICE("fRL1")

enum release_flag {
	FLAG_BY_HASH = 1,
	FLAG_NOT_AUTOMATIC = 2,
	FLAG_BUT_AUTOMATIC_UPGRADES = 4,
	FLAG_ALL =
	    FLAG_BY_HASH | FLAG_NOT_AUTOMATIC | FLAG_BUT_AUTOMATIC_UPGRADES,
};

/* In the order in which apt prefers them. */
static const struct {
	enum release_compression compression;
	const char *suffix;
} compressions[] = {
	{ RELEASE_XZ, ".xz" },
	{ RELEASE_GZIP, ".gz" },
	{ RELEASE_PLAIN, "" },
};

int
release_add_file(
    struct release *release, const struct release_file *file, struct error *err)
{
	if (release->n_files == FILES_MAX)
		return error_set(err, ERROR_LIMIT, "too many files");
	if (!ARRAY_GROW(release->files, release->n_files))
		return error_nomem(err);
	release->files[release->n_files++] = *file;
	return 0;
}

static int
file_cmp(const void *a, const void *b)
{
	const struct release_file *left = a;
	const struct release_file *right = b;

	return slice_cmp(left->path, right->path);
}

int
release_sort_files(struct release *release, struct error *err)
{
	size_t kept = 0;

	if (release->n_files == 0)
		return 0;
	qsort(release->files, release->n_files, sizeof(*release->files),
	    file_cmp);
	for (size_t i = 1; i < release->n_files; i++) {
		const struct release_file *file = &release->files[i];
		const struct release_file *last = &release->files[kept];

		if (file_cmp(last, file) != 0)
			release->files[++kept] = *file;
		else if (last->size_bytes != file->size_bytes ||
		    !sha256_eq(&last->sha256, &file->sha256))
			return error_set(err, ERROR_FORMAT,
			    SLICE_FMT " is listed with two hashes",
			    SLICE_ARG(file->path));
	}
	release->n_files = kept + 1;
	return 0;
}

const struct release_file *
release_find_file(const struct release *release, struct slice path)
{
	struct release_file key = { .path = path };

	if (release->n_files == 0)
		return NULL;
	return bsearch(&key, release->files, release->n_files,
	    sizeof(*release->files), file_cmp);
}

/* The file of component/binary-arch/Packages and the suffix, or NULL. */
static const struct release_file *
packages_find(const struct release *release, struct slice component,
    struct slice arch, const char *suffix)
{
	CLEANUP(buf_clear) struct buf path = { 0 };

	buf_put(&path, component);
	buf_put_string(&path, "/binary-");
	buf_put(&path, arch);
	buf_put_string(&path, "/Packages");
	buf_put_string(&path, suffix);
	return path.failed ? NULL
			   : release_find_file(release, buf_slice(&path));
}

static bool
index_find(const struct release *release, struct slice component,
    struct slice arch, struct release_index *ret)
{
	for (size_t i = 0; i < N_ITEMS(compressions); i++) {
		const struct release_file *file = packages_find(
		    release, component, arch, compressions[i].suffix);

		if (!file)
			continue;
		*ret = (struct release_index){
			.file = file,
			.compression = compressions[i].compression,
			.plain = packages_find(release, component, arch, ""),
		};
		return true;
	}
	return false;
}

/* "updates/main": "main" */
static struct slice
last_part(struct slice component)
{
	size_t start = component.len;

	while (start > 0 && component.ptr[start - 1] != '/')
		start--;
	return slice_after(component, start);
}

int
release_find_index(const struct release *release, struct slice component,
    struct slice arch, struct release_index *ret, struct error *err)
{
	if (index_find(release, component, arch, ret) ||
	    index_find(release, last_part(component), arch, ret))
		return 0;
	return error_set(err, ERROR_NOT_FOUND,
	    "no index of component " SLICE_FMT " for " SLICE_FMT,
	    SLICE_ARG(component), SLICE_ARG(arch));
}

void
release_put_by_hash(const struct release_file *file, struct buf *out)
{
	char hex[SHA256_HEX_SIZE];
	size_t dir_len = file->path.len - last_part(file->path).len;

	sha256_to_string(&file->sha256, hex);
	buf_put(out, slice_first(file->path, dir_len));
	buf_put_string(out, "by-hash/SHA256/");
	buf_put_string(out, hex);
}

static bool
is_index(struct slice path, struct slice component, struct slice arch)
{
	static const struct slice dir = SLICE("/binary-");
	static const struct slice name = SLICE("/Packages");

	if (!slice_starts_with(path, component))
		return false;
	path = slice_after(path, component.len);
	if (!slice_starts_with(path, dir))
		return false;
	path = slice_after(path, dir.len);
	if (!slice_starts_with(path, arch))
		return false;
	path = slice_after(path, arch.len);
	if (!slice_starts_with(path, name))
		return false;
	path = slice_after(path, name.len);
	for (size_t i = 0; i < N_ITEMS(compressions); i++)
		if (slice_eq(path, slice_of_string(compressions[i].suffix)))
			return true;
	return false;
}

static bool
is_index_of_any(struct slice path, struct slice components, struct slice arch)
{
	struct slice component;

	while (slice_split(&components, ' ', &component)) {
		struct slice last = last_part(component);

		if (is_index(path, component, arch) ||
		    is_index(path, component, SLICE("all")) ||
		    is_index(path, last, arch) ||
		    is_index(path, last, SLICE("all")))
			return true;
	}
	return false;
}

void
release_keep_indexes(
    struct release *release, struct slice components, struct slice arch)
{
	size_t kept = 0;

	for (size_t i = 0; i < release->n_files; i++)
		if (is_index_of_any(release->files[i].path, components, arch))
			release->files[kept++] = release->files[i];
	release->n_files = kept;
}

bool
release_texts_ok(const struct release *release)
{
	return slice_is_print(release->origin) &&
	    slice_is_print(release->label) && slice_is_print(release->suite) &&
	    slice_is_print(release->codename) &&
	    slice_is_print(release->version) &&
	    slice_is_print(release->components) &&
	    slice_is_print(release->archs);
}

void
release_encode(const struct release *release, struct buf *out)
{
	unsigned int flags = 0;

	if (release->by_hash)
		flags |= FLAG_BY_HASH;
	if (release->not_automatic)
		flags |= FLAG_NOT_AUTOMATIC;
	if (release->but_automatic_upgrades)
		flags |= FLAG_BUT_AUTOMATIC_UPGRADES;

	buf_put(out, TAG);
	buf_put_sized(out, release->origin);
	buf_put_sized(out, release->label);
	buf_put_sized(out, release->suite);
	buf_put_sized(out, release->codename);
	buf_put_sized(out, release->version);
	buf_put_sized(out, release->components);
	buf_put_sized(out, release->archs);
	buf_put_u64le(out, (uint64_t)release->date);
	buf_put_u64le(out, (uint64_t)release->valid_until);
	buf_put_u8(out, (uint8_t)flags);
	buf_put_u32le(out, (uint32_t)release->n_files);
	for (size_t i = 0; i < release->n_files; i++) {
		const struct release_file *file = &release->files[i];

		buf_put_sized(out, file->path);
		buf_put_u64le(out, file->size_bytes);
		buf_put(out,
		    slice_of((const char *)file->sha256.bytes, SHA256_BYTES));
	}
}

static bool
head_decode(struct bytes_reader *in, struct release *release)
{
	struct slice tag;
	uint64_t date;
	uint64_t valid_until;
	uint8_t flags;

	if (!bytes_take(in, TAG.len, &tag) || !slice_eq(tag, TAG) ||
	    !bytes_sized(in, &release->origin) ||
	    !bytes_sized(in, &release->label) ||
	    !bytes_sized(in, &release->suite) ||
	    !bytes_sized(in, &release->codename) ||
	    !bytes_sized(in, &release->version) ||
	    !bytes_sized(in, &release->components) ||
	    !bytes_sized(in, &release->archs) || !bytes_u64le(in, &date) ||
	    !bytes_u64le(in, &valid_until) || !bytes_u8(in, &flags) ||
	    (flags & ~FLAG_ALL) != 0)
		return false;
	release->date = (int64_t)date;
	release->valid_until = (int64_t)valid_until;
	release->by_hash = flags & FLAG_BY_HASH;
	release->not_automatic = flags & FLAG_NOT_AUTOMATIC;
	release->but_automatic_upgrades = flags & FLAG_BUT_AUTOMATIC_UPGRADES;
	return release_texts_ok(release);
}

static bool
file_decode(struct bytes_reader *in, struct release_file *file)
{
	struct slice sum;

	if (!bytes_sized(in, &file->path) || !source_path_ok(file->path) ||
	    !bytes_u64le(in, &file->size_bytes) ||
	    file->size_bytes > INT64_MAX || !bytes_take(in, SHA256_BYTES, &sum))
		return false;
	memcpy(file->sha256.bytes, sum.ptr, SHA256_BYTES);
	return true;
}

static int
decode(struct bytes_reader *in, struct release *release, struct error *err)
{
	uint32_t n;

	if (!head_decode(in, release) || !bytes_u32le(in, &n))
		return error_set(err, ERROR_FORMAT, "not a release");
	while (release->n_files < n) {
		struct release_file file;

		if (!file_decode(in, &file))
			return error_set(err, ERROR_FORMAT, "a file is broken");
		if (release_add_file(release, &file, err) < 0)
			return -1;
	}
	if (in->rest.len > 0)
		return error_set(
		    err, ERROR_FORMAT, "bytes after the last file");
	return release_sort_files(release, err);
}

int
release_decode(struct slice bytes, struct release **ret, struct error *err)
{
	CLEANUP(release_free)
	struct release *release = calloc(1, sizeof(*release));

	if (!release || !(release->text = slice_copy(bytes)))
		return error_nomem(err);

	struct bytes_reader in =
	    bytes_reader_of(slice_of(release->text, bytes.len));
	if (decode(&in, release, err) < 0)
		return -1;
	*ret = TAKE(release);
	return 0;
}

void
release_free(struct release *release)
{
	if (!release)
		return;
	free(release->files);
	free(release->text);
	free(release);
}
