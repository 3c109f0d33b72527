/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs cases of what apt would upgrade: files of the form
 *
 *	# what it shows
 *	== installed
 *	(stanzas of dpkg's status; Status and Architecture may be left out)
 *	== index SUITE [security] [priority=N]
 *	(stanzas of Packages; all but Package and Version may be left out)
 *	== expected
 *	NAME ARCH INSTALLED CANDIDATE SUITES SECURITY stage N
 *	NAME ARCH INSTALLED CANDIDATE SUITES SECURITY kept back: REASON
 *
 * usage: run_updates [--print] CASE...
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/fd.h"
#include "base/memory.h"
#include "base/reader.h"
#include "catalog/dpkgdb.h"
#include "repo/index.h"
#include "repo/updates.h"

#define HASH "0123456789abcdef0123456789abcdef"

struct running {
	struct package_list *installed;
	struct package_list *candidates;
	struct package_list *lists[ORIGINS_MAX];
	struct origin origins[ORIGINS_MAX];
	size_t n_origins;
	struct slice expected;
};

static void
running_clear(struct running *run)
{
	package_list_free(run->installed);
	package_list_free(run->candidates);
	for (size_t i = 0; i < run->n_origins; i++)
		package_list_free(run->lists[i]);
}
DEFINE_CLEANUP_IN_PLACE(struct running, running_clear)

/* What a stanza gets that lacks it. */
struct filling {
	struct slice name;
	struct slice value;
};

static const struct filling status_fillings[] = {
	{ SLICE("Status: "), SLICE("install ok installed") },
	{ SLICE("Architecture: "), SLICE("amd64") },
};

static const struct filling index_fillings[] = {
	{ SLICE("Architecture: "), SLICE("amd64") },
	{ SLICE("Filename: "), SLICE("pool/a.deb") },
	{ SLICE("Size: "), SLICE("1") },
	{ SLICE("SHA256: "), SLICE(HASH HASH) },
};

static void
stanza_end(const struct filling *fillings, size_t n, unsigned int seen,
    struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		if (seen >> i & 1)
			continue;
		buf_put(out, fillings[i].name);
		buf_put(out, fillings[i].value);
		buf_put_u8(out, '\n');
	}
	buf_put_u8(out, '\n');
}

static void
stanzas_fill(struct slice text, const struct filling *fillings, size_t n,
    struct buf *out)
{
	struct reader in = reader_of(text);
	struct slice line;

	while (reader_skip_empty(&in)) {
		unsigned int seen = 0;

		while (reader_line(&in, &line) && line.len > 0) {
			for (size_t i = 0; i < n; i++)
				if (slice_starts_with(line, fillings[i].name))
					seen |= 1U << i;
			buf_put(out, line);
			buf_put_u8(out, '\n');
		}
		stanza_end(fillings, n, seen, out);
	}
}

static int
installed_read(struct running *run, struct slice text, struct error *err)
{
	CLEANUP(buf_clear) struct buf status = { 0 };

	stanzas_fill(text, status_fillings, N_ITEMS(status_fillings), &status);
	return dpkgdb_parse(buf_slice(&status), &run->installed, err);
}

static int
index_take(struct running *run, struct slice head, struct slice text,
    struct error *err)
{
	CLEANUP(buf_clear) struct buf packages = { 0 };
	CLEANUP(names_clear) struct names names = { 0 };
	struct origin *origin = &run->origins[run->n_origins];
	struct slice word;

	(void)slice_split(&head, ' ', &origin->suite);
	origin->priority = ORIGIN_NORMAL;
	while (slice_split(&head, ' ', &word)) {
		if (slice_eq(word, SLICE("security")))
			origin->security = true;
		if (slice_eq(word, SLICE("priority=100")))
			origin->priority = ORIGIN_INSTALLED;
		if (slice_eq(word, SLICE("priority=1")))
			origin->priority = ORIGIN_NOT_AUTOMATIC;
	}
	for (size_t i = 0; i < run->installed->n_items; i++)
		(void)names_at(&names, run->installed->items[i].name);

	stanzas_fill(text, index_fillings, N_ITEMS(index_fillings), &packages);
	struct slice_stream stream = slice_stream_of(buf_slice(&packages));
	if (index_read(&stream.stream, &names, (uint32_t)run->n_origins,
		&run->lists[run->n_origins], err) < 0)
		return -1;
	run->n_origins++;
	return 0;
}

static int
section_read(struct running *run, struct slice section, struct error *err)
{
	struct slice head;

	(void)slice_split(&section, '\n', &head);
	if (slice_eq(head, SLICE("installed")))
		return installed_read(run, section, err);
	if (slice_eq(head, SLICE("expected"))) {
		run->expected = section;
		return 0;
	}
	if (!slice_starts_with(head, SLICE("index ")) || !run->installed ||
	    run->n_origins == ORIGINS_MAX)
		return error_set(err, ERROR_FORMAT, "not a section: " SLICE_FMT,
		    SLICE_ARG(head));
	return index_take(
	    run, slice_after(head, strlen("index ")), section, err);
}

static int
case_read(struct running *run, struct slice text, struct error *err)
{
	static const char mark[] = "\n== ";

	while (text.len > 0) {
		const char *begin =
		    memmem(text.ptr, text.len, mark, strlen(mark));
		if (!begin)
			break;
		text = slice_after(
		    text, (size_t)(begin - text.ptr) + strlen(mark));

		const char *end =
		    memmem(text.ptr, text.len, mark, strlen(mark));
		size_t len = end ? (size_t)(end - text.ptr) + 1 : text.len;
		if (section_read(run, slice_first(text, len), err) < 0)
			return -1;
	}
	return package_list_join((const struct package_list *const *)run->lists,
	    run->n_origins, &run->candidates, err);
}

static void
update_print(const struct updates_input *input, const struct update *update,
    struct buf *out)
{
	const struct package *now = &input->installed->items[update->installed];
	const struct package *next =
	    &input->candidates->items[update->candidate];

	buf_put_format(out,
	    SLICE_FMT " " SLICE_FMT " " SLICE_FMT " " SLICE_FMT " ",
	    SLICE_ARG(now->name), SLICE_ARG(now->arch), SLICE_ARG(now->version),
	    SLICE_ARG(next->version));
	update_put_suites(update, input, out);
	buf_put_format(
	    out, " %s ", update_security_to_string(update->security));
	if (update->kept_back)
		buf_put_format(out, "kept back: %s\n", update->reason);
	else
		buf_put_format(out, "stage %u\n", update->stage);
}

/* What comes out is the same after it went through a pipe. */
static int
updates_print(
    const struct updates_input *input, struct buf *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	CLEANUP(update_list_free) struct update_list *made = NULL;
	CLEANUP(update_list_free) struct update_list *list = NULL;

	if (updates_compute(input, &made, err) < 0)
		return -1;
	update_list_encode(made, &bytes);
	if (update_list_decode(buf_slice(&bytes), input, &list, err) < 0)
		return error_wrap(err, "decode");
	for (size_t i = 0; i < list->n_items; i++)
		update_print(input, &list->items[i], out);
	return buf_check(out, err);
}

static int
case_run(struct slice text, bool print, struct error *err)
{
	CLEANUP(running_clear) struct running run = { 0 };
	CLEANUP(buf_clear) struct buf out = { 0 };

	if (case_read(&run, text, err) < 0)
		return -1;

	struct updates_input input = {
		.installed = run.installed,
		.candidates = run.candidates,
		.origins = run.origins,
		.n_origins = run.n_origins,
		.native_arch = SLICE("amd64"),
		.recommends = true,
	};
	if (updates_print(&input, &out, err) < 0)
		return -1;
	if (print)
		(void)printf(SLICE_FMT, SLICE_ARG(buf_slice(&out)));
	else if (!slice_eq(
		     slice_trim(run.expected), slice_trim(buf_slice(&out))))
		return error_set(err, ERROR_FORMAT, "got\n" SLICE_FMT,
		    SLICE_ARG(buf_slice(&out)));
	return 0;
}

int
main(int argc, char **argv)
{
	bool print = argc > 1 && strcmp(argv[1], "--print") == 0;
	int status = EXIT_SUCCESS;
	struct error err;

	for (int i = print ? 2 : 1; i < argc; i++) {
		CLEANUP(buf_clear) struct buf text = { 0 };

		if (file_read(argv[i], &text, &err) == 0 &&
		    case_run(buf_slice(&text), print, &err) == 0)
			continue;
		(void)fprintf(stderr, "%s: %s\n", argv[i], err.msg);
		status = EXIT_FAILURE;
	}
	return status;
}
