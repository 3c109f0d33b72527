/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/tar.h"

#include "../pieces.h"
#include "archive/tar_write.h"
#include "base/hash.h"

#define MTIME_NSEC_END 1000000000U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct tar_limits limits = {
	.max_entries = 1000,
	.max_path_bytes = 4096,
	.max_pax_bytes = 65536,
	.max_xattrs = 16,
};

static void
check_failure(const struct error *err)
{
	if (err->kind != ERROR_FORMAT && err->kind != ERROR_LIMIT &&
	    err->kind != ERROR_UNSUPPORTED)
		abort();
	for (const char *c = err->msg; *c; c++)
		if (*c < ' ' || *c > '~')
			abort();
}

/* What struct tar_entry promises of a path that is not empty. */
static void
check_path(struct slice path)
{
	struct slice name;

	if (path.len > limits.max_path_bytes ||
	    memchr(path.ptr, '\0', path.len) ||
	    slice_ends_with(path, SLICE("/")))
		abort();
	while (slice_split(&path, '/', &name))
		if (name.len == 0 || slice_eq(name, SLICE(".")) ||
		    slice_eq(name, SLICE("..")))
			abort();
}

static void
check_entry(const struct tar_entry *entry)
{
	bool linked = entry->type == TAR_HARDLINK || entry->type == TAR_SYMLINK;

	if (entry->type > TAR_TYPE_MAX || entry->mode > 07777 ||
	    entry->mtime_nsec >= MTIME_NSEC_END ||
	    entry->n_xattrs > limits.max_xattrs ||
	    linked != (entry->link.len > 0) ||
	    (entry->type != TAR_FILE && entry->size_bytes > 0))
		abort();
	if (entry->path.len > 0)
		check_path(entry->path);
	else if (entry->type != TAR_DIRECTORY)
		abort();
	if (entry->type == TAR_HARDLINK)
		check_path(entry->link);
}

static bool
same_xattrs(const struct tar_entry *a, const struct tar_entry *b)
{
	size_t n_same = 0;

	for (size_t i = 0; i < a->n_xattrs; i++)
		for (size_t j = 0; j < b->n_xattrs; j++)
			n_same +=
			    slice_eq(a->xattrs[i].name, b->xattrs[j].name) &&
			    slice_eq(a->xattrs[i].value, b->xattrs[j].value);
	return a->n_xattrs == b->n_xattrs && n_same == a->n_xattrs;
}

/* What we write of an entry, we read as that entry. */
static void
check_round_trip(const struct tar_entry *entry)
{
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct tar_entry again;
	struct error err;

	if (tar_put_header(&out, entry, &err) < 0) {
		if (err.kind != ERROR_UNSUPPORTED)
			abort();
		return;
	}
	if (buf_check(&out, &err) < 0 || out.len % 512 != 0)
		abort();

	struct slice_stream source = slice_stream_of(buf_slice(&out));
	CLEANUP(tar_reader_free)
	struct tar_reader *in = tar_reader_new(&source.stream, NULL, &err);
	if (!in || tar_reader_next(in, &again, &err) != 1)
		abort();
	if (!slice_eq(again.path, entry->path) || again.type != entry->type ||
	    !slice_eq(again.link, entry->link) || again.mode != entry->mode ||
	    again.uid != entry->uid || again.gid != entry->gid ||
	    again.size_bytes != entry->size_bytes ||
	    again.mtime_sec != entry->mtime_sec ||
	    again.dev_major != entry->dev_major ||
	    again.dev_minor != entry->dev_minor || !same_xattrs(&again, entry))
		abort();
}

/* Reads the content of every other entry; passes over the rest. */
static int
entries_read(struct tar_reader *in, struct hash *hash, struct error *err)
{
	struct tar_entry entry;
	struct slice chunk;
	bool skip = false;
	int r;

	while ((r = tar_reader_next(in, &entry, err)) > 0) {
		uint64_t n = 0;

		check_entry(&entry);
		check_round_trip(&entry);
		hash_put(hash, entry.path);
		hash_put(hash, entry.link);
		skip = !skip;
		if (skip)
			continue;
		do {
			if (tar_reader_data(in, &chunk, err) < 0)
				return -1;
			n += chunk.len;
			hash_put(hash, chunk);
		} while (chunk.len > 0);
		if (n != entry.size_bytes)
			abort();
	}
	return r;
}

static int
run(struct slice text, size_t step, struct sha256 *ret)
{
	CLEANUP(pieces_clear) struct pieces source = pieces_of(text, step);
	CLEANUP(hash_free) struct hash *hash = hash_new();
	struct error err;
	CLEANUP(tar_reader_free)
	struct tar_reader *in = tar_reader_new(&source.stream, &limits, &err);

	if (!hash || !in)
		abort();
	int r = entries_read(in, hash, &err);
	if (r < 0)
		check_failure(&err);
	if (tar_reader_end(in, &err) < 0 || source.rest.len > 0)
		abort();
	*ret = hash_end(hash);
	return r;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of((const char *)data, size);
	struct sha256 whole;
	struct sha256 cut;
	int r = run(text, SIZE_MAX, &whole);

	/* However the source is cut, what is seen is the same. */
	if (run(text, 509, &cut) != r || (r == 0 && !sha256_eq(&whole, &cut)))
		abort();
	return 0;
}
