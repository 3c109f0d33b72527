/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ASCII armor, RFC 4880 section 6: bytes as base64 between two marker lines,
 * with headers that we skip, and a checksum that may be absent.
 *
 *	-----BEGIN PGP SIGNATURE-----
 *	Comment: made for a test
 *
 *	iHUEABYKAB0WIQRk2S9vYw0tWXQ1a0lG8i9r
 *	=vbDe
 *	-----END PGP SIGNATURE-----
 *
 * The checksum guards against accidents, not against anybody; so one that is
 * wrong is an error of form.
 */
#include "trust/armor.h"

#include "base/encode.h"
#include "base/reader.h"

/* gpg writes 64 characters, PGP 76; headers are free text. */
#define LINE_MAX_BYTES ((size_t)4096)

/* Headers that a block may have: gpg writes two at the most. */
#define HEADERS_MAX 32

#define CRC24_INIT 0xb704ceU
#define CRC24_POLY 0x1864cfbU

static uint32_t
crc24_of(struct slice bytes)
{
	uint32_t crc = CRC24_INIT;

	for (size_t i = 0; i < bytes.len; i++) {
		crc ^= (uint32_t)(uint8_t)bytes.ptr[i] << 16;
		for (int bit = 0; bit < 8; bit++)
			crc = crc << 1 ^ (crc & 0x800000U ? CRC24_POLY : 0);
	}
	return crc & 0xffffffU;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

struct slice
armor_line_trim(struct slice line)
{
	while (line.len > 0 && is_blank(line.ptr[line.len - 1]))
		line.len--;
	return line;
}

bool
armor_is_marker(struct slice line, const char *what, const char *label)
{
	struct slice parts[] = { SLICE("-----"), slice_of_string(what),
		SLICE(" PGP "), slice_of_string(label), SLICE("-----") };

	line = armor_line_trim(line);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!slice_starts_with(line, parts[i]))
			return false;
		line = slice_after(line, parts[i].len);
	}
	return line.len == 0;
}

bool
armor_is_in(struct slice text)
{
	struct reader in = reader_of(text);
	struct slice line;

	while (reader_line(&in, &line))
		if (slice_starts_with(line, SLICE("-----BEGIN PGP ")))
			return true;
	return false;
}

/* Takes the headers and the blank line after them. */
static int
headers_skip(struct reader *in, struct error *err)
{
	struct slice line;

	for (int n = 0; n <= HEADERS_MAX; n++) {
		if (!reader_line(in, &line))
			break;
		if (armor_line_trim(line).len == 0)
			return 0;
		if (!memmem(line.ptr, line.len, ": ", 2))
			break;
	}
	return error_set(err, ERROR_FORMAT, "no blank line after the headers");
}

/* The checksum of bytes is what "=vbDe" says. */
static int
checksum_check(struct slice line, struct slice bytes, struct error *err)
{
	CLEANUP(buf_clear) struct buf sum = buf_limited(3);

	if (!base64_decode(slice_after(line, 1), &sum) || sum.len != 3)
		return error_set(err, ERROR_FORMAT, "malformed checksum");

	const uint8_t *p = (const uint8_t *)sum.ptr;
	uint32_t crc = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
	if (crc != crc24_of(bytes))
		return error_set(err, ERROR_FORMAT, "wrong checksum");
	return 0;
}

/* Collects the base64 of the lines up to the checksum or the end of the
 * block; that line is left in *ret_line. */
static int
base64_collect(struct reader *in, struct buf *base64, struct slice *ret_line,
    struct error *err)
{
	struct slice line;

	while (reader_line(in, &line)) {
		line = armor_line_trim(line);
		if (line.len > LINE_MAX_BYTES)
			return error_set(err, ERROR_FORMAT, "line too long");
		if (slice_starts_with(line, SLICE("-")) ||
		    slice_starts_with(line, SLICE("="))) {
			*ret_line = line;
			return buf_check(base64, err);
		}
		buf_put(base64, line);
	}
	return error_set(err, ERROR_FORMAT, "cut off");
}

/* Takes what follows the first line of a block, to its last. */
static int
block_decode(
    struct reader *in, const char *label, struct buf *ret, struct error *err)
{
	CLEANUP(buf_clear) struct buf base64 = { 0 };
	size_t len_before = ret->len;
	struct slice line;

	if (headers_skip(in, err) < 0 ||
	    base64_collect(in, &base64, &line, err) < 0)
		return -1;
	if (!base64_decode(buf_slice(&base64), ret))
		return error_set(err, ERROR_FORMAT, "not base64");
	if (buf_check(ret, err) < 0)
		return -1;
	if (slice_starts_with(line, SLICE("="))) {
		struct slice bytes = slice_after(buf_slice(ret), len_before);
		if (checksum_check(line, bytes, err) < 0)
			return -1;
		if (!reader_line(in, &line))
			line = SLICE("");
	}
	if (!armor_is_marker(line, "END", label))
		return error_set(err, ERROR_FORMAT, "no end of the block");
	return 0;
}

int
armor_decode(struct slice text, const char *label, enum armor_rest rest,
    struct buf *ret, struct error *err)
{
	struct reader in = reader_of(text);
	struct slice line;
	size_t n_blocks = 0;

	while (reader_line(&in, &line)) {
		if (armor_is_marker(line, "BEGIN", label)) {
			if (block_decode(&in, label, ret, err) < 0)
				return error_wrap(
				    err, "armor, line %zu", in.line);
			n_blocks++;
		} else if (rest == ARMOR_REST_BLANK &&
		    armor_line_trim(line).len > 0) {
			return error_set(err, ERROR_UNTRUSTED,
			    "text outside of what is signed");
		}
	}
	if (n_blocks == 0)
		return error_set(err, ERROR_FORMAT, "no PGP %s in it", label);
	return 0;
}
