/* SPDX-License-Identifier: Apache-2.0 */
#include "net/url.h"

#include <stdlib.h>

#include "base/memory.h"
#include "unit.h"

static void
shows_neither_secrets_nor_queries(void **state)
{
	(void)state;
	static const struct {
		const char *url;
		const char *shown;
	} cases[] = {
		{ "http://a/b", "http://a/b" },
		{ "https://me:pw@a:8443/b?token=1#x", "https://a:8443/b" },
		{ "http://tok@a/", "http://a/" },
		{ "nonsense", "?" },
		{ "", "?" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(string_free) char *shown = url_to_show(cases[i].url);

		assert_string_equal(shown, cases[i].shown);
	}
}

static void
tells_which_redirects_are_fine(void **state)
{
	(void)state;
	static const struct {
		const char *from;
		const char *to;
		bool same_origin;
	} cases[] = {
		{ "http://a/x", "http://a/y", true },
		{ "http://a/x", "http://a:80/y", true },
		{ "http://A/x", "http://a/y", true },
		{ "http://a/x", "http://b/x", false },
		{ "http://a/x", "http://a.b/x", false },
		{ "http://a/x", "http://a:81/x", false },
		{ "http://a/x", "https://a/x", false },
		{ "https://a/x", "https://a:443/x", true },
		{ "https://a/x", "https://b/x", false },
		{ "https://me:pw@a/x", "https://a/y", true },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		bool same_origin = !cases[i].same_origin;
		struct error err;

		assert_int_equal(url_check_redirect(cases[i].from, cases[i].to,
				     &same_origin, &err),
		    0);
		if (same_origin != cases[i].same_origin)
			fail_msg("%s to %s", cases[i].from, cases[i].to);
	}
}

static void
tells_which_redirects_are_not(void **state)
{
	(void)state;
	static const struct {
		const char *from;
		const char *to;
		const char *msg;
	} cases[] = {
		{ "https://a/x", "http://a/x", "from https to http" },
		{ "https://a/x", "HTTP://b/x", "from https to http" },
		{ "http://a/x", "file:///etc/shadow",
		    "neither http nor https" },
		{ "http://a/x", "ftp://a/x", "neither http nor https" },
		{ "https://a/x", "https://u@b/x", "a URL with a user in it" },
		{ "https://a/x", "https://:p@b/x", "a URL with a user in it" },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		bool same_origin = false;
		struct error err;

		assert_int_equal(url_check_redirect(cases[i].from, cases[i].to,
				     &same_origin, &err),
		    -1);
		assert_int_equal(err.kind, ERROR_DENIED);
		assert_string_equal(err.msg, cases[i].msg);
	}
}

static void
tells_what_is_this_machine(void **state)
{
	(void)state;
	static const struct {
		const char *url;
		bool is;
	} cases[] = {
		{ "http://localhost/x", true },
		{ "https://LOCALHOST:5000/", true },
		{ "http://127.0.0.1:5000/", true },
		{ "http://127.9.8.7/", true },
		{ "http://127.1/", true },
		{ "http://[::1]:5000/", true },
		{ "http://128.0.0.1/", false },
		{ "http://127.0.0.1.example.org/", false },
		{ "http://localhost.example.org/", false },
		{ "http://a.localhost/", false },
		{ "http://[::2]/", false },
		{ "http://0.0.0.0/", false },
		{ "http://127.0.0.1@example.org/", false },
		{ "nonsense", false },
	};

	for (size_t i = 0; i < N_ITEMS(cases); i++)
		if (url_is_loopback(cases[i].url) != cases[i].is)
			fail_msg("%s", cases[i].url);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_neither_secrets_nor_queries),
		cmocka_unit_test(tells_which_redirects_are_fine),
		cmocka_unit_test(tells_which_redirects_are_not),
		cmocka_unit_test(tells_what_is_this_machine),
	};

	return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
