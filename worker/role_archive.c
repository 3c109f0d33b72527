/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docker-archive, oci-archive: each finds in a tar, a regular file, where the
 * blobs of images are, and answers places_encode():
 *
 *	docker-archive TAG   the config of the image that carries TAG (empty:
 *	                     of the only one) and its layers, lowest first
 *	oci-archive          index.json, then all that lies in blobs/sha256
 *
 * `docker save` has written two layouts. The older one:
 *
 *	manifest.json, repositories, HEX.json (the config),
 *	HEX/layer.tar, HEX/json, HEX/VERSION (of Docker 1.9, unused)
 *
 * where a layer that several images share may be a link to "../HEX/layer.tar";
 * since Docker 25 an OCI layout and a manifest.json whose names are those of
 * its blobs, which may be compressed. Others write "HEX.tar.gz".
 */
#include "roles.h"

#include <stdlib.h>

#include "archive/decompress.h"
#include "archive/tar.h"
#include "base/memory.h"
#include "base/seek.h"
#include "oci/docker_archive.h"
#include "oci/manifest.h"
#include "oci/places.h"
#include "sandbox/answer.h"
#include "sandbox/confine.h"

/* An archive of many images has some thousands. */
#define MEMBERS_MAX PLACES_MAX

#define BLOBS "blobs/sha256/"

/* Before there was a manifest.json, Docker 1.10. */
#define REPOSITORIES "repositories"

struct member {
	char *name;
	char *link; /* of a link: the member that it means; else NULL */
	uint64_t offset, size_bytes;
};

struct members {
	struct member *items;
	size_t n_items;
	const struct member **sorted; /* by name, and in their order */
	struct buf manifest;          /* what DOCKER_ARCHIVE_MANIFEST holds */
};

/* What a symbolic link in this place means, "../HEX/layer.tar", as the name of
 * a member; engines write no other. Empty: nothing in the archive. */
static struct slice
link_target(struct slice path, struct slice link)
{
	const struct slice up = SLICE("../");
	struct slice component;
	size_t depth = 0;

	while (slice_split(&path, '/', &component) && path.len > 0)
		depth++;
	for (; depth > 0 && slice_starts_with(link, up); depth--)
		link = slice_after(link, up.len);
	return depth == 0 ? link : SLICE("");
}

/* Its process ends when this role does: nothing is freed. */
static int
member_add(
    struct members *members, const struct tar_entry *entry, struct error *err)
{
	struct slice link = SLICE("");

	if (entry->type == TAR_SYMLINK)
		link = link_target(entry->path, entry->link);
	else if (entry->type == TAR_HARDLINK)
		link = entry->link;
	else if (entry->type != TAR_FILE)
		return 0;
	if (members->n_items == MEMBERS_MAX)
		return error_set(err, ERROR_LIMIT,
		    "more than %d members in the archive", MEMBERS_MAX);
	if (!ARRAY_GROW(members->items, members->n_items))
		return error_nomem(err);

	struct member *member = &members->items[members->n_items++];
	*member = (struct member){
		.name = slice_copy(entry->path),
		.offset = entry->data_offset,
		.size_bytes = entry->size_bytes,
	};
	if (entry->type != TAR_FILE && !(member->link = slice_copy(link)))
		return error_nomem(err);
	return member->name ? 0 : error_nomem(err);
}

static int
members_read(struct tar_reader *tar, struct members *ret, struct error *err)
{
	struct tar_entry entry;
	int r;

	while ((r = tar_reader_next(tar, &entry, err)) > 0) {
		if (member_add(ret, &entry, err) < 0)
			return -1;
		if (entry.type != TAR_FILE ||
		    !slice_eq(
			entry.path, slice_of_string(DOCKER_ARCHIVE_MANIFEST)))
			continue;
		buf_clear(&ret->manifest);
		if (stream_read_all(
			tar_reader_stream(tar), &ret->manifest, err) < 0)
			return error_wrap(err, DOCKER_ARCHIVE_MANIFEST);
	}
	return r;
}

static int
member_cmp(const void *a, const void *b)
{
	const struct member *one = *(const struct member *const *)a;
	const struct member *other = *(const struct member *const *)b;
	int r = strcmp(one->name, other->name);

	return r != 0 ? r : (one > other) - (one < other);
}

/* For member_find(): links may be as many as there are members. */
static int
members_sort(struct members *members, struct error *err)
{
	members->sorted =
	    calloc(members->n_items + 1, sizeof(*members->sorted));
	if (!members->sorted)
		return error_nomem(err);
	for (size_t i = 0; i < members->n_items; i++)
		members->sorted[i] = &members->items[i];
	qsort(members->sorted, members->n_items, sizeof(*members->sorted),
	    member_cmp);
	return 0;
}

/* The last of that name counts, as when it is unpacked. */
static const struct member *
member_find(const struct members *members, struct slice name)
{
	size_t low = 0, high = members->n_items;

	/* Those before low are not greater, those from high on are. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct slice is =
		    slice_of_string(members->sorted[middle]->name);

		if (slice_cmp(is, name) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 ||
	    !slice_eq(slice_of_string(members->sorted[low - 1]->name), name))
		return NULL;
	return members->sorted[low - 1];
}

static bool
name_digest(struct slice name, struct sha256 *ret)
{
	return slice_starts_with(name, SLICE(BLOBS)) &&
	    sha256_from_string(slice_after(name, sizeof(BLOBS) - 1), ret);
}

/* Where the member of that name is, or what it links to; it may be NULL. */
static int
place_of(const struct members *members, const struct member *member,
    struct slice name, struct place *ret, struct error *err)
{
	if (member && member->link)
		member = member_find(members, slice_of_string(member->link));
	if (!member || member->link)
		return error_set(err, ERROR_FORMAT,
		    "the archive has no member " SLICE_FMT,
		    SLICE_ARG(slice_first(name, 128)));
	*ret = (struct place){
		.offset = member->offset,
		.size_bytes = member->size_bytes,
	};
	ret->has_digest = name_digest(name, &ret->digest);
	return 0;
}

static int
member_place(const struct members *members, struct slice name,
    struct place *ret, struct error *err)
{
	return place_of(members, member_find(members, name), name, ret, err);
}

/* Whether what lies there is compressed, and how. */
static int
compression_at(
    uint64_t offset, uint64_t size_bytes, bool *ret, struct error *err)
{
	CLEANUP(decompress_free) struct decompress *plain = NULL;
	CLEANUP(seek_stream_clear) struct seek_stream file = { 0 };

	if (seek_stream_init(&file, CONFINE_FIRST_FD, offset, size_bytes, err) <
		0 ||
	    decompress_new(&file.stream, NULL, &plain, err) < 0)
		return -1;
	*ret = decompress_kind(plain) != COMPRESSION_NONE;
	return 0;
}

static int
answer_places(const struct places *places, struct error *err)
{
	struct buf out = { 0 };

	places_encode(places, &out);
	if (buf_check(&out, err) < 0)
		return -1;
	return answer_put(ANSWER_MAIN, buf_slice(&out), err);
}

/* Reads the archive; 1 when it must be decompressed first, and that is the
 * answer already. */
static int
archive_read(struct members *ret, struct error *err)
{
	struct places compressed = { .archive_is_compressed = true };
	struct seek_stream file;
	bool is_compressed;

	if (compression_at(0, UINT64_MAX, &is_compressed, err) < 0)
		return -1;
	if (is_compressed)
		return answer_places(&compressed, err) < 0 ? -1 : 1;
	if (seek_stream_init(&file, CONFINE_FIRST_FD, 0, UINT64_MAX, err) < 0)
		return -1;

	struct tar_reader *tar = tar_reader_new(&file.stream, NULL, err);
	if (!tar)
		return -1;
	tar_reader_set_skip(tar, seek_stream_skip);
	return members_read(tar, ret, err) < 0 ? -1 : members_sort(ret, err);
}

static int
layer_add(const struct members *members, struct slice name,
    struct places *places, struct error *err)
{
	struct place place;

	if (member_place(members, name, &place, err) < 0)
		return -1;
	/* What has no digest by name is its diff ID, if it is plain. */
	if (!place.has_digest &&
	    compression_at(
		place.offset, place.size_bytes, &place.is_compressed, err) < 0)
		return -1;
	return places_add(places, &place, err);
}

static int
image_places(const struct members *members, const struct docker_image *image,
    struct error *err)
{
	struct places places = { 0 };
	struct place config;

	if (member_place(members, image->config, &config, err) < 0 ||
	    places_add(&places, &config, err) < 0)
		return -1;
	for (size_t i = 0; i < image->n_layers; i++)
		if (layer_add(members, image->layers[i], &places, err) < 0)
			return error_wrap(err, "layer %zu", i + 1);
	return answer_places(&places, err);
}

int
role_docker_archive(int argc, char **argv, struct error *err)
{
	struct members members = {
		.manifest = buf_limited(MANIFEST_BYTES_MAX),
	};
	struct docker_archive *archive;
	const struct docker_image *image;

	if (argc != 1)
		return error_set(err, ERROR_BUG, "one argument");

	int r = archive_read(&members, err);
	if (r != 0)
		return r < 0 ? -1 : 0;
	if (members.manifest.len == 0)
		return member_find(&members, SLICE(REPOSITORIES))
		    ? error_set(err, ERROR_UNSUPPORTED,
			  "of Docker before 1.10, without " DOCKER_ARCHIVE_MANIFEST
			  ": load and save it again")
		    : error_set(err, ERROR_FORMAT,
			  "no " DOCKER_ARCHIVE_MANIFEST
			  ": not an archive of docker save");
	if (docker_archive_parse(buf_slice(&members.manifest), &archive, err) <
		0 ||
	    docker_archive_choose(
		archive, slice_of_string(argv[0]), &image, err) < 0)
		return -1;
	return image_places(&members, image, err);
}

int
role_oci_archive(int argc, char **argv, struct error *err)
{
	struct members members = {
		.manifest = buf_limited(MANIFEST_BYTES_MAX),
	};
	struct places places = { 0 };
	struct place place;

	(void)argc;
	(void)argv;
	int r = archive_read(&members, err);
	if (r != 0)
		return r < 0 ? -1 : 0;
	if (member_place(&members, SLICE("index.json"), &place, err) < 0 ||
	    places_add(&places, &place, err) < 0)
		return error_wrap(err, "not an archive of an OCI layout");
	for (size_t i = 0; i < members.n_items; i++) {
		const struct member *member = &members.items[i];
		struct slice name = slice_of_string(member->name);

		if (!name_digest(name, &place.digest))
			continue;
		if (place_of(&members, member, name, &place, err) < 0 ||
		    places_add(&places, &place, err) < 0)
			return -1;
	}
	return answer_places(&places, err);
}

int
role_inflate(int argc, char **argv, struct error *err)
{
	CLEANUP(decompress_free) struct decompress *plain = NULL;
	CLEANUP(fd_stream_clear) struct fd_stream file = { 0 };
	struct slice chunk;

	(void)argc;
	(void)argv;
	if (fd_stream_init(&file, CONFINE_FIRST_FD, err) < 0 ||
	    decompress_new(&file.stream, NULL, &plain, err) < 0)
		return -1;
	do {
		if (stream_next(decompress_stream(plain), &chunk, err) < 0 ||
		    (chunk.len > 0 && answer_put(ANSWER_MAIN, chunk, err) < 0))
			return -1;
	} while (chunk.len > 0);
	return 0;
}
