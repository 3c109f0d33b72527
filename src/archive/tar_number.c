/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/tar_number.h"

#define NSEC_DIGITS ((size_t)9)
#define NSEC_PER_S  1000000000U

static bool
is_blank(char c)
{
	return c == ' ' || c == '\0';
}

static bool
octal_parse(struct slice field, int64_t *ret)
{
	int64_t value = 0;

	while (field.len > 0 && is_blank(*field.ptr))
		field = slice_after(field, 1);
	while (field.len > 0 && !is_blank(*field.ptr)) {
		char c = *field.ptr;

		if (c < '0' || c > '7' || value > INT64_MAX >> 3)
			return false;
		value = value << 3 | (c - '0');
		field = slice_after(field, 1);
	}
	/* A field ends with spaces, NULs or both; after a NUL nobody looks. */
	while (field.len > 0 && *field.ptr == ' ')
		field = slice_after(field, 1);
	if (field.len > 0 && *field.ptr != '\0')
		return false;
	*ret = value;
	return true;
}

static bool
binary_parse(struct slice field, int64_t *ret)
{
	bool negative = ((uint8_t)*field.ptr & 0x40) != 0;
	uint8_t fill = negative ? 0xff : 0;
	uint64_t value = 0;

	for (size_t i = 0; i < field.len; i++) {
		uint8_t byte = (uint8_t)field.ptr[i];

		/* The first bit says that this is binary; the second, what
		 * the number's sign is. */
		if (i == 0)
			byte = (uint8_t)((byte & 0x7f) | (fill & 0x80));
		if (i + sizeof(value) < field.len && byte != fill)
			return false;
		value = value << 8 | byte;
	}
	if (field.len >= sizeof(value) && ((int64_t)value < 0) != negative)
		return false;
	*ret = (int64_t)value;
	return true;
}

bool
tar_number_parse(struct slice field, int64_t *ret)
{
	if (field.len == 0)
		return false;
	if (((uint8_t)*field.ptr & 0x80) == 0)
		return octal_parse(field, ret);
	return field.len >= sizeof(uint64_t) && binary_parse(field, ret);
}

/* What follows the point, as nanoseconds. */
static bool
fraction_parse(struct slice digits, uint32_t *ret)
{
	uint32_t value = 0;

	for (size_t i = 0; i < digits.len || i < NSEC_DIGITS; i++) {
		char c = '0';

		if (i < digits.len)
			c = digits.ptr[i];
		if (c < '0' || c > '9')
			return false;
		if (i < NSEC_DIGITS)
			value = value * 10 + (uint32_t)(c - '0');
	}
	*ret = value;
	return true;
}

bool
tar_time_parse(struct slice text, int64_t *ret_sec, uint32_t *ret_nsec)
{
	bool negative = slice_starts_with(text, SLICE("-"));
	struct slice rest = negative ? slice_after(text, 1) : text;
	struct slice whole;
	uint64_t value;
	uint32_t nsec;

	if (!slice_split(&rest, '.', &whole) ||
	    !slice_to_u64(whole, INT64_MAX - 1, &value) ||
	    !fraction_parse(rest, &nsec))
		return false;

	int64_t sec = negative ? -(int64_t)value : (int64_t)value;
	if (negative && nsec > 0) {
		sec--;
		nsec = NSEC_PER_S - nsec;
	}
	*ret_sec = sec;
	*ret_nsec = nsec;
	return true;
}
