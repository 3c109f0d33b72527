/* SPDX-License-Identifier: Apache-2.0 */
/* Files are put together here as a linker lays them out. */
#include "layer/elf_note.h"

#include "base/buf.h"
#include "base/memory.h"
#include "unit.h"

struct form {
	bool is_64;
	bool is_big;
};

static const struct form forms[] = {
	{ true, false },
	{ true, true },
	{ false, false },
	{ false, true },
};

#define TEXT "{\"type\":\"deb\",\"name\":\"zlib\",\"version\":\"1:1.3\"}"

static void
put(struct buf *out, struct form form, uint64_t value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_put_u8(
		    out, (uint8_t)(value >> 8 * (form.is_big ? n - 1 - i : i)));
}

static void
put_word(struct buf *out, struct form form, uint64_t value)
{
	put(out, form, value, form.is_64 ? 8 : 4);
}

static void
put_padding(struct buf *out, size_t align)
{
	while (out->len % align != 0)
		buf_put_u8(out, 0);
}

static void
put_note(struct buf *out, struct form form, size_t align, struct slice owner,
    uint32_t type, struct slice text)
{
	put(out, form, owner.len, 4);
	put(out, form, text.len, 4);
	put(out, form, type, 4);
	buf_put(out, owner);
	put_padding(out, align);
	buf_put(out, text);
	put_padding(out, align);
}

static void
put_segment(struct buf *out, struct form form, uint32_t type, uint64_t offset,
    uint64_t n, uint64_t align)
{
	put(out, form, type, 4);
	if (form.is_64)
		put(out, form, 4, 4);
	put_word(out, form, offset);
	put_word(out, form, offset);
	put_word(out, form, offset);
	put_word(out, form, n);
	put_word(out, form, n);
	if (!form.is_64)
		put(out, form, 4, 4);
	put_word(out, form, align);
}

/* A file with one segment of code and one of these notes, gap bytes later. */
static void
put_file(struct buf *out, struct form form, struct slice notes, size_t align,
    size_t gap)
{
	uint64_t header = form.is_64 ? 64 : 52;
	uint64_t segment = form.is_64 ? 56 : 32;

	buf_put(out,
	    SLICE("\x7f"
		  "ELF"));
	put(out, form, form.is_64 ? 2 : 1, 1);
	buf_put_u8(out, form.is_big ? 2 : 1);
	buf_put_u8(out, 1);
	for (int i = 0; i < 9; i++)
		buf_put_u8(out, 0);
	put(out, form, 3, 2);
	put(out, form, 62, 2);
	put(out, form, 1, 4);
	put_word(out, form, 0);
	put_word(out, form, header);
	put_word(out, form, 0);
	put(out, form, 0, 4);
	put(out, form, header, 2);
	put(out, form, segment, 2);
	put(out, form, 2, 2);
	for (int i = 0; i < 3; i++)
		put(out, form, 0, 2);
	put_segment(out, form, 1, 0, 4096, 4096);
	put_segment(out, form, 4, header + 2 * segment + gap, notes.len, align);
	for (size_t i = 0; i < gap; i++)
		buf_put_u8(out, 0);
	buf_put(out, notes);
}

static void
assert_note(struct slice file, const char *expected)
{
	struct slice note = { 0 };

	if (elf_note_find(file, &note) != (expected != NULL))
		fail_msg("found " SLICE_FMT, SLICE_ARG(note));
	if (expected && !slice_eq(note, slice_of_string(expected)))
		fail_msg("\"" SLICE_FMT "\"", SLICE_ARG(note));
}

static void
reads_both_classes_and_both_byte_orders(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ITEMS(forms); i++) {
		CLEANUP(buf_clear) struct buf notes = { 0 };
		CLEANUP(buf_clear) struct buf file = { 0 };

		put_note(&notes, forms[i], 4, SLICE("GNU\0"), 3,
		    SLICE("0123456789abcdefghij"));
		put_note(&notes, forms[i], 4, SLICE("FDO\0"), 0xcafe1a7e,
		    SLICE(TEXT "\0\0"));
		put_file(&file, forms[i], buf_slice(&notes), 4, 0);
		assert_note(buf_slice(&file), TEXT);
	}
}

static void
reads_notes_aligned_to_eight(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ITEMS(forms); i++) {
		CLEANUP(buf_clear) struct buf notes = { 0 };
		CLEANUP(buf_clear) struct buf file = { 0 };

		put_note(&notes, forms[i], 8, SLICE("GNU\0"), 5,
		    SLICE("\2\0\0\xc0\4\0\0\0\3\0\0\0"));
		put_note(&notes, forms[i], 8, SLICE("FDO\0"), 0xcafe1a7e,
		    SLICE(TEXT));
		put_file(&file, forms[i], buf_slice(&notes), 8, 0);
		assert_note(buf_slice(&file), TEXT);
	}
}

static void
a_note_of_others_is_none_of_a_package(void **state)
{
	static const struct {
		struct slice owner;
		uint32_t type;
		struct slice text;
	} notes[] = {
		{ SLICE("GNU\0"), 0xcafe1a7e, SLICE(TEXT) },
		{ SLICE("FDO"), 0xcafe1a7e, SLICE(TEXT) },
		{ SLICE("FDO\0"), 0x407c0c0a, SLICE("[\"libx.so\"]") },
		{ SLICE("FDO\0"), 0xcafe1a7e, SLICE("") },
		{ SLICE("FDO\0"), 0xcafe1a7e, SLICE("\0{}") },
	};

	(void)state;
	for (size_t i = 0; i < N_ITEMS(notes); i++) {
		CLEANUP(buf_clear) struct buf bytes = { 0 };
		CLEANUP(buf_clear) struct buf file = { 0 };

		put_note(&bytes, forms[0], 4, notes[i].owner, notes[i].type,
		    notes[i].text);
		put_file(&file, forms[0], buf_slice(&bytes), 4, 0);
		assert_note(buf_slice(&file), NULL);
	}
}

static void
does_not_look_behind_the_head(void **state)
{
	static const size_t gaps[] = { 0, 4096, 65000, 65536, 200000 };

	(void)state;
	for (size_t i = 0; i < N_ITEMS(gaps); i++) {
		CLEANUP(buf_clear) struct buf notes = { 0 };
		CLEANUP(buf_clear) struct buf file = { 0 };

		put_note(&notes, forms[0], 4, SLICE("FDO\0"), 0xcafe1a7e,
		    SLICE(TEXT));
		put_file(&file, forms[0], buf_slice(&notes), 4, gaps[i]);
		assert_note(buf_slice(&file), gaps[i] < 65536 ? TEXT : NULL);
	}
}

static void
a_text_longer_than_any_is_none(void **state)
{
	char text[5000] = { 0 };

	(void)state;
	memset(text, ' ', sizeof(text));
	for (size_t n = 4096; n <= sizeof(text); n += sizeof(text) - 4096) {
		CLEANUP(buf_clear) struct buf notes = { 0 };
		CLEANUP(buf_clear) struct buf file = { 0 };
		struct slice note = { 0 };

		put_note(&notes, forms[0], 4, SLICE("FDO\0"), 0xcafe1a7e,
		    slice_of(text, n));
		put_file(&file, forms[0], buf_slice(&notes), 4, 0);
		assert_int_equal(
		    elf_note_find(buf_slice(&file), &note), n == 4096);
	}
}

/* Without its last bytes there is no note, and nothing is read behind them:
 * a sanitizer would see it. */
static void
a_file_cut_off_has_no_note(void **state)
{
	CLEANUP(buf_clear) struct buf notes = { 0 };
	CLEANUP(buf_clear) struct buf file = { 0 };

	(void)state;
	put_note(&notes, forms[0], 4, SLICE("FDO\0"), 0xcafe1a7e,
	    SLICE(TEXT "\0\0"));
	put_file(&file, forms[0], buf_slice(&notes), 4, 0);
	for (size_t n = 0; n < file.len - 2; n++) {
		CLEANUP(string_free)
		char *cut = slice_copy(slice_first(buf_slice(&file), n));

		assert_non_null(cut);
		assert_note(slice_of(cut, n), NULL);
	}
}

static void
knows_what_may_become_an_elf_file(void **state)
{
	(void)state;
	assert_true(elf_may_begin(SLICE("")));
	assert_true(elf_may_begin(SLICE("\x7f"
					"EL")));
	assert_true(elf_may_begin(SLICE("\x7f"
					"ELF\1")));
	assert_false(elf_may_begin(SLICE("#!")));
	assert_false(elf_may_begin(SLICE("\x7f"
					 "ELX")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_both_classes_and_both_byte_orders),
		cmocka_unit_test(reads_notes_aligned_to_eight),
		cmocka_unit_test(a_note_of_others_is_none_of_a_package),
		cmocka_unit_test(does_not_look_behind_the_head),
		cmocka_unit_test(a_text_longer_than_any_is_none),
		cmocka_unit_test(a_file_cut_off_has_no_note),
		cmocka_unit_test(knows_what_may_become_an_elf_file),
	};

	return cmocka_run_group_tests_name("elf_note", tests, NULL, NULL);
}
