/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where apt of an image gets its packages from: sources.list(5), in both of
 * its styles.
 *
 *	deb [signed-by=/usr/share/keyrings/x.gpg] http://deb.debian.org/debian
 *	    bookworm main contrib			(all in one line)
 *
 *	Types: deb deb-src
 *	URIs: http://deb.debian.org/debian
 *	Suites: bookworm bookworm-updates
 *	Components: main
 *	Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
 *
 * Left out, as a problem in the list that says so: other ways of fetching
 * than http and https, flat repositories (a suite that ends in "/"), quoted
 * words, $(ARCH), keys written into the file, Architectures-Add and -Remove,
 * InRelease-Path. Options about languages, targets, pdiffs and by-hash do not
 * change what is there and are passed over, as apt passes over unknown ones.
 */
#include "repo/sources.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "catalog/deb822.h"
#include "repo/source_list.h"

/* The files are written by people; Debian's and those of twenty vendors
 * together have less than 20 KiB. */
#define FILE_BYTES_MAX ((size_t)1024 * 1024)

/* What is in an entry of either style: the head, then the options. */
enum field {
	FIELD_TYPES,
	FIELD_URIS,
	FIELD_SUITES,
	FIELD_COMPONENTS,
	FIELD_ENABLED,
	FIELD_ARCHITECTURES,
	FIELD_SIGNED_BY,
	FIELD_TRUSTED,
	FIELD_ALLOW_INSECURE,
	FIELD_ALLOW_WEAK,
	FIELD_ALLOW_DOWNGRADE,
	FIELD_CHECK_VALID_UNTIL,
	FIELD_CHECK_DATE,
	FIELD_VALID_UNTIL_MIN,
	FIELD_DATE_MAX_FUTURE,
	FIELD_INRELEASE_PATH,
	FIELD_ARCHITECTURES_ADD,
	FIELD_ARCHITECTURES_REMOVE,
	N_FIELDS,
};

static const struct slice field_names[N_FIELDS] = {
	[FIELD_TYPES] = SLICE("Types"),
	[FIELD_URIS] = SLICE("URIs"),
	[FIELD_SUITES] = SLICE("Suites"),
	[FIELD_COMPONENTS] = SLICE("Components"),
	[FIELD_ENABLED] = SLICE("Enabled"),
	[FIELD_ARCHITECTURES] = SLICE("Architectures"),
	[FIELD_SIGNED_BY] = SLICE("Signed-By"),
	[FIELD_TRUSTED] = SLICE("Trusted"),
	[FIELD_ALLOW_INSECURE] = SLICE("Allow-Insecure"),
	[FIELD_ALLOW_WEAK] = SLICE("Allow-Weak"),
	[FIELD_ALLOW_DOWNGRADE] = SLICE("Allow-Downgrade-To-Insecure"),
	[FIELD_CHECK_VALID_UNTIL] = SLICE("Check-Valid-Until"),
	[FIELD_CHECK_DATE] = SLICE("Check-Date"),
	[FIELD_VALID_UNTIL_MIN] = SLICE("Valid-Until-Min"),
	[FIELD_DATE_MAX_FUTURE] = SLICE("Date-Max-Future"),
	[FIELD_INRELEASE_PATH] = SLICE("InRelease-Path"),
	[FIELD_ARCHITECTURES_ADD] = SLICE("Architectures-Add"),
	[FIELD_ARCHITECTURES_REMOVE] = SLICE("Architectures-Remove"),
};

static const struct deb822_form form = {
	.names = field_names,
	.n_names = N_FIELDS,
	.handwritten = true,
};

/* The options of the one-line style whose names are not those of deb822. */
static const struct {
	struct slice name;
	enum field field;
} short_names[] = {
	{ SLICE("arch"), FIELD_ARCHITECTURES },
	{ SLICE("arch+"), FIELD_ARCHITECTURES_ADD },
	{ SLICE("arch-"), FIELD_ARCHITECTURES_REMOVE },
};

/* One line, or one stanza, while it is read. */
struct entry {
	struct slice values[N_FIELDS]; /* words; an option's: with commas */
	struct slice file;
	uint32_t line;
};

static int problem(struct source_list *into, const struct entry *entry,
    enum error_kind kind, struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* Records a problem; all of what fmt shows must be printable. */
static int
problem(struct source_list *into, const struct entry *entry,
    enum error_kind kind, struct error *err, const char *fmt, ...)
{
	char msg[ERROR_MSG_SIZE];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(msg, sizeof(msg), fmt, args);
	va_end(args);

	struct source_problem added = {
		.kind = kind,
		.file = entry->file,
		.line = entry->line,
	};
	if (source_list_text(into, slice_of_string(msg), &added.msg, err) < 0)
		return -1;
	return source_list_add_problem(into, &added, err);
}

/* apt's StringToBool(): 1, 0, or -1 for neither. */
static int
truth(struct slice value)
{
	static const struct slice yes[] = { SLICE("yes"), SLICE("true"),
		SLICE("with"), SLICE("on"), SLICE("enable"), SLICE("1") };
	static const struct slice no[] = { SLICE("no"), SLICE("false"),
		SLICE("without"), SLICE("off"), SLICE("disable"), SLICE("0") };

	for (size_t i = 0; i < N_ITEMS(yes); i++)
		if (deb822_name_eq(value, yes[i]))
			return 1;
	for (size_t i = 0; i < N_ITEMS(no); i++)
		if (deb822_name_eq(value, no[i]))
			return 0;
	return -1;
}

/* Takes a word that ends at a blank, or a comma. */
static bool
take_item(struct slice *value, struct slice *word, struct slice *ret)
{
	while (word->len > 0 || deb822_word(value, word))
		if (slice_split(word, ',', ret) && ret->len > 0)
			return true;
	return false;
}

/* The items of value, with one space between two. */
static int
items_join(struct source_list *into, struct slice value, struct slice *ret,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf joined = { 0 };
	struct slice word = SLICE("");
	struct slice item;

	while (take_item(&value, &word, &item)) {
		if (joined.len > 0)
			buf_put_u8(&joined, ' ');
		buf_put(&joined, item);
	}
	if (buf_check(&joined, err) < 0)
		return -1;
	return source_list_text(into, buf_slice(&joined), ret, err);
}

/* Why we do not fetch from there; NULL when we do. */
static const char *
unsupported(const struct source *source)
{
	if (memchr(source->uri.ptr, '$', source->uri.len) ||
	    memchr(source->suite.ptr, '$', source->suite.len))
		return "variables are not supported";
	if (!source_uri_ok(source->uri))
		return "only http and https without \"?\" are supported";
	if (slice_ends_with(source->suite, SLICE("/")))
		return "a flat repository is not supported";
	if (!source_path_ok(source->suite))
		return "a suite outside of dists is not supported";
	return NULL;
}

static int
source_add(struct source_list *into, const struct entry *entry,
    struct source *source, struct error *err)
{
	if (!slice_is_graph(source->uri) || !slice_is_graph(source->suite) ||
	    !memchr(source->uri.ptr, ':', source->uri.len))
		return problem(
		    into, entry, ERROR_FORMAT, err, "not a URI and a suite");

	const char *why = unsupported(source);
	if (why)
		return problem(into, entry, ERROR_UNSUPPORTED, err,
		    SLICE_FMT " " SLICE_FMT ": %s", SLICE_ARG(source->uri),
		    SLICE_ARG(source->suite), why);
	if (source->components.len == 0)
		return problem(into, entry, ERROR_FORMAT, err, "no component");
	if (!source_components_ok(source->components))
		return problem(
		    into, entry, ERROR_FORMAT, err, "not a component");
	return source_list_add(into, source, err);
}

/* Each URI with each suite is one source. */
static int
product_add(struct source_list *into, const struct entry *entry,
    struct source *source, struct error *err)
{
	struct slice uris = entry->values[FIELD_URIS];

	while (deb822_word(&uris, &source->uri)) {
		struct slice suites = entry->values[FIELD_SUITES];

		while (slice_ends_with(source->uri, SLICE("/")))
			source->uri.len--;
		while (deb822_word(&suites, &source->suite))
			if (source_add(into, entry, source, err) < 0)
				return -1;
	}
	return 0;
}

/* Says which options would lower the trust, and are not followed. */
static int
trust_check(
    struct source_list *into, const struct entry *entry, struct error *err)
{
	static const struct {
		enum field field;
		int lowering; /* the truth() that lowers; 2: any value */
	} options[] = {
		{ FIELD_TRUSTED, 1 },
		{ FIELD_ALLOW_INSECURE, 1 },
		{ FIELD_ALLOW_WEAK, 1 },
		{ FIELD_ALLOW_DOWNGRADE, 1 },
		{ FIELD_CHECK_VALID_UNTIL, 0 },
		{ FIELD_CHECK_DATE, 0 },
		{ FIELD_VALID_UNTIL_MIN, 2 },
		{ FIELD_DATE_MAX_FUTURE, 2 },
	};

	for (size_t i = 0; i < N_ITEMS(options); i++) {
		struct slice value = entry->values[options[i].field];

		if (value.len == 0 ||
		    (options[i].lowering != 2 &&
			truth(value) != options[i].lowering))
			continue;
		if (problem(into, entry, ERROR_UNTRUSTED, err,
			SLICE_FMT " would lower the trust and is ignored",
			SLICE_ARG(field_names[options[i].field])) < 0)
			return -1;
	}
	return 0;
}

/* What stands in the options that we cannot do; NULL when nothing does. */
static const char *
options_unsupported(const struct entry *entry)
{
	const struct slice *values = entry->values;
	struct slice key = values[FIELD_SIGNED_BY];

	if (key.len > 0 &&
	    memmem(key.ptr, key.len, "-----BEGIN", strlen("-----BEGIN")))
		return "a key in the file is not supported";
	if (values[FIELD_INRELEASE_PATH].len > 0)
		return "InRelease-Path is not supported";
	if (values[FIELD_ARCHITECTURES_ADD].len > 0 ||
	    values[FIELD_ARCHITECTURES_REMOVE].len > 0)
		return "adding or removing architectures is not supported";
	if (truth(values[FIELD_TRUSTED]) == 0)
		return "Trusted: no, so that nothing from there counts";
	return NULL;
}

/* 1: has packages; 0: only sources; -2: a type that apt does not know. */
static int
types_check(struct slice types)
{
	struct slice word;
	int r = 0;

	if (slice_trim(types).len == 0)
		return -2;
	while (deb822_word(&types, &word)) {
		if (slice_eq(word, SLICE("deb")))
			r = 1;
		else if (!slice_eq(word, SLICE("deb-src")))
			return -2;
	}
	return r;
}

static bool
has_word(struct slice value)
{
	struct slice word;

	return deb822_word(&value, &word);
}

static int
entry_add(
    struct source_list *into, const struct entry *entry, struct error *err)
{
	const struct slice *values = entry->values;
	struct source source = { .file = entry->file, .line = entry->line };
	int types = types_check(values[FIELD_TYPES]);

	if (truth(values[FIELD_ENABLED]) == 0 || types == 0)
		return 0;
	if (types < 0)
		return problem(into, entry, ERROR_FORMAT, err,
		    "the type is neither deb nor deb-src");
	if (!has_word(values[FIELD_URIS]) || !has_word(values[FIELD_SUITES]))
		return problem(
		    into, entry, ERROR_FORMAT, err, "no URI or no suite");

	const char *why = options_unsupported(entry);
	if (why)
		return problem(into, entry, ERROR_UNSUPPORTED, err, "%s", why);

	if (items_join(
		into, values[FIELD_COMPONENTS], &source.components, err) < 0 ||
	    items_join(into, values[FIELD_ARCHITECTURES], &source.archs, err) <
		0 ||
	    items_join(into, values[FIELD_SIGNED_BY], &source.signed_by, err) <
		0)
		return -1;
	if (!source_words_ok(source.archs) ||
	    !source_words_ok(source.signed_by))
		return problem(into, entry, ERROR_FORMAT, err,
		    "an option is not printable");
	if (trust_check(into, entry, err) < 0)
		return -1;
	return product_add(into, entry, &source, err);
}

static bool
option_name_eq(struct slice name, enum field field)
{
	for (size_t i = 0; i < N_ITEMS(short_names); i++)
		if (short_names[i].field == field)
			return slice_eq(name, short_names[i].name);
	return deb822_name_eq(name, field_names[field]);
}

/* Reads "arch=amd64,i386 signed-by=/x.gpg"; unknown ones are passed over. */
static bool
options_parse(struct slice text, struct slice *values)
{
	struct slice option;

	while (deb822_word(&text, &option)) {
		struct slice name;

		if (!memchr(option.ptr, '=', option.len) ||
		    !slice_split(&option, '=', &name) || name.len == 0)
			return false;
		for (int i = FIELD_ARCHITECTURES; i < N_FIELDS; i++)
			if (option_name_eq(name, (enum field)i))
				values[i] = option;
	}
	return true;
}

/* Takes "[...]" off the front of *rest, if it begins so. */
static bool
brackets_take(struct slice *rest, struct slice *ret)
{
	*rest = slice_trim(*rest);
	if (rest->len == 0 || *rest->ptr != '[')
		return true;
	if (!memchr(rest->ptr, ']', rest->len))
		return false;
	*rest = slice_after(*rest, 1);
	return slice_split(rest, ']', ret);
}

/* The line up to its comment; a '#' within brackets begins none. */
static struct slice
without_comment(struct slice line)
{
	for (size_t i = 0; i < line.len && line.ptr[i] != '\0'; i++) {
		struct slice rest = slice_after(line, i);
		const char *end;

		if (line.ptr[i] == '#')
			return slice_first(line, i);
		if (line.ptr[i] == '[' &&
		    (end = memchr(rest.ptr, ']', rest.len)))
			i += (size_t)(end - rest.ptr);
	}
	return line;
}

static int
line_parse(struct slice line, struct source_list *into, struct entry *entry,
    struct error *err)
{
	struct slice options = SLICE("");
	struct slice rest = slice_trim(without_comment(line));

	if (!deb822_word(&rest, &entry->values[FIELD_TYPES]))
		return 0;
	if (slice_eq(entry->values[FIELD_TYPES], SLICE("deb-src")))
		return 0;
	if (!brackets_take(&rest, &options) ||
	    !options_parse(options, entry->values))
		return problem(
		    into, entry, ERROR_FORMAT, err, "the options are broken");
	if (memchr(rest.ptr, '"', rest.len) ||
	    memchr(rest.ptr, '%', rest.len) || memchr(rest.ptr, '[', rest.len))
		return problem(into, entry, ERROR_UNSUPPORTED, err,
		    "quoted words are not supported");

	(void)deb822_word(&rest, &entry->values[FIELD_URIS]);
	(void)deb822_word(&rest, &entry->values[FIELD_SUITES]);
	entry->values[FIELD_COMPONENTS] = rest;
	return entry_add(into, entry, err);
}

static int
lines_parse(struct slice file, struct slice text, struct source_list *into,
    struct error *err)
{
	struct reader in = reader_of(text);
	struct slice line;

	while (reader_line(&in, &line)) {
		struct entry entry = {
			.file = file,
			.line = (uint32_t)in.line,
		};

		for (size_t i = 0; i < N_FIELDS; i++)
			entry.values[i] = SLICE("");
		if (line_parse(line, into, &entry, err) < 0)
			return -1;
	}
	return 0;
}

/* Goes on behind the next empty line. */
static void
skip_stanza(struct reader *in)
{
	struct slice line;

	while (reader_line(in, &line) && slice_trim(line).len > 0)
		continue;
}

static int
stanzas_parse(struct slice file, struct slice text, struct source_list *into,
    struct error *err)
{
	struct reader in = reader_of(text);

	for (;;) {
		struct entry entry = { .file = file };
		size_t line;
		int r = deb822_stanza(&in, &form, entry.values, &line, err);

		if (r == 0)
			return 0;
		entry.line = (uint32_t)(r < 0 ? in.line : line);
		if (r > 0) {
			r = entry_add(into, &entry, err);
		} else {
			r = problem(into, &entry, ERROR_FORMAT, err,
			    "not a stanza of \"Name: value\"");
			skip_stanza(&in);
		}
		if (r < 0)
			return -1;
	}
}

int
sources_parse(struct slice file_name, struct slice text,
    struct source_list *into, struct error *err)
{
	struct slice file;
	struct slice copy;
	bool stanzas = slice_ends_with(file_name, SLICE(".sources"));

	if (!slice_is_graph(file_name) ||
	    (!stanzas && !slice_ends_with(file_name, SLICE(".list"))))
		return error_set(err, ERROR_UNSUPPORTED,
		    "neither a .list nor a .sources file");
	if (text.len > FILE_BYTES_MAX)
		return error_set(err, ERROR_LIMIT, "sources are too large");
	if (source_list_text(into, file_name, &file, err) < 0 ||
	    source_list_text(into, text, &copy, err) < 0)
		return -1;
	return stanzas ? stanzas_parse(file, copy, into, err)
		       : lines_parse(file, copy, into, err);
}

bool
preferences_has_pins(struct slice text)
{
	struct slice line;
	struct slice name;

	while (slice_split(&text, '\n', &line)) {
		struct slice rest = line;

		if (slice_split(&rest, ':', &name) && name.len < line.len &&
		    deb822_name_eq(slice_trim(name), SLICE("Pin")))
			return true;
	}
	return false;
}
