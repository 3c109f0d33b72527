/* SPDX-License-Identifier: Apache-2.0 */
#include "jail/changes.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/memory.h"
#include "jail/noise.h"
#include "unit.h"

struct path {
	const char *path;
	enum change_kind kind;
	ino_t inode;
	ino_t old_inode;
};

/* What a layer of these would have: "a b c->b". */
static char *
settle(const struct path *paths, size_t n)
{
	CLEANUP(changes_clear) struct changes changes = { 0 };
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct error err;

	for (size_t i = 0; i < n; i++) {
		assert_int_equal(
		    changes_add(&changes, paths[i].path, paths[i].kind, &err),
		    0);
		changes.items[i].inode = paths[i].inode;
		changes.items[i].old_inode = paths[i].old_inode;
	}
	assert_int_equal(changes_settle(&changes, &err), 0);
	for (size_t i = 0; i < n; i++) {
		const struct change *change = &changes.items[i];

		if (!change->wanted)
			continue;
		buf_put_format(
		    &out, "%s%s", out.len > 0 ? " " : "", change->path);
		if (change->link)
			buf_put_format(&out, "->%s", change->link);
	}
	return buf_take_string(&out);
}

#define ASSERT_SETTLED(paths, expected) \
	do { \
		CLEANUP(string_free) \
		char *_settled = settle((paths), N_ITEMS(paths)); \
		assert_string_equal(_settled, expected); \
	} while (0)

static void
nothing_changed_is_an_empty_layer(void **state)
{
	(void)state;
	const struct path none[] = {
		{ "a", CHANGE_NONE, 0, 0 },
		{ "a/b", CHANGE_NONE, 0, 0 },
	};

	ASSERT_SETTLED(none, "");
}

static void
the_order_is_that_of_the_bytes(void **state)
{
	(void)state;
	const struct path paths[] = {
		{ "b", CHANGE_ENTRY, 0, 0 },
		{ "a/x", CHANGE_ENTRY, 0, 0 },
		{ "a-b", CHANGE_ENTRY, 0, 0 },
		{ "a\xff", CHANGE_ENTRY, 0, 0 },
		{ "a", CHANGE_ENTRY, 0, 0 },
		{ "A", CHANGE_ENTRY, 0, 0 },
	};

	ASSERT_SETTLED(paths, "A a a-b a/x a\xff b");
}

static void
what_an_entry_is_in_comes_with_it(void **state)
{
	(void)state;
	const struct path paths[] = {
		{ "a", CHANGE_NONE, 0, 0 },
		{ "a/b", CHANGE_NONE, 0, 0 },
		{ "a/b/c", CHANGE_ENTRY, 0, 0 },
		{ "a/d", CHANGE_NONE, 0, 0 },
		{ "a/d/e", CHANGE_NONE, 0, 0 },
		{ "f", CHANGE_NONE, 0, 0 },
		{ "f/.wh.g", CHANGE_WHITEOUT, 0, 0 },
	};

	ASSERT_SETTLED(paths, "a a/b a/b/c f f/.wh.g");
}

static void
the_first_name_of_a_file_is_the_file(void **state)
{
	(void)state;
	const struct path paths[] = {
		{ "c", CHANGE_ENTRY, 7, 0 },
		{ "b", CHANGE_ENTRY, 7, 0 },
		{ "a", CHANGE_ENTRY, 8, 0 },
		{ "d", CHANGE_ENTRY, 8, 0 },
	};

	ASSERT_SETTLED(paths, "a b c->b d->a");
}

static void
a_file_that_got_a_further_name_comes_with_it(void **state)
{
	(void)state;
	const struct path paths[] = {
		{ "d", CHANGE_NONE, 0, 0 },
		{ "d/old", CHANGE_NONE, 7, 3 },
		{ "new", CHANGE_ENTRY, 7, 0 },
	};

	ASSERT_SETTLED(paths, "d d/old new->d/old");
}

static void
files_that_became_one_are_a_change(void **state)
{
	(void)state;
	const struct path became_one[] = {
		{ "a", CHANGE_NONE, 7, 3 },
		{ "b", CHANGE_NONE, 7, 4 },
	};
	const struct path were_one[] = {
		{ "a", CHANGE_NONE, 7, 3 },
		{ "b", CHANGE_NONE, 7, 3 },
	};

	ASSERT_SETTLED(became_one, "a b->a");
	ASSERT_SETTLED(were_one, "");
}

static void
what_runs_leave_behind_is_noise(void **state)
{
	(void)state;
	static const struct slice noise[] = {
		SLICE("var/log/dpkg.log"),
		SLICE("var/log/apt/history.log"),
		SLICE("var/lib/dpkg/status-old"),
		SLICE("var/lib/dpkg/lock"),
		SLICE("var/lib/dpkg/triggers/Lock"),
		SLICE("var/cache/debconf/config.dat-old"),
		SLICE("var/cache/ldconfig/aux-cache"),
		SLICE("run"),
		SLICE("run/fother/x.deb"),
		SLICE("dev/null"),
	};
	static const struct slice changes[] = {
		SLICE(""),
		SLICE("runit"),
		SLICE("device/null"),
		SLICE("srv/run"),
		SLICE("var/lib/dpkg/status"),
		SLICE("var/lib/dpkg/info/x-old"),
		SLICE("var/lib/dpkg/triggers/Unincorp"),
		SLICE("var/cache/debconf/config.dat"),
		SLICE("var/log/apt"),
		SLICE("var/log/other.log"),
		SLICE("etc/ld.so.cache"),
	};

	for (size_t i = 0; i < N_ITEMS(noise); i++)
		if (!noise_is_path(noise[i]))
			fail_msg(SLICE_FMT, SLICE_ARG(noise[i]));
	for (size_t i = 0; i < N_ITEMS(changes); i++)
		if (noise_is_path(changes[i]))
			fail_msg(SLICE_FMT, SLICE_ARG(changes[i]));
	assert_true(noise_may_be_policy(SLICE("usr/sbin/policy-rc.d")));
	assert_false(noise_may_be_policy(SLICE("usr/sbin/policy-rc.d.x")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_changed_is_an_empty_layer),
		cmocka_unit_test(the_order_is_that_of_the_bytes),
		cmocka_unit_test(what_an_entry_is_in_comes_with_it),
		cmocka_unit_test(the_first_name_of_a_file_is_the_file),
		cmocka_unit_test(a_file_that_got_a_further_name_comes_with_it),
		cmocka_unit_test(files_that_became_one_are_a_change),
		cmocka_unit_test(what_runs_leave_behind_is_noise),
	};

	return cmocka_run_group_tests_name("jail_changes", tests, NULL, NULL);
}
