/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Versions of Alpine's packages, number{.number}[letter]{_suffix[number]}
 * [~hash][-rN]:
 *
 *	1.36.1-r29
 *	9.6_p1-r0
 *	1.2.4_git20230717-r4
 *	3.9.9b~0123abcd-r1
 *
 * apk-package(5) has the rules; where it is silent we do what apk-tools'
 * src/version.c does. Both versions are cut into tokens, until two differ in
 * kind or in value.
 */
#include "version/apk.h"

#include "version/chars.h"

/*
 * Kinds of tokens, the oldest first: where two versions are the same so far,
 * the one whose next token is of the later kind is newer. So a pre-release is
 * older than its release, a third number makes a version newer than a letter
 * does, and 1_alpha_p is newer than 1_alpha1.
 */
enum kind {
	KIND_PRE,     /* _alpha to _rc */
	KIND_NOTHING, /* what has no place there; nothing after it counts */
	/* apk 3 knows these two for KIND_NOTHING. apk 2 reads on after them,
	 * and Alpine had versions such as 6.6.2p1-r1. */
	KIND_MISSING,   /* a number without digits: "1..2" */
	KIND_MISPLACED, /* a number after a letter */
	KIND_END,
	KIND_REVISION,
	KIND_HASH,
	KIND_SUFFIX_NUMBER,
	KIND_POST, /* _cvs to _p */
	KIND_LETTER,
	KIND_NUMBER,
	KIND_FIRST, /* the number that a version begins with */
};

/* What the last token was, as far as it rules what may follow. */
enum stage {
	STAGE_NUMBER,
	STAGE_LETTER,
	STAGE_SUFFIX,
	STAGE_SUFFIX_NUMBER,
	STAGE_HASH,
	STAGE_REVISION,
};

struct lexer {
	struct slice rest;
	enum stage stage;

	/* The token read last. */
	enum kind kind;
	uint64_t value;    /* of a number, a letter or a suffix */
	struct slice text; /* of a number or a hash */
};

struct suffix {
	struct slice name;
	enum kind kind;
};

/* The oldest first. */
static const struct suffix suffixes[] = {
	{ SLICE("alpha"), KIND_PRE },
	{ SLICE("beta"), KIND_PRE },
	{ SLICE("pre"), KIND_PRE },
	{ SLICE("rc"), KIND_PRE },
	{ SLICE("cvs"), KIND_POST },
	{ SLICE("svn"), KIND_POST },
	{ SLICE("git"), KIND_POST },
	{ SLICE("hg"), KIND_POST },
	{ SLICE("p"), KIND_POST },
};

#define N_SUFFIXES (sizeof(suffixes) / sizeof(suffixes[0]))

static struct slice
take(struct lexer *in, size_t n)
{
	struct slice taken = slice_first(in->rest, n);

	in->rest = slice_after(in->rest, n);
	return taken;
}

/* A number of more than 64 bits loses the upper ones, as in apk: what it takes
 * for an update depends on that. */
static void
take_number(struct lexer *in, enum kind kind)
{
	in->text = take(in, digits_in(in->rest));
	in->value = 0;
	for (size_t i = 0; i < in->text.len; i++)
		in->value = 10 * in->value + (uint64_t)(in->text.ptr[i] - '0');
	in->kind = kind;
}

static void
number_next(struct lexer *in, enum kind kind)
{
	take_number(in, kind);
	if (in->text.len == 0)
		in->kind = KIND_MISSING;
	in->stage = STAGE_NUMBER;
}

/* A digit that is not behind a dot. */
static void
digit_next(struct lexer *in)
{
	if (in->stage == STAGE_SUFFIX) {
		take_number(in, KIND_SUFFIX_NUMBER);
		in->stage = STAGE_SUFFIX_NUMBER;
	} else if (in->stage == STAGE_LETTER) {
		take_number(in, KIND_MISPLACED);
		in->stage = STAGE_NUMBER;
	}
}

static void
dot_next(struct lexer *in)
{
	if (in->stage != STAGE_NUMBER)
		return;
	(void)take(in, 1);
	number_next(in, KIND_NUMBER);
}

static void
letter_next(struct lexer *in)
{
	if (in->stage != STAGE_NUMBER)
		return;
	in->value = (uint8_t)*take(in, 1).ptr;
	in->kind = KIND_LETTER;
	in->stage = STAGE_LETTER;
}

static void
suffix_next(struct lexer *in)
{
	struct slice rest = slice_after(in->rest, 1);
	size_t n = 0;

	if (in->stage > STAGE_SUFFIX_NUMBER)
		return;
	while (n < rest.len && is_lower(rest.ptr[n]))
		n++;
	for (size_t i = 0; i < N_SUFFIXES; i++) {
		if (!slice_eq(slice_first(rest, n), suffixes[i].name))
			continue;
		in->rest = slice_after(rest, n);
		in->value = i;
		in->kind = suffixes[i].kind;
		in->stage = STAGE_SUFFIX;
		return;
	}
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f');
}

static void
hash_next(struct lexer *in)
{
	size_t n = 1;

	while (n < in->rest.len && is_hex(in->rest.ptr[n]))
		n++;
	if (in->stage >= STAGE_HASH || n == 1)
		return;
	in->text = slice_after(take(in, n), 1);
	in->kind = KIND_HASH;
	in->stage = STAGE_HASH;
}

/* Without a number it is no version, and yet the revision 0: but 1-ruff is as
 * old as whatever else has no place there. */
static void
revision_next(struct lexer *in)
{
	struct slice rest = slice_after(in->rest, 2);

	if (in->stage >= STAGE_REVISION ||
	    !slice_starts_with(in->rest, SLICE("-r")) ||
	    (rest.len > 0 && is_letter(rest.ptr[0])))
		return;
	in->rest = rest;
	take_number(in, KIND_REVISION);
	in->stage = STAGE_REVISION;
}

static void
token_next(struct lexer *in)
{
	in->kind = in->rest.len == 0 ? KIND_END : KIND_NOTHING;
	if (in->rest.len == 0)
		return;

	char c = in->rest.ptr[0];
	if (c == '.')
		dot_next(in);
	else if (is_digit(c))
		digit_next(in);
	else if (is_lower(c))
		letter_next(in);
	else if (c == '-')
		revision_next(in);
	else if (c == '_')
		suffix_next(in);
	else if (c == '~')
		hash_next(in);
}

/* At the first token. */
static struct lexer
lexer_of(struct slice text)
{
	struct lexer in = { .rest = text };

	number_next(&in, KIND_FIRST);
	return in;
}

/* Of two tokens of one kind. */
static int
compare_token(const struct lexer *a, const struct lexer *b)
{
	/* Numbers with zeroes before them, but for the first, are as it were
	 * fractions: 1.05 is older than 1.1, and 1.010 than 1.02. */
	if (a->kind == KIND_HASH ||
	    (a->kind == KIND_NUMBER &&
		(a->text.ptr[0] == '0' || b->text.ptr[0] == '0')))
		return slice_cmp(a->text, b->text);
	return (a->value > b->value) - (a->value < b->value);
}

static bool
is_last(enum kind kind)
{
	return kind == KIND_END || kind == KIND_NOTHING;
}

static bool
has_value(enum kind kind)
{
	return !is_last(kind) && kind != KIND_MISSING;
}

static int
compare(struct slice a, struct slice b, bool prefix)
{
	struct lexer in_a = lexer_of(a);
	struct lexer in_b = lexer_of(b);

	while (in_a.kind == in_b.kind && !is_last(in_a.kind)) {
		int order =
		    has_value(in_a.kind) ? compare_token(&in_a, &in_b) : 0;
		if (order != 0)
			return order;
		token_next(&in_a);
		token_next(&in_b);
	}
	if (in_a.kind == in_b.kind || (prefix && in_b.kind == KIND_END))
		return 0;
	return in_a.kind < in_b.kind ? -1 : 1;
}

int
version_apk_compare(struct slice a, struct slice b)
{
	return compare(a, b, false);
}

int
version_apk_compare_prefix(struct slice a, struct slice b)
{
	return compare(a, b, true);
}

/* True where apk reads on. */
static bool
is_in_place(const struct lexer *in)
{
	if (in->kind == KIND_REVISION)
		return in->text.len > 0;
	return !is_last(in->kind) && in->kind != KIND_MISSING &&
	    in->kind != KIND_MISPLACED;
}

bool
version_apk_is_valid(struct slice version)
{
	struct lexer in = lexer_of(version);

	while (is_in_place(&in))
		token_next(&in);
	return in.kind == KIND_END;
}
