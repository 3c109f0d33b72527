/* SPDX-License-Identifier: Apache-2.0 */
#include "report/table.h"

#include <stdlib.h>

#include "base/json_write.h"
#include "base/memory.h"
#include "report/text.h"

/* A column is not made narrower than this, nor than its title. */
#define COLUMN_MIN ((size_t)8)

struct record {
	char **cells; /* NUL-terminated; NULL for nothing */
	size_t *lens;
};

struct report {
	const char *name;
	const struct report_column *columns;
	size_t n_columns;
	size_t n_shown; /* the first of them; the others are JSON's alone */
	struct record *records;
	size_t n_records;
	struct error *errors;
	size_t n_errors;
	char **unverified;
	size_t n_unverified;
	struct report_terminal terminal;
};

bool
report_format_from_string(struct slice text, enum report_format *ret)
{
	static const struct {
		struct slice name;
		enum report_format format;
	} formats[] = {
		{ SLICE("table"), REPORT_TABLE },
		{ SLICE("tsv"), REPORT_TSV },
		{ SLICE("json"), REPORT_JSON },
	};

	for (size_t i = 0; i < N_ITEMS(formats); i++)
		if (slice_eq(text, formats[i].name)) {
			*ret = formats[i].format;
			return true;
		}
	return false;
}

struct report *
report_new(
    const char *name, const struct report_column *columns, size_t n_columns)
{
	struct report *report = calloc(1, sizeof(*report));

	if (!report)
		return NULL;
	report->name = name;
	report->columns = columns;
	report->n_columns = n_columns;
	while (report->n_shown < n_columns && columns[report->n_shown].title)
		report->n_shown++;
	return report;
}

static void
record_clear(struct record *record, size_t n_cells)
{
	for (size_t i = 0; record->cells && i < n_cells; i++)
		free(record->cells[i]);
	free(record->cells);
	free(record->lens);
}

void
report_free(struct report *report)
{
	if (!report)
		return;
	for (size_t i = 0; i < report->n_records; i++)
		record_clear(&report->records[i], report->n_columns);
	for (size_t i = 0; i < report->n_unverified; i++)
		free(report->unverified[i]);
	free(report->records);
	free(report->errors);
	free(report->unverified);
	free(report);
}

static bool
record_fill(struct record *record, const struct slice *cells, size_t n)
{
	record->cells = calloc(n, sizeof(*record->cells));
	record->lens = calloc(n, sizeof(*record->lens));
	if (!record->cells || !record->lens)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (cells[i].len == 0)
			continue;
		record->cells[i] = slice_copy(cells[i]);
		record->lens[i] = cells[i].len;
		if (!record->cells[i])
			return false;
	}
	return true;
}

int
report_add(struct report *report, const struct slice *cells, struct error *err)
{
	struct record record = { 0 };

	if (!ARRAY_GROW(report->records, report->n_records) ||
	    !record_fill(&record, cells, report->n_columns)) {
		record_clear(&record, report->n_columns);
		return error_nomem(err);
	}
	report->records[report->n_records++] = record;
	return 0;
}

int
report_add_error(
    struct report *report, const struct error *what, struct error *err)
{
	if (!ARRAY_GROW(report->errors, report->n_errors))
		return error_nomem(err);
	report->errors[report->n_errors++] = *what;
	return 0;
}

int
report_add_unverified(
    struct report *report, struct slice name, struct error *err)
{
	char *copy = slice_copy(name);

	if (!copy || !ARRAY_GROW(report->unverified, report->n_unverified)) {
		free(copy);
		return error_nomem(err);
	}
	report->unverified[report->n_unverified++] = copy;
	return 0;
}

void
report_set_terminal(struct report *report, struct report_terminal terminal)
{
	report->terminal = terminal;
}

size_t
report_count(const struct report *report)
{
	return report->n_records;
}

static struct slice
cell_of(const struct record *record, size_t i)
{
	return slice_of(record->cells[i], record->lens[i]);
}

static void
put_cell(struct buf *out, struct slice cell)
{
	if (cell.len == 0)
		buf_put_string(out, "-");
	else
		report_put_text(out, cell);
}

static int
line_cmp(const void *a, const void *b)
{
	return slice_cmp(*(const struct slice *)a, *(const struct slice *)b);
}

/* Sorted as whole lines, which is what `LC_ALL=C sort` gives. */
static int
write_tsv(const struct report *report, struct buf *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct slice *lines = calloc(report->n_records + 1, sizeof(*lines));
	size_t *ends = calloc(report->n_records + 1, sizeof(*ends));

	if (!lines || !ends) {
		free(lines);
		free(ends);
		return error_nomem(err);
	}
	for (size_t i = 0; i < report->n_records; i++) {
		for (size_t k = 0; k < report->n_shown; k++) {
			buf_put_string(&text, k > 0 ? "\t" : "");
			put_cell(&text, cell_of(&report->records[i], k));
		}
		ends[i] = text.len;
	}
	for (size_t i = 0; i < report->n_records && !text.failed; i++) {
		size_t from = i > 0 ? ends[i - 1] : 0;
		lines[i] = slice_of(text.ptr + from, ends[i] - from);
	}
	qsort(lines, report->n_records, sizeof(*lines), line_cmp);
	for (size_t i = 0; i < report->n_records && !text.failed; i++) {
		buf_put(out, lines[i]);
		buf_put_string(out, "\n");
	}
	free(lines);
	free(ends);
	return buf_check(&text, err);
}

static int
shown_width(struct slice cell, size_t *ret, struct error *err)
{
	CLEANUP(buf_clear) struct buf shown = { 0 };

	put_cell(&shown, cell);
	*ret = report_width(buf_slice(&shown));
	return buf_check(&shown, err);
}

static int
widths_of(const struct report *report, size_t *widths, struct error *err)
{
	size_t width;

	for (size_t k = 0; k < report->n_shown; k++) {
		widths[k] = strlen(report->columns[k].title);
		for (size_t i = 0; i < report->n_records; i++) {
			if (shown_width(cell_of(&report->records[i], k), &width,
				err) < 0)
				return -1;
			if (width > widths[k])
				widths[k] = width;
		}
	}
	return 0;
}

/* The line's width when no column is wider than most, but for its title. */
static size_t
total_of(const struct report *report, const size_t *widths, size_t most)
{
	size_t total = 2 * (report->n_shown - 1);

	for (size_t k = 0; k < report->n_shown; k++) {
		size_t title = strlen(report->columns[k].title);
		size_t least = title > COLUMN_MIN ? title : COLUMN_MIN;
		size_t limit = most > least ? most : least;

		total += widths[k] < limit ? widths[k] : limit;
	}
	return total;
}

/* Narrows the widest columns until a line fits on the terminal, if it can. */
static void
widths_fit(const struct report *report, size_t *widths)
{
	size_t low = COLUMN_MIN;
	size_t high = report->terminal.width;

	if (high == 0 || total_of(report, widths, SIZE_MAX) <= high)
		return;
	while (low < high) {
		size_t middle = high - (high - low) / 2;

		if (total_of(report, widths, middle) <= report->terminal.width)
			low = middle;
		else
			high = middle - 1;
	}
	for (size_t k = 0; k < report->n_shown; k++) {
		size_t title = strlen(report->columns[k].title);
		size_t limit = low > title ? low : title;

		if (widths[k] > limit)
			widths[k] = limit;
	}
}

/* The last column is not padded: no line ends in blanks. */
static void
put_padded(struct buf *out, struct slice shown, size_t width, bool last)
{
	size_t has = report_width(shown);

	if (has > width) {
		buf_put(out, report_first_columns(shown, width - 1));
		buf_put_string(out, "\xe2\x80\xa6"); /* an ellipsis */
		has = width;
	} else {
		buf_put(out, shown);
	}
	if (last) {
		buf_put_string(out, "\n");
		return;
	}
	for (size_t i = has; i < width + 2; i++)
		buf_put_string(out, " ");
}

static void
put_header(const struct report *report, const size_t *widths, struct buf *out)
{
	size_t last = report->n_shown - 1;
	bool bold = report->terminal.bold;

	buf_put_string(out, bold ? "\x1b[1m" : "");
	for (size_t k = 0; k < last; k++)
		put_padded(out, slice_of_string(report->columns[k].title),
		    widths[k], false);
	buf_put_string(out, report->columns[last].title);
	buf_put_string(out, bold ? "\x1b[0m\n" : "\n");
}

static int
write_table(const struct report *report, struct buf *out, struct error *err)
{
	CLEANUP(buf_clear) struct buf shown = { 0 };
	size_t *widths = calloc(report->n_shown + 1, sizeof(*widths));
	size_t last = report->n_shown - 1;

	if (!widths)
		return error_nomem(err);
	if (report->n_records == 0 || widths_of(report, widths, err) < 0) {
		free(widths);
		return report->n_records == 0 ? 0 : -1;
	}
	widths_fit(report, widths);
	put_header(report, widths, out);
	for (size_t i = 0; i < report->n_records; i++)
		for (size_t k = 0; k < report->n_shown; k++) {
			shown.len = 0;
			put_cell(&shown, cell_of(&report->records[i], k));
			put_padded(
			    out, buf_slice(&shown), widths[k], k == last);
		}
	free(widths);
	return buf_check(&shown, err);
}

static void
write_json(const struct report *report, struct buf *out)
{
	struct json_writer json = json_writer_of(out);

	report_begin_json(&json, report->name);
	for (size_t i = 0; i < report->n_records; i++) {
		json_write_object(&json);
		for (size_t k = 0; k < report->n_columns; k++) {
			struct slice cell = cell_of(&report->records[i], k);

			json_write_key(&json, report->columns[k].key);
			if (cell.len > 0)
				json_write_string(&json, cell);
			else
				json_write_null(&json);
		}
		json_write_object_end(&json);
	}
	json_write_array_end(&json);
	json_write_key(&json, "unverified");
	json_write_array(&json);
	for (size_t i = 0; i < report->n_unverified; i++)
		json_write_string(
		    &json, slice_of_string(report->unverified[i]));
	json_write_array_end(&json);
	report_end_json(&json, report->errors, report->n_errors);
}

int
report_write(struct report *report, enum report_format format, struct buf *out,
    struct error *err)
{
	switch (format) {
	case REPORT_TABLE:
		if (write_table(report, out, err) < 0)
			return -1;
		break;
	case REPORT_TSV:
		if (write_tsv(report, out, err) < 0)
			return -1;
		break;
	case REPORT_JSON: write_json(report, out); break;
	}
	return buf_check(out, err);
}
