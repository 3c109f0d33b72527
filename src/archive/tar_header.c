/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One block of tar, as POSIX.1-2017 has it (pax, "ustar Interchange Format"),
 * and its dialects: v7 has no magic, and nothing after the link; GNU has its
 * own magic, and times in place of the prefix; star has a shorter prefix.
 */
#include "archive/tar_header.h"

#include "archive/tar_number.h"
#include "base/memory.h"

#define MODE_BITS   07777
#define MAGIC_POSIX SLICE("ustar\0")
#define MAGIC_GNU   SLICE("ustar  \0")
#define MAGIC_STAR  SLICE("tar\0")

#define TAR_FIELD_PLACE(name, offset, length) [TAR_##name] = { offset, length },
const struct tar_field_place tar_fields[] = { TAR_FIELDS(TAR_FIELD_PLACE) };

static struct slice
field_of(struct slice block, enum tar_field field)
{
	return slice_first(slice_after(block, tar_fields[field].offset),
	    tar_fields[field].length);
}

static struct slice
text_of(struct slice block, enum tar_field field)
{
	struct slice text = field_of(block, field);
	const char *nul = memchr(text.ptr, '\0', text.len);

	return nul ? slice_first(text, (size_t)(nul - text.ptr)) : text;
}

uint32_t
tar_checksum(struct slice block)
{
	struct slice own = field_of(block, TAR_CHECKSUM);
	uint32_t sum = 0;

	for (size_t i = 0; i < TAR_BLOCK_BYTES; i++)
		sum += (uint8_t)block.ptr[i];
	for (size_t i = 0; i < own.len; i++)
		sum += (uint32_t)' ' - (uint8_t)own.ptr[i];
	return sum;
}

int32_t
tar_checksum_signed(struct slice block)
{
	struct slice own = field_of(block, TAR_CHECKSUM);
	int32_t sum = 0;

	for (size_t i = 0; i < TAR_BLOCK_BYTES; i++)
		sum += (int8_t)block.ptr[i];
	for (size_t i = 0; i < own.len; i++)
		sum += ' ' - (int8_t)own.ptr[i];
	return sum;
}

static int
checksum_check(struct slice block, struct error *err)
{
	int64_t sum;

	if (!tar_number_parse(field_of(block, TAR_CHECKSUM), &sum))
		return error_set(err, ERROR_FORMAT, "not a tar header");
	if (sum != tar_checksum(block) && sum != tar_checksum_signed(block))
		return error_set(err, ERROR_FORMAT,
		    "not a tar header, or a damaged one: the checksum differs");
	return 0;
}

static int
number_of(struct slice block, enum tar_field field, uint64_t max, uint64_t *ret,
    struct error *err)
{
	int64_t value;

	if (!tar_number_parse(field_of(block, field), &value) || value < 0 ||
	    (uint64_t)value > max)
		return error_set(err, ERROR_FORMAT,
		    "the number at byte %zu of a header is not valid",
		    tar_fields[field].offset);
	*ret = (uint64_t)value;
	return 0;
}

static int
numbers_parse(struct slice block, struct tar_header *ret, struct error *err)
{
	uint64_t mode;

	if (number_of(block, TAR_MODE, INT64_MAX, &mode, err) < 0 ||
	    number_of(block, TAR_UID, INT64_MAX, &ret->uid, err) < 0 ||
	    number_of(block, TAR_GID, INT64_MAX, &ret->gid, err) < 0 ||
	    number_of(block, TAR_SIZE, INT64_MAX, &ret->size_bytes, err) < 0)
		return -1;
	ret->mode = (uint32_t)mode & MODE_BITS;
	if (!tar_number_parse(field_of(block, TAR_MTIME), &ret->mtime_sec))
		return error_set(err, ERROR_FORMAT, "the time is not valid");
	return 0;
}

static int
device_parse(struct slice block, struct tar_header *ret, struct error *err)
{
	uint64_t major;
	uint64_t minor;

	if (number_of(block, TAR_DEV_MAJOR, UINT32_MAX, &major, err) < 0 ||
	    number_of(block, TAR_DEV_MINOR, UINT32_MAX, &minor, err) < 0)
		return -1;
	ret->dev_major = (uint32_t)major;
	ret->dev_minor = (uint32_t)minor;
	return 0;
}

/*
 * Go's reader, where GNU's times are no numbers, takes them for the prefix of
 * a path; GNU tar does not. So the same entry would have two names.
 */
static int
gnu_times_check(struct slice block, struct error *err)
{
	int64_t time;

	if (!tar_number_parse(field_of(block, TAR_GNU_ATIME), &time) ||
	    !tar_number_parse(field_of(block, TAR_GNU_CTIME), &time))
		return error_set(err, ERROR_FORMAT,
		    "a GNU header with neither times nor zeroes");
	return 0;
}

int
tar_header_parse(struct slice block, struct tar_header *ret, struct error *err)
{
	struct slice magic = field_of(block, TAR_MAGIC);
	bool posix = slice_starts_with(magic, MAGIC_POSIX);
	bool gnu = slice_eq(magic, MAGIC_GNU);

	*ret = (struct tar_header){
		.type = *field_of(block, TAR_TYPE).ptr,
		.name = text_of(block, TAR_NAME),
		.link = text_of(block, TAR_LINK),
	};
	if (checksum_check(block, err) < 0 ||
	    numbers_parse(block, ret, err) < 0)
		return -1;
	if (gnu && gnu_times_check(block, err) < 0)
		return -1;
	if (posix) {
		bool star =
		    slice_eq(field_of(block, TAR_STAR_MAGIC), MAGIC_STAR);

		ret->prefix =
		    text_of(block, star ? TAR_STAR_PREFIX : TAR_PREFIX);
	}
	if ((posix || gnu) && (ret->type == '3' || ret->type == '4'))
		return device_parse(block, ret, err);
	return 0;
}
