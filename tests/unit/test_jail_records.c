/* SPDX-License-Identifier: Apache-2.0 */
#include "jail/records.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/memory.h"
#include "jail/dpkg.h"
#include "unit.h"

/* What the records of a spec are, as bytes in a file. */
static int
compose(const struct jail_spec *spec, struct error *err)
{
	struct record_writer writer = record_writer_of(spec);
	struct slice chunk;
	int fd = memfd_create("records", MFD_CLOEXEC);

	assert_true(fd >= 0);
	do {
		if (stream_next(&writer.stream, &chunk, err) < 0) {
			fd_close(fd);
			return -1;
		}
		assert_int_equal(fd_write_all(fd, chunk, err), 0);
	} while (chunk.len > 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static int
file_of(struct slice bytes)
{
	struct error err;
	int fd = memfd_create("records", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, bytes, &err), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static struct record
next(struct record_reader *in)
{
	struct record record;
	struct error err;

	if (record_next(in, &record, &err) < 0)
		fail_msg("%s", err.msg);
	return record;
}

static size_t
data_bytes(struct record_reader *in)
{
	struct slice chunk;
	struct error err;
	size_t n = 0;

	do {
		assert_int_equal(stream_next(&in->data, &chunk, &err), 0);
		assert_true(chunk.len <= RECORD_CHUNK_MAX_BYTES);
		n += chunk.len;
	} while (chunk.len > 0);
	return n;
}

static void
what_is_written_is_read(void **state)
{
	(void)state;
	const size_t large = 3 * RECORD_CHUNK_MAX_BYTES + 7;
	CLEANUP(string_free) char *bytes = calloc(1, large);
	assert_non_null(bytes);
	struct slice_stream a = slice_stream_of(slice_of(bytes, large));
	struct slice_stream b = slice_stream_of(SLICE(""));
	struct slice_stream c = slice_stream_of(SLICE("deb"));
	const struct jail_layer layers[] = { { &a.stream }, { &b.stream } };
	const struct jail_deb debs[] = {
		{ "x_1_all.deb", 7, &c.stream, 3 },
	};
	const struct jail_spec spec = {
		.layers = layers, .n_layers = 2, .debs = debs, .n_debs = 1
	};
	CLEANUP(record_reader_clear) struct record_reader in = { 0 };
	struct error err;
	CLEANUP(fd_close) int fd = compose(&spec, &err);

	assert_int_equal(record_reader_init(&in, fd, &err), 0);
	assert_int_equal(next(&in).kind, RECORD_LAYER);
	assert_int_equal(data_bytes(&in), large);
	assert_int_equal(next(&in).kind, RECORD_LAYER);
	assert_int_equal(data_bytes(&in), 0);
	assert_int_equal(next(&in).kind, RECORD_LAYERS_END);

	struct record deb = next(&in);
	assert_int_equal(deb.kind, RECORD_DEB);
	assert_int_equal(deb.stage, 7);
	assert_string_equal(deb.name, "x_1_all.deb");
	/* What is not read is passed over. */
	assert_int_equal(next(&in).kind, RECORD_END);
}

static void
another_reader_goes_on_where_one_stopped(void **state)
{
	(void)state;
	struct slice_stream a = slice_stream_of(SLICE("layer"));
	const struct jail_layer layer = { &a.stream };
	const struct jail_spec spec = { .layers = &layer, .n_layers = 1 };
	CLEANUP(record_reader_clear) struct record_reader first = { 0 };
	CLEANUP(record_reader_clear) struct record_reader second = { 0 };
	struct error err;
	CLEANUP(fd_close) int fd = compose(&spec, &err);

	assert_int_equal(record_reader_init(&first, fd, &err), 0);
	assert_int_equal(next(&first).kind, RECORD_LAYER);
	assert_int_equal(next(&first).kind, RECORD_LAYERS_END);
	assert_int_equal(record_reader_init(&second, fd, &err), 0);
	assert_int_equal(next(&second).kind, RECORD_END);
}

static void
a_deb_must_have_the_size_said(void **state)
{
	(void)state;
	for (uint64_t said = 2; said <= 4; said += 2) {
		struct slice_stream a = slice_stream_of(SLICE("deb"));
		const struct jail_deb deb = { "x_1_all.deb", 0, &a.stream,
			said };
		const struct jail_spec spec = { .debs = &deb, .n_debs = 1 };
		struct error err;

		assert_int_equal(compose(&spec, &err), -1);
		assert_int_equal(err.kind, ERROR_FORMAT);
		assert_string_equal(
		    err.msg, "x_1_all.deb: not of the size said");
	}
}

static void
names_that_could_be_options_or_paths_are_refused(void **state)
{
	(void)state;
	static const char *const names[] = { "", "-x.deb", ".deb", "../x.deb",
		"a/b.deb", "a b.deb", "a\n.deb", "\x1b[2J.deb" };

	for (size_t i = 0; i < N_ITEMS(names); i++) {
		struct slice_stream a = slice_stream_of(SLICE(""));
		const struct jail_deb deb = { names[i], 0, &a.stream, 0 };
		const struct jail_spec spec = { .debs = &deb, .n_debs = 1 };
		struct error err;

		assert_int_equal(compose(&spec, &err), -1);
		assert_int_equal(err.kind, ERROR_FORMAT);
	}
	assert_true(record_name_is_valid(SLICE("libc6_1%3a2+b~1_amd64.deb")));
}

static void
what_is_no_record_is_refused(void **state)
{
	(void)state;
	static const struct slice inputs[] = {
		SLICE(""),
		SLICE("\1"),
		SLICE("\0\0\0\0\0\0"),
		SLICE("\5\0\0\0\0\0"),
		SLICE("\1\1\0\0\0\0"),    /* a layer with a stage */
		SLICE("\1\0\0\0\0\1x"),   /* a layer with a name */
		SLICE("\3\0\0\0\0\0"),    /* a deb without one */
		SLICE("\3\0\0\0\0\3../"), /* one that leads elsewhere */
		SLICE("\3\0\0\0\0\2x\0"),
		SLICE("\3\0\0\0\0\5x"),
	};

	for (size_t i = 0; i < N_ITEMS(inputs); i++) {
		CLEANUP(record_reader_clear) struct record_reader in = { 0 };
		CLEANUP(fd_close) int fd = file_of(inputs[i]);
		struct record record;
		struct error err;

		assert_int_equal(record_reader_init(&in, fd, &err), 0);
		assert_int_equal(record_next(&in, &record, &err), -1);
		assert_int_equal(err.kind, ERROR_FORMAT);
	}
}

static void
a_chunk_larger_than_any_is_refused(void **state)
{
	(void)state;
	CLEANUP(record_reader_clear) struct record_reader in = { 0 };
	CLEANUP(fd_close)
	int fd = file_of(SLICE("\1\0\0\0\0\0\xff\xff\xff\xff"));
	struct slice chunk;
	struct error err;

	assert_int_equal(record_reader_init(&in, fd, &err), 0);
	assert_int_equal(next(&in).kind, RECORD_LAYER);
	assert_int_equal(stream_next(&in.data, &chunk, &err), -1);
	assert_int_equal(err.kind, ERROR_FORMAT);
}

static void
packages_are_named_as_dpkg_does(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{ "libc6_2.36-9_amd64.deb", "libc6:amd64" },
		{ "tzdata_2026b-0+deb12u1_all.deb", "tzdata" },
		{ "zlib1g_1%3a1.2.13_i386.deb", "zlib1g:i386" },
		{ "x_1.deb", NULL },
		{ "x_1_all.rpm", NULL },
		{ "_1_all.deb", NULL },
		{ "x_1_all_y.deb", NULL },
		{ "x_1_.deb", NULL },
		{ ".deb", NULL },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(string_free) char *name = dpkg_package_of(cases[i][0]);

		if (!cases[i][1]) {
			assert_null(name);
			continue;
		}
		assert_non_null(name);
		assert_string_equal(name, cases[i][1]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(another_reader_goes_on_where_one_stopped),
		cmocka_unit_test(a_deb_must_have_the_size_said),
		cmocka_unit_test(
		    names_that_could_be_options_or_paths_are_refused),
		cmocka_unit_test(what_is_no_record_is_refused),
		cmocka_unit_test(a_chunk_larger_than_any_is_refused),
		cmocka_unit_test(packages_are_named_as_dpkg_does),
	};

	return cmocka_run_group_tests_name("jail_records", tests, NULL, NULL);
}
