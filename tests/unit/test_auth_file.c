/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/auth_file.h"

#include "base/memory.h"
#include "registry/token.h"
#include "unit.h"

/* base64 of "u1:p", and so on. */
#define U1 "{\"auth\":\"dTE6cA==\"}"
#define U2 "{\"auth\":\"dTI6cA==\"}"
#define U3 "{\"auth\":\"dTM6cDpx\"}"

static struct auth_entry
found(const char *json, const char *name)
{
	struct auth_entry entry = { 0 };
	struct error err = { 0 };

	if (auth_file_find(
		slice_of_string(json), slice_of_string(name), &entry, &err) < 0)
		fail_msg("%s: %s", json, err.msg);
	return entry;
}

static void
the_longest_key_wins(void **state)
{
	static const char json[] =
	    "{\"auths\":{\"a.org\":" U1 ",\"a.org/ns\":" U2
	    ",\"a.org/ns/app\":" U3 ",\"a.org/ns/ap\":" U1 "}}";
	static const struct {
		const char *name, *user;
	} cases[] = {
		{ "a.org/x", "u1" },
		{ "a.org/nsx", "u1" },
		{ "a.org/ns", "u2" },
		{ "a.org/ns/x", "u2" },
		{ "a.org/ns/apple", "u2" },
		{ "a.org/ns/app", "u3" },
		{ "a.org/ns/app/x", "u3" },
		{ "a.org:5000/x", NULL },
		{ "b.org/a.org", NULL },
		{ "a.orgx/x", NULL },
	};

	(void)state;
	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(auth_entry_clear)
		struct auth_entry entry = found(json, cases[i].name);

		if (!cases[i].user) {
			assert_int_equal(entry.own.kind, CREDENTIAL_NONE);
			continue;
		}
		assert_int_equal(entry.own.kind, CREDENTIAL_PASSWORD);
		assert_string_equal(entry.own.user, cases[i].user);
	}
}

static void
keys_of_old_versions_are_registries(void **state)
{
	static const struct {
		const char *key, *name;
		bool fits;
	} cases[] = {
		{ "https://index.docker.io/v1/", "docker.io/library/a", true },
		{ "index.docker.io", "docker.io/a/b", true },
		{ "docker.io", "docker.io/a/b", true },
		{ "https://registry-1.docker.io", "docker.io/a/b", true },
		{ "http://a.org:5000/v2/", "a.org:5000/x", true },
		{ "https://a.org/whatever/else", "a.org/x", true },
		{ "a.org/v1/", "a.org/x", true },
		{ "a.org/", "a.org/x", true },
		{ "https://index.docker.io/v1/", "a.org/x", false },
		{ "", "a.org/x", false },
		{ "https://", "a.org/x", false },
		{ "/", "a.org/x", false },
	};

	(void)state;
	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(string_free)
		char *json =
		    string_format("{\"auths\":{\"%s\":" U3 "}}", cases[i].key);
		CLEANUP(auth_entry_clear)
		struct auth_entry entry = found(json, cases[i].name);

		if ((entry.own.kind == CREDENTIAL_PASSWORD) != cases[i].fits)
			fail_msg("%s", json);
		if (cases[i].fits)
			assert_string_equal(entry.own.secret, "p:q");
	}
}

static void
helpers_are_named(void **state)
{
	static const struct {
		const char *json, *helper;
	} cases[] = {
		{ "{}", NULL },
		{ "{\"credsStore\":\"s\"}", "s" },
		{ "{\"credsStore\":\"\"}", NULL },
		{ "{\"credsStore\":1}", NULL },
		{ "{\"credsStore\":\"s\",\"credHelpers\":{\"a.org\":\"h\"}}",
		    "h" },
		{ "{\"credsStore\":\"s\",\"credHelpers\":{\"b.org\":\"h\"}}",
		    "s" },
		{ "{\"credsStore\":\"s\",\"credHelpers\":{\"a.org\":null}}",
		    "s" },
		{ "{\"auths\":7,\"credHelpers\":\"x\"}", NULL },
	};

	(void)state;
	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(auth_entry_clear)
		struct auth_entry entry = found(cases[i].json, "a.org/x");

		if (cases[i].helper)
			assert_string_equal(entry.helper, cases[i].helper);
		else
			assert_null(entry.helper);
	}
	assert_true(slice_eq(auth_server_of(SLICE("docker.io/library/a")),
	    SLICE("https://index.docker.io/v1/")));
	assert_true(slice_eq(
	    auth_server_of(SLICE("a.org:5000/b/c")), SLICE("a.org:5000")));
}

static void
every_form_of_an_entry_is_known(void **state)
{
	static const struct {
		const char *entry;
		enum credential_kind kind;
	} cases[] = {
		{ "{}", CREDENTIAL_NONE },
		{ "{\"auth\":\"\"}", CREDENTIAL_NONE },
		{ "null", CREDENTIAL_NONE },
		{ "{\"email\":\"x\"}", CREDENTIAL_NONE },
		{ U1, CREDENTIAL_PASSWORD },
		{ "{\"username\":\"u\",\"password\":\"p\"}",
		    CREDENTIAL_PASSWORD },
		{ "{\"auth\":\"dTE6cA==\",\"identitytoken\":\"t\"}",
		    CREDENTIAL_IDENTITY },
		{ "{\"registrytoken\":\"t\"}", CREDENTIAL_TOKEN },
	};

	(void)state;
	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(string_free)
		char *json =
		    string_format("{\"auths\":{\"a.org\":%s}}", cases[i].entry);
		CLEANUP(auth_entry_clear)
		struct auth_entry entry = found(json, "a.org/x");

		assert_int_equal(entry.own.kind, cases[i].kind);
	}
}

static void
what_is_damaged_is_said_without_what_it_holds(void **state)
{
	static const char *const texts[] = { "", "[]", "s3cr3t",
		"{\"auths\":{\"a.org\":{\"auth\":\"s3cr3t\"}}}",
		"{\"auths\":{\"a.org\":{\"auth\":\"czNjcjN0\"}}}",
		"{\"auths\":{\"a.org\":{\"auth\":\"czNjcjN0OnMzY3IzdAA=\"}}}",
		"{\"auths\":{\"a.org\":{\"username\":\"s3cr3t\"}}}",
		"{\"auths\":{\"a.org\":{\"auth\":\"s3cr3t\"}}" };

	(void)state;
	for (size_t i = 0; i < N_ITEMS(texts); i++) {
		CLEANUP(auth_entry_clear) struct auth_entry entry = { 0 };
		struct error err = { 0 };

		if (auth_file_find(slice_of_string(texts[i]), SLICE("a.org/x"),
			&entry, &err) == 0)
			fail_msg("%s is not refused", texts[i]);
		assert_int_equal(err.kind, ERROR_FORMAT);
		assert_null(strstr(err.msg, "s3cr3t"));
		assert_null(strstr(err.msg, "czNjcjN0"));
	}
}

static void
a_helper_answers_with_a_password_or_a_token(void **state)
{
	CLEANUP(credential_clear) struct credential password = { 0 };
	CLEANUP(credential_clear) struct credential token = { 0 };
	CLEANUP(credential_clear) struct credential none = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(
	    auth_helper_parse(SLICE("{\"ServerURL\":\"x\",\"Username\":\"u\","
				    "\"Secret\":\"p\"}"),
		&password, &err),
	    0);
	assert_int_equal(password.kind, CREDENTIAL_PASSWORD);
	assert_int_equal(auth_helper_parse(SLICE("{\"Username\":\"<token>\","
						 "\"Secret\":\"t\"}"),
			     &token, &err),
	    0);
	assert_int_equal(token.kind, CREDENTIAL_IDENTITY);
	assert_string_equal(token.secret, "t");
	assert_int_equal(
	    auth_helper_parse(SLICE("{\"Username\":\"u\"}"), &none, &err), -1);
	assert_int_equal(none.kind, CREDENTIAL_NONE);
}

static void
a_token_lasts_a_minute_at_least(void **state)
{
	static const struct {
		const char *json;
		uint32_t lasts_sec; /* 0: refused */
	} cases[] = {
		{ "{\"token\":\"t\"}", 60 },
		{ "{\"access_token\":\"t\"}", 60 },
		{ "{\"token\":\"t\",\"access_token\":\"u\"}", 60 },
		{ "{\"token\":\"\",\"access_token\":\"t\"}", 60 },
		{ "{\"token\":\"t\",\"expires_in\":1}", 60 },
		{ "{\"token\":\"t\",\"expires_in\":300}", 300 },
		{ "{\"token\":\"t\",\"expires_in\":-5}", 60 },
		{ "{\"token\":\"t\",\"expires_in\":1e9}", 60 },
		{ "{\"token\":\"t\",\"expires_in\":9999999999}", 86400 },
		{ "{\"token\":\"t\",\"expires_in\":\"300\"}", 60 },
		{ "{}", 0 },
		{ "{\"token\":\"\"}", 0 },
		{ "{\"token\":\"a b\"}", 0 },
		{ "{\"token\":\"a\\nb\"}", 0 },
		{ "{\"token\":[]}", 0 },
		{ "[]", 0 },
		{ "t", 0 },
	};

	(void)state;
	for (size_t i = 0; i < N_ITEMS(cases); i++) {
		CLEANUP(token_clear) struct token token = { 0 };
		struct error err = { 0 };
		int r =
		    token_parse(slice_of_string(cases[i].json), &token, &err);

		if ((r == 0) != (cases[i].lasts_sec > 0) ||
		    token.lasts_sec != cases[i].lasts_sec)
			fail_msg("%s: %u", cases[i].json, token.lasts_sec);
		if (r == 0)
			assert_string_equal(token.text, "t");
		else
			assert_int_equal(err.kind, ERROR_FORMAT);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_key_wins),
		cmocka_unit_test(keys_of_old_versions_are_registries),
		cmocka_unit_test(helpers_are_named),
		cmocka_unit_test(every_form_of_an_entry_is_known),
		cmocka_unit_test(what_is_damaged_is_said_without_what_it_holds),
		cmocka_unit_test(a_helper_answers_with_a_password_or_a_token),
		cmocka_unit_test(a_token_lasts_a_minute_at_least),
	};

	return cmocka_run_group_tests_name("auth_file", tests, NULL, NULL);
}
