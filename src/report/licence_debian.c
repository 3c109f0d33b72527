/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The short names of Debian's machine-readable copyright files (copyright
 * format 1.0, 7.1): mostly those that SPDX had in 2012, with versions after a
 * dash, ".0" or not, and "+" for what may be a later one. "and" and "or" are
 * lower case there; commas, and "with ... exception", have no fixed meaning,
 * so what has them stays a name.
 */
#include "report/licence_debian.h"

#include "base/memory.h"

/* The families whose versions SPDX writes with -only and -or-later. */
static const struct family {
	struct slice name;   /* up to the version */
	struct slice spdx;   /* the same */
	struct slice middle; /* between the version and -only */
} families[] = {
	{ SLICE("GPL-"), SLICE("GPL-"), SLICE("") },
	{ SLICE("LGPL-"), SLICE("LGPL-"), SLICE("") },
	{ SLICE("AGPL-"), SLICE("AGPL-"), SLICE("") },
	{ SLICE("GFDL-NIV-"), SLICE("GFDL-"), SLICE("-no-invariants") },
};

static const struct {
	struct slice name;
	struct slice spdx;
} words[] = {
	{ SLICE("and"), SLICE("AND") },
	{ SLICE("or"), SLICE("OR") },
	{ SLICE("Expat"), SLICE("MIT") },
	{ SLICE("Apache-1"), SLICE("Apache-1.0") },
	{ SLICE("Apache-2"), SLICE("Apache-2.0") },
	{ SLICE("CC0"), SLICE("CC0-1.0") },
	{ SLICE("MPL-1"), SLICE("MPL-1.0") },
	{ SLICE("MPL-2"), SLICE("MPL-2.0") },
};

/* "2", "2.1": one digit, or two with a point between. */
static bool
is_version(struct slice text)
{
	static const struct slice digits = SLICE("0123456789");

	if (text.len != 1 && text.len != 3)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (i == 1 ? text.ptr[i] != '.'
			   : !memchr(digits.ptr, text.ptr[i], digits.len))
			return false;
	return true;
}

/* Puts "GPL-2.0-or-later" for "GPL-2+"; false for what is of no family. */
static bool
put_of_family(struct slice word, struct buf *out)
{
	struct slice plus = SLICE("+");
	bool later = slice_ends_with(word, plus);

	if (later)
		word.len -= plus.len;
	for (size_t i = 0; i < N_ITEMS(families); i++) {
		const struct family *family = &families[i];
		struct slice version = slice_after(word, family->name.len);

		if (!slice_starts_with(word, family->name) ||
		    !is_version(version))
			continue;
		buf_put(out, family->spdx);
		buf_put(out, version);
		buf_put_string(out, version.len == 1 ? ".0" : "");
		buf_put(out, family->middle);
		buf_put_string(out, later ? "-or-later" : "-only");
		return true;
	}
	return false;
}

static void
put_word(struct slice word, struct buf *out)
{
	for (size_t i = 0; i < N_ITEMS(words); i++)
		if (slice_eq(word, words[i].name)) {
			buf_put(out, words[i].spdx);
			return;
		}
	if (!put_of_family(word, out))
		buf_put(out, word);
}

static bool
ends_word(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '(' || c == ')';
}

enum licence_kind
licence_read_debian(struct slice text, struct buf *out)
{
	CLEANUP(buf_clear) struct buf spdx = { 0 };
	size_t from = out->len;
	size_t at = 0;

	while (at < text.len) {
		size_t n = 0;

		while (at + n < text.len && !ends_word(text.ptr[at + n]))
			n++;
		put_word(slice_first(slice_after(text, at), n), &spdx);
		at += n;
		if (at < text.len)
			buf_put_u8(&spdx, (uint8_t)text.ptr[at++]);
	}
	out->failed |= spdx.failed;

	enum licence_kind kind = licence_read(buf_slice(&spdx), out);
	if (kind != LICENCE_NAME || out->failed)
		return kind;
	/* It is neither: not half of it in other words either. */
	out->len = from;
	return licence_read(text, out);
}
