/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/needs.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "catalog/dpkgdb.h"
#include "unit.h"

/* Stanzas of which each has a name, an architecture and whatever else. */
#define STANZA(name, arch, more) \
	"Package: " name "\nStatus: install ok installed\nArchitecture: " arch \
	"\nVersion: 1.0\n" more "\n"

#define DPKG STANZA("dpkg", "amd64", "")

/* "a>b c>d": who needs whom, by name. */
static char *
needs_of(const char *status)
{
	CLEANUP(package_list_free) struct package_list *list = NULL;
	CLEANUP(buf_clear) struct buf out = { 0 };
	struct need *needs = NULL;
	struct error err;
	size_t n = 0;

	assert_int_equal(dpkgdb_parse(slice_of_string(status), &list, &err), 0);
	if (needs_resolve(list, &needs, &n, &err) < 0)
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < n; i++)
		buf_put_format(&out, "%s" SLICE_FMT ">" SLICE_FMT,
		    i > 0 ? " " : "",
		    SLICE_ARG(list->items[needs[i].from].name),
		    SLICE_ARG(list->items[needs[i].to].name));
	free(needs);
	return buf_take_string(&out);
}

static void
assert_needs(const char *status, const char *expected)
{
	CLEANUP(string_free) char *needs = needs_of(status);

	assert_non_null(needs);
	assert_string_equal(needs, expected);
}

static void
each_need_is_told_once(void **state)
{
	(void)state;
	assert_needs(DPKG STANZA("a", "amd64",
			 "Pre-Depends: b (>= 1.0)\nDepends: b, dpkg\n")
			 STANZA("b", "all", "Depends: a\n"),
	    "a>dpkg a>b b>a");
}

static void
of_alternatives_the_first_that_is_there_counts(void **state)
{
	(void)state;
	assert_needs(DPKG STANZA("a", "amd64", "Depends: x | c | b\n")
			 STANZA("b", "amd64", "") STANZA("c", "amd64", ""),
	    "a>c");
}

static void
a_package_goes_before_what_provides_its_name(void **state)
{
	(void)state;
	assert_needs(DPKG STANZA("a", "amd64", "Depends: b, v\n") STANZA("p",
			 "amd64", "Provides: b, v\n") STANZA("b", "amd64", "")
			 STANZA("q", "amd64", "Provides: v\n"),
	    "a>p a>b");
}

static void
what_is_not_met_and_what_meets_itself_is_left_out(void **state)
{
	(void)state;
	assert_needs(DPKG STANZA("a", "amd64",
			 "Provides: self\nDepends: self, gone, dpkg (>> 1.0), "
			 "b (>= 2) | dpkg:any\n") STANZA("b", "amd64", ""),
	    "");
}

static void
a_relation_that_cannot_be_read_is_an_error(void **state)
{
	CLEANUP(package_list_free) struct package_list *list = NULL;
	struct need *needs = NULL;
	struct error err;
	size_t n;

	(void)state;
	assert_int_equal(
	    dpkgdb_parse(SLICE(DPKG STANZA("a", "amd64", "Depends: (((\n")),
		&list, &err),
	    0);
	assert_int_equal(needs_resolve(list, &needs, &n, &err), -1);
	assert_int_equal(err.kind, ERROR_FORMAT);
	assert_null(needs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_need_is_told_once),
		cmocka_unit_test(
		    of_alternatives_the_first_that_is_there_counts),
		cmocka_unit_test(a_package_goes_before_what_provides_its_name),
		cmocka_unit_test(
		    what_is_not_met_and_what_meets_itself_is_left_out),
		cmocka_unit_test(a_relation_that_cannot_be_read_is_an_error),
	};

	return cmocka_run_group_tests_name("needs", tests, NULL, NULL);
}
