/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"

bool
bytes_take(struct bytes_reader *in, size_t n, struct slice *ret)
{
	if (n > in->rest.len)
		return false;
	*ret = slice_first(in->rest, n);
	in->rest = slice_after(in->rest, n);
	return true;
}

static bool
number_le(struct bytes_reader *in, size_t n, uint64_t *ret)
{
	struct slice bytes;
	uint64_t value = 0;

	if (!bytes_take(in, n, &bytes))
		return false;
	for (size_t i = n; i-- > 0;)
		value = value << 8 | (uint8_t)bytes.ptr[i];
	*ret = value;
	return true;
}

static bool
number_be(struct bytes_reader *in, size_t n, uint64_t *ret)
{
	struct slice bytes;
	uint64_t value = 0;

	if (!bytes_take(in, n, &bytes))
		return false;
	for (size_t i = 0; i < n; i++)
		value = value << 8 | (uint8_t)bytes.ptr[i];
	*ret = value;
	return true;
}

#define DEFINE_READER(name, type, number) \
	bool name(struct bytes_reader *in, type *ret) \
	{ \
		uint64_t value; \
\
		if (!number(in, sizeof(type), &value)) \
			return false; \
		*ret = (type)value; \
		return true; \
	}

DEFINE_READER(bytes_u8, uint8_t, number_le)
DEFINE_READER(bytes_u16le, uint16_t, number_le)
DEFINE_READER(bytes_u32le, uint32_t, number_le)
DEFINE_READER(bytes_u64le, uint64_t, number_le)
DEFINE_READER(bytes_u16be, uint16_t, number_be)
DEFINE_READER(bytes_u32be, uint32_t, number_be)
DEFINE_READER(bytes_u64be, uint64_t, number_be)

bool
bytes_sized(struct bytes_reader *in, struct slice *ret)
{
	struct bytes_reader ahead = *in;
	uint32_t len;

	if (!bytes_u32le(&ahead, &len) || !bytes_take(&ahead, len, ret))
		return false;
	*in = ahead;
	return true;
}
