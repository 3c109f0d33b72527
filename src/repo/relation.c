/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Relations between packages: deb-control(5) under "Depends", and Debian
 * policy 7.1. Groups are separated by commas; the alternatives of a group by
 * bars.
 *
 *	libc6 (>= 2.36), debconf (>= 0.5) | debconf-2.0, python3:any
 *
 * Lists of architectures and profiles ("[amd64]", "<!nocheck>") only stand in
 * source packages and are refused, as dpkg does.
 */
#include "repo/relation.h"

#include <stdlib.h>

#include "base/memory.h"
#include "version/dpkg.h"

/* The longest in Debian 12, a Provides, has some 800. */
#define RELATIONS_MAX 100000

/* Reads forward over what is left of a text. */
struct cursor {
	struct slice rest;
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static void
skip_space(struct cursor *in)
{
	while (in->rest.len > 0 && is_space(*in->rest.ptr))
		in->rest = slice_after(in->rest, 1);
}

static bool
take_char(struct cursor *in, char c)
{
	if (in->rest.len == 0 || *in->rest.ptr != c)
		return false;
	in->rest = slice_after(in->rest, 1);
	return true;
}

/* The bytes up to one of stops, a blank, or the end; one or more of them,
 * printable. */
static bool
take_word(struct cursor *in, const char *stops, struct slice *ret)
{
	size_t len = 0;

	while (len < in->rest.len && in->rest.ptr[len] != '\0' &&
	    !is_space(in->rest.ptr[len]) && !strchr(stops, in->rest.ptr[len]))
		len++;
	*ret = slice_first(in->rest, len);
	in->rest = slice_after(in->rest, len);
	return slice_is_graph(*ret);
}

static bool
take_op(struct cursor *in, enum relation_op *ret)
{
	/* The longer ones first. */
	static const struct {
		struct slice text;
		enum relation_op op;
	} ops[] = {
		{ SLICE("<<"), RELATION_LT },
		{ SLICE("<="), RELATION_LE },
		{ SLICE(">>"), RELATION_GT },
		{ SLICE(">="), RELATION_GE },
		{ SLICE("<"), RELATION_LE },
		{ SLICE(">"), RELATION_GE },
		{ SLICE("="), RELATION_EQ },
	};

	for (size_t i = 0; i < N_ITEMS(ops); i++) {
		if (!slice_starts_with(in->rest, ops[i].text))
			continue;
		in->rest = slice_after(in->rest, ops[i].text.len);
		*ret = ops[i].op;
		return true;
	}
	return false;
}

/* "(>= 1.2)", where there is one. */
static bool
take_version(struct cursor *in, struct relation *rel)
{
	skip_space(in);
	if (!take_char(in, '('))
		return true;
	skip_space(in);
	if (!take_op(in, &rel->op))
		return false;
	skip_space(in);
	if (!take_word(in, "(),|", &rel->version))
		return false;
	skip_space(in);
	return take_char(in, ')');
}

static bool
take_relation(struct cursor *in, struct relation *rel)
{
	skip_space(in);
	if (!take_word(in, ":(),|[]<>", &rel->name))
		return false;
	if (take_char(in, ':') && !take_word(in, ":(),|[]<>", &rel->arch))
		return false;
	if (!take_version(in, rel))
		return false;
	skip_space(in);
	return true;
}

static int
list_add(
    struct relation_list *list, const struct relation *rel, struct error *err)
{
	if (list->n_items == RELATIONS_MAX)
		return error_set(err, ERROR_LIMIT, "too many relations");
	if (!ARRAY_GROW(list->items, list->n_items))
		return error_nomem(err);
	list->items[list->n_items++] = *rel;
	return 0;
}

int
relations_parse(
    struct slice text, struct relation_list *into, struct error *err)
{
	struct cursor in = { slice_trim(text) };

	while (in.rest.len > 0) {
		struct relation rel = { .op = RELATION_ANY };

		if (!take_relation(&in, &rel))
			return error_set(err, ERROR_FORMAT, "not a relation");
		rel.or_next = take_char(&in, '|');
		if (!rel.or_next && !take_char(&in, ',') && in.rest.len > 0)
			return error_set(
			    err, ERROR_FORMAT, "no comma after a relation");
		skip_space(&in);
		if (rel.or_next && in.rest.len == 0)
			return error_set(
			    err, ERROR_FORMAT, "no alternative after a '|'");
		if (list_add(into, &rel, err) < 0)
			return -1;
	}
	return 0;
}

bool
relation_version_ok(const struct relation *rel, struct slice version)
{
	if (rel->op == RELATION_ANY)
		return true;

	int r = version_dpkg_compare(version, rel->version);
	switch (rel->op) {
	case RELATION_LT: return r < 0;
	case RELATION_LE: return r <= 0;
	case RELATION_EQ: return r == 0;
	case RELATION_GE: return r >= 0;
	case RELATION_GT: return r > 0;
	case RELATION_ANY: break;
	}
	return true;
}

void
relation_list_clear(struct relation_list *list)
{
	free(list->items);
	*list = (struct relation_list){ 0 };
}
