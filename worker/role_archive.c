/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docker-archive: finds in the tar of `docker save`, a regular file, where
 * the config and the layers of one image are. argv: the tag of the image, or
 * an empty string for the only one. Answers u64le offset and size of the
 * config, the u32le number of layers, and the same two of each, lowest first.
 *
 * An older engine writes a layer that several images share once, and a
 * symbolic link to it for the others: "../HEX/layer.tar".
 */
#include "roles.h"

#include <stdlib.h>

#include "archive/tar.h"
#include "base/memory.h"
#include "base/seek.h"
#include "oci/docker_archive.h"
#include "oci/manifest.h"
#include "sandbox/answer.h"
#include "sandbox/confine.h"

/* An archive of many images has some thousands. */
#define MEMBERS_MAX 100000

struct member {
	char *name;
	char *link; /* of a symbolic link, else NULL */
	uint64_t offset, size_bytes;
};

struct members {
	struct member *items;
	size_t n_items;
	struct buf manifest;
};

/* Its process ends when this role does: nothing is freed. */
static int
member_add(
    struct members *members, const struct tar_entry *entry, struct error *err)
{
	bool is_link = entry->type == TAR_SYMLINK;

	if (entry->type != TAR_FILE && !is_link)
		return 0;
	if (members->n_items == MEMBERS_MAX)
		return error_set(err, ERROR_LIMIT, "too many members");
	if (!ARRAY_GROW(members->items, members->n_items))
		return error_nomem(err);

	struct member *member = &members->items[members->n_items++];
	*member = (struct member){
		.name = slice_copy(entry->path),
		.link = is_link ? slice_copy(entry->link) : NULL,
		.offset = entry->data_offset,
		.size_bytes = entry->size_bytes,
	};
	if (!member->name || (is_link && !member->link))
		return error_nomem(err);
	return 0;
}

static int
members_read(struct tar_reader *tar, struct members *ret, struct error *err)
{
	struct tar_entry entry;
	int r;

	while ((r = tar_reader_next(tar, &entry, err)) > 0) {
		if (member_add(ret, &entry, err) < 0)
			return -1;
		if (entry.type == TAR_FILE &&
		    slice_eq(
			entry.path, slice_of_string(DOCKER_ARCHIVE_MANIFEST)) &&
		    stream_read_all(
			tar_reader_stream(tar), &ret->manifest, err) < 0)
			return -1;
	}
	return r;
}

/* The last of that name counts, as when it is unpacked. */
static const struct member *
member_find(const struct members *members, struct slice name)
{
	for (size_t i = members->n_items; i-- > 0;)
		if (slice_eq(slice_of_string(members->items[i].name), name))
			return &members->items[i];
	return NULL;
}

static int
place_find(const struct members *members, struct slice name,
    const struct member **ret, struct error *err)
{
	const struct member *member = member_find(members, name);

	if (member && member->link) {
		struct slice link = slice_of_string(member->link);

		member = slice_starts_with(link, SLICE("../"))
		    ? member_find(members, slice_after(link, 3))
		    : NULL;
	}
	if (!member || member->link)
		return error_set(err, ERROR_FORMAT,
		    "the archive has no member " SLICE_FMT,
		    SLICE_ARG(slice_first(name, 128)));
	*ret = member;
	return 0;
}

static int
put_place(const struct members *members, struct slice name, struct buf *out,
    struct error *err)
{
	const struct member *member;

	if (place_find(members, name, &member, err) < 0)
		return -1;
	buf_put_u64le(out, member->offset);
	buf_put_u64le(out, member->size_bytes);
	return 0;
}

static int
put_places(const struct members *members, const struct docker_image *image,
    struct error *err)
{
	struct buf out = { 0 };

	if (put_place(members, image->config, &out, err) < 0)
		return -1;
	buf_put_u32le(&out, (uint32_t)image->n_layers);
	for (size_t i = 0; i < image->n_layers; i++)
		if (put_place(members, image->layers[i], &out, err) < 0)
			return -1;
	if (buf_check(&out, err) < 0)
		return -1;
	return answer_put(ANSWER_MAIN, buf_slice(&out), err);
}

int
role_docker_archive(int argc, char **argv, struct error *err)
{
	struct members members = {
		.manifest = buf_limited(MANIFEST_BYTES_MAX),
	};
	struct docker_archive *archive;
	const struct docker_image *image;
	struct seek_stream file;

	if (argc != 1)
		return error_set(err, ERROR_BUG, "one argument");
	if (seek_stream_init(&file, CONFINE_FIRST_FD, 0, UINT64_MAX, err) < 0)
		return -1;

	struct tar_reader *tar = tar_reader_new(&file.stream, NULL, err);
	if (!tar)
		return -1;
	tar_reader_set_skip(tar, seek_stream_skip);
	if (members_read(tar, &members, err) < 0)
		return -1;
	if (members.manifest.len == 0)
		return error_set(err, ERROR_FORMAT,
		    "no " DOCKER_ARCHIVE_MANIFEST
		    ": not an archive of docker save");
	if (docker_archive_parse(buf_slice(&members.manifest), &archive, err) <
		0 ||
	    docker_archive_choose(
		archive, slice_of_string(argv[0]), &image, err) < 0)
		return -1;
	return put_places(&members, image, err);
}
