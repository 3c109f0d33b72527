/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list of sources: what may be in it, and how a worker hands it on.
 *
 *	"fSR1", u32 sources, for each its seven texts (u32 length, bytes) but
 *	the line, u32, after the file; u32 problems, for each u8 kind, file,
 *	u32 line, msg
 */
#include "repo/source_list.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "base/memory.h"

/* Nobody has as many; each URI times each suite is one. */
#define SOURCES_MAX  1000
#define PROBLEMS_MAX 1000

/* Four for a source, one for a problem, two for a file. */
#define TEXTS_MAX (4 * SOURCES_MAX + 2 * PROBLEMS_MAX)

#define TAG SLICE("fSR1")

int
source_list_text(struct source_list *list, struct slice text, struct slice *ret,
    struct error *err)
{
	if (list->n_texts == TEXTS_MAX)
		return error_set(err, ERROR_LIMIT, "too many sources");
	if (!ARRAY_GROW(list->texts, list->n_texts))
		return error_nomem(err);

	char *copy = slice_copy(text);
	if (!copy)
		return error_nomem(err);
	list->texts[list->n_texts++] = copy;
	*ret = slice_of(copy, text.len);
	return 0;
}

int
source_list_add(
    struct source_list *list, const struct source *source, struct error *err)
{
	if (list->n_items == SOURCES_MAX)
		return error_set(err, ERROR_LIMIT, "too many sources");
	if (!ARRAY_GROW(list->items, list->n_items))
		return error_nomem(err);
	list->items[list->n_items++] = *source;
	return 0;
}

int
source_list_add_problem(struct source_list *list,
    const struct source_problem *problem, struct error *err)
{
	if (list->n_problems == PROBLEMS_MAX)
		return error_set(
		    err, ERROR_LIMIT, "too many problems in the sources");
	if (!ARRAY_GROW(list->problems, list->n_problems))
		return error_nomem(err);
	list->problems[list->n_problems++] = *problem;
	return 0;
}

bool
source_uri_ok(struct slice uri)
{
	if (!slice_is_graph(uri) || slice_ends_with(uri, SLICE("/")) ||
	    memchr(uri.ptr, '?', uri.len) || memchr(uri.ptr, '#', uri.len))
		return false;
	return (slice_starts_with(uri, SLICE("http://")) &&
		   uri.len > strlen("http://")) ||
	    (slice_starts_with(uri, SLICE("https://")) &&
		uri.len > strlen("https://"));
}

bool
source_path_ok(struct slice path)
{
	struct slice part;

	if (!slice_is_graph(path) || slice_ends_with(path, SLICE("/")) ||
	    memchr(path.ptr, '?', path.len) || memchr(path.ptr, '#', path.len))
		return false;
	while (slice_split(&path, '/', &part))
		if (part.len == 0 || slice_eq(part, SLICE(".")) ||
		    slice_eq(part, SLICE("..")))
			return false;
	return true;
}

bool
source_words_ok(struct slice words)
{
	struct slice word;

	if (slice_ends_with(words, SLICE(" ")))
		return false;
	while (slice_split(&words, ' ', &word))
		if (!slice_is_graph(word))
			return false;
	return true;
}

bool
source_components_ok(struct slice words)
{
	struct slice word;

	if (words.len == 0 || !source_words_ok(words))
		return false;
	while (slice_split(&words, ' ', &word))
		if (!source_path_ok(word))
			return false;
	return true;
}

void
sources_encode(const struct source_list *list, struct buf *out)
{
	buf_put(out, TAG);
	buf_put_u32le(out, (uint32_t)list->n_items);
	for (size_t i = 0; i < list->n_items; i++) {
		const struct source *source = &list->items[i];

		buf_put_sized(out, source->uri);
		buf_put_sized(out, source->suite);
		buf_put_sized(out, source->components);
		buf_put_sized(out, source->archs);
		buf_put_sized(out, source->signed_by);
		buf_put_sized(out, source->file);
		buf_put_u32le(out, source->line);
	}
	buf_put_u32le(out, (uint32_t)list->n_problems);
	for (size_t i = 0; i < list->n_problems; i++) {
		const struct source_problem *problem = &list->problems[i];

		buf_put_u8(out, (uint8_t)problem->kind);
		buf_put_sized(out, problem->file);
		buf_put_u32le(out, problem->line);
		buf_put_sized(out, problem->msg);
	}
}

static bool
source_decode(struct bytes_reader *in, struct source *source)
{
	return bytes_sized(in, &source->uri) && source_uri_ok(source->uri) &&
	    bytes_sized(in, &source->suite) && source_path_ok(source->suite) &&
	    bytes_sized(in, &source->components) &&
	    source_components_ok(source->components) &&
	    bytes_sized(in, &source->archs) && source_words_ok(source->archs) &&
	    bytes_sized(in, &source->signed_by) &&
	    source_words_ok(source->signed_by) &&
	    bytes_sized(in, &source->file) && slice_is_graph(source->file) &&
	    bytes_u32le(in, &source->line);
}

static bool
problem_decode(struct bytes_reader *in, struct source_problem *problem)
{
	uint8_t kind;

	if (!bytes_u8(in, &kind) ||
	    (kind != ERROR_FORMAT && kind != ERROR_UNSUPPORTED &&
		kind != ERROR_UNTRUSTED))
		return false;
	problem->kind = (enum error_kind)kind;
	return bytes_sized(in, &problem->file) &&
	    slice_is_graph(problem->file) && bytes_u32le(in, &problem->line) &&
	    bytes_sized(in, &problem->msg) && slice_is_print(problem->msg);
}

static int
list_decode(
    struct bytes_reader *in, struct source_list *list, struct error *err)
{
	struct slice tag;
	uint32_t n;

	if (!bytes_take(in, TAG.len, &tag) || !slice_eq(tag, TAG) ||
	    !bytes_u32le(in, &n))
		return error_set(err, ERROR_FORMAT, "not a list of sources");
	while (list->n_items < n) {
		struct source source;

		if (!source_decode(in, &source))
			return error_set(
			    err, ERROR_FORMAT, "a source is broken");
		if (source_list_add(list, &source, err) < 0)
			return -1;
	}
	if (!bytes_u32le(in, &n))
		return error_set(err, ERROR_FORMAT, "no problems in sources");
	while (list->n_problems < n) {
		struct source_problem problem;

		if (!problem_decode(in, &problem))
			return error_set(
			    err, ERROR_FORMAT, "a problem is broken");
		if (source_list_add_problem(list, &problem, err) < 0)
			return -1;
	}
	if (in->rest.len > 0)
		return error_set(
		    err, ERROR_FORMAT, "bytes after the last problem");
	return 0;
}

int
sources_decode(struct slice bytes, struct source_list *into, struct error *err)
{
	CLEANUP(source_list_clear) struct source_list list = { 0 };
	struct slice copy;

	if (source_list_text(&list, bytes, &copy, err) < 0)
		return -1;

	struct bytes_reader in = bytes_reader_of(copy);
	if (list_decode(&in, &list, err) < 0)
		return -1;
	*into = list;
	list = (struct source_list){ 0 };
	return 0;
}

void
source_list_clear(struct source_list *list)
{
	for (size_t i = 0; i < list->n_texts; i++)
		free(list->texts[i]);
	free(list->texts);
	free(list->items);
	free(list->problems);
	*list = (struct source_list){ 0 };
}
