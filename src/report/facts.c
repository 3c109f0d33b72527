/* SPDX-License-Identifier: Apache-2.0 */
#include "report/facts.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/json_write.h"
#include "base/memory.h"
#include "report/text.h"

struct fact {
	const char *key;
	char *value;    /* NULL: nothing */
	char *shown;    /* to people; NULL: value */
	char *json;     /* of an item, as JSON; NULL: value is text */
	bool is_number; /* value is one, in JSON too */
};

struct thing {
	char *name;
	struct fact *items;
	size_t n_items;
};

struct facts {
	const char *name;
	struct thing *things;
	size_t n_things;
	struct error *errors;
	size_t n_errors;
};

struct facts *
facts_new(const char *name)
{
	struct facts *facts = calloc(1, sizeof(*facts));

	if (facts)
		facts->name = name;
	return facts;
}

static void
thing_clear(struct thing *thing)
{
	for (size_t i = 0; i < thing->n_items; i++) {
		free(thing->items[i].value);
		free(thing->items[i].shown);
		free(thing->items[i].json);
	}
	free(thing->items);
	free(thing->name);
}

void
facts_free(struct facts *facts)
{
	if (!facts)
		return;
	for (size_t i = 0; i < facts->n_things; i++)
		thing_clear(&facts->things[i]);
	free(facts->things);
	free(facts->errors);
	free(facts);
}

int
facts_begin(struct facts *facts, const char *name, struct error *err)
{
	if (!ARRAY_GROW(facts->things, facts->n_things))
		return error_nomem(err);

	struct thing *thing = &facts->things[facts->n_things];
	*thing = (struct thing){ .name = string_format("%s", name) };
	if (!thing->name)
		return error_nomem(err);
	facts->n_things++;
	return 0;
}

/* A new fact of the thing that it is about; NULL if out of memory. */
static struct fact *
fact_new(struct facts *facts, const char *key)
{
	struct thing *thing = &facts->things[facts->n_things - 1];

	if (!ARRAY_GROW(thing->items, thing->n_items))
		return NULL;

	struct fact *fact = &thing->items[thing->n_items++];
	*fact = (struct fact){ .key = key };
	return fact;
}

int
facts_add(
    struct facts *facts, const char *key, struct slice value, struct error *err)
{
	struct fact *fact = fact_new(facts, key);

	if (!fact)
		return error_nomem(err);
	if (value.len == 0)
		return 0;
	fact->value = slice_copy(value);
	return fact->value ? 0 : error_nomem(err);
}

static bool
has_unit(const char *key, const char *unit)
{
	return slice_ends_with(slice_of_string(key), slice_of_string(unit));
}

/* "24.3 MB"; one digit after the point is enough to compare by. */
static void
put_bytes(struct buf *out, uint64_t n)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB", "PB",
		"EB" };
	uint64_t unit = 1000;
	size_t i = 0;

	if (n < 1000) {
		buf_put_format(out, "%" PRIu64 " B", n);
		return;
	}
	while (n / unit >= 1000 && i + 1 < N_ITEMS(units)) {
		unit *= 1000;
		i++;
	}
	buf_put_format(out, "%" PRIu64 ".%" PRIu64 " %s", n / unit,
	    n % unit / (unit / 10), units[i]);
}

static void
put_shown(struct buf *out, const char *key, uint64_t value)
{
	if (has_unit(key, "_bytes"))
		put_bytes(out, value);
	else if (has_unit(key, "_days"))
		buf_put_format(
		    out, "%" PRIu64 " day%s", value, value == 1 ? "" : "s");
	else
		buf_put_format(out, "%" PRIu64, value);
}

int
facts_add_number(
    struct facts *facts, const char *key, uint64_t value, struct error *err)
{
	CLEANUP(buf_clear) struct buf shown = { 0 };
	struct fact *fact = fact_new(facts, key);

	if (!fact)
		return error_nomem(err);
	put_shown(&shown, key, value);
	fact->is_number = true;
	fact->value = string_format("%" PRIu64, value);
	fact->shown = buf_take_string(&shown);
	return fact->value && fact->shown ? 0 : error_nomem(err);
}

/* What an item is without: the size of what was not loaded. */
static bool
is_nothing(const struct facts_field *field)
{
	return field->text.len == 0 && field->number == 0 &&
	    has_unit(field->key, "_bytes");
}

static void
item_put(const struct facts_field *fields, size_t n, struct buf *value,
    struct buf *shown, struct buf *out)
{
	struct json_writer json = json_writer_of(out);

	json_write_object(&json);
	for (size_t i = 0; i < n; i++) {
		const struct facts_field *field = &fields[i];

		buf_put_string(value, i > 0 ? " " : "");
		buf_put_string(shown, i > 0 ? "  " : "");
		json_write_key(&json, field->key);
		if (is_nothing(field)) {
			buf_put_string(value, "-");
			buf_put_string(shown, "-");
			json_write_null(&json);
		} else if (field->text.len > 0) {
			buf_put(value, field->text);
			buf_put(shown, field->text);
			json_write_string(&json, field->text);
		} else {
			buf_put_format(value, "%" PRIu64, field->number);
			put_shown(shown, field->key, field->number);
			json_write_u64(&json, field->number);
		}
	}
	json_write_object_end(&json);
}

int
facts_add_item(struct facts *facts, const char *key,
    const struct facts_field *fields, size_t n_fields, struct error *err)
{
	CLEANUP(buf_clear) struct buf value = { 0 };
	CLEANUP(buf_clear) struct buf shown = { 0 };
	CLEANUP(buf_clear) struct buf json = { 0 };
	struct fact *fact = fact_new(facts, key);

	if (!fact)
		return error_nomem(err);
	item_put(fields, n_fields, &value, &shown, &json);
	fact->value = buf_take_string(&value);
	fact->shown = buf_take_string(&shown);
	fact->json = buf_take_string(&json);
	return fact->value && fact->shown && fact->json ? 0 : error_nomem(err);
}

int
facts_add_error(
    struct facts *facts, const struct error *what, struct error *err)
{
	if (!ARRAY_GROW(facts->errors, facts->n_errors))
		return error_nomem(err);
	facts->errors[facts->n_errors++] = *what;
	return 0;
}

/* --- the formats --------------------------------------------------------- */

static const struct report_column columns[] = {
	{ "key", "KEY" },
	{ "value", "VALUE" },
	{ "image", "IMAGE" },
};

static int
write_tsv(const struct facts *facts, struct buf *out, struct error *err)
{
	CLEANUP(report_free)
	struct report *report =
	    report_new(facts->name, columns, N_ITEMS(columns));

	if (!report)
		return error_nomem(err);
	for (size_t i = 0; i < facts->n_things; i++)
		for (size_t k = 0; k < facts->things[i].n_items; k++) {
			const struct fact *fact = &facts->things[i].items[k];
			const struct slice cells[N_ITEMS(columns)] = {
				slice_of_string(fact->key),
				slice_of_string(fact->value),
				slice_of_string(facts->things[i].name),
			};

			if (report_add(report, cells, err) < 0)
				return -1;
		}
	return report_write(report, REPORT_TSV, out, err);
}

/* "age" of "age_days": people are told the unit with the number. */
static struct slice
label_of(const struct fact *fact)
{
	static const struct slice units[] = { SLICE("_bytes"), SLICE("_days") };
	struct slice label = slice_of_string(fact->key);

	for (size_t i = 0; i < N_ITEMS(units); i++)
		if (slice_ends_with(label, units[i]))
			label.len -= units[i].len;
	return label;
}

static void
put_label(struct buf *out, struct slice label, size_t width)
{
	for (size_t i = 0; i < label.len; i++)
		buf_put_u8(
		    out, label.ptr[i] == '_' ? ' ' : (uint8_t)label.ptr[i]);
	for (size_t i = label.len; i < width + 2; i++)
		buf_put_u8(out, ' ');
}

static void
write_block(const struct thing *thing, struct buf *out)
{
	size_t width = strlen("image");

	for (size_t i = 0; i < thing->n_items; i++)
		if (label_of(&thing->items[i]).len > width)
			width = label_of(&thing->items[i]).len;
	put_label(out, SLICE("image"), width);
	report_put_text(out, slice_of_string(thing->name));
	buf_put_string(out, "\n");
	for (size_t i = 0; i < thing->n_items; i++) {
		const struct fact *fact = &thing->items[i];
		const char *shown = fact->shown ? fact->shown : fact->value;

		put_label(out, label_of(fact), width);
		report_put_text(out, slice_of_string(shown ? shown : "-"));
		buf_put_string(out, "\n");
	}
}

static void
write_value(struct json_writer *json, const struct fact *fact)
{
	if (!fact->value)
		json_write_null(json);
	else if (fact->is_number)
		json_write_raw(json, slice_of_string(fact->value));
	else
		json_write_string(json, slice_of_string(fact->value));
}

/* The key of an array is that of its items, and an s. */
static void
begin_list(struct json_writer *json, const char *key)
{
	CLEANUP(buf_clear) struct buf plural = { 0 };

	buf_put_format(&plural, "%ss", key);
	json_write_key_slice(json, buf_slice(&plural));
	json_write_array(json);
	json->out->failed |= plural.failed;
}

static void
write_thing(const struct thing *thing, struct json_writer *json)
{
	json_write_object(json);
	json_write_member(json, "image", slice_of_string(thing->name));
	for (size_t i = 0; i < thing->n_items; i++) {
		const struct fact *fact = &thing->items[i];
		bool is_first =
		    i == 0 || strcmp(thing->items[i - 1].key, fact->key) != 0;
		bool is_last = i + 1 == thing->n_items ||
		    strcmp(thing->items[i + 1].key, fact->key) != 0;

		if (!fact->json) {
			json_write_key(json, fact->key);
			write_value(json, fact);
			continue;
		}
		if (is_first)
			begin_list(json, fact->key);
		json_write_raw(json, slice_of_string(fact->json));
		if (is_last)
			json_write_array_end(json);
	}
	json_write_object_end(json);
}

static void
write_json(const struct facts *facts, struct buf *out)
{
	struct json_writer json = json_writer_of(out);

	report_begin_json(&json, facts->name);
	for (size_t i = 0; i < facts->n_things; i++)
		write_thing(&facts->things[i], &json);
	json_write_array_end(&json);
	report_end_json(&json, facts->errors, facts->n_errors);
}

int
facts_write(struct facts *facts, enum report_format format, struct buf *out,
    struct error *err)
{
	switch (format) {
	case REPORT_TABLE:
		for (size_t i = 0; i < facts->n_things; i++) {
			buf_put_string(out, i > 0 ? "\n" : "");
			write_block(&facts->things[i], out);
		}
		break;
	case REPORT_TSV: return write_tsv(facts, out, err);
	case REPORT_JSON: write_json(facts, out); break;
	}
	return buf_check(out, err);
}
