/* SPDX-License-Identifier: Apache-2.0 */
/*
 * index: reads a Packages file, compressed or not (first input), and answers
 * the packages whose names are in the second input, a line each.
 * updates: answers what is pending, of installed packages, candidates and
 * origins.
 */
#include "roles.h"

#include "archive/decompress.h"
#include "base/bytes.h"
#include "base/fd.h"
#include "base/memory.h"
#include "base/reader.h"
#include "repo/index.h"
#include "repo/updates.h"
#include "sandbox/answer.h"
#include "sandbox/confine.h"

/* 100,000 names. */
#define NAMES_MAX_BYTES ((size_t)16 * 1024 * 1024)
/* The installed packages and all their candidates, with their relations. */
#define INPUT_MAX_BYTES ((size_t)512 * 1024 * 1024)

static int
names_read(struct slice text, struct names *ret, struct error *err)
{
	struct reader in = reader_of(text);
	struct slice name;

	while (reader_line(&in, &name)) {
		uint32_t *number = names_at(ret, name);

		if (!number)
			return error_nomem(err);
		*number = 0;
	}
	return 0;
}

int
role_index(int argc, char **argv, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = buf_limited(NAMES_MAX_BYTES);
	CLEANUP(names_clear) struct names names = { 0 };
	CLEANUP(fd_stream_clear) struct fd_stream blob = { 0 };
	CLEANUP(decompress_free) struct decompress *plain = NULL;
	CLEANUP(package_list_free) struct package_list *list = NULL;
	CLEANUP(buf_clear) struct buf out = { 0 };

	(void)argc;
	(void)argv;
	/* The parent feeds both pipes as they are read. */
	if (fd_read_all(CONFINE_FIRST_FD + 1, &text, err) < 0 ||
	    names_read(buf_slice(&text), &names, err) < 0 ||
	    fd_stream_init(&blob, CONFINE_FIRST_FD, err) < 0 ||
	    decompress_new(&blob.stream, NULL, &plain, err) < 0 ||
	    index_read(decompress_stream(plain), &names, 0, &list, err) < 0)
		return -1;
	package_list_encode(list, &out);
	if (buf_check(&out, err) < 0)
		return -1;
	return answer_put(ANSWER_MAIN, buf_slice(&out), err);
}

struct updates_parts {
	struct package_list *installed, *candidates;
	struct origin_list *origins;
	struct slice native_arch;
};

static int
parts_read(struct slice input, struct updates_parts *ret, struct error *err)
{
	struct bytes_reader in = bytes_reader_of(input);
	struct slice installed, candidates, origins;

	if (!bytes_sized(&in, &installed) || !bytes_sized(&in, &candidates) ||
	    !bytes_sized(&in, &origins) || !bytes_sized(&in, &ret->native_arch))
		return error_set(err, ERROR_BUG, "not an input");
	if (package_list_decode(installed, &ret->installed, err) < 0 ||
	    package_list_decode(candidates, &ret->candidates, err) < 0)
		return -1;
	return origin_list_decode(origins, &ret->origins, err);
}

/* Its process ends when this role does: nothing is freed. */
int
role_updates(int argc, char **argv, struct error *err)
{
	struct buf input = buf_limited(INPUT_MAX_BYTES);
	struct updates_parts parts;
	struct update_list *list;
	struct buf out = { 0 };

	(void)argc;
	(void)argv;
	if (fd_read_all(CONFINE_FIRST_FD, &input, err) < 0 ||
	    parts_read(buf_slice(&input), &parts, err) < 0)
		return -1;

	struct updates_input of = {
		.installed = parts.installed,
		.candidates = parts.candidates,
		.origins = parts.origins->items,
		.n_origins = parts.origins->n_items,
		.native_arch = parts.native_arch,
		.recommends = true, /* as apt's default has it */
	};
	if (updates_compute(&of, &list, err) < 0)
		return -1;
	update_list_encode(list, &out);
	if (buf_check(&out, err) < 0)
		return -1;
	return answer_put(ANSWER_MAIN, buf_slice(&out), err);
}
