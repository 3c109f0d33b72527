/* SPDX-License-Identifier: Apache-2.0 */
#include "report/table.h"

#include <stdlib.h>

#include "base/json_write.h"
#include "base/memory.h"
#include "base/utf8.h"

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
	free(report->records);
	free(report->errors);
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

/*
 * False for what a terminal obeys instead of showing it: control characters,
 * those of C1 too, ends of lines, and what turns the direction of text around
 * (Unicode, "Bidirectional Algorithm", 2). And for the backslash, with which
 * we write these.
 */
static bool
is_shown(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} hidden[] = {
		{ 0x00, 0x1f },
		{ '\\', '\\' },
		{ 0x7f, 0x9f },
		{ 0x061c, 0x061c },
		{ 0x200e, 0x200f },
		{ 0x2028, 0x202e },
		{ 0x2066, 0x2069 },
	};

	for (size_t i = 0; i < N_ITEMS(hidden); i++)
		if (code >= hidden[i].first && code <= hidden[i].last)
			return false;
	return true;
}

static void
put_text(struct buf *out, struct slice text)
{
	while (text.len > 0) {
		uint32_t code = 0;
		size_t len = utf8_next(text, &code);
		bool shown = len > 0 && is_shown(code);

		if (len == 0)
			len = 1;
		if (shown)
			buf_put(out, slice_first(text, len));
		for (size_t i = 0; !shown && i < len; i++)
			buf_put_format(out, "\\x%02X", (uint8_t)text.ptr[i]);
		text = slice_after(text, len);
	}
}

static void
put_cell(struct buf *out, struct slice cell)
{
	if (cell.len == 0)
		buf_put_string(out, "-");
	else
		put_text(out, cell);
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

/* Columns on a terminal: code points, since few names have wider ones. */
static size_t
width_of(struct slice text)
{
	size_t width = 0;

	for (size_t i = 0; i < text.len; i++)
		width += ((uint8_t)text.ptr[i] & 0xc0) != 0x80;
	return width;
}

static int
shown_width(struct slice cell, size_t *ret, struct error *err)
{
	CLEANUP(buf_clear) struct buf shown = { 0 };

	put_cell(&shown, cell);
	*ret = width_of(buf_slice(&shown));
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

/* The last column is not padded: no line ends in blanks. */
static void
put_padded(struct buf *out, struct slice shown, size_t width, bool last)
{
	size_t has = width_of(shown);

	buf_put(out, shown);
	if (last) {
		buf_put_string(out, "\n");
		return;
	}
	for (size_t i = has; i < width + 2; i++)
		buf_put_string(out, " ");
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
	for (size_t k = 0; k < report->n_shown; k++)
		put_padded(out, slice_of_string(report->columns[k].title),
		    widths[k], k == last);
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
write_json_error(struct json_writer *json, const struct error *error)
{
	json_write_object(json);
	json_write_member(
	    json, "kind", slice_of_string(error_kind_to_string(error->kind)));
	json_write_member(json, "message", slice_of_string(error->msg));
	json_write_object_end(json);
}

static void
write_json(const struct report *report, struct buf *out)
{
	struct json_writer json = json_writer_of(out);

	json_write_object(&json);
	json_write_key(&json, "schema");
	CLEANUP(buf_clear) struct buf schema = { 0 };
	buf_put_format(&schema, "fother.%s/1", report->name);
	json_write_string(&json, buf_slice(&schema));
	json_write_key(&json, "items");
	json_write_array(&json);
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
	json_write_key(&json, "errors");
	json_write_array(&json);
	for (size_t i = 0; i < report->n_errors; i++)
		write_json_error(&json, &report->errors[i]);
	json_write_array_end(&json);
	json_write_object_end(&json);
	buf_put_string(out, "\n");
	out->failed |= schema.failed;
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
